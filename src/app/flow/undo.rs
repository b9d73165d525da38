//! Undo and redo.

use crate::app::message::Effect;
use crate::app::model::mask::MaskAction;
use crate::app::model::undo::UndoStep;
use crate::app::state::State;

impl State {
    /// Makes an undo step of the current state. Called before every change that is a step of its own.
    pub(super) fn keep_step(&mut self) {
        self.steps.keep((&self.settings, self.hardware, &self.sources));
    }

    /// Advances the time to `time`, in seconds since the window opened.
    pub(super) fn tick(&mut self, time: f64) {
        self.notices.tick(time);
        self.steps.tick((&self.settings, self.hardware, &self.sources), time);
    }

    pub(super) fn undo(&mut self) -> Vec<Effect> {
        if let Some(easel) = &mut self.easel {
            easel.apply(MaskAction::Undo);
            return Vec::new();
        }
        let step = self.steps.undo((&self.settings, self.hardware, &self.sources));
        self.go_to(step)
    }

    pub(super) fn redo(&mut self) -> Vec<Effect> {
        if let Some(easel) = &mut self.easel {
            easel.apply(MaskAction::Redo);
            return Vec::new();
        }
        let step = self.steps.redo((&self.settings, self.hardware, &self.sources));
        self.go_to(step)
    }

    fn go_to(&mut self, step: Option<UndoStep>) -> Vec<Effect> {
        let Some(step) = step else { return Vec::new() };
        let settings = step.settings.clone();
        self.hardware = step.hardware;
        step.restore(&mut self.sources);
        self.remove_unfit_masks();
        let effects = self.set_settings(settings);
        self.steps.settle((&self.settings, self.hardware, &self.sources));
        effects
    }
}
