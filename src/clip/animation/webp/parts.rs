//! Decodes what an animated WebP file stores of its frames.
//!
//! Each frame is decoded as a still picture: the decoder of animations does not clear places unless it is told a
//! colour for them, and refuses files whose end is missing.

use std::io::{self, Cursor};
use std::path::Path;

use image::{DynamicImage, RgbImage, RgbaImage};
use image_webp::{DecodingError, WebPDecoder};

use super::super::canvas::{FramePart, PartDisposal};
use super::super::format::THOUSANDTHS;
use super::super::scanner::FileScanner;
use super::{HAS_ALPHA, IS_CLEARED, REPLACES, number};

/// The parts of frames that a file stores.
pub(in super::super) struct WebPParts {
    file: FileScanner,
}

impl WebPParts {
    /// Those of a file.
    pub(in super::super) fn open(path: &Path) -> io::Result<Self> {
        let mut file = FileScanner::open(path)?;
        file.skip(12)?;
        Ok(Self { file })
    }

    /// The next.
    pub(in super::super) fn next(&mut self) -> io::Result<FramePart> {
        loop {
            let name: [u8; 4] = self.file.bytes()?;
            let length = u64::from(u32::from_le_bytes(self.file.bytes()?));
            let part = if &name == b"ANMF" && length >= 16 {
                Some(part(&self.file.content(length)?)?)
            } else {
                self.file.skip(length)?;
                None
            };
            self.file.skip((length % 2).min(self.file.left()))?;
            if let Some(part) = part {
                return Ok(part);
            }
        }
    }
}

/// The part in a chunk of at least 16 bytes.
fn part(chunk: &[u8]) -> io::Result<FramePart> {
    let three = |at: usize| number([chunk[at], chunk[at + 1], chunk[at + 2]]);
    let (size, flags) = ((three(6) + 1, three(9) + 1), chunk[15]);
    Ok(FramePart {
        place: (2 * three(0), 2 * three(3)),
        pixels: pixels(&chunk[16..], size)?,
        is_over: flags & REPLACES == 0,
        disposal: if flags & IS_CLEARED == 0 { PartDisposal::Keep } else { PartDisposal::Clear },
        seconds: THOUSANDTHS.seconds(three(12).into()),
    })
}

/// Decodes the chunks of a frame.
fn pixels(chunks: &[u8], (width, height): (u32, u32)) -> io::Result<RgbaImage> {
    let mut decoder = WebPDecoder::new(Cursor::new(still(chunks, (width, height)))).map_err(damaged)?;
    if decoder.dimensions() != (width, height) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = vec![0; decoder.output_buffer_size().ok_or(io::ErrorKind::OutOfMemory)?];
    decoder.read_image(&mut bytes).map_err(damaged)?;
    let pixels = if decoder.has_alpha() {
        RgbaImage::from_raw(width, height, bytes).map(DynamicImage::from)
    } else {
        RgbImage::from_raw(width, height, bytes).map(DynamicImage::from)
    };
    Ok(pixels.ok_or(io::ErrorKind::InvalidData)?.into_rgba8())
}

/// The file of a still picture with these chunks.
fn still(chunks: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let mut content = b"WEBP".to_vec();
    if chunks.starts_with(b"ALPH") {
        content.extend(*b"VP8X\x0A\0\0\0");
        content.extend([HAS_ALPHA, 0, 0, 0]);
        content.extend(&(width - 1).to_le_bytes()[..3]);
        content.extend(&(height - 1).to_le_bytes()[..3]);
    }
    content.extend(chunks);
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_le_bytes();
    [&b"RIFF"[..], &length, &content].concat()
}

fn damaged(error: DecodingError) -> io::Error {
    match error {
        DecodingError::IoError(error) => error,
        _ => io::ErrorKind::InvalidData.into(),
    }
}
