//! What was painted: each result with what it was painted from.

use std::sync::Arc;
use std::time::Duration;

use super::canvas::{Canvas, CanvasImage};
use super::run::RunInputs;
use crate::picture::Picture;
use crate::studio::project::StoredPicture;

/// Identifies a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResultId(u64);

/// A picture that was painted.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// Its identity.
    pub id: ResultId,
    /// The picture.
    pub canvas: Canvas,
    /// A small copy, once it is made.
    pub thumbnail: Option<Arc<Picture>>,
    /// The picture as a project stores it.
    pub held: StoredPicture,
    /// What it was painted from.
    pub inputs: RunInputs,
    /// How long it took; zero when that is not known.
    pub elapsed: Duration,
    /// Whether it was stopped early.
    pub stopped: bool,
    /// Whether it stays however many newer results there are.
    pub kept: bool,
    /// Whether it is in a file of its own.
    pub exported: bool,
}

/// What was painted, the newest last.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Vec<HistoryEntry>,
    next: u64,
}

/// The oldest results that are not kept are dropped when there are more than these.
const MOST: usize = 32;
/// Or when they hold more bytes than these.
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

    /// The same, to change it.
    pub(in crate::app) fn get_mut(&mut self, id: ResultId) -> Option<&mut HistoryEntry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    /// The result with these very pixels.
    pub(in crate::app) fn find(&self, image: &CanvasImage) -> Option<&HistoryEntry> {
        self.entries.iter().find(|entry| entry.canvas.image.is_same(image))
    }

    /// An identity for the next result.
    pub(in crate::app) fn new_id(&mut self) -> ResultId {
        self.next += 1;
        ResultId(self.next)
    }

    /// Adds a result as the newest.
    pub(in crate::app) fn add(&mut self, entry: HistoryEntry) {
        self.entries.push(entry);
    }

    /// Puts a result that was removed back in its place.
    pub(in crate::app) fn put_back(&mut self, index: usize, entry: HistoryEntry) {
        self.entries.insert(index.min(self.entries.len()), entry);
    }

    /// Removes a result; returns its place and itself.
    pub(in crate::app) fn remove(&mut self, id: ResultId) -> Option<(usize, HistoryEntry)> {
        let index = self.entries.iter().position(|entry| entry.id == id)?;
        Some((index, self.entries.remove(index)))
    }

    /// Removes all results. Identities are not given out again.
    pub(in crate::app) fn clear(&mut self) {
        self.entries.clear();
    }

    /// Notes that a picture was written to a file of its own.
    pub(in crate::app) fn exported(&mut self, image: &CanvasImage) {
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
    // Painted pictures have 16 bits a channel.
    u64::from(width) * u64::from(height) * 6
}
