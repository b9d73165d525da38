//! The instant picture: asked for whenever photo, paintings, masks or settings have changed, and shown until a run has
//! painted them.

use std::sync::Arc;

use crate::app::message::Effect;
use crate::app::model::canvas::{Canvas, CanvasImage};
use crate::app::model::fingerprint::Fingerprint;
use crate::app::model::instant::InstantRequest;
use crate::app::model::notices::Topic;
use crate::app::state::State;
use crate::studio::{Event, EventKind, Method, PaintedPicture, RunId, Settings, Start};

impl State {
    /// Asks for the instant picture, where it would be shown and is not of these inputs.
    pub(super) fn refresh_instant(&mut self) -> Vec<Effect> {
        if self.start_obstacle().is_some() {
            let was_painting = self.instant.clear();
            return was_painting.then_some(Effect::StopInstant).into_iter().collect();
        }
        if !self.wants_instant() {
            let was_painting = self.instant.give_up();
            return was_painting.then_some(Effect::StopInstant).into_iter().collect();
        }
        let fingerprint = Fingerprint { results: Vec::new(), ..self.fingerprint() };
        if self.instant.is_of(&fingerprint) || self.instant.is_painting(&fingerprint) {
            return Vec::new();
        }
        let settings = Settings { method: Method::Instant, start: Start::Content, ..self.settings.clone() };
        // Start tells why nothing can be painted.
        let request = self.prepare_instant(settings).ok();
        let (recipe, inputs) = request.map_or((None, None), |request| (Some(request.recipe), Some(request.inputs)));
        if inputs.is_none() {
            self.instant.canvas = None;
        }
        let id = self.instant.ask(fingerprint, inputs);
        let request = recipe.map(|recipe| Effect::PaintInstant(Box::new(InstantRequest { id, recipe: *recipe })));
        vec![request.unwrap_or(Effect::StopInstant)]
    }

    pub(super) fn instant_event(&mut self, event: Event) {
        match event.kind {
            EventKind::Finished(painted) => self.instant_painted(event.run, painted),
            EventKind::Failed(reason) if self.instant.take_inputs(event.run).is_some() => {
                self.notices.report(Topic::Painting, &reason);
            }
            _ => {}
        }
    }

    fn instant_painted(&mut self, id: RunId, painted: PaintedPicture) {
        let Some(inputs) = self.instant.take_inputs(id) else { return };
        let Some(photo) = &inputs.photo else { return };
        let size = (painted.picture.width(), painted.picture.height());
        let before = self.instant.canvas.as_ref().map(|canvas| Arc::clone(&canvas.photo));
        if before.is_none_or(|before| !Arc::ptr_eq(&before, &photo.picture)) {
            // A new photo was shown until now.
            self.view.leave_photo();
        }
        self.instant.canvas = Some(Canvas {
            image: CanvasImage::Picture(painted.picture),
            size,
            reached: size.0.max(size.1),
            photo: Arc::clone(&photo.picture),
            name: inputs.name.clone(),
            inputs: inputs.paths(),
            setup: inputs.setup.clone(),
            exif: photo.exif.clone(),
        });
    }

    /// Whether the instant picture would be shown: no run is active, no mask is being edited, and no result of these
    /// pictures is shown.
    fn wants_instant(&self) -> bool {
        let is_free = !self.run.is_active() && self.easel.is_none();
        is_free && self.view.result.is_none() && self.canvas_is_outdated()
    }

    /// Whether the picture in the middle is of other pictures than those of the next run.
    pub(in crate::app) fn canvas_is_outdated(&self) -> bool {
        let Some(canvas) = &self.canvas else { return true };
        match (self.history.find(&canvas.image), &self.run.inputs) {
            (Some(entry), _) => entry.inputs.differ_from(&self.sources),
            // A frame of the active run, or of one that failed.
            (None, Some(inputs)) => !self.run.is_active() && inputs.differ_from(&self.sources),
            (None, None) => true,
        }
    }
}
