//! The run: from Start to its end, as far as the window knows it.

use std::sync::Arc;
use std::time::Duration;

use super::project::metadata;
use super::{Canvas, CardId, Kind, Shown, State, View};
use crate::app::action::Effect;
use crate::app::wording;
use crate::picture::Picture;
use crate::studio::project::Project;
use crate::studio::{
    Event, EventKind, Frame, Hardware, Ingredients, JobId, Painted, Progress, Recipe, Settings, Start, StyleBalance,
    StyleSource, Subject,
};

/// Where the run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Phase {
    /// No run yet.
    #[default]
    Ready,
    /// Asked for; the network is being loaded and the pictures looked at.
    Preparing,
    /// Painting.
    Painting,
    /// Asked to hold.
    Pausing,
    /// Holding.
    Paused,
    /// Asked to end.
    Stopping,
    /// Done, after so long.
    Finished(Duration),
    /// Ended early, after so long.
    Stopped(Duration),
    /// Could not go on.
    Failed,
}

/// The run that goes on, or the last one.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Where it stands.
    pub phase: Phase,
    /// Width and height of each scale, coarse to fine; empty until painting begins.
    pub scales: Vec<(u32, u32)>,
    /// The processor, in words.
    pub device: String,
    /// The scale being painted, an index into `scales`.
    pub scale: usize,
    /// The last word on how far it is.
    pub progress: Option<Progress>,
    /// How much of the time has passed, from 0 to 1; never falls.
    pub fraction: f32,
    /// What it was started with.
    pub began_with: Option<BeganWith>,
    job: Option<JobId>,
}

/// What a run was started with, to tell what has changed since.
#[derive(Clone, Debug)]
pub struct BeganWith {
    /// The settings.
    pub settings: Settings,
    /// The hardware.
    pub hardware: Hardware,
    photo: Arc<Picture>,
    paintings: Vec<(CardId, Arc<Picture>, f32)>,
    name: String,
    inputs: Vec<std::path::PathBuf>,
    project: Project,
}

impl Run {
    /// It has begun and not ended.
    pub fn is_active(&self) -> bool {
        matches!(self.phase, Phase::Preparing | Phase::Painting | Phase::Pausing | Phase::Paused | Phase::Stopping)
    }

    pub(super) fn began(&mut self, job: JobId) {
        self.job = Some(job);
    }

    fn progressed(&mut self, progress: Progress) {
        let elapsed = progress.elapsed.as_secs_f32();
        let whole = elapsed + progress.remaining.as_secs_f32();
        if whole > 0.0 {
            self.fraction = self.fraction.max(elapsed / whole);
        }
        self.scale = progress.scale;
        self.progress = Some(progress);
    }
}

impl State {
    /// Why painting cannot begin, as a hint; nothing when it can.
    pub fn start_obstacle(&self) -> Option<&'static str> {
        if self.run.is_active() {
            return Some("A picture is being painted");
        }
        if self.sources.is_loading() {
            return Some("Loading…");
        }
        match (self.sources.photo_picture().is_some(), self.sources.ready_paintings().next().is_some()) {
            (true, true) => None,
            (true, false) => Some("Add a painting to begin"),
            (false, true) => Some("Add a photo to begin"),
            (false, false) => Some("Add a photo and a painting to begin"),
        }
    }

    /// The photo or the paintings are no longer those of the run that goes on.
    pub fn sources_changed_since_start(&self) -> bool {
        let Some(began) = self.run.began_with.as_ref().filter(|_| self.run.is_active()) else { return false };
        let same_photo = self.sources.photo_picture().is_some_and(|photo| Arc::ptr_eq(photo, &began.photo));
        let same_paintings = self
            .sources
            .ready_paintings()
            .map(|(_, loaded, _)| Arc::as_ptr(&loaded.picture))
            .eq(began.paintings.iter().map(|(_, picture, _)| Arc::as_ptr(picture)));
        !(same_photo && same_paintings)
    }

    pub(super) fn start(&mut self) -> Vec<Effect> {
        if self.start_obstacle().is_some() {
            return Vec::new();
        }
        let Some(photo) = self.sources.photo_picture().cloned() else { return Vec::new() };
        let paintings: Vec<_> = self
            .sources
            .ready_paintings()
            .map(|(id, loaded, weight)| (id, Arc::clone(&loaded.picture), weight))
            .collect();
        let ingredients = Ingredients {
            subject: Subject::photo(Arc::clone(&photo)),
            styles: paintings
                .iter()
                .map(|(_, picture, weight)| StyleSource { weight: *weight, ..StyleSource::new(Arc::clone(picture)) })
                .collect(),
            start_picture: self.start_picture(),
            settings: self.settings.clone(),
            hardware: self.hardware,
            time_limit: None,
        };
        match Recipe::new(ingredients) {
            Ok(recipe) => {
                let began_with = BeganWith {
                    settings: self.settings.clone(),
                    hardware: self.hardware,
                    photo,
                    paintings,
                    name: self.picture_name(),
                    inputs: self.sources.paths(),
                    project: self.project(),
                };
                self.run = Run { phase: Phase::Preparing, began_with: Some(began_with), ..Run::default() };
                if self.view == View::Photo {
                    self.view = View::Result;
                }
                vec![Effect::Start(Box::new(recipe))]
            }
            Err(error) => {
                self.notify(Kind::Problem, &error.to_string());
                Vec::new()
            }
        }
    }

    fn start_picture(&self) -> Option<Arc<Picture>> {
        match (self.settings.start, self.canvas.as_ref().map(|canvas| &canvas.shown)) {
            (Start::Picture, Some(Shown::Picture(picture))) => Some(Arc::clone(picture)),
            _ => None,
        }
    }

    fn picture_name(&self) -> String {
        let photo = self.sources.photo.as_ref().and_then(|card| card.loaded.as_ref());
        let names = photo.into_iter().chain(self.sources.ready_paintings().map(|(_, loaded, _)| loaded));
        wording::picture_name(names.map(|loaded| loaded.name.as_str()))
    }

    pub(super) fn toggle_pause(&mut self) -> Vec<Effect> {
        match self.run.phase {
            Phase::Preparing | Phase::Painting => {
                self.run.phase = Phase::Pausing;
                vec![Effect::Pause]
            }
            Phase::Pausing | Phase::Paused => {
                self.run.phase = if self.run.scales.is_empty() { Phase::Preparing } else { Phase::Painting };
                vec![Effect::Resume]
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn stop(&mut self) -> Vec<Effect> {
        if !self.run.is_active() || self.run.phase == Phase::Stopping {
            return Vec::new();
        }
        self.run.phase = Phase::Stopping;
        vec![Effect::Stop]
    }

    pub(super) fn set_settings(&mut self, settings: Settings) -> Vec<Effect> {
        self.settings = settings;
        self.adjust()
    }

    /// Hands the sliders on to the run that goes on.
    pub(super) fn adjust(&mut self) -> Vec<Effect> {
        let Some(began) = self.run.began_with.as_ref().filter(|_| self.run.is_active()) else { return Vec::new() };
        let now = |id: CardId| self.sources.paintings.iter().find(|painting| painting.card.id == id);
        // A painting that was taken away meanwhile keeps the share it began with.
        let weights: Vec<f32> =
            began.paintings.iter().map(|&(id, _, weight)| now(id).map_or(weight, |painting| painting.weight)).collect();
        if weights.iter().all(|weight| *weight == 0.0) {
            return Vec::new();
        }
        let styles = weights.into_iter().map(|weight| StyleBalance { weight, ..StyleBalance::default() });
        vec![Effect::Adjust(self.settings.clone(), styles.collect())]
    }

    pub(super) fn hear(&mut self, event: Event) {
        // Late words of an old run.
        if self.run.job != Some(event.job) || !self.run.is_active() {
            return;
        }
        match event.kind {
            EventKind::Started { scales, device, .. } => {
                self.run.scales = scales;
                self.run.device = device;
                if self.run.phase == Phase::Preparing {
                    self.run.phase = Phase::Painting;
                }
            }
            EventKind::ScaleBegan(scale) => {
                self.run.scale = scale;
                self.run.progress = None;
            }
            EventKind::Progress(progress) => self.run.progressed(progress),
            EventKind::Paused => {
                if self.run.phase == Phase::Pausing {
                    self.run.phase = Phase::Paused;
                }
            }
            // The phase changed when it was asked for.
            EventKind::Resumed => {}
            EventKind::Remark(sentence) => self.notify(Kind::Remark, &sentence),
            EventKind::Finished(painted) => {
                self.run.fraction = 1.0;
                self.end(Phase::Finished(painted.elapsed), painted);
            }
            EventKind::Stopped(painted) => self.end(Phase::Stopped(painted.elapsed), painted),
            EventKind::Failed(reason) => {
                self.run.phase = Phase::Failed;
                self.close_question_about_the_run();
                self.notify(Kind::Problem, &reason);
            }
        }
    }

    pub(super) fn show_frame(&mut self, frame: Arc<Frame>) {
        if self.run.job != Some(frame.job) || !self.run.is_active() {
            return;
        }
        let size = self.run.scales.last().copied().unwrap_or((frame.width, frame.height));
        self.put_on_canvas(Shown::Frame(frame), size);
    }

    fn end(&mut self, phase: Phase, painted: Painted) {
        self.run.phase = phase;
        let size = (painted.picture.width(), painted.picture.height());
        self.put_on_canvas(Shown::Picture(painted.picture), size);
        self.close_question_about_the_run();
    }

    fn put_on_canvas(&mut self, shown: Shown, size: (u32, u32)) {
        let Some(began) = &self.run.began_with else { return };
        self.canvas = Some(Canvas {
            shown,
            size,
            photo: Arc::clone(&began.photo),
            name: began.name.clone(),
            inputs: began.inputs.clone(),
            metadata: metadata(&began.project, &began.settings.clone().with_live_of(&self.settings)),
        });
    }

    /// Nobody needs to be asked about a run that has ended.
    fn close_question_about_the_run(&mut self) {
        if matches!(self.question, Some(super::Question::Close)) {
            self.question = None;
        }
    }
}
