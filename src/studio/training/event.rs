//! What a training reports.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::picture::Picture;

/// What happened to a training.
#[derive(Clone, Debug)]
pub enum TrainingEvent {
    /// Training begins, or goes on after this many steps.
    Started {
        /// The processor's name.
        device: String,
        /// The style's file.
        output: PathBuf,
        /// Steps that were taken before, in an earlier session or on another processor.
        before: u64,
        /// Steps in all, as far as they are known.
        of: u64,
    },
    /// A step is done. Sent at most twenty times a second.
    Progress(TrainingProgress),
    /// The photo of the plan as the network paints it so far.
    Preview(Arc<Picture>),
    /// A note for the user, in one sentence; training continues.
    Remark(String),
    /// What was learned so far is in the style's file, or could not be saved, for the reason given in one sentence. Sent
    /// when that changes.
    Saved(Result<(), String>),
    /// The training is over, and the style's file is written.
    Finished(TrainingEnd),
    /// Training was stopped; what was learned so far, if anything, is in the style's file.
    Stopped(TrainingEnd),
    /// Training failed, for the reason given in one sentence. What was saved before stays.
    Failed(String),
}

/// The progress of a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingProgress {
    /// Steps so far.
    pub step: u64,
    /// Steps in all; with a time limit, as many as are likely.
    pub of: u64,
    /// The mean style loss of the latest steps.
    pub style: f64,
    /// The mean content loss of the latest steps.
    pub content: f64,
    /// Time trained so far, without pauses.
    pub elapsed: Duration,
    /// Estimated time left.
    pub remaining: Duration,
}

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingEnd {
    /// Steps in all.
    pub steps: u64,
    /// Time trained, without pauses.
    pub elapsed: Duration,
}
