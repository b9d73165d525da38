//! Frames, and what reads and writes them.

use super::error::ClipError;
use crate::picture::Picture;

/// A frame of a clip.
#[derive(Clone, Debug)]
pub struct ClipFrame {
    /// The frame, upright, in sRGB values.
    pub picture: Picture,
    /// When it is shown, and for how long, in multiples of the clip's time base.
    pub time: i64,
    /// For how long it is shown.
    pub duration: i64,
}

/// Reads the frames of a clip one after the other.
pub trait FrameReader: Send {
    /// The next frame; `None` after the last.
    ///
    /// # Errors
    /// When the clip is damaged, or cannot be read further. Frames that were read before are good.
    fn read(&mut self) -> Result<Option<ClipFrame>, ClipError>;
}

/// Writes the frames of a clip one after the other.
pub trait FrameWriter: Send {
    /// Writes the next frame, of the clip's size.
    ///
    /// # Errors
    /// When it cannot be written, such as on a full disk.
    fn write(&mut self, frame: &ClipFrame) -> Result<(), ClipError>;

    /// Completes the clip. A clip that is not completed is not readable.
    ///
    /// # Errors
    /// When it cannot be written.
    fn finish(self: Box<Self>) -> Result<(), ClipError>;
}
