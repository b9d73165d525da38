//! What is told of the painting of a clip.

use std::sync::Arc;
use std::time::Duration;

use crate::picture::Picture;

/// What is told while a clip is painted.
#[derive(Clone, Debug)]
pub enum VideoEvent {
    /// Painting begins on this processor, after so many frames that were painted before.
    Started {
        /// The processor's name.
        device: String,
        /// Frames that were painted before.
        before: u64,
    },
    /// Another processor paints.
    MovedTo(String),
    /// A sentence for people.
    Remark(String),
    /// A frame is painted.
    Painted(PaintedFrame),
}

/// A painted frame.
#[derive(Clone, Debug)]
pub struct PaintedFrame {
    /// Its number, from 1.
    pub number: u64,
    /// Whether it was painted in this session, not before.
    pub is_new: bool,
    /// The frame.
    pub picture: Arc<Picture>,
}

/// How the painting of a clip ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoEnd {
    /// Frames in the written clip.
    pub frames: u64,
    /// Whether it was stopped before the end of the clip.
    pub is_stopped: bool,
}

/// What the owner of a [`super::VideoWorker`] is told.
#[derive(Clone, Debug)]
pub enum VideoNews {
    /// Clip and pictures are read.
    Planned {
        /// Width and height of the painted frames.
        size: (u32, u32),
        /// About how many there will be, where the clip says it.
        frames: Option<u64>,
    },
    /// What is told while it is painted; never a frame.
    Told(VideoEvent),
    /// The clip is written.
    Ended(VideoEnd),
    /// It failed, for the reason given in one sentence. Frames that were painted are kept.
    Failed(String),
}

/// How far the painting of a clip is.
#[derive(Clone, Debug)]
pub struct VideoProgress {
    /// The latest frame.
    pub frame: PaintedFrame,
    /// Frames of the whole clip, where that is known.
    pub of: Option<u64>,
    /// Estimated time left, once it is known.
    pub remaining: Option<Duration>,
}
