//! PNG files: their chunks, and which of them say what the colours are.

use std::iter;

use image::ImageFormat;

use super::decoded::Decoded;
use super::with_image::decode_with_image;
use crate::picture::cicp::{self, Cicp};
use crate::picture::error::Problem;
use crate::picture::profile::{self, Primaries};

/// The code of unchanged red, green and blue in cICP.
const IDENTITY: u8 = 0;

/// The code of what is not said.
const UNSPECIFIED: u8 = 2;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Problem> {
    let mut decoded = decode_with_image(ImageFormat::Png, "PNG", bytes, exif(bytes).map(Vec::from))?;
    match Colours::of(bytes)? {
        Colours::Embedded => {}
        Colours::Described(icc) => decoded.icc = icc,
        Colours::Coded(cicp) => {
            decoded.pixels = cicp::to_srgb(decoded.pixels, cicp);
            decoded.icc = None;
        }
    }
    Ok(decoded)
}

/// What the colours of a file are, by its chunks. As the standard (third edition) has it, cICP counts before an embedded
/// profile, that before sRGB, and that before gAMA and cHRM.
enum Colours {
    /// Those of the profile in the file, sRGB if there is none.
    Embedded,
    /// Those of a profile for what the chunks say, sRGB if none.
    Described(Option<Vec<u8>>),
    /// Those of these codes.
    Coded(Cicp),
}

impl Colours {
    fn of(bytes: &[u8]) -> Result<Self, Problem> {
        let find = |wanted: &[u8; 4]| {
            chunks_before_pixels(bytes).find_map(|(name, content)| (name == wanted).then_some(content))
        };
        if let Some(&[primaries, transfer, IDENTITY, is_full]) = find(b"cICP") {
            if is_full == 0 {
                return Err(Problem::UnsupportedKind { format: "PNG", cause: "values of narrow range".into() });
            }
            // Codes that say nothing leave it to the other chunks.
            if primaries != UNSPECIFIED && transfer != UNSPECIFIED {
                return Ok(Self::Coded(Cicp { primaries, transfer }));
            }
        }
        if find(b"iCCP").is_some() {
            return Ok(Self::Embedded);
        }
        if find(b"sRGB").is_some() {
            return Ok(Self::Described(None));
        }
        let gamma = find(b"gAMA").and_then(numbers::<1>).map(|[gamma]| gamma).filter(|gamma| *gamma > 0.0);
        let primaries = find(b"cHRM").and_then(numbers).map(|[wx, wy, rx, ry, gx, gy, bx, by]| Primaries {
            white: [wx, wy],
            red: [rx, ry],
            green: [gx, gy],
            blue: [bx, by],
        });
        let (has_primaries, primaries) = (primaries.is_some(), primaries.unwrap_or(Primaries::SRGB));
        // This exponent and sRGB's primaries are how programs write that a picture is sRGB.
        let is_srgb = primaries.is_near(&Primaries::SRGB) && gamma.is_none_or(|gamma| (gamma - 0.454_55).abs() < 0.005);
        Ok(Self::Described(match gamma {
            _ if is_srgb => None,
            Some(gamma) => profile::of_primaries(primaries, [1.0 / gamma; 3]),
            None if has_primaries => profile::of_primaries_with_srgb_curve(primaries),
            None => None,
        }))
    }
}

/// Numbers of a chunk in hundred thousandths.
fn numbers<const COUNT: usize>(content: &[u8]) -> Option<[f64; COUNT]> {
    let values = content.as_chunks().0;
    let values: &[[u8; 4]; COUNT] = values.first_chunk()?;
    Some(values.map(|value| f64::from(u32::from_be_bytes(value)) / 100_000.0))
}

/// Whether the PNG file `bytes` has its last chunk.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    chunks(bytes).any(|(name, _)| name == b"IEND")
}

/// The EXIF data, which may stand after the pixels, where the decoder looks too late.
pub(super) fn exif(bytes: &[u8]) -> Option<&[u8]> {
    chunks(bytes).find_map(|(name, content)| (name == b"eXIf").then_some(content))
}

/// The chunks that may say what the pixels are.
fn chunks_before_pixels(bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    chunks(bytes).take_while(|(name, _)| *name != b"IDAT")
}

/// The names and contents of the chunks that are there to their end.
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
