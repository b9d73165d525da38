//! Undo and redo of settings, pictures and masks.

use std::collections::HashSet;
use std::sync::Arc;

use super::card::{Card, CardId, LoadedPicture};
use super::mask::Mask;
use super::sources::{Painting, Sources};
use crate::picture::Picture;
use crate::studio::{Hardware, Settings};

/// Everything that undo covers, as it is now.
pub(in crate::app) type Undoable<'a> = (&'a Settings, Hardware, &'a Sources);

/// Everything that undo covers, as it was at one time.
#[derive(Clone, Debug)]
pub(in crate::app) struct UndoStep {
    pub(in crate::app) settings: Settings,
    pub(in crate::app) hardware: Hardware,
    photo: Option<Card>,
    paintings: Vec<Painting>,
    protection: Option<Arc<Mask>>,
}

impl UndoStep {
    fn of((settings, hardware, sources): Undoable) -> Self {
        Self {
            settings: settings.clone(),
            hardware,
            photo: sources.photo.clone(),
            paintings: sources.paintings.clone(),
            protection: sources.protection.clone(),
        }
    }

    /// Whether nothing has changed since. Reading a picture is not a change, because adding its card was one.
    fn is(&self, (settings, hardware, sources): Undoable) -> bool {
        let same_card = |this: &Card, that: &Card| {
            let same_picture = match (&this.loaded, &that.loaded) {
                // Looking at another frame of a clip or another photo of a folder changes nothing.
                (Some(this), Some(that)) => Arc::ptr_eq(&this.picture, &that.picture) || this.is_of_same(that),
                _ => true,
            };
            this.id == that.id && same_picture
        };
        let same_photo = match (&self.photo, &sources.photo) {
            (Some(this), Some(that)) => same_card(this, that),
            (this, that) => this.is_none() && that.is_none(),
        };
        let same_painting = |(this, that): (&Painting, &Painting)| {
            same_card(&this.source, &that.source)
                && this.balance() == that.balance()
                && same_mask(this.mask.as_ref(), that.mask.as_ref())
        };
        self.settings == *settings
            && self.hardware == hardware
            && same_photo
            && same_mask(self.protection.as_ref(), sources.protection.as_ref())
            && self.paintings.len() == sources.paintings.len()
            && self.paintings.iter().zip(&sources.paintings).all(same_painting)
    }

    fn pictures(&self) -> impl Iterator<Item = &Arc<Picture>> {
        let cards = self.photo.iter().chain(self.paintings.iter().map(|painting| &painting.source));
        cards.filter_map(|card| card.loaded.as_ref()).map(|loaded| &loaded.picture)
    }

    /// The card of that time. If it had no picture yet, it takes the one that was read since or is being read.
    fn card(then: Card, now: Option<&Card>) -> Option<Card> {
        let read_since = || now?.loaded.clone();
        // Another frame of the same clip stays, and so does another photo of the same folder.
        let shown = |loaded: &LoadedPicture| now?.loaded.clone().filter(|now| now.is_of_same(loaded));
        let loaded = then.loaded.map(|then| shown(&then).unwrap_or(then)).or_else(read_since);
        let pending = now.and_then(|now| now.pending.clone());
        (loaded.is_some() || pending.is_some()).then_some(Card { id: then.id, loaded, pending })
    }

    pub(in crate::app) fn restore(self, sources: &mut Sources) {
        let now = std::mem::take(&mut sources.paintings);
        let card_now = |id: CardId| now.iter().map(|painting| &painting.source).find(|card| card.id == id);
        let back = |painting: Painting| {
            let source = Self::card(painting.source.clone(), card_now(painting.source.id))?;
            Some(Painting { source, ..painting })
        };
        sources.paintings = self.paintings.into_iter().filter_map(back).collect();
        let photo_now = sources.photo.take();
        let size = photo_now
            .as_ref()
            .and_then(|card| card.loaded.as_ref())
            .map(|now| (now.picture.width(), now.picture.height()));
        let mut masks = sources.paintings.iter().filter_map(|style| style.mask.as_ref()).chain(&self.protection);
        // Masks come back with the photo that they were drawn for, if the one that is shown has another shape.
        let are_fit = size.is_some_and(|size| masks.all(|mask| mask.fits(size)));
        sources.photo = self.photo.and_then(|photo| {
            let now = photo_now.as_ref().filter(|now| now.id == photo.id && (are_fit || photo.loaded.is_none()));
            Self::card(photo, now)
        });
        sources.protection = self.protection;
    }
}

fn same_mask(this: Option<&Arc<Mask>>, that: Option<&Arc<Mask>>) -> bool {
    this.map(Arc::as_ptr) == that.map(Arc::as_ptr)
}

/// The steps that can be undone and redone. They belong to the open work.
#[derive(Debug, Default)]
pub(in crate::app) struct Steps {
    /// Oldest first; changes are detected by comparison with the last.
    undo: Vec<UndoStep>,
    redo: Vec<UndoStep>,
    /// A change in progress, such as a drag, and the time of its last movement in seconds.
    changing: Option<(UndoStep, f64)>,
}

/// A change becomes a step after resting for this many seconds.
const REST: f64 = 1.0;
/// Limit on the number of steps; the oldest are dropped.
const MOST: usize = 100;
/// Limit on the bytes of pictures in steps that are not in the last one.
const MOST_BYTES: usize = 512 << 20;

impl Steps {
    fn push(&mut self, step: UndoStep) {
        self.undo.push(step);
        self.redo.clear();
        self.changing = None;
        while self.undo.len() > 2 && (self.undo.len() > MOST || self.bytes() > MOST_BYTES) {
            self.undo.remove(0);
        }
    }

    /// Whether there is a change to undo.
    pub(in crate::app) fn can_undo(&self, now: Undoable) -> bool {
        match &self.undo[..] {
            [] => false,
            [only] => !only.is(now),
            _ => true,
        }
    }

    /// Whether there is a change to redo.
    pub(in crate::app) fn can_redo(&self, now: Undoable) -> bool {
        !self.redo.is_empty() && self.undo.last().is_some_and(|step| step.is(now))
    }

    /// Detects changes at `time` in seconds; a change that has rested long enough becomes a step.
    pub(in crate::app) fn tick(&mut self, now: Undoable, time: f64) {
        match self.undo.last() {
            None => self.keep(now),
            Some(last) if last.is(now) => self.changing = None,
            Some(_) => match &self.changing {
                Some((step, since)) if step.is(now) => {
                    if time - since >= REST {
                        self.keep(now);
                    }
                }
                _ => self.changing = Some((UndoStep::of(now), time)),
            },
        }
    }

    /// Makes a step of the current state. Called before every change that is a step of its own.
    pub(in crate::app) fn keep(&mut self, now: Undoable) {
        if !self.undo.last().is_some_and(|step| step.is(now)) {
            self.push(UndoStep::of(now));
        }
    }

    /// The step to return to.
    pub(in crate::app) fn undo(&mut self, now: Undoable) -> Option<UndoStep> {
        if !self.can_undo(now) {
            return None;
        }
        if self.undo.last().is_some_and(|step| step.is(now)) {
            self.undo.pop();
        }
        self.redo.push(UndoStep::of(now));
        self.changing = None;
        self.undo.last().cloned()
    }

    /// The step to go forward to.
    pub(in crate::app) fn redo(&mut self, now: Undoable) -> Option<UndoStep> {
        if !self.can_redo(now) {
            return None;
        }
        let after = self.redo.pop();
        self.undo.extend(after.clone());
        self.changing = None;
        after
    }

    /// Drops all steps, because other work was opened.
    pub(in crate::app) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Replaces the restored step by the actual state, which lacks the cards whose picture was never read.
    pub(in crate::app) fn settle(&mut self, now: Undoable) {
        if let Some(last) = self.undo.last_mut() {
            *last = UndoStep::of(now);
        }
    }

    fn bytes(&self) -> usize {
        let now = self.undo.last().into_iter().flat_map(UndoStep::pictures).map(Arc::as_ptr);
        let mut seen: HashSet<_> = now.collect();
        let all = self.undo.iter().flat_map(UndoStep::pictures);
        all.filter(|picture| seen.insert(Arc::as_ptr(picture))).map(|picture| picture.pixels().as_bytes().len()).sum()
    }
}
