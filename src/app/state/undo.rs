//! Undo and redo of what the panels set. egui's undoer makes one step of a whole drag.

use egui::util::undoer::Undoer;

use super::{CardId, MaskAction, State};
use crate::app::action::Effect;
use crate::studio::{Hardware, Settings, StyleBalance};

/// What can be undone.
#[derive(Clone, Debug)]
pub(super) struct Tuning {
    settings: Settings,
    hardware: Hardware,
    parts: Vec<(CardId, StyleBalance)>,
}

impl PartialEq for Tuning {
    /// Paintings that came or went are no change of the settings.
    fn eq(&self, other: &Self) -> bool {
        let same_part = |&(id, part): &(CardId, StyleBalance)| {
            other.parts.iter().all(|&(other_id, other)| other_id != id || other == part)
        };
        self.settings == other.settings && self.hardware == other.hardware && self.parts.iter().all(same_part)
    }
}

/// The steps that can be undone and done again.
pub(super) type Steps = Undoer<Tuning>;

impl State {
    /// There is a change of the settings to undo.
    pub fn can_undo(&self) -> bool {
        self.steps.has_undo(&self.tuning())
    }

    /// There is an undo to take back.
    pub fn can_redo(&self) -> bool {
        self.steps.has_redo(&self.tuning())
    }

    /// Takes notice of the settings as they are now, `time` in seconds.
    pub(super) fn tick(&mut self, time: f64) {
        let tuning = self.tuning();
        self.steps.feed_state(time, &tuning);
    }

    pub(super) fn undo(&mut self) -> Vec<Effect> {
        if let Some(easel) = &mut self.easel {
            easel.apply(MaskAction::Undo);
            return Vec::new();
        }
        let before = self.steps.undo(&self.tuning()).cloned();
        self.take_up(before)
    }

    pub(super) fn redo(&mut self) -> Vec<Effect> {
        if let Some(easel) = &mut self.easel {
            easel.apply(MaskAction::Redo);
            return Vec::new();
        }
        let after = self.steps.redo(&self.tuning()).cloned();
        self.take_up(after)
    }

    fn tuning(&self) -> Tuning {
        Tuning {
            settings: self.settings.clone(),
            hardware: self.hardware,
            parts: self.sources.paintings.iter().map(|painting| (painting.card.id, painting.part)).collect(),
        }
    }

    fn take_up(&mut self, tuning: Option<Tuning>) -> Vec<Effect> {
        let Some(tuning) = tuning else { return Vec::new() };
        for (id, part) in tuning.parts {
            if let Some(painting) = self.sources.painting_mut(id) {
                painting.part = part;
            }
        }
        self.hardware = tuning.hardware;
        self.set_settings(tuning.settings)
    }
}
