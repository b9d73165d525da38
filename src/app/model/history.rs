//! The results, each with the inputs that it was painted from.

use std::sync::Arc;
use std::time::Duration;

use super::canvas::{Canvas, CanvasImage};
use super::run::RunInputs;
use crate::picture::Picture;
use crate::studio::project::StoredPicture;

/// Identifies a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResultId(u64);

/// A result.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// Its identity.
    pub id: ResultId,
    /// The picture.
    pub canvas: Canvas,
    /// Its thumbnail, once it is made.
    pub thumbnail: Option<Arc<Picture>>,
    /// The picture as a project stores it.
    pub stored: StoredPicture,
    /// The inputs that it was painted from.
    pub inputs: RunInputs,
    /// How long it took; zero if unknown.
    pub elapsed: Duration,
    /// Whether it was stopped early.
    pub stopped: bool,
    /// Whether it is never dropped to make room for newer results.
    pub kept: bool,
    /// Whether it was exported, or is in a project.
    pub exported: bool,
}

/// The results, the newest last.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Vec<HistoryEntry>,
    next: u64,
}

/// Limit on the number of results that are not kept; the oldest are dropped.
const MOST: usize = 32;
/// Limit on their size in bytes.
const MOST_BYTES: u64 = 768 << 20;

impl History {
    /// The results, the newest last.
    pub fn entries(&self) -> &[HistoryEntry] {
        &self.entries
    }

    /// The result with this identity.
    pub fn get(&self, id: ResultId) -> Option<&HistoryEntry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    pub(in crate::app) fn get_mut(&mut self, id: ResultId) -> Option<&mut HistoryEntry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    /// The result whose image shares its allocation with this one.
    pub(in crate::app) fn find(&self, image: &CanvasImage) -> Option<&HistoryEntry> {
        self.entries.iter().find(|entry| entry.canvas.image.is_same(image))
    }

    pub(in crate::app) fn new_id(&mut self) -> ResultId {
        self.next += 1;
        ResultId(self.next)
    }

    pub(in crate::app) fn add(&mut self, entry: HistoryEntry) {
        self.entries.push(entry);
    }

    pub(in crate::app) fn put_back(&mut self, index: usize, entry: HistoryEntry) {
        self.entries.insert(index.min(self.entries.len()), entry);
    }

    pub(in crate::app) fn remove(&mut self, id: ResultId) -> Option<(usize, HistoryEntry)> {
        let index = self.entries.iter().position(|entry| entry.id == id)?;
        Some((index, self.entries.remove(index)))
    }

    /// Removes all results. Identities are not reused.
    pub(in crate::app) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Marks the results with this image as exported.
    pub(in crate::app) fn mark_exported(&mut self, image: &CanvasImage) {
        let same = self.entries.iter_mut().filter(|entry| entry.canvas.image.is_same(image));
        same.for_each(|entry| entry.exported = true);
    }

    /// Drops the oldest results that are neither kept nor `in_use`, until there is room.
    pub(in crate::app) fn make_room(&mut self, in_use: impl Fn(&HistoryEntry) -> bool) {
        loop {
            let loose = || self.entries.iter().filter(|entry| !entry.kept);
            if loose().count() <= MOST && loose().map(bytes).sum::<u64>() <= MOST_BYTES {
                return;
            }
            match self.entries.iter().position(|entry| !entry.kept && !in_use(entry)) {
                Some(oldest) => self.entries.remove(oldest),
                None => return,
            };
        }
    }
}

fn bytes(entry: &HistoryEntry) -> u64 {
    let (width, height) = entry.canvas.size;
    // Painted pictures have three channels of 16 bits.
    u64::from(width) * u64::from(height) * 6
}
