//! Writes the frames of an animation.

use std::path::{Path, PathBuf};

use image::RgbaImage;

use super::super::error::ClipError;
use super::super::frame::{ClipFrame, FrameWriter};
use super::super::info::ClipInfo;
use super::apng::ApngFrames;
use super::encoder::AnimationEncoder;
use super::format::AnimationFormat;
use super::gif::GifFrames;
use super::webp::WebPFrames;

/// A frame that is written when the next is known.
struct HeldFrame {
    pixels: RgbaImage,
    start: i64,
    end: i64,
}

/// Writes the frames of an animation one after the other.
///
/// A frame is shown until the next begins, and the first from 0 on.
pub struct AnimationWriter {
    path: PathBuf,
    encoder: Box<dyn AnimationEncoder>,
    held: Option<HeldFrame>,
    /// The time stamp of the first frame.
    first: Option<i64>,
}

impl AnimationWriter {
    /// Begins to write the file `path`, with frames and time stamps as `info` says, and an XMP packet. An animation
    /// whose `info` does not say how often it plays is repeated without end. An existing file is overwritten.
    ///
    /// # Errors
    /// When the file cannot be written, or frames are too large for the format.
    pub fn create(path: &Path, format: AnimationFormat, info: &ClipInfo, xmp: Option<&str>) -> Result<Self, ClipError> {
        let longest = format.longest_side();
        if info.size.0.max(info.size.1) > longest {
            let name = match format {
                AnimationFormat::Gif => "a GIF",
                AnimationFormat::Apng => "an APNG",
                AnimationFormat::WebP => "a WebP file",
            };
            return Err(ClipError::TooLongSide { path: path.to_path_buf(), format: name, longest });
        }
        let encoder = match format {
            AnimationFormat::Gif => GifFrames::create(path, info, xmp).map(|encoder| Box::new(encoder) as Box<_>),
            AnimationFormat::Apng => ApngFrames::create(path, info, xmp).map(|encoder| Box::new(encoder) as Box<_>),
            AnimationFormat::WebP => WebPFrames::create(path, info, xmp).map(|encoder| Box::new(encoder) as Box<_>),
        };
        let encoder = encoder.map_err(|error| ClipError::writing(path, &error))?;
        Ok(Self { path: path.to_path_buf(), encoder, held: None, first: None })
    }

    fn encode(&mut self, held: &HeldFrame, end: i64, next: Option<&RgbaImage>) -> Result<(), ClipError> {
        let end = end.max(held.start);
        self.encoder.frame(&held.pixels, held.start, end, next).map_err(|error| ClipError::writing(&self.path, &error))
    }
}

impl FrameWriter for AnimationWriter {
    fn write(&mut self, frame: &ClipFrame) -> Result<(), ClipError> {
        let start = frame.time - *self.first.get_or_insert(frame.time);
        let end = start + frame.duration;
        if let Some(held) = self.held.as_mut().filter(|held| self.encoder.is_too_short(held.start, start)) {
            held.end = end;
            return Ok(());
        }
        let pixels = self.encoder.storable(frame.picture.pixels().to_rgba8());
        if let Some(held) = self.held.take() {
            self.encode(&held, start, Some(&pixels))?;
        }
        self.held = Some(HeldFrame { pixels, start, end });
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), ClipError> {
        if let Some(held) = self.held.take() {
            self.encode(&held, held.end, None)?;
        }
        let Self { path, encoder, .. } = *self;
        encoder.finish().map_err(|error| ClipError::writing(&path, &error))
    }
}
