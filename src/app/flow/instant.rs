//! The instant picture: asked for whenever photo, paintings, masks or settings have changed, and shown where nothing is
//! painted of these pictures yet.

use crate::app::message::Effect;
use crate::app::model::canvas::CanvasImage;
use crate::app::model::fingerprint::Fingerprint;
use crate::app::model::folder::OpenFolder;
use crate::app::model::instant::{InstantKey, InstantRequest, instant_settings};
use crate::app::model::notices::Topic;
use crate::app::model::run::RunRequest;
use crate::app::model::sources::Sources;
use crate::app::state::State;
use crate::studio::{Event, EventKind, PaintedPicture, RunId, Settings};

/// The longest side in pixels of the photo on which places of a map are tried while the pointer moves.
const TRIED: u32 = 384;

impl State {
    /// Asks for the instant picture, where it would be shown and is not of these inputs.
    pub(super) fn refresh_instant(&mut self) -> Vec<Effect> {
        if let Some(sources) = self.sources_with_tried_place() {
            return self.try_on_photo(&sources);
        }
        let fingerprint = self.fingerprint();
        let is_result_outdated = self.shown_entry().is_some_and(|entry| entry.inputs.differ_from(&self.sources));
        if self.instant.sees_other_pictures(&fingerprint) {
            if is_result_outdated {
                self.view.show_latest();
            }
            self.leave_painted_folder();
        }
        // A frame of a clip or a photo of a folder that is being read replaces the photo soon.
        let is_loading = self.sources.is_loading()
            || self.clip.as_ref().is_some_and(|clip| clip.reading_time().is_some())
            || self.folder.as_ref().is_some_and(OpenFolder::is_reading);
        if !is_loading && self.start_obstacle().is_some() {
            return stop_if(self.instant.clear());
        }
        if is_loading || !self.wants_instant() {
            return stop_if(self.instant.give_up());
        }
        let key = InstantKey::new(fingerprint, self.hardware);
        if self.instant.is_of(&key) || self.instant.is_painting(&key) {
            return Vec::new();
        }
        let request = self.prepare_instant(instant_settings(&self.settings), &self.sources);
        self.ask_for_instant(key, request)
    }

    /// Asks for the instant picture with the place on a map that is tried, in a small size.
    fn try_on_photo(&mut self, sources: &Sources) -> Vec<Effect> {
        if self.sources.photo_picture().is_none() {
            return stop_if(self.instant.clear());
        }
        if self.is_painting() || self.easel.is_some() {
            return Vec::new();
        }
        let size = self.settings.size.min(TRIED);
        let fingerprint =
            Fingerprint { settings: Settings { size, ..self.settings.clone() }, ..self.fingerprint_of(sources) };
        let key = InstantKey::of_tried_place(fingerprint, self.hardware);
        if self.instant.is_of(&key) || self.instant.is_painting(&key) {
            return Vec::new();
        }
        let settings = Settings { size, ..instant_settings(&self.settings) };
        let request = self.prepare_instant(settings, sources);
        self.ask_for_instant(key, request)
    }

    /// Asks for an instant picture. If none can be painted, Start, which needs more memory, tells why.
    fn ask_for_instant(&mut self, key: InstantKey, request: Result<RunRequest, String>) -> Vec<Effect> {
        let (recipe, inputs) = match request {
            Ok(request) => (Some(*request.recipe), Some(request.inputs)),
            Err(_) => (None, None),
        };
        if inputs.is_none() {
            self.instant.canvas = None;
        }
        let id = self.instant.ask(key, inputs);
        vec![recipe.map_or(Effect::StopInstant, |recipe| Effect::PaintInstant(Box::new(InstantRequest { id, recipe })))]
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
        let size = (painted.picture.width(), painted.picture.height());
        // No scale was painted by optimisation, so Continue paints all of them.
        let Some(canvas) = inputs.canvas(CanvasImage::Picture(painted.picture), size, 0) else { return };
        let is_first = self.instant.show(canvas);
        if is_first {
            // A new photo was shown until now.
            self.view.leave_photo();
        }
        self.notices.clear_topic(Topic::Instant);
    }

    /// Whether the instant picture would be shown: nothing is being painted, no mask is being edited, no result was chosen, and
    /// nothing is painted of these pictures.
    fn wants_instant(&self) -> bool {
        let is_free = !self.is_painting() && self.easel.is_none();
        is_free && self.view.result.is_none() && self.painted().is_none()
    }
}

/// Stops the painter of instant pictures, if it was painting one that is no longer wanted.
pub(super) fn stop_if(was_painting: bool) -> Vec<Effect> {
    was_painting.then_some(Effect::StopInstant).into_iter().collect()
}
