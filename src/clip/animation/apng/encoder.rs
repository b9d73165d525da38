//! Encodes frames into an animated PNG file.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use image::RgbaImage;
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};

use super::super::super::info::ClipInfo;
use super::super::changes::PixelBox;
use super::super::delays::FractionDelays;
use super::super::encoder::{AnimationEncoder, samples};
use super::chunks::{contents, write_chunk};
use crate::picture::encode::png_xmp_text;

/// Where the chunk is that says how many frames there are: after the signature and the header.
const CONTROL: u64 = 33;

/// Bytes of pixels in a chunk: its length is a number of 31 bits.
const LONGEST_CHUNK: usize = 1 << 30;

/// An animated PNG file that is being written.
pub(in super::super) struct ApngFrames {
    writer: BufWriter<File>,
    has_alpha: bool,
    plays: u32,
    delays: FractionDelays,
    frames: u32,
    /// The number of the next chunk of the animation.
    sequence: u32,
    before: Option<RgbaImage>,
}

impl ApngFrames {
    pub(in super::super) fn create(path: &Path, info: &ClipInfo, xmp: Option<&str>) -> io::Result<Self> {
        let mut frames = Self {
            writer: BufWriter::new(File::create(path)?),
            has_alpha: info.has_alpha,
            plays: info.plays.unwrap_or(0),
            delays: FractionDelays::new(info.time_base),
            frames: 0,
            sequence: 0,
            before: None,
        };
        frames.writer.write_all(b"\x89PNG\r\n\x1A\n")?;
        let (width, height) = info.size;
        // Eight bits, red, green and blue with or without alpha, and the usual compression, filters and order of rows.
        let kind = [8, if info.has_alpha { 6 } else { 2 }, 0, 0, 0];
        frames.chunk(*b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &kind].concat())?;
        frames.write_control()?;
        frames.chunk(*b"sRGB", &[0])?;
        if let Some(packet) = xmp {
            frames.chunk(*b"iTXt", &png_xmp_text(packet))?;
        }
        Ok(frames)
    }

    fn chunk(&mut self, name: [u8; 4], content: &[u8]) -> io::Result<()> {
        write_chunk(&mut self.writer, name, content)
    }

    /// How many frames there are, and how often they play.
    fn write_control(&mut self) -> io::Result<()> {
        self.chunk(*b"acTL", &[self.frames.to_be_bytes(), self.plays.to_be_bytes()].concat())
    }

    fn next_number(&mut self) -> [u8; 4] {
        self.sequence += 1;
        (self.sequence - 1).to_be_bytes()
    }

    /// The compressed pixels of a part of a frame, as the chunks of a still picture.
    fn still(&self, part: RgbaImage) -> io::Result<Vec<u8>> {
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, part.width(), part.height());
        encoder.set_color(if self.has_alpha { ColorType::Rgba } else { ColorType::Rgb });
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Fast);
        let samples = samples(part, self.has_alpha);
        let written = encoder.write_header().and_then(|mut writer| {
            writer.write_image_data(&samples)?;
            writer.finish()
        });
        written.map_err(|error| match error {
            EncodingError::IoError(error) => error,
            error => io::Error::other(error),
        })?;
        Ok(file)
    }
}

impl AnimationEncoder for ApngFrames {
    fn frame(&mut self, pixels: &RgbaImage, _: i64, end: i64, _: Option<&RgbaImage>) -> io::Result<()> {
        let place = PixelBox::of_changes(self.before.as_ref(), pixels);
        let (numerator, denominator) = self.delays.until(end);
        let places = [place.width, place.height, place.left, place.top].map(u32::to_be_bytes).concat();
        let delay = [numerator.to_be_bytes(), denominator.to_be_bytes()].concat();
        // It stays, and replaces what is there.
        let content = [&self.next_number()[..], &places, &delay, &[0, 0]].concat();
        self.chunk(*b"fcTL", &content)?;
        let still = self.still(place.of(pixels))?;
        for data in contents(&still, *b"IDAT").flat_map(|data| data.chunks(LONGEST_CHUNK)) {
            if self.frames == 0 {
                self.chunk(*b"IDAT", data)?;
            } else {
                let content = [&self.next_number(), data].concat();
                self.chunk(*b"fdAT", &content)?;
            }
        }
        self.frames += 1;
        self.before = Some(pixels.clone());
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.chunk(*b"IEND", &[])?;
        self.writer.seek(SeekFrom::Start(CONTROL))?;
        self.write_control()?;
        self.writer.flush()
    }
}
