//! What encoders of animations have in common.

use std::io;

use image::RgbaImage;

/// Encodes the frames of an animation into a file.
pub(super) trait AnimationEncoder: Send {
    /// The pixels as the format can store them.
    fn storable(&self, pixels: RgbaImage) -> RgbaImage;

    /// Whether a frame that is shown from `start` on must be left out, because another follows at `end` and programs
    /// would show it for far too long.
    fn is_too_short(&self, start: i64, end: i64) -> bool;

    /// Writes a frame that is shown from `start` to `end`, in ticks of the clip; the first is shown from 0 on. `next`
    /// is the frame after it.
    fn frame(&mut self, pixels: &RgbaImage, start: i64, end: i64, next: Option<&RgbaImage>) -> io::Result<()>;

    /// Completes the file.
    fn finish(self: Box<Self>) -> io::Result<()>;
}
