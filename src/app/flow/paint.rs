//! Runs: starting, pausing, adjusting, and their events.

use std::sync::Arc;

use crate::app::message::{Effect, StartRun};
use crate::app::model::canvas::{Canvas, CanvasImage};
use crate::app::model::card::Card;
use crate::app::model::instant::instant_settings;
use crate::app::model::mask::Mask;
use crate::app::model::notices::{NoticeKind, Topic};
use crate::app::model::question::Question;
use crate::app::model::queue::{QueuedRequest, QueuedRun};
use crate::app::model::run::{Phase, RunInputs, RunRequest, used_paintings};
use crate::app::model::sources::Sources;
use crate::app::state::State;
use crate::app::wording;
use crate::picture::Picture;
use crate::studio::project::{Project, Setup, StoredPicture};
use crate::studio::{
    Event, EventKind, Frame, Hardware, Ingredients, Method, PaintedPicture, Preset, Recipe, Settings, Start, Subject,
};

struct RunOptions {
    settings: Settings,
    start: Start,
    picture: Option<Arc<Picture>>,
    continues: bool,
}

impl State {
    pub(super) fn start(&mut self) -> Vec<Effect> {
        if self.start_obstacle().is_some() {
            return Vec::new();
        }
        let shown = self.shown_canvas().filter(|_| !self.shows_tried_place());
        let picture = match (self.settings.start, shown.map(|canvas| &canvas.image)) {
            (Start::Picture, Some(CanvasImage::Picture(picture))) => Some(Arc::clone(picture)),
            _ => None,
        };
        let (settings, start) = (self.settings.clone(), self.settings.start);
        self.request_run(RunOptions { settings, start, picture, continues: false })
    }

    /// Continues from the shown picture at its own size.
    pub(super) fn continue_painting(&mut self) -> Vec<Effect> {
        let Some((size, reached)) = self.shown_canvas().map(|canvas| (canvas.size, canvas.reached)) else {
            return Vec::new();
        };
        self.continue_from(reached, Settings { size: size.0.max(size.1), ..self.settings.clone() })
    }

    /// Continues from the shown picture at a larger size, with only the scales that are not painted yet.
    pub(super) fn paint_larger(&mut self, long_side: u32) -> Vec<Effect> {
        let Some(reached) = self.shown_canvas().map(|canvas| canvas.reached) else { return Vec::new() };
        let preset = Preset::ALL.iter().find(|preset| preset.size() == long_side);
        let iterations = match (self.settings.preset(), preset) {
            (Some(_), Some(preset)) => preset.iterations(),
            _ => self.settings.iterations,
        };
        let from = if long_side > reached { reached + 1 } else { reached };
        if self.continue_obstacle().is_none() {
            self.questions.take(|question| matches!(question, Question::Export(_)));
        }
        self.continue_from(from, Settings { size: long_side, iterations, ..self.settings.clone() })
    }

    /// Continues from the shown picture; `from` is the long side in pixels of the first scale to paint.
    fn continue_from(&mut self, from: u32, settings: Settings) -> Vec<Effect> {
        if self.continue_obstacle().is_some() {
            return Vec::new();
        }
        let Some(CanvasImage::Picture(picture)) = self.shown_canvas().map(|canvas| &canvas.image) else {
            return Vec::new();
        };
        let picture = Some(Arc::clone(picture));
        self.request_run(RunOptions { settings, start: Start::Continue(from), picture, continues: true })
    }

    fn request_run(&mut self, options: RunOptions) -> Vec<Effect> {
        match self.prepare_run(options) {
            Ok(request) if self.is_painting() => {
                self.queue.add(QueuedRequest::Picture(Box::new(request)));
                Vec::new()
            }
            Ok(request) => vec![self.begin(request)],
            Err(sentence) => {
                self.notices.report(Topic::Painting, &sentence);
                Vec::new()
            }
        }
    }

    /// Everything that a run needs, validated.
    fn prepare_run(&self, options: RunOptions) -> Result<RunRequest, String> {
        let ready = self.setup();
        let RunOptions { settings, mut start, mut picture, continues } = options;
        let is_taken = self.queue.waiting().iter().any(QueuedRun::is_unfinished);
        let unfinished = self.unfinished.as_ref().filter(|run| !continues && !is_taken && run.fits(&ready));
        if let Some(run) = unfinished {
            (start, picture) = (run.started_from(), run.start.clone());
        }
        let unfinished = unfinished.map(|run| run.progress.clone());
        let request = self.request(RunOptions { settings, start, picture, continues }, (&self.sources, ready), true)?;
        Ok(RunRequest { unfinished, ..request })
    }

    /// Everything that an instant picture of this photo and these paintings needs, validated.
    pub(super) fn prepare_instant(&self, settings: Settings, sources: &Sources) -> Result<RunRequest, String> {
        let options = RunOptions { start: settings.start, settings, picture: None, continues: false };
        self.request(options, (sources, self.setup_of(sources)), false)
    }

    /// Everything that pictures of other photos need, validated with this photo. Masks were drawn for one photo.
    pub(super) fn prepare_for_others(&self, settings: Settings) -> Result<RunRequest, String> {
        let options = RunOptions { start: settings.start, settings, picture: None, continues: false };
        self.request(options, (&self.sources.without_masks(), self.setup().without_masks()), false)
    }

    /// The settings for a clip or a folder that is painted by this method.
    pub(super) fn settings_by(&self, method: Method) -> Settings {
        let settings = match method {
            Method::Instant => instant_settings(&self.settings),
            Method::Optimise => Settings { start: Start::Content, ..self.settings.clone() },
        };
        // The preview has a limit.
        Settings { size: self.settings.size, ..settings }
    }

    /// A run with these sources and their setup, validated, from its beginning.
    fn request(
        &self,
        options: RunOptions,
        (sources, ready): (&Sources, Setup),
        takes_snapshots: bool,
    ) -> Result<RunRequest, String> {
        let RunOptions { settings, start, picture, continues } = options;
        let photo = sources.loaded_photo().cloned().ok_or("there is no photo")?;
        let paintings = used_paintings(sources);
        let protection = sources.protection.clone();
        let painting = |source: &Card| source.loaded.as_ref().map(|loaded| Arc::clone(&loaded.picture));
        let mask = |mask: &Arc<Mask>| Arc::new(mask.to_picture());
        let recipe = Recipe::new(Ingredients {
            subject: Subject::Photo { picture: Arc::clone(&photo.picture), protect: protection.as_ref().map(mask) },
            styles: paintings
                .iter()
                .filter_map(|style| Some(style.with(painting(&style.source)?, style.mask.as_ref().map(mask))))
                .collect(),
            start_picture: picture.clone(),
            settings: Settings { start, ..settings.clone() },
            hardware: Hardware { low_priority: true, takes_snapshots, ..self.hardware },
            time_limit: None,
        })
        .map_err(|error| error.to_string())?;
        let setup =
            Setup { start: picture.map(StoredPicture::of), settings: Settings { start, ..settings.clone() }, ..ready };
        let inputs = RunInputs {
            settings,
            hardware: self.hardware,
            photo: Some(photo),
            paintings,
            protection,
            continues,
            name: wording::picture_name(setup.source_names()),
            setup,
        };
        Ok(RunRequest { recipe: Box::new(recipe), inputs, unfinished: None })
    }

    pub(super) fn begin(&mut self, request: RunRequest) -> Effect {
        let RunRequest { recipe, inputs, unfinished } = request;
        let project = Project { setup: inputs.setup.clone(), ..Project::default() };
        self.run = self.run.next(inputs);
        if unfinished.is_some() {
            self.unfinished = None;
        }
        self.view.show_latest();
        self.view.leave_photo();
        let belongs_to = self.document.file.as_ref().map(|file| file.path.clone());
        Effect::Start(Box::new(StartRun { id: self.run.id(), recipe: *recipe, unfinished, project, belongs_to }))
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

    pub(super) fn set_settings(&mut self, mut settings: Settings) -> Vec<Effect> {
        // Start always optimises; the settings may be those of an instant picture.
        settings.method = Method::Optimise;
        if settings != self.settings {
            self.leave_painted_folder();
        }
        self.settings = settings;
        self.adjust()
    }

    /// Adjusts the active run to the live settings and balances.
    pub(super) fn adjust(&mut self) -> Vec<Effect> {
        let balances = self.run.active_inputs().and_then(|inputs| inputs.balances_now(&self.sources));
        balances.map(|balances| Effect::Adjust(self.settings.clone(), balances)).into_iter().collect()
    }

    pub(super) fn painter_event(&mut self, event: Event) -> Vec<Effect> {
        // The last write of a run may end after the run itself.
        if let EventKind::WorkSaved(kept) = event.kind {
            self.notices.work_saved(Topic::SavingRun, kept);
            return Vec::new();
        }
        if self.run.is_stale(event.run) {
            return Vec::new();
        }
        if matches!(event.kind, EventKind::Started { .. }) {
            self.notices.clear_topic(Topic::Painting);
        }
        match self.run.update(event.kind) {
            Some(EventKind::Remark(sentence)) => self.notices.notify(NoticeKind::Remark, &sentence),
            Some(EventKind::Finished(painted)) => {
                self.run.fraction = 1.0;
                return self.end(Phase::Finished(painted.elapsed), painted);
            }
            Some(EventKind::Stopped(painted)) => return self.end(Phase::Stopped(painted.elapsed), painted),
            Some(EventKind::Failed(reason)) => {
                self.run.phase = Phase::Failed;
                self.notices.report(Topic::Painting, &reason);
                return self.after_run();
            }
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn show_frame(&mut self, frame: Arc<Frame>) {
        if self.run.is_stale(frame.run) {
            return;
        }
        let size = self.run.scales.last().copied().unwrap_or((frame.width, frame.height));
        let reached = frame.width.max(frame.height);
        self.canvas = self.canvas_of_run(CanvasImage::Frame(frame), size, reached).or(self.canvas.take());
    }

    fn end(&mut self, phase: Phase, painted: PaintedPicture) -> Vec<Effect> {
        let stopped = matches!(phase, Phase::Stopped(_));
        self.run.phase = phase;
        let size = (painted.picture.width(), painted.picture.height());
        let scale = if stopped { self.run.scales.get(self.run.scale).copied() } else { None };
        let (width, height) = scale.unwrap_or(size);
        let image = CanvasImage::Picture(Arc::clone(&painted.picture));
        let mut effects = Vec::new();
        if let Some(canvas) = self.canvas_of_run(image, size, width.max(height))
            && let Some(inputs) = self.run.inputs.clone()
        {
            self.canvas = Some(canvas.clone());
            self.instant.clear();
            let inputs = RunInputs { setup: canvas.setup.clone(), ..inputs };
            effects.push(self.record(canvas, inputs, painted, stopped));
        }
        effects.extend(self.after_run());
        effects
    }

    /// Starts the next run of the queue; without one, drops the question whether to close despite a run.
    pub(super) fn after_run(&mut self) -> Vec<Effect> {
        let next = self.begin_next();
        if next.is_empty() {
            self.questions.take(|asked| matches!(asked, Question::Close));
        }
        next
    }

    fn canvas_of_run(&self, image: CanvasImage, size: (u32, u32), reached: u32) -> Option<Canvas> {
        let inputs = self.run.inputs.as_ref()?;
        Some(Canvas { setup: self.setup_of_run(inputs), ..inputs.canvas(image, size, reached)? })
    }

    /// The setup of the run, with the live settings as adjusted since it started.
    pub(super) fn setup_of_run(&self, inputs: &RunInputs) -> Setup {
        let settings = inputs.setup.settings.clone().with_steerable_settings_of(&self.settings);
        Setup { settings, ..inputs.setup.clone() }
    }
}
