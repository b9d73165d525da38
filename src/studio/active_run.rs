//! One run, shared between the thread that paints it and the threads that control it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::clock::Clock;
use super::event::{EventKind, RunId};
use super::ingredients::Ingredients;
use super::keeper::{Autosave, Keeper};
use super::outlet::Outlet;
use super::project::Unfinished;
use super::recipe::Recipe;
use super::settings::Settings;
use super::style::Style;
use crate::engine::balance::StyleBalance;
use crate::engine::control::Control;
use crate::lock::lock;
use crate::reason::reason;

/// The unfinished run to resume, and where work in progress is saved.
#[derive(Clone, Debug, Default)]
pub struct Continuity {
    /// An unfinished run of the same recipe, to resume.
    pub unfinished: Option<Unfinished>,
    /// Where to save work in progress, so that a crash does not lose it.
    pub autosave: Option<Autosave>,
    /// Whether the owner may adjust the settings during the run and call [`super::Worker::unfinished`].
    pub is_steered: bool,
}

/// One run, shared between the thread that paints it and the threads that control it.
pub(super) struct ActiveRun {
    pub(super) id: RunId,
    pub(super) control: Control,
    pub(super) outlet: Outlet,
    pub(super) recipe: Recipe,
    pub(super) continuity: Continuity,
    pub(super) clock: Arc<Clock>,
    /// The current settings, with the adjustments made during the run.
    pub(super) settings: Mutex<Settings>,
    /// The latest snapshot of the run, or the one it was resumed from. Kept until the next one is complete, so that
    /// there is always one to save.
    pub(super) last: Mutex<Option<Unfinished>>,
}

impl ActiveRun {
    pub(super) fn new(id: RunId, recipe: Recipe, mut continuity: Continuity, outlet: Outlet) -> Self {
        let Ingredients { settings, styles, .. } = recipe.ingredients();
        let balance = settings.balance(styles.iter().map(Style::balance));
        let last = continuity.unfinished.take();
        let before = last.as_ref().map_or(0.0, |unfinished| unfinished.seconds);
        let clock = Arc::new(Clock::after(Duration::from_secs_f64(before)));
        let on_pause = {
            let (clock, outlet) = (Arc::clone(&clock), outlet.clone());
            move |paused| {
                if paused {
                    clock.pause();
                } else {
                    clock.start();
                }
                outlet.send(id, if paused { EventKind::Paused } else { EventKind::Resumed });
            }
        };
        let settings = Mutex::new(settings.clone());
        let control = Control::with_pause_listener(balance, on_pause);
        Self { id, control, outlet, recipe, continuity, clock, settings, last: Mutex::new(last) }
    }

    pub(super) fn adjust(&self, settings: &Settings, styles: Vec<StyleBalance>) {
        let mut now = lock(&self.settings);
        *now = now.clone().with_steerable_settings_of(settings);
        self.control.adjust(now.balance(styles));
    }

    /// The latest snapshot, a few seconds old.
    pub(super) fn unfinished(&self) -> Option<Unfinished> {
        lock(&self.last).clone()
    }

    /// Frees the snapshot after the run has ended.
    pub(super) fn forget(&self) {
        *lock(&self.last) = None;
    }

    pub(super) fn keep_colors(&self) -> f32 {
        lock(&self.settings).keep_colors
    }

    pub(super) fn keeper(&self) -> Option<Keeper> {
        let autosave = self.continuity.autosave.clone()?;
        let (id, outlet) = (self.id, self.outlet.clone());
        let keeper = Keeper::spawn(autosave, move |kept| outlet.send(id, EventKind::WorkSaved(kept)));
        // If the thread cannot start, the run paints without saving.
        keeper.map_err(|error| self.remark(&format!("the work in progress cannot be saved ({})", reason(&error)))).ok()
    }

    pub(super) fn remark(&self, sentence: &str) {
        self.outlet.send(self.id, EventKind::Remark(sentence.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use image::DynamicImage;

    use super::super::hardware::Hardware;
    use super::super::ingredients::Subject;
    use super::super::settings::Start;
    use super::*;
    use crate::engine::optimizer::Optimizer;
    use crate::picture::Picture;

    /// The window's settings may be of the next run already: another start, or another preset's optimiser.
    #[test]
    fn adjusting_a_run_keeps_its_own_start_and_optimizer() {
        let own = Settings { optimizer: Optimizer::Pixels, ..Settings::default() };
        let picture = Arc::new(Picture::new(DynamicImage::new_rgb8(32, 32)));
        let recipe = Recipe::new(Ingredients {
            subject: Subject::photo(picture.clone()),
            styles: vec![Style::new(picture)],
            start_picture: None,
            settings: own.clone(),
            hardware: Hardware::default(),
            time_limit: None,
        });
        let (outlet, _events) = Outlet::new(|| {});
        let run = ActiveRun::new(RunId::default(), recipe.unwrap(), Continuity::default(), outlet);
        let styles = vec![StyleBalance::default()];
        let of_next = Settings { strength: 70.0, start: Start::Noise, ..Settings::default() };
        run.adjust(&of_next, styles.clone());
        assert_eq!(run.control.balance(), Settings { strength: 70.0, ..own }.balance(styles));
    }
}
