//! What encoders of animations have in common.

use std::io;

use image::{DynamicImage, RgbaImage};

/// Encodes the frames of an animation into a file.
pub(super) trait AnimationEncoder: Send {
    /// The pixels as the format can store them.
    fn storable(&self, pixels: RgbaImage) -> RgbaImage {
        pixels
    }

    /// Whether a frame that is shown from `start` on must be left out, because another follows at `end` and programs
    /// would show it for far too long.
    fn is_too_short(&self, start: i64, end: i64) -> bool {
        let _ = (start, end);
        false
    }

    /// Writes a frame that is shown from `start` to `end`, in ticks of the clip; the first is shown from 0 on. `next`
    /// is the frame after it.
    fn frame(&mut self, pixels: &RgbaImage, start: i64, end: i64, next: Option<&RgbaImage>) -> io::Result<()>;

    /// Completes the file.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// The samples of pixels, row by row: with alpha, or without it.
pub(super) fn samples(pixels: RgbaImage, has_alpha: bool) -> Vec<u8> {
    if has_alpha { pixels.into_raw() } else { DynamicImage::from(pixels).into_rgb8().into_raw() }
}
