//! What was painted: each result with what it was painted with.

use std::sync::Arc;
use std::time::Duration;

use super::run::BeganWith;
use super::{Canvas, Card, Kind, MaskAction, Painting, Shown, State, View};
use crate::app::action::{Effect, HistoryAction};
use crate::picture::Picture;
use crate::studio::project::Held;

/// Tells one result from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResultId(u64);

/// A picture that was painted.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which one.
    pub id: ResultId,
    /// The picture.
    pub canvas: Canvas,
    /// A small copy, once it is made.
    pub thumbnail: Option<Arc<Picture>>,
    /// The picture as a project keeps it.
    pub held: Held,
    /// What it was painted with.
    pub painted_with: BeganWith,
    /// How long it took; zero when that is not known.
    pub elapsed: Duration,
    /// It was stopped before its end.
    pub stopped: bool,
    /// It never gives way to newer ones.
    pub kept: bool,
    /// It is in a file of its own.
    pub exported: bool,
}

/// What was painted, the newest last.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Vec<Entry>,
    next: u64,
}

/// Results that are not kept give way when there are more than these.
const MOST: usize = 32;
/// Or when they hold more bytes than these.
const MOST_BYTES: u64 = 768 << 20;

impl History {
    /// The results, the newest last.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The result of that name.
    pub fn get(&self, id: ResultId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// The name of the next result.
    pub(super) fn number(&mut self) -> ResultId {
        self.next += 1;
        ResultId(self.next)
    }

    /// Takes in a result of another day, as the newest.
    pub(super) fn take_in(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// Lets go of all. Names are not given out again.
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    /// A picture was written to a file of its own.
    pub(super) fn exported(&mut self, shown: &Shown) {
        self.entries.iter_mut().filter(|entry| entry.canvas.shown.is(shown)).for_each(|entry| entry.exported = true);
    }

    fn get_mut(&mut self, id: ResultId) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }

    /// Lets the oldest results go that are neither kept nor `in_use`, until there is room.
    fn make_room(&mut self, in_use: impl Fn(&Entry) -> bool) {
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

/// Two pictures with a divider between them lie over each other, so they need about the same shape.
pub(super) fn has_shape_of(one: (u32, u32), other: (u32, u32)) -> bool {
    let shape = |(width, height): (u32, u32)| f64::from(width) / f64::from(height);
    (shape(one) / shape(other) - 1.0).abs() <= 0.02
}

fn bytes(entry: &Entry) -> u64 {
    let (width, height) = entry.canvas.size;
    // Painted pictures have 16 bits a channel.
    u64::from(width) * u64::from(height) * 6
}

impl State {
    /// The picture that is looked at: an earlier result, or what is or was painted last.
    pub fn shown_canvas(&self) -> Option<&Canvas> {
        let earlier = self.looking_at.and_then(|id| self.history.get(id)).map(|entry| &entry.canvas);
        earlier.or(self.canvas.as_ref())
    }

    /// The result that is looked at, when it is one from the history.
    pub fn shown_entry(&self) -> Option<&Entry> {
        let Shown::Picture(picture) = &self.shown_canvas()?.shown else { return None };
        let is_it =
            |entry: &&Entry| matches!(&entry.canvas.shown, Shown::Picture(other) if Arc::ptr_eq(picture, other));
        self.history.entries.iter().find(is_it)
    }

    /// The result on the left of the divider instead of the photo; only one of the shape of the picture that is shown.
    pub fn beside(&self) -> Option<&Entry> {
        let size = self.shown_canvas()?.size;
        self.beside.and_then(|id| self.history.get(id)).filter(|entry| has_shape_of(entry.canvas.size, size))
    }

    pub(super) fn record(
        &mut self,
        canvas: Canvas,
        painted_with: BeganWith,
        elapsed: Duration,
        stopped: bool,
    ) -> Effect {
        let id = self.history.number();
        let shrink = match &canvas.shown {
            Shown::Picture(picture) => Arc::clone(picture),
            Shown::Frame(_) => unreachable!("a run ends with a whole picture"),
        };
        let held = Held::of(Arc::clone(&shrink));
        let (kept, exported) = (false, false);
        self.history.take_in(Entry {
            id,
            canvas,
            thumbnail: None,
            held,
            painted_with,
            elapsed,
            stopped,
            kept,
            exported,
        });
        let (looking_at, beside) = (self.looking_at, self.beside);
        self.history.make_room(|entry| entry.id == id || Some(entry.id) == looking_at || Some(entry.id) == beside);
        Effect::Shrink(id, shrink)
    }

    pub(super) fn history_action(&mut self, action: HistoryAction) -> Vec<Effect> {
        match action {
            HistoryAction::Look(id) => self.look(id),
            HistoryAction::LookAtLatest => {
                self.looking_at = None;
                self.beside = None;
            }
            HistoryAction::Compare(id) => self.compare(id),
            HistoryAction::Restore(id) => return self.restore(id),
            HistoryAction::ToggleKept(id) => {
                if let Some(entry) = self.history.get_mut(id) {
                    entry.kept = !entry.kept;
                }
            }
            HistoryAction::Delete(id) => self.delete(id),
            HistoryAction::Small(id, picture) => {
                if let Some(entry) = self.history.get_mut(id) {
                    entry.thumbnail = Some(picture);
                }
            }
        }
        Vec::new()
    }

    fn look(&mut self, id: ResultId) {
        if self.history.get(id).is_none() {
            return;
        }
        self.looking_at = Some(id);
        if self.beside == Some(id) {
            self.beside = None;
        }
        if self.view == View::Photo {
            self.view = View::Result;
        }
    }

    fn compare(&mut self, id: ResultId) {
        let (Some(other), Some(shown)) = (self.history.get(id), self.shown_canvas()) else { return };
        if !has_shape_of(other.canvas.size, shown.size) {
            self.notify(Kind::Remark, "These two pictures have different shapes, so no divider can go between them.");
            return;
        }
        self.beside = Some(id);
        self.view = View::Compare;
    }

    fn restore(&mut self, id: ResultId) -> Vec<Effect> {
        let Some(entry) = self.history.get(id) else { return Vec::new() };
        let with = entry.painted_with.clone();
        self.mask(MaskAction::Done);
        self.keep_step();
        let is_whole = with.photo.is_some() && with.paintings.len() == with.setup.styles.len();
        self.sources.photo = with.photo.map(|photo| Card { loaded: Some(photo), ..self.sources.new_card() });
        self.sources.paintings = with
            .paintings
            .into_iter()
            .map(|used| {
                let card = Card { loaded: Some(used.loaded), ..self.sources.new_card() };
                Painting { card, part: used.part, mask: used.mask }
            })
            .collect();
        self.sources.protection = with.protection;
        self.hardware = with.hardware;
        if is_whole {
            self.notify(Kind::Done, "The settings, the photo and the paintings of this result are back.");
        } else {
            let text = "The settings of this result are back; some of the pictures it was painted from are gone.";
            self.notify(Kind::Remark, text);
        }
        self.set_settings(with.settings)
    }

    fn delete(&mut self, id: ResultId) {
        let Some(index) = self.history.entries.iter().position(|entry| entry.id == id) else { return };
        let was_shown = self.shown_entry().is_some_and(|entry| entry.id == id);
        let entry = self.history.entries.remove(index);
        self.beside = self.beside.filter(|beside| *beside != id);
        if was_shown {
            // The neighbour comes in its place; without one, what is being painted.
            let neighbour = self.history.entries.get(index).or(self.history.entries.last()).map(|entry| entry.id);
            self.looking_at = neighbour;
            let is_canvas = self.canvas.as_ref().is_some_and(|canvas| canvas.shown.is(&entry.canvas.shown));
            if is_canvas {
                self.canvas = neighbour.and_then(|id| self.history.get(id)).map(|entry| entry.canvas.clone());
            }
            if neighbour.is_none() {
                self.view = View::Result;
            }
        }
        self.take_away("The result was deleted.", super::Removed::Result(index, Box::new(entry)));
    }

    pub(super) fn put_back_result(&mut self, index: usize, entry: Entry) {
        let id = entry.id;
        if self.canvas.is_none() {
            self.canvas = Some(entry.canvas.clone());
        }
        let index = index.min(self.history.entries.len());
        self.history.entries.insert(index, entry);
        self.look(id);
    }
}
