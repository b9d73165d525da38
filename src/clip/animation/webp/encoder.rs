//! Encodes frames into an animated WebP file.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use image::RgbaImage;
use image_webp::{ColorType, EncodingError, WebPEncoder};

use super::super::super::info::{ClipInfo, TimeBase};
use super::super::changes::PixelBox;
use super::super::encoder::{AnimationEncoder, samples};
use super::super::format::THOUSANDTHS;
use super::{HAS_ALPHA, HAS_XMP, IS_ANIMATED, REPLACES};

/// Bytes before the first chunk: "RIFF", a length, "WEBP".
const HEADER: usize = 12;

/// The longest duration that a frame can have.
const LONGEST: i64 = 0xFF_FFFF;

/// Bytes that a chunk of pixels has at least, because a decoder takes shorter ones for damage.
const SHORTEST: usize = 16;

/// An animated WebP file that is being written.
pub(in super::super) struct WebPFrames {
    writer: BufWriter<File>,
    has_alpha: bool,
    base: TimeBase,
    /// The packet for the end of the file.
    xmp: Option<String>,
    /// Bytes that were written.
    length: u64,
    before: Option<RgbaImage>,
}

impl WebPFrames {
    pub(in super::super) fn create(path: &Path, info: &ClipInfo, xmp: Option<&str>) -> io::Result<Self> {
        let mut frames = Self {
            writer: BufWriter::new(File::create(path)?),
            has_alpha: info.has_alpha,
            base: info.time_base,
            xmp: xmp.map(str::to_owned),
            length: HEADER as u64,
            before: None,
        };
        frames.writer.write_all(b"RIFF\0\0\0\0WEBP")?;
        let alpha = if info.has_alpha { HAS_ALPHA } else { 0 };
        let flags = IS_ANIMATED | alpha | if xmp.is_some() { HAS_XMP } else { 0 };
        let (width, height) = info.size;
        frames.chunk(*b"VP8X", &[&[flags, 0, 0, 0], &three(width - 1)[..], &three(height - 1)].concat())?;
        let plays = u16::try_from(info.plays.unwrap_or(0)).unwrap_or(u16::MAX);
        // Before it, the colour behind the frames: transparent.
        frames.chunk(*b"ANIM", &[&[0; 4], &plays.to_le_bytes()[..]].concat())?;
        Ok(frames)
    }

    fn chunk(&mut self, name: [u8; 4], content: &[u8]) -> io::Result<()> {
        let padding = content.len() % 2;
        self.length += (8 + content.len() + padding) as u64;
        let length = u32::try_from(content.len()).map_err(|_| too_long())?;
        self.writer.write_all(&name)?;
        self.writer.write_all(&length.to_le_bytes())?;
        self.writer.write_all(content)?;
        self.writer.write_all(&[0][..padding])
    }

    /// The chunk with the pixels of a part of a frame.
    fn pixels(&self, part: RgbaImage) -> io::Result<Vec<u8>> {
        let (width, height) = part.dimensions();
        let color = if self.has_alpha { ColorType::Rgba8 } else { ColorType::Rgb8 };
        let samples = samples(part, self.has_alpha);
        let mut file = Vec::new();
        WebPEncoder::new(&mut file).encode(&samples, width, height, color).map_err(|error| match error {
            EncodingError::IoError(error) => error,
            error => io::Error::other(error.to_string()),
        })?;
        let mut chunk = file.split_off(HEADER);
        if chunk.len() < 8 + SHORTEST {
            chunk.resize(8 + SHORTEST, 0);
            chunk[4] = SHORTEST as u8;
        }
        Ok(chunk)
    }
}

impl AnimationEncoder for WebPFrames {
    fn frame(&mut self, pixels: &RgbaImage, start: i64, end: i64, _: Option<&RgbaImage>) -> io::Result<()> {
        let place = PixelBox::of_changes(self.before.as_ref(), pixels).at_even_place();
        let duration = self.base.to(THOUSANDTHS, end) - self.base.to(THOUSANDTHS, start);
        let numbers = [place.left / 2, place.top / 2, place.width - 1, place.height - 1];
        let numbers = numbers.into_iter().chain([duration.min(LONGEST) as u32]).flat_map(three);
        let mut content: Vec<u8> = numbers.chain([REPLACES]).collect();
        content.extend(self.pixels(place.of(pixels))?);
        self.chunk(*b"ANMF", &content)?;
        self.before = Some(pixels.clone());
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if let Some(packet) = self.xmp.take() {
            self.chunk(*b"XMP ", packet.as_bytes())?;
        }
        let length = u32::try_from(self.length - 8).map_err(|_| too_long())?;
        self.writer.seek(SeekFrom::Start(4))?;
        self.writer.write_all(&length.to_le_bytes())?;
        self.writer.flush()
    }
}

/// A number as three bytes.
fn three(number: u32) -> [u8; 3] {
    let [low, middle, high, _] = number.to_le_bytes();
    [low, middle, high]
}

fn too_long() -> io::Error {
    io::Error::other("a WebP file holds at most 4 GiB")
}
