//! PNG files: their chunks, and which chunk defines the colours.

use std::iter;

use image::ImageFormat;

use super::decoded_image::DecodedImage;
use super::with_image::decode_with_image;
use crate::picture::cicp::{self, Cicp};
use crate::picture::error::Problem;
use crate::picture::profile::{self, Primaries};

/// cICP's matrix code for RGB.
const IDENTITY: u8 = 0;

/// cICP's code for unspecified primaries or transfer.
const UNSPECIFIED: u8 = 2;

pub(super) fn decode(bytes: &[u8]) -> Result<DecodedImage, Problem> {
    let mut decoded = decode_with_image(ImageFormat::Png, "PNG", bytes, exif(bytes).map(Vec::from))?;
    match PngColours::of(bytes)? {
        PngColours::Embedded => {}
        PngColours::Profile(icc) => decoded.icc = icc,
        PngColours::Cicp(cicp) => {
            decoded.pixels = cicp::to_srgb(decoded.pixels, cicp);
            decoded.icc = None;
        }
    }
    Ok(decoded)
}

/// How a file defines its colours. In order of precedence (PNG, third edition): cICP, an embedded profile (iCCP), sRGB,
/// then gAMA and cHRM.
enum PngColours {
    /// By the embedded profile; sRGB if there is none.
    Embedded,
    /// By chunks that this profile was made from; `None` for sRGB.
    Profile(Option<Vec<u8>>),
    /// By these code points.
    Cicp(Cicp),
}

impl PngColours {
    fn of(bytes: &[u8]) -> Result<Self, Problem> {
        let find = |wanted: &[u8; 4]| {
            chunks_before_pixels(bytes).find_map(|(name, content)| (name == wanted).then_some(content))
        };
        if let Some(&[primaries, transfer, IDENTITY, is_full]) = find(b"cICP") {
            if is_full == 0 {
                return Err(Problem::UnsupportedKind { format: "PNG", cause: "values of narrow range".into() });
            }
            // Unspecified codes leave the colours to the other chunks.
            if primaries != UNSPECIFIED && transfer != UNSPECIFIED {
                return Ok(Self::Cicp(Cicp { primaries, transfer }));
            }
        }
        if find(b"iCCP").is_some() {
            return Ok(Self::Embedded);
        }
        if find(b"sRGB").is_some() {
            return Ok(Self::Profile(None));
        }
        let gamma = find(b"gAMA").and_then(numbers::<1>).map(|[gamma]| gamma).filter(|gamma| *gamma > 0.0);
        let primaries = find(b"cHRM").and_then(numbers).map(|[wx, wy, rx, ry, gx, gy, bx, by]| Primaries {
            white: [wx, wy],
            red: [rx, ry],
            green: [gx, gy],
            blue: [bx, by],
        });
        let (has_primaries, primaries) = (primaries.is_some(), primaries.unwrap_or(Primaries::SRGB));
        // Programs write sRGB as this exponent with sRGB's primaries.
        let is_srgb = primaries.is_near(&Primaries::SRGB) && gamma.is_none_or(|gamma| (gamma - 0.454_55).abs() < 0.005);
        Ok(Self::Profile(match gamma {
            _ if is_srgb => None,
            Some(gamma) => profile::of_primaries(primaries, [1.0 / gamma; 3]),
            None if has_primaries => profile::of_primaries_with_srgb_curve(primaries),
            None => None,
        }))
    }
}

/// The first `COUNT` numbers of a chunk, which are stored multiplied by 100 000.
fn numbers<const COUNT: usize>(content: &[u8]) -> Option<[f64; COUNT]> {
    let values = content.as_chunks().0;
    let values: &[[u8; 4]; COUNT] = values.first_chunk()?;
    Some(values.map(|value| f64::from(u32::from_be_bytes(value)) / 100_000.0))
}

/// Whether the PNG file `bytes` has an end chunk.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    chunks(bytes).any(|(name, _)| name == b"IEND")
}

/// The EXIF data, which may follow the pixels, where the decoder finds it too late.
pub(super) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    chunks(bytes).find_map(|(name, content)| (name == b"eXIf").then_some(content))
}

/// The chunks before the pixels, where those that define colours must be.
fn chunks_before_pixels(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    chunks(bytes).take_while(|(name, _)| *name != b"IDAT")
}

/// The names and contents of the complete chunks.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    const SIGNATURE: usize = 8;
    const CHECKSUM: usize = 4;
    let mut rest = bytes.get(SIGNATURE..).unwrap_or_default();
    iter::from_fn(move || {
        let (length, chunk) = rest.split_first_chunk()?;
        let (name, chunk) = chunk.split_first_chunk()?;
        let length = u32::from_be_bytes(*length) as usize;
        let (content, following) = chunk.split_at_checked(length)?;
        rest = following.get(CHECKSUM..)?;
        Some((name, content))
    })
}
