//! The queue of runs, clips and folders that wait for the active one to end.

use std::path::Path;

use super::clip::ClipJob;
use super::folder::FolderJob;
use super::run::{RunInputs, RunRequest};

/// Identifies a waiting run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueId(u64);

/// A waiting run, clip or folder.
#[derive(Clone, Debug)]
pub struct QueuedRun {
    /// Its identity.
    pub id: QueueId,
    /// What it paints.
    pub request: QueuedRequest,
}

/// What waits.
#[derive(Clone, Debug)]
pub enum QueuedRequest {
    /// A picture.
    Picture(Box<RunRequest>),
    /// A clip.
    Clip(Box<ClipJob>),
    /// A folder of photos.
    Folder(Box<FolderJob>),
}

impl QueuedRun {
    /// What it paints from.
    pub fn inputs(&self) -> &RunInputs {
        match &self.request {
            QueuedRequest::Picture(request) => &request.inputs,
            QueuedRequest::Clip(job) => &job.inputs,
            QueuedRequest::Folder(job) => &job.inputs,
        }
    }

    /// Where a clip or a folder is painted to.
    fn output(&self) -> Option<&Path> {
        match &self.request {
            QueuedRequest::Picture(_) => None,
            QueuedRequest::Clip(job) => Some(&job.output.path),
            QueuedRequest::Folder(job) => Some(&job.choices.output),
        }
    }

    /// Whether it goes on with unfinished work.
    pub(in crate::app) fn is_unfinished(&self) -> bool {
        matches!(&self.request, QueuedRequest::Picture(request) if request.unfinished.is_some())
    }
}

/// The waiting runs, clips and folders, the next one first.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    waiting: Vec<QueuedRun>,
    next: u64,
}

impl Queue {
    /// The waiting runs, the next one first.
    pub fn waiting(&self) -> &[QueuedRun] {
        &self.waiting
    }

    pub(in crate::app) fn add(&mut self, request: QueuedRequest) {
        self.next += 1;
        self.waiting.push(QueuedRun { id: QueueId(self.next), request });
    }

    pub(in crate::app) fn clear(&mut self) -> Vec<QueuedRun> {
        std::mem::take(&mut self.waiting)
    }

    /// Puts removed runs back in front of the others.
    pub(in crate::app) fn put_back(&mut self, runs: Vec<QueuedRun>) {
        self.waiting.splice(0..0, runs);
    }

    pub(in crate::app) fn take_next(&mut self) -> Option<QueuedRequest> {
        if self.waiting.is_empty() { None } else { Some(self.waiting.remove(0).request) }
    }

    /// Whether the next one is a clip or a folder that is painted into this place.
    pub(in crate::app) fn paints_next_into(&self, output: &Path) -> bool {
        self.waiting.first().is_some_and(|queued| queued.output() == Some(output))
    }

    /// Whether a clip or a folder waits to be painted into this place.
    pub fn paints_into(&self, output: &Path) -> bool {
        self.waiting.iter().any(|queued| queued.output() == Some(output))
    }

    pub(in crate::app) fn cancel(&mut self, id: QueueId) {
        self.waiting.retain(|queued| queued.id != id);
    }

    /// Swaps a run with the one `by` places away, if there is one.
    pub(in crate::app) fn move_by(&mut self, id: QueueId, by: isize) {
        let Some(index) = self.waiting.iter().position(|queued| queued.id == id) else { return };
        if let Some(other) = index.checked_add_signed(by).filter(|other| *other < self.waiting.len()) {
            self.waiting.swap(index, other);
        }
    }
}
