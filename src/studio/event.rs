//! The events and frames that a run sends.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::balance::Losses;
use crate::picture::Picture;

/// Identifies a run, so that stale events of an earlier run can be dropped. The owner of the worker numbers the runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(u64);

impl RunId {
    /// The number of the run after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// An event of a run.
#[derive(Clone, Debug)]
pub struct Event {
    /// The run.
    pub run: RunId,
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
        /// The processor's name.
        device: String,
    },
    /// Another processor, with this name, takes over; an [`EventKind::Remark`] gave the reason.
    MovedTo(String),
    /// The next scale begins; an index into `scales`.
    ScaleBegan(usize),
    /// An iteration is done. Sent at most twenty times a second, apart from the first and last iteration of each scale.
    Progress(Progress),
    /// Painting is paused; nothing is computed until it resumes.
    Paused,
    /// Painting resumes.
    Resumed,
    /// A note for the user, in one sentence; painting continues.
    Remark(String),
    /// The work in progress could not be saved, for the reason given in one sentence, or can be saved again. Sent when
    /// that changes, also after the end of the run. Painting continues.
    WorkSaved(Result<(), String>),
    /// The picture is finished.
    Finished(PaintedPicture),
    /// Painting was stopped; this is the picture so far.
    Stopped(PaintedPicture),
    /// Painting failed, for the reason given in one sentence.
    Failed(String),
}

/// The progress of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Index of the scale.
    pub scale: usize,
    /// Iterations done at this scale.
    pub iteration: u32,
    /// Total iterations at this scale.
    pub of: u32,
    /// Iterations done over all scales.
    pub done: u32,
    /// The losses at this iteration.
    pub losses: Losses,
    /// Time painted since the start, without pauses.
    pub elapsed: Duration,
    /// Estimated time left, from the pixels still to compute.
    pub remaining: Duration,
}

/// A finished or stopped picture.
#[derive(Clone, Debug)]
pub struct PaintedPicture {
    /// The picture, of exactly the requested size, with the photo's transparency.
    pub picture: Arc<Picture>,
    /// Time painted since the start, without pauses.
    pub elapsed: Duration,
}

/// The picture so far, at the size of the scale being painted.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The run.
    pub run: RunId,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// RGBA, 8 bits each, row by row, with straight alpha taken from the photo.
    pub rgba: Vec<u8>,
}
