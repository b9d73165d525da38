//! What a run says.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::balance::Losses;
use crate::picture::Picture;

/// The number of a run, by which stale events of earlier runs are recognised. Whoever starts runs numbers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(u64);

impl JobId {
    /// The number of the run after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Something that happened to a run.
#[derive(Clone, Debug)]
pub struct Event {
    /// The run.
    pub job: JobId,
    /// What happened.
    pub kind: EventKind,
}

/// What happened to a run.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// Painting begins.
    Started {
        /// Width and height in pixels of each scale, coarse to fine; the last is the result's.
        scales: Vec<(u32, u32)>,
        /// Iterations over all scales.
        iterations: u32,
        /// The processor, in words.
        device: String,
    },
    /// Another processor paints from now on, in words; why was remarked.
    MovedTo(String),
    /// The next scale begins; an index into `scales`.
    ScaleBegan(usize),
    /// An iteration is done; at most twenty of these a second.
    Progress(Progress),
    /// Painting holds; nothing is computed until resumed.
    Paused,
    /// Painting goes on.
    Resumed,
    /// Something to know, in one sentence; painting goes on.
    Remark(String),
    /// The work in progress could not be saved, in one sentence, or can be again; told when that changes, also after the
    /// end. Painting goes on.
    Kept(Result<(), String>),
    /// The picture is done.
    Finished(Painted),
    /// Painting was stopped; the picture is what there was.
    Stopped(Painted),
    /// Painting cannot go on. One sentence.
    Failed(String),
}

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Index into the scales.
    pub scale: usize,
    /// Iterations done at this scale.
    pub iteration: u32,
    /// Iterations in all at this scale.
    pub of: u32,
    /// Iterations done over all scales.
    pub done: u32,
    /// The losses at this iteration.
    pub losses: Losses,
    /// Time painted since the start, pauses left out.
    pub elapsed: Duration,
    /// Time left, estimated from the pixels still to compute.
    pub remaining: Duration,
}

/// A finished or stopped picture.
#[derive(Clone, Debug)]
pub struct Painted {
    /// The picture, of exactly the size asked for, with the photo's transparency.
    pub picture: Arc<Picture>,
    /// Time painted since the start, pauses left out.
    pub elapsed: Duration,
}

/// The picture so far, at the size of the scale being painted.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The run.
    pub job: JobId,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// RGBA, 8 bits each, row by row, straight alpha; as transparent as the photo.
    pub rgba: Vec<u8>,
}
