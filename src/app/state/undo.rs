//! Undo and redo of what the panels set, and of the pictures and masks on the cards.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Card, CardId, Loaded, MaskAction, Painting, Sheet, State};
use crate::app::action::Effect;
use crate::picture::Picture;
use crate::studio::{Hardware, Settings};

/// Everything that can be undone, as it was at one time.
#[derive(Clone, Debug)]
struct Step {
    settings: Settings,
    hardware: Hardware,
    photo: Option<Card>,
    paintings: Vec<Painting>,
    protection: Option<Arc<Sheet>>,
}

impl Step {
    fn of(state: &State) -> Self {
        let sources = &state.sources;
        Self {
            settings: state.settings.clone(),
            hardware: state.hardware,
            photo: sources.photo.clone(),
            paintings: sources.paintings.clone(),
            protection: sources.protection.clone(),
        }
    }

    /// Nothing has changed since. A picture that was read meanwhile is no change of its own: its card was the change.
    fn is_now(&self, state: &State) -> bool {
        let sources = &state.sources;
        let same_card = |this: &Card, that: &Card| {
            let same_picture = match (&this.loaded, &that.loaded) {
                (Some(this), Some(that)) => Arc::ptr_eq(&this.picture, &that.picture),
                _ => true,
            };
            this.id == that.id && same_picture
        };
        let same_photo = match (&self.photo, &sources.photo) {
            (Some(this), Some(that)) => same_card(this, that),
            (this, that) => this.is_none() && that.is_none(),
        };
        let same_painting = |(this, that): (&Painting, &Painting)| {
            same_card(&this.card, &that.card)
                && this.part == that.part
                && same_mask(this.mask.as_ref(), that.mask.as_ref())
        };
        self.settings == state.settings
            && self.hardware == state.hardware
            && same_photo
            && same_mask(self.protection.as_ref(), sources.protection.as_ref())
            && self.paintings.len() == sources.paintings.len()
            && self.paintings.iter().zip(&sources.paintings).all(same_painting)
    }

    fn pictures(&self) -> impl Iterator<Item = &Arc<Picture>> {
        let cards = self.photo.iter().chain(self.paintings.iter().map(|painting| &painting.card));
        cards.filter_map(|card| card.loaded.as_ref()).map(|loaded| &loaded.picture)
    }

    /// The card as it was then; what has been read for it since, or still is, counts where it was empty.
    fn card(then: Card, now: Option<&Card>) -> Option<Card> {
        let read_since = || now?.loaded.clone();
        let loaded: Option<Loaded> = then.loaded.or_else(read_since);
        let pending = now.and_then(|now| now.pending.clone());
        (loaded.is_some() || pending.is_some()).then_some(Card { id: then.id, loaded, pending })
    }
}

fn same_mask(this: Option<&Arc<Sheet>>, that: Option<&Arc<Sheet>>) -> bool {
    this.map(Arc::as_ptr) == that.map(Arc::as_ptr)
}

/// The steps that can be undone and done again. They belong to the work that is open.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Oldest first; the last is what a change is told from.
    undo: Vec<Step>,
    redo: Vec<Step>,
    /// A change that is going on, such as a drag, and since when it has been as it is, in seconds.
    changing: Option<(Step, f64)>,
}

/// A change that has rested for so many seconds is a step.
const REST: f64 = 1.0;
/// The oldest steps are forgotten when there are more than these.
const MOST: usize = 100;
/// Or when they hold more bytes of pictures than these which are on no card now.
const MOST_BYTES: usize = 512 << 20;

impl Steps {
    fn push(&mut self, step: Step) {
        self.undo.push(step);
        self.redo.clear();
        self.changing = None;
        while self.undo.len() > 2 && (self.undo.len() > MOST || self.bytes() > MOST_BYTES) {
            self.undo.remove(0);
        }
    }

    fn bytes(&self) -> usize {
        let now = self.undo.last().into_iter().flat_map(Step::pictures).map(Arc::as_ptr);
        let mut seen: HashSet<_> = now.collect();
        let all = self.undo.iter().flat_map(Step::pictures);
        all.filter(|picture| seen.insert(Arc::as_ptr(picture))).map(|picture| picture.pixels().as_bytes().len()).sum()
    }
}

impl State {
    /// There is a change to undo.
    pub fn can_undo(&self) -> bool {
        match &self.steps.undo[..] {
            [] => false,
            [only] => !only.is_now(self),
            _ => true,
        }
    }

    /// There is an undo to take back.
    pub fn can_redo(&self) -> bool {
        !self.steps.redo.is_empty() && self.steps.undo.last().is_some_and(|step| step.is_now(self))
    }

    /// Takes notice of what there is now, `time` in seconds.
    pub(super) fn tick(&mut self, time: f64) {
        match self.steps.undo.last() {
            None => self.keep_step(),
            Some(last) if last.is_now(self) => self.steps.changing = None,
            Some(_) => match &self.steps.changing {
                Some((step, since)) if step.is_now(self) => {
                    if time - since >= REST {
                        self.keep_step();
                    }
                }
                _ => self.steps.changing = Some((Step::of(self), time)),
            },
        }
    }

    /// What there is now can be come back to. Called before whatever is a step of its own.
    pub(super) fn keep_step(&mut self) {
        if !self.steps.undo.last().is_some_and(|step| step.is_now(self)) {
            self.steps.push(Step::of(self));
        }
    }

    /// Other work was opened, in which the steps so far mean nothing.
    pub(super) fn forget_steps(&mut self) {
        self.steps = Steps::default();
    }

    pub(super) fn undo(&mut self) -> Vec<Effect> {
        if let Some(easel) = &mut self.easel {
            easel.apply(MaskAction::Undo);
            return Vec::new();
        }
        if !self.can_undo() {
            return Vec::new();
        }
        if self.steps.undo.last().is_some_and(|step| step.is_now(self)) {
            self.steps.undo.pop();
        }
        self.steps.redo.push(Step::of(self));
        let before = self.steps.undo.last().cloned();
        self.take_up(before)
    }

    pub(super) fn redo(&mut self) -> Vec<Effect> {
        if let Some(easel) = &mut self.easel {
            easel.apply(MaskAction::Redo);
            return Vec::new();
        }
        if !self.can_redo() {
            return Vec::new();
        }
        let after = self.steps.redo.pop();
        self.steps.undo.extend(after.clone());
        self.take_up(after)
    }

    /// Puts everything back as it was at the last step.
    fn take_up(&mut self, step: Option<Step>) -> Vec<Effect> {
        let Some(Step { settings, hardware, photo, paintings, protection }) = step else { return Vec::new() };
        self.steps.changing = None;
        let now = std::mem::take(&mut self.sources.paintings);
        let card_now = |id: CardId| now.iter().map(|painting| &painting.card).find(|card| card.id == id);
        let back = |painting: Painting| {
            let card = Step::card(painting.card.clone(), card_now(painting.card.id))?;
            Some(Painting { card, ..painting })
        };
        self.sources.paintings = paintings.into_iter().filter_map(back).collect();
        let photo_now = self.sources.photo.take();
        self.sources.photo = photo.and_then(|photo| {
            let now = photo_now.as_ref().filter(|now| now.id == photo.id);
            Step::card(photo, now)
        });
        self.sources.protection = protection;
        self.check_masks();
        self.hardware = hardware;
        let effects = self.set_settings(settings);
        // Cards whose picture was never read are gone for good, so this is what the next change is told from.
        let now = Step::of(self);
        if let Some(last) = self.steps.undo.last_mut() {
            *last = now;
        }
        effects
    }
}
