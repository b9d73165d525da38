//! The instant picture: asked for whenever photo, paintings, masks or settings have changed, and shown where nothing is
//! painted of these pictures yet.

use std::sync::Arc;

use crate::app::message::Effect;
use crate::app::model::canvas::{Canvas, CanvasImage};
use crate::app::model::instant::{InstantKey, InstantRequest, instant_settings};
use crate::app::model::notices::Topic;
use crate::app::state::State;
use crate::studio::{Event, EventKind, PaintedPicture, RunId};

impl State {
    /// Asks for the instant picture, where it would be shown and is not of these inputs.
    pub(super) fn refresh_instant(&mut self) -> Vec<Effect> {
        let fingerprint = self.fingerprint();
        let is_result_outdated = self.shown_entry().is_some_and(|entry| entry.inputs.differ_from(&self.sources));
        if self.instant.sees_other_pictures(&fingerprint) && is_result_outdated {
            self.view.show_latest();
        }
        let is_loading = self.sources.is_loading();
        if is_loading || self.start_obstacle().is_some() || !self.wants_instant() {
            let is_of_nothing = !is_loading && self.start_obstacle().is_some();
            let was_painting = if is_of_nothing { self.instant.clear() } else { self.instant.give_up() };
            return was_painting.then_some(Effect::StopInstant).into_iter().collect();
        }
        let key = InstantKey::new(fingerprint, self.hardware);
        if self.instant.is_of(&key) || self.instant.is_painting(&key) {
            return Vec::new();
        }
        // Start needs more memory and tells why nothing can be painted.
        let request = self.prepare_instant(instant_settings(&self.settings)).ok();
        let (recipe, inputs) = request.map_or((None, None), |request| (Some(request.recipe), Some(request.inputs)));
        if inputs.is_none() {
            self.instant.canvas = None;
        }
        let id = self.instant.ask(key, inputs);
        let request = recipe.map(|recipe| Effect::PaintInstant(Box::new(InstantRequest { id, recipe: *recipe })));
        vec![request.unwrap_or(Effect::StopInstant)]
    }

    pub(super) fn instant_event(&mut self, event: Event) {
        match event.kind {
            EventKind::Finished(painted) => self.instant_painted(event.run, painted),
            EventKind::Failed(reason) if self.instant.take_inputs(event.run).is_some() => {
                self.notices.report(Topic::Instant, &reason);
            }
            _ => {}
        }
    }

    fn instant_painted(&mut self, id: RunId, painted: PaintedPicture) {
        let Some(inputs) = self.instant.take_inputs(id) else { return };
        let Some(photo) = &inputs.photo else { return };
        let size = (painted.picture.width(), painted.picture.height());
        let is_first = self.instant.show(Canvas {
            image: CanvasImage::Picture(painted.picture),
            size,
            // No scale was painted by optimisation, so Continue paints all of them.
            reached: 0,
            photo: Arc::clone(&photo.picture),
            name: inputs.name.clone(),
            inputs: inputs.paths(),
            setup: inputs.setup.clone(),
            exif: photo.exif.clone(),
        });
        if is_first {
            // A new photo was shown until now.
            self.view.leave_photo();
        }
        self.notices.clear_topic(Topic::Instant);
    }

    /// Whether the instant picture would be shown: no run is active, no mask is being edited, no result was chosen, and
    /// nothing is painted of these pictures.
    fn wants_instant(&self) -> bool {
        let is_free = !self.run.is_active() && self.easel.is_none();
        is_free && self.view.result.is_none() && self.painted().is_none()
    }
}
