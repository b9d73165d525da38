//! The run: from Start to its end, as far as the window knows it.

use std::sync::Arc;
use std::time::Duration;

use super::{Canvas, CardId, Kind, Loaded, LossCurve, Painting, Sheet, Shown, State, Topic, View};
use crate::app::action::Effect;
use crate::app::wording;
use crate::picture::{Picture, resize};
use crate::studio::project::{Held, Setup, Unfinished};
use crate::studio::{
    Event, EventKind, Frame, Hardware, Ingredients, JobId, Painted, Preset, Progress, Recipe, Settings, Start, Style,
    StyleBalance, Subject,
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
    /// How long an iteration takes at this scale, once that can be told.
    pub pace: Option<Duration>,
    /// Its losses so far.
    pub losses: LossCurve,
    /// What it was started with.
    pub began_with: Option<BeganWith>,
    job: Option<JobId>,
    /// The first word from this scale.
    scale_mark: Option<Progress>,
}

/// What a run was started with, to tell what has changed since.
#[derive(Clone, Debug)]
pub struct BeganWith {
    /// The settings.
    pub settings: Settings,
    /// The hardware.
    pub hardware: Hardware,
    /// The photo; of a run of another day it may be gone.
    pub photo: Option<Loaded>,
    /// The paintings.
    pub paintings: Vec<Used>,
    /// Where the photo stays as it is.
    pub protection: Option<Arc<Sheet>>,
    /// It goes on from a picture that was painted before.
    pub continues: bool,
    pub(super) name: String,
    pub(super) inputs: Vec<std::path::PathBuf>,
    /// The same for a project's file.
    pub(super) setup: Setup,
}

/// A painting that a run learns from.
#[derive(Clone, Debug)]
pub struct Used {
    /// The card it was on.
    pub card: CardId,
    /// The painting.
    pub loaded: Loaded,
    /// Its share, and the size of its strokes.
    pub part: StyleBalance,
    /// Where its manner goes.
    pub mask: Option<Arc<Sheet>>,
}

/// A run that is asked for: what the painter needs, and what the window remembers of it.
#[derive(Clone, Debug)]
pub struct Order {
    /// For the painter.
    pub recipe: Box<Recipe>,
    /// For the window.
    pub began_with: BeganWith,
    /// A run of this very recipe that stood somewhere already.
    pub unfinished: Option<Unfinished>,
}

/// Where a run goes on: a picture, and the long side in pixels of the first scale to paint.
struct GoOn {
    picture: Arc<Picture>,
    from: u32,
    settings: Settings,
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
        match self.scale_mark.filter(|mark| mark.scale == progress.scale) {
            Some(mark) if progress.done > mark.done => {
                let time = progress.elapsed.saturating_sub(mark.elapsed);
                self.pace = Some(time / (progress.done - mark.done));
            }
            Some(_) => {}
            None => {
                self.scale_mark = Some(progress);
                self.pace = None;
            }
        }
        self.losses.add(&progress);
        self.scale = progress.scale;
        self.progress = Some(progress);
    }
}

impl State {
    /// Why painting cannot begin, as a hint; nothing when it can.
    pub fn start_obstacle(&self) -> Option<&'static str> {
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

    /// About how long the photo would take to paint with these settings; nothing as long as that cannot be known.
    pub fn expected_time(&self, settings: &Settings) -> Option<Duration> {
        let photo = self.sources.photo_picture()?;
        let size = resize::fit_size(photo.width(), photo.height(), settings.size);
        let paintings = self.sources.ready_paintings().count().max(1);
        self.pace.map(|pace| pace.expected(size, settings, paintings))
    }

    /// The photo or the paintings are no longer those of the run that goes on.
    pub fn sources_changed_since_start(&self) -> bool {
        let Some(began) = self.run.began_with.as_ref().filter(|_| self.run.is_active()) else { return false };
        let photo = self.sources.photo_picture();
        let same_photo = photo.map(Arc::as_ptr) == began.photo.as_ref().map(|photo| Arc::as_ptr(&photo.picture));
        let picture = |loaded: &Loaded| Arc::as_ptr(&loaded.picture);
        let mask = |mask: &Option<Arc<Sheet>>| mask.as_ref().map(Arc::as_ptr);
        let ready = self
            .sources
            .paintings
            .iter()
            .filter_map(|painting| Some((picture(painting.card.loaded.as_ref()?), mask(&painting.mask))));
        let same_paintings = ready.eq(began.paintings.iter().map(|used| (picture(&used.loaded), mask(&used.mask))));
        !(same_photo && same_paintings && mask(&self.sources.protection) == mask(&began.protection))
    }

    /// Why painting cannot go on from the picture that is shown; nothing when it can.
    pub fn continue_obstacle(&self) -> Option<&'static str> {
        let Some(canvas) = self.shown_canvas() else { return Some("There is no picture yet") };
        if matches!(canvas.shown, Shown::Frame(_)) {
            return Some("This picture is still being painted");
        }
        if let Some(obstacle) = self.start_obstacle() {
            return Some(obstacle);
        }
        let same_photo = self.sources.photo_picture().is_some_and(|photo| Arc::ptr_eq(photo, &canvas.photo));
        if same_photo { None } else { Some("It was painted from another photo; restore its settings first") }
    }

    pub(super) fn start(&mut self) -> Vec<Effect> {
        if self.start_obstacle().is_some() {
            return Vec::new();
        }
        self.ask_for(None)
    }

    /// More iterations at the size that the shown picture has.
    pub(super) fn paint_on(&mut self) -> Vec<Effect> {
        let Some(canvas) = self.shown_canvas().filter(|_| self.continue_obstacle().is_none()) else {
            return Vec::new();
        };
        let Shown::Picture(picture) = &canvas.shown else { return Vec::new() };
        let settings = Settings { size: canvas.size.0.max(canvas.size.1), ..self.settings.clone() };
        let go_on = GoOn { picture: Arc::clone(picture), from: canvas.reached, settings };
        self.ask_for(Some(go_on))
    }

    /// The shown picture once more, larger: only the scales that it has not had.
    pub(super) fn paint_larger(&mut self, long_side: u32) -> Vec<Effect> {
        let Some(canvas) = self.shown_canvas().filter(|_| self.continue_obstacle().is_none()) else {
            return Vec::new();
        };
        let Shown::Picture(picture) = &canvas.shown else { return Vec::new() };
        let iterations = match (self.settings.preset(), Preset::ALL.iter().find(|preset| preset.size() == long_side)) {
            (Some(_), Some(preset)) => preset.iterations(),
            _ => self.settings.iterations,
        };
        let settings = Settings { size: long_side, iterations, ..self.settings.clone() };
        let from = if long_side > canvas.reached { canvas.reached + 1 } else { canvas.reached };
        let go_on = GoOn { picture: Arc::clone(picture), from, settings };
        self.exporting = None;
        self.ask_for(Some(go_on))
    }

    fn ask_for(&mut self, go_on: Option<GoOn>) -> Vec<Effect> {
        match self.order(go_on) {
            Ok(order) => {
                if self.run.is_active() {
                    self.queue.add(order);
                    return Vec::new();
                }
                vec![self.begin(order)]
            }
            Err(sentence) => {
                self.complain(Topic::Painting, &sentence);
                Vec::new()
            }
        }
    }

    fn order(&self, go_on: Option<GoOn>) -> Result<Order, String> {
        let photo = self.sources.photo.as_ref().and_then(|card| card.loaded.clone()).ok_or("there is no photo")?;
        let used = |painting: &Painting| {
            let loaded = painting.card.loaded.clone()?;
            Some(Used { card: painting.card.id, loaded, part: painting.part, mask: painting.mask.clone() })
        };
        let paintings: Vec<Used> = self.sources.paintings.iter().filter_map(used).collect();
        let protection = self.sources.protection.clone();
        let continues = go_on.is_some();
        let ready = self.setup();
        let is_taken = self.queue.waiting().iter().any(|queued| queued.order.unfinished.is_some());
        let waiting = self.unfinished.as_ref().filter(|waiting| !continues && !is_taken && waiting.fits(&ready));
        let (settings, start, start_picture) = match (go_on, waiting) {
            (Some(GoOn { picture, from, settings }), _) => (settings, Start::Continue(from), Some(picture)),
            (None, Some(waiting)) => (self.settings.clone(), waiting.began_at(), waiting.start.clone()),
            (None, None) => (self.settings.clone(), self.settings.start, self.start_picture()),
        };
        let setup = Setup {
            start: start_picture.clone().map(Held::of),
            settings: Settings { start, ..settings.clone() },
            ..ready
        };
        let ingredients = Ingredients {
            subject: Subject::Photo {
                picture: Arc::clone(&photo.picture),
                protect: protection.as_ref().map(|sheet| Arc::new(sheet.to_picture())),
            },
            styles: paintings
                .iter()
                .map(|used| Style {
                    weight: used.part.weight,
                    brush_scale: used.part.brush_scale,
                    mask: used.mask.as_ref().map(|sheet| Arc::new(sheet.to_picture())),
                    ..Style::new(Arc::clone(&used.loaded.picture))
                })
                .collect(),
            start_picture,
            settings: Settings { start, ..settings.clone() },
            hardware: Hardware { gives_way: true, keeps_work: true, ..self.hardware },
            time_limit: None,
        };
        let recipe = Recipe::new(ingredients).map_err(|error| error.to_string())?;
        let (name, inputs) = (self.picture_name(), self.sources.paths());
        let hardware = self.hardware;
        let unfinished = waiting.map(|waiting| waiting.run.clone());
        let photo = Some(photo);
        let began_with = BeganWith { settings, hardware, photo, paintings, protection, continues, name, inputs, setup };
        Ok(Order { recipe: Box::new(recipe), began_with, unfinished })
    }

    pub(super) fn begin(&mut self, order: Order) -> Effect {
        self.run = Run { phase: Phase::Preparing, began_with: Some(order.began_with), ..Run::default() };
        if order.unfinished.is_some() {
            self.unfinished = None;
        }
        self.resumes = order.unfinished;
        (self.looking_at, self.beside) = (None, None);
        if self.view == View::Photo {
            self.view = View::Result;
        }
        Effect::Start(order.recipe)
    }

    /// The run that the one just begun goes on with.
    pub(in crate::app) fn take_unfinished(&mut self) -> Option<Unfinished> {
        self.resumes.take()
    }

    fn start_picture(&self) -> Option<Arc<Picture>> {
        match (self.settings.start, self.shown_canvas().map(|canvas| &canvas.shown)) {
            (Start::Picture, Some(Shown::Picture(picture))) => Some(Arc::clone(picture)),
            _ => None,
        }
    }

    pub(super) fn picture_name(&self) -> String {
        let photo = self.sources.photo.as_ref().and_then(|card| card.loaded.as_ref());
        let names = photo.into_iter().chain(self.sources.ready_paintings());
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
        // A painting that was taken away meanwhile keeps the part it began with.
        let part = |used: &Used| now(used.card).map_or(used.part, |painting| painting.part);
        let parts: Vec<StyleBalance> = began.paintings.iter().map(part).collect();
        if parts.iter().all(|part| part.weight == 0.0) {
            return Vec::new();
        }
        vec![Effect::Adjust(self.settings.clone(), parts)]
    }

    pub(super) fn hear(&mut self, event: Event) -> Vec<Effect> {
        let is_stale = self.run.job != Some(event.job) || !self.run.is_active();
        match event.kind {
            // A run's last work may be written after the run has ended.
            EventKind::Kept(kept) => self.kept(Topic::KeepingRun, kept),
            _ if is_stale => {}
            EventKind::Started { scales, device, .. } => {
                self.works(Topic::Painting);
                self.run.scales = scales;
                self.run.device = device;
                if self.run.phase == Phase::Preparing {
                    self.run.phase = Phase::Painting;
                }
            }
            EventKind::MovedTo(device) => self.run.device = device,
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
                return self.end(Phase::Finished(painted.elapsed), painted);
            }
            EventKind::Stopped(painted) => return self.end(Phase::Stopped(painted.elapsed), painted),
            EventKind::Failed(reason) => {
                self.run.phase = Phase::Failed;
                self.complain(Topic::Painting, &reason);
                return self.after_the_run();
            }
        }
        Vec::new()
    }

    pub(super) fn show_frame(&mut self, frame: Arc<Frame>) {
        if self.run.job != Some(frame.job) || !self.run.is_active() {
            return;
        }
        let size = self.run.scales.last().copied().unwrap_or((frame.width, frame.height));
        let reached = frame.width.max(frame.height);
        self.put_on_canvas(Shown::Frame(frame), size, reached);
    }

    fn end(&mut self, phase: Phase, painted: Painted) -> Vec<Effect> {
        let stopped = matches!(phase, Phase::Stopped(_));
        self.run.phase = phase;
        let size = (painted.picture.width(), painted.picture.height());
        let scale = if stopped { self.run.scales.get(self.run.scale).copied() } else { None };
        let (width, height) = scale.unwrap_or(size);
        self.put_on_canvas(Shown::Picture(painted.picture), size, width.max(height));
        let mut effects = Vec::new();
        if let (Some(canvas), Some(began)) = (self.canvas.clone(), self.run.began_with.clone()) {
            let began_with = BeganWith { setup: self.setup_of(&began), ..began };
            effects.push(self.record(canvas, began_with, painted.elapsed, stopped));
        }
        effects.extend(self.after_the_run());
        effects
    }

    /// The next run begins; without one, nobody needs to be asked about a run that has ended.
    fn after_the_run(&mut self) -> Vec<Effect> {
        let next = self.begin_next();
        if next.is_none() {
            self.questions.take(|asked| matches!(asked, super::Question::Close));
        }
        next.into_iter().collect()
    }

    fn put_on_canvas(&mut self, shown: Shown, size: (u32, u32), reached: u32) {
        let Some(began) = &self.run.began_with else { return };
        let Some(photo) = &began.photo else { return };
        self.canvas = Some(Canvas {
            shown,
            size,
            reached,
            photo: Arc::clone(&photo.picture),
            name: began.name.clone(),
            inputs: began.inputs.clone(),
            setup: self.setup_of(began),
            exif: photo.exif.clone(),
        });
    }
}
