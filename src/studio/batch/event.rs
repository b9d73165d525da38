//! What is told of a batch.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What is told while a batch is painted.
#[derive(Clone, Debug)]
pub enum BatchEvent {
    /// The folder is ready; so many results are to be there in the end.
    Started {
        /// Results of this shard, those that are there already included.
        items: usize,
    },
    /// The name of the processor that paints.
    On(String),
    /// A sentence for people.
    Remark(String),
    /// A result is there, or has failed.
    Item(Box<ItemReport>),
}

/// What a [`super::BatchWorker`] tells its owner.
#[derive(Clone, Debug)]
pub enum BatchNews {
    /// What is told while it is painted, and the estimated time left, once it is known.
    Told(BatchEvent, Option<Duration>),
    /// It ended.
    Ended(BatchEnd),
    /// It failed, for this reason in one sentence. What was painted is kept.
    Failed(String),
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchCount {
    /// Results that are to be there in the end.
    pub items: usize,
    /// Results that are there or have failed.
    pub done: usize,
    painted: usize,
}

impl BatchCount {
    /// Takes what is told.
    pub fn count(&mut self, event: &BatchEvent) {
        match event {
            BatchEvent::Started { items } => *self = Self { items: *items, ..Self::default() },
            BatchEvent::Item(report) => {
                self.done += 1;
                self.painted += usize::from(report.outcome == ItemOutcome::Painted);
            }
            BatchEvent::On(_) | BatchEvent::Remark(_) => {}
        }
    }

    /// The time that is left after this much of painting, once one result was painted.
    pub fn left(&self, elapsed: Duration) -> Option<Duration> {
        let rest = self.items.saturating_sub(self.done);
        (self.painted > 0).then(|| elapsed.mul_f64(rest as f64 / self.painted as f64))
    }
}

/// How it went with a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ItemOutcome {
    /// It was painted.
    Painted,
    /// It was there already.
    Skipped,
    /// It could not be painted.
    Failed,
}

/// One result of a batch.
#[derive(Clone, Debug)]
pub struct ItemReport {
    /// The photo's name.
    pub content: String,
    /// The painting's name.
    pub style: String,
    /// Index of the painting; `None` for a style of several.
    pub painting: Option<usize>,
    /// The result's name in the output folder.
    pub output: String,
    /// How it went.
    pub outcome: ItemOutcome,
    /// Whether it was there, but of another photo, painting or setting, and was painted again.
    pub was_changed: bool,
    /// Why it failed.
    pub error: Option<String>,
    /// How long painting took.
    pub elapsed: Duration,
    /// The photo's file.
    pub photo: PathBuf,
    /// The result's file, which is there unless it has failed.
    pub picture: PathBuf,
}

/// How a batch ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchEnd {
    /// Results that were painted now.
    pub painted: usize,
    /// Results that were there already.
    pub skipped: usize,
    /// Results that could not be painted.
    pub failed: usize,
    /// Whether it was stopped before its end.
    pub is_stopped: bool,
}

impl BatchEnd {
    pub(super) fn count(&mut self, outcome: ItemOutcome) {
        *match outcome {
            ItemOutcome::Painted => &mut self.painted,
            ItemOutcome::Skipped => &mut self.skipped,
            ItemOutcome::Failed => &mut self.failed,
        } += 1;
    }
}
