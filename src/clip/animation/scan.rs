//! What is known of an animation before its frames are decoded.

use super::super::info::TimeBase;

/// What the parts of a file say, without its pixels.
#[derive(Debug)]
pub(super) struct AnimationScan {
    /// Width and height.
    pub(super) size: (u32, u32),
    /// What its time stamps count.
    pub(super) time_base: TimeBase,
    /// Frames whose data are complete.
    pub(super) frames: u64,
    /// Seconds that these frames last.
    pub(super) seconds: f64,
    /// Whether pixels can be transparent.
    pub(super) has_alpha: bool,
    /// How often it plays, 0 for without end.
    pub(super) plays: u32,
    /// Whether the file is of the kind that moves.
    pub(super) is_animated: bool,
    /// Whether the file has its end.
    pub(super) is_whole: bool,
}
