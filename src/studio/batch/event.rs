//! What is told of a batch.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::picture::Picture;

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
    /// The painted picture.
    pub picture: Option<Arc<Picture>>,
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
