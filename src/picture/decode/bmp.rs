//! BMP files: rewrites headers that `image` (0.25.10) does not support to ones that it does.

use std::borrow::Cow;

use image::{DynamicImage, ImageFormat};

use super::decoded_image::DecodedImage;
use super::with_image::decode_with_image;
use crate::picture::error::Problem;
use crate::picture::profile::{self, Primaries};

/// Bytes of the file header, which precedes the info header.
const FILE_HEADER: usize = 14;

/// Lengths of the info header: the usual one, the shortest with masks for colours and alpha, and the shortest that
/// defines its colour space.
const INFO: usize = 40;
const WITH_MASKS: usize = 56;
const WITH_COLOURS: usize = 108;

/// Compressions: none, colour masks, and colour and alpha masks (Windows CE).
const PLAIN: u32 = 0;
const MASKS: u32 = 3;
const ALPHA_MASKS: u32 = 6;

pub(super) fn decode(bytes: &[u8]) -> Result<DecodedImage, Problem> {
    let header = BmpHeader { bytes };
    let file = header.supported_file()?;
    let mut decoded = decode_with_image(ImageFormat::Bmp, "BMP", &file, None)?;
    decoded.pixels = opaque_if_invisible(decoded.pixels);
    decoded.icc = header.profile();
    Ok(decoded)
}

/// Drops an alpha channel that is 0 everywhere: programs without alpha support leave zeros there.
fn opaque_if_invisible(pixels: DynamicImage) -> DynamicImage {
    match pixels {
        DynamicImage::ImageRgba8(rgba) if rgba.pixels().all(|pixel| pixel.0[3] == 0) => {
            DynamicImage::ImageRgba8(rgba).into_rgb8().into()
        }
        pixels => pixels,
    }
}

/// The headers of a file.
struct BmpHeader<'a> {
    /// The whole file.
    bytes: &'a [u8],
}

impl<'a> BmpHeader<'a> {
    /// The number at byte `at` of the info header; 0 beyond the end of the file.
    fn number(&self, at: usize) -> u32 {
        self.bytes.get(FILE_HEADER + at..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes)
    }

    /// Bytes of the info header.
    fn length(&self) -> usize {
        self.number(0) as usize
    }

    /// Bits per pixel.
    fn bits(&self) -> u32 {
        self.number(14) & 0xFFFF
    }

    fn compression(&self) -> u32 {
        self.number(16)
    }

    /// The offset of the pixels in the file, in bytes.
    fn offset(&self) -> usize {
        self.bytes.get(10..).and_then(<[u8]>::first_chunk).copied().map_or(0, u32::from_le_bytes) as usize
    }

    /// The file with a header that `image` supports.
    fn supported_file(&self) -> Result<Cow<'a, [u8]>, Problem> {
        let (length, compression) = (self.length(), self.compression());
        match length {
            // OS/2: shorter headers omit fields that are 0, and longer ones add nothing relevant.
            16..INFO | 41..52 | 64 => {
                if length > 16 && compression > 2 {
                    return Err(unsupported("a compression that only OS/2 has"));
                }
                let known = self.bytes.get(FILE_HEADER..FILE_HEADER + length.min(INFO)).unwrap_or_default();
                let mut header = [0; INFO];
                header[..known.len()].copy_from_slice(known);
                return Ok(self.with_header(&header, length).into());
            }
            INFO | WITH_MASKS.. => {}
            _ => return Ok(self.bytes.into()),
        }
        let has_masks = compression == ALPHA_MASKS && self.bits() >= 16;
        if has_masks {
            let mut bytes = self.bytes.to_vec();
            if length == INFO {
                // The four masks follow the header, where a longer header contains them.
                set(&mut bytes, FILE_HEADER, WITH_MASKS as u32);
            }
            set(&mut bytes, FILE_HEADER + 16, MASKS);
            return Ok(bytes.into());
        }
        if compression == PLAIN && self.bits() == 32 && self.has_alpha() {
            let masks = [0xFF_0000, 0xFF00, 0xFF, 0xFF00_0000_u32].map(u32::to_le_bytes).concat();
            let known = self.bytes.get(FILE_HEADER..FILE_HEADER + INFO).ok_or(Problem::CutOff)?;
            let mut bytes = self.with_header(&[known, &masks].concat(), length);
            set(&mut bytes, FILE_HEADER + 16, MASKS);
            return Ok(bytes.into());
        }
        Ok(self.bytes.into())
    }

    /// The file with its info header of `length` bytes replaced by `header`.
    fn with_header(&self, header: &[u8], length: usize) -> Vec<u8> {
        let rest = self.bytes.get(FILE_HEADER + length..).unwrap_or_default();
        let offset = (self.offset() + header.len()).saturating_sub(length) as u32;
        let mut bytes = [&self.bytes[..FILE_HEADER], header, rest].concat();
        set(&mut bytes, 10, offset);
        set(&mut bytes, FILE_HEADER, header.len() as u32);
        bytes
    }

    /// Whether the fourth byte of any four-byte pixel is not 0.
    fn has_alpha(&self) -> bool {
        let count = u64::from(self.number(4)) * u64::from(self.number(8).cast_signed().unsigned_abs());
        let pixels = self.bytes.get(self.offset()..).unwrap_or_default().chunks_exact(4);
        pixels.take(usize::try_from(count).unwrap_or(usize::MAX)).any(|pixel| pixel[3] != 0)
    }

    /// The ICC profile that the file embeds or defines by primaries and gamma.
    fn profile(&self) -> Option<Vec<u8>> {
        if self.length() < WITH_COLOURS {
            return None;
        }
        match &self.number(56).to_be_bytes() {
            b"MBED" => {
                let (offset, length) = (self.number(112) as usize, self.number(116) as usize);
                self.bytes.get(FILE_HEADER + offset..)?.get(..length).map(Vec::from)
            }
            [0, 0, 0, 0] => self.calibrated_profile(),
            _ => None,
        }
    }

    /// A profile made from the primaries and gamma in the header.
    fn calibrated_profile(&self) -> Option<Vec<u8>> {
        let endpoint = |at: usize| [0, 4, 8].map(|offset| f64::from(self.number(at + offset)) / f64::from(1 << 30));
        let endpoints = [60, 72, 84].map(endpoint);
        let white = [0, 1, 2].map(|axis| endpoints.iter().map(|endpoint| endpoint[axis]).sum::<f64>());
        let chromaticity = |[x, y, z]: [f64; 3]| [x / (x + y + z), y / (x + y + z)];
        let [red, green, blue] = endpoints.map(chromaticity);
        let gamma = [96, 100, 104].map(|at| f64::from(self.number(at)) / 65_536.0);
        profile::of_primaries(Primaries { white: chromaticity(white), red, green, blue }, gamma)
    }
}

fn set(bytes: &mut [u8], at: usize, number: u32) {
    if let Some(target) = bytes.get_mut(at..at + 4) {
        target.copy_from_slice(&number.to_le_bytes());
    }
}

fn unsupported(cause: &str) -> Problem {
    Problem::UnsupportedKind { format: "BMP", cause: cause.into() }
}
