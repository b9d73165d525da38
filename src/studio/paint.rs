//! One run from recipe to picture, on the worker's thread.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use rayon::{ThreadPool, ThreadPoolBuilder};
use thread_priority::{ThreadPriority, ThreadPriorityValue};

use super::event::{EventKind, Frame, JobId, Painted, Progress};
use super::ingredients::{Ingredients, StyleSource, Subject};
use super::job::{job, unpainted};
use super::keeper::{Keeper, Keeping, Work};
use super::outlet::Outlet;
use super::pace::{Pace, work};
use super::project::Unfinished;
use super::recipe::Recipe;
use super::settings::Settings;
use super::sizes::held_bytes;
use super::workbench::Workbench;
use crate::engine::balance::StyleBalance;
use crate::engine::control::Control;
use crate::engine::device::Processor;
use crate::engine::error::EngineError;
use crate::engine::pyramid::Size;
use crate::engine::resample::resample;
use crate::engine::schedule::Schedule;
use crate::engine::snapshot::Snapshot;
use crate::engine::transfer::{self, Iteration, Observer, Outcome};
use crate::picture::{Picture, color, resize};
use crate::reason::{reason, without_numbers};

/// At most this many progress events a second.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// Times what a frame took to make, at least, until the next is made: frames take a twentieth of the time at most, also
/// where a card paints faster than the CPU can show it.
const BETWEEN_FRAMES: u32 = 19;

/// What a run goes on from, and where it is kept while it paints.
#[derive(Clone, Debug, Default)]
pub struct Continuity {
    /// A run of the same recipe to go on with.
    pub unfinished: Option<Unfinished>,
    /// Where the work in progress is written, so that nothing is lost with the program.
    pub keeping: Option<Keeping>,
    /// The run is steered while it paints: its settings may be adjusted, and [`super::Worker::unfinished`] is asked for.
    pub is_steered: bool,
}

/// One run, shared between the thread that paints it and whoever steers it.
pub(super) struct Session {
    pub(super) job: JobId,
    pub(super) control: Control,
    pub(super) outlet: Outlet,
    recipe: Recipe,
    continuity: Continuity,
    clock: Arc<Clock>,
    /// As the person has set it by now.
    settings: Mutex<Settings>,
    /// The latest snapshot of the run, or the one that it went on from. Kept until the next one is whole, so that there is
    /// always one to save.
    last: Mutex<Option<Unfinished>>,
}

impl Session {
    pub(super) fn new(job: JobId, recipe: Recipe, mut continuity: Continuity, outlet: Outlet) -> Self {
        let Ingredients { settings, styles, .. } = recipe.ingredients();
        let balance = settings.balance(styles.iter().map(StyleSource::balance));
        let last = continuity.unfinished.take();
        let before = last.as_ref().map_or(0.0, |unfinished| unfinished.seconds);
        let clock = Arc::new(Clock::after(Duration::from_secs_f64(before)));
        let on_pause = {
            let (clock, outlet) = (Arc::clone(&clock), outlet.clone());
            move |paused| {
                if paused {
                    clock.hold();
                } else {
                    clock.go_on();
                }
                outlet.send(job, if paused { EventKind::Paused } else { EventKind::Resumed });
            }
        };
        let settings = Mutex::new(settings.clone());
        let control = Control::with_pause_listener(balance, on_pause);
        Self { job, control, outlet, recipe, continuity, clock, settings, last: Mutex::new(last) }
    }

    pub(super) fn adjust(&self, settings: &Settings, styles: Vec<StyleBalance>) {
        self.control.adjust(settings.balance(styles));
        let mut now = lock(&self.settings);
        *now = now.clone().with_live_of(settings);
    }

    /// Where the run stood a few seconds ago.
    pub(super) fn unfinished(&self) -> Option<Unfinished> {
        lock(&self.last).clone()
    }

    /// Gives up what there is to go on from, which takes memory, once the run has ended.
    pub(super) fn forget(&self) {
        *lock(&self.last) = None;
    }

    fn keep_colors(&self) -> f32 {
        lock(&self.settings).keep_colors
    }

    fn keeper(&self) -> Option<Keeper> {
        let keeping = self.continuity.keeping.clone()?;
        let (job, outlet) = (self.job, self.outlet.clone());
        let keeper = Keeper::spawn(keeping, move |kept| outlet.send(job, EventKind::Kept(kept)));
        // Without the thread, painting is still worth it.
        keeper.map_err(|error| self.remark(&format!("the work in progress cannot be saved ({})", reason(&error)))).ok()
    }

    fn remark(&self, sentence: &str) {
        self.outlet.send(self.job, EventKind::Remark(sentence.to_owned()));
    }
}

/// Paints the session's recipe and gives the event that ends it, and the keeper that may still be writing: the
/// event need not wait for a disk.
pub(super) fn paint(session: &Session, workbench: &mut Workbench) -> Result<(EventKind, Option<Keeper>), EngineError> {
    let hardware = session.recipe.ingredients().hardware;
    let pool = ThreadPoolBuilder::new()
        .num_threads(hardware.threads.unwrap_or(0))
        .start_handler(move |_| {
            if hardware.gives_way {
                give_way();
            }
        })
        .thread_name(|index| format!("impasto engine {index}"))
        .build()
        .map_err(|error| {
            EngineError::Device(format!("the system gives no threads to paint with ({})", without_numbers(error)))
        })?;
    paint_with(&pool, session, workbench)
}

/// Lowers the priority of this thread. The painter still gets every core that nobody else wants; but a window that
/// wakes up runs at once, instead of waiting for its share of cores that are all at work.
fn give_way() {
    // On Linux about a niceness of ten. A system that refuses paints as it would have.
    if let Ok(low) = ThreadPriorityValue::try_from(25) {
        let _ = thread_priority::set_current_thread_priority(ThreadPriority::Crossplatform(low));
    }
}

fn paint_with(
    pool: &ThreadPool,
    session: &Session,
    workbench: &mut Workbench,
) -> Result<(EventKind, Option<Keeper>), EngineError> {
    let Ingredients { subject, hardware, time_limit, .. } = session.recipe.ingredients();
    let before = session.clock.elapsed();
    session.clock.go_on();
    let is_steered = session.continuity.is_steered;
    let mut job = match pool.install(|| job(&session.recipe, is_steered, &session.control)) {
        Err(EngineError::Stopped) => {
            let picture = pool.install(|| unpainted(&session.recipe));
            return Ok(ended(session, session.keeper(), picture, false));
        }
        job => job?,
    };
    let photo = match &job.subject {
        transfer::Subject::Photo { image, .. } => Some(image.clone()),
        transfer::Subject::Texture { .. } => None,
    };
    let photo = photo.as_ref();
    let mut observer = Reporter {
        pool,
        session,
        photo,
        photo_here: None,
        cut_out: match subject {
            Subject::Photo { picture, .. } if picture.has_alpha() => Some(picture),
            _ => None,
        },
        cut_out_here: None,
        device: Processor::cpu(),
        scales: Vec::new(),
        schedule: job.schedule,
        end: time_limit.map(|limit| before + limit),
        scale: 0,
        done_before: 0,
        scale_began: Duration::ZERO,
        taken_over: None,
        last_report: None,
        next_frame: None,
        keeper: session.keeper(),
        last_snapshot: None,
        asked: None,
        recovered: false,
    };
    let (width, height) = session.recipe.result_size();
    let remark = |sentence: &str| session.remark(sentence);
    let (image, finished) = workbench.on_the_best(hardware.device, pool, remark, |processor, network| {
        let extent = session.recipe.ingredients().extent();
        let budget = hardware.budget_on(processor, network, extent)?;
        // The paintings stay in the system's memory.
        let held = if processor.is_cpu() { held_bytes(session.recipe.ingredients(), is_steered) } else { 0 };
        let budget = budget.beside(held);
        let has_masks = session.recipe.ingredients().has_masks();
        job.memory = if has_masks { budget.beside_masks(extent.size) } else { budget };
        observer.device = processor.clone();
        let outcome = match session.unfinished() {
            Some(run) => transfer::resume(network, &job, &run.snapshot, &session.control, &mut observer)?,
            None => transfer::run(network, &job, &session.control, &mut observer)?,
        };
        let (image, finished) = match outcome {
            Outcome::Finished(image) => (image, true),
            Outcome::Stopped(image) => (image, false),
        };
        Ok((image.to_device(&Device::Cpu)?, finished))
    })?;
    let keeper = observer.keeper.take();
    let picture = pool.install(|| {
        let values = with_photo_colors(&image, photo, session.keep_colors())?;
        let picture = Picture::from_planes(width, height, &values);
        candle_core::Result::Ok(match subject {
            Subject::Photo { picture: photo, .. } => picture.with_alpha_of(photo),
            Subject::Texture { .. } => picture,
        })
    })?;
    Ok(ended(session, keeper, picture, finished))
}

/// Hands a run's picture to the keeper and makes the event that ends the run.
fn ended(session: &Session, keeper: Option<Keeper>, picture: Picture, finished: bool) -> (EventKind, Option<Keeper>) {
    let painted = Painted { picture: Arc::new(picture), elapsed: session.clock.elapsed() };
    if let Some(keeper) = &keeper {
        let (settings, picture) = (lock(&session.settings).clone(), Arc::clone(&painted.picture));
        keeper.end(if finished {
            Work::Finished { settings, picture }
        } else {
            Work::Stopped { settings, run: session.unfinished(), picture }
        });
    }
    (if finished { EventKind::Finished(painted) } else { EventKind::Stopped(painted) }, keeper)
}

/// The image's values with some of the photo's colours, both 3 x height x width.
fn with_photo_colors(image: &Tensor, photo: Option<&Tensor>, percent: f32) -> candle_core::Result<Vec<f32>> {
    let mut values = image.flatten_all()?.to_vec1::<f32>()?;
    if let (Some(photo), true) = (photo, percent > 0.0) {
        color::keep(&mut values, &photo.flatten_all()?.to_vec1::<f32>()?, percent / 100.0);
    }
    Ok(values)
}

/// Turns what the engine says into events and frames, and keeps the time limit.
struct Reporter<'a> {
    pool: &'a ThreadPool,
    session: &'a Session,
    photo: Option<&'a Tensor>,
    /// The photo at the current scale, once the colours of a frame have asked for it.
    photo_here: Option<Tensor>,
    /// The photo, where parts of it are transparent.
    cut_out: Option<&'a Picture>,
    /// That at the current scale, once a frame has asked for it.
    cut_out_here: Option<Picture>,
    device: Processor,
    scales: Vec<Size>,
    schedule: Schedule,
    /// When the time limit is over, on the clock of the run, which counts earlier sessions too.
    end: Option<Duration>,
    scale: usize,
    done_before: u32,
    scale_began: Duration,
    /// Iterations of the scale that were done before that, by another processor or another day.
    taken_over: Option<u32>,
    last_report: Option<Instant>,
    /// When the next frame may be made.
    next_frame: Option<Instant>,
    keeper: Option<Keeper>,
    last_snapshot: Option<Instant>,
    /// When a snapshot was last asked about, which is after each iteration.
    asked: Option<Instant>,
    recovered: bool,
}

impl Reporter<'_> {
    /// The work of all scales after the current one.
    fn work_after(&self) -> f64 {
        (self.scale + 1..self.scales.len()).map(|scale| self.work_at(scale)).sum()
    }

    /// The work of all iterations of a scale.
    fn work_at(&self, scale: usize) -> f64 {
        work(self.scales[scale]) * f64::from(self.schedule.at(scale, self.scales.len()))
    }

    /// What each iteration of the current scale took so far.
    fn seconds_each(&self, iteration: Iteration, elapsed: Duration) -> f64 {
        let own = iteration.done.saturating_sub(self.taken_over.unwrap_or(0)).max(1);
        elapsed.saturating_sub(self.scale_began).as_secs_f64() / f64::from(own)
    }

    fn progress(&self, iteration: Iteration) -> Progress {
        let elapsed = self.session.clock.elapsed();
        let here = work(self.scales[self.scale]);
        let left_here = f64::from(iteration.of - iteration.done) * here;
        let pace = Pace::new(Duration::from_secs_f64(self.seconds_each(iteration, elapsed)), here);
        if iteration.scale + 1 == self.scales.len() {
            self.session.outlet.pace.set(pace);
        }
        let remaining = pace.time_for(left_here + self.work_after());
        let remaining = self.end.map_or(remaining, |end| remaining.min(end.saturating_sub(elapsed)));
        Progress {
            scale: iteration.scale,
            iteration: iteration.done,
            of: iteration.of,
            done: self.done_before + iteration.done,
            losses: iteration.losses,
            elapsed,
            remaining,
        }
    }

    /// Gives the current scale its share of the time that is left until the end, by its work. However little that is, each
    /// scale has an iteration.
    fn keep_time(&self, end: Duration, iteration: Iteration) {
        let here = self.work_at(self.scale);
        let share = here / (here + self.work_after());
        let for_this_scale = end.saturating_sub(self.scale_began).as_secs_f64() * share;
        let limit = (for_this_scale / self.seconds_each(iteration, self.session.clock.elapsed())) as u32;
        self.session.control.limit_iterations(self.taken_over.unwrap_or(0).saturating_add(limit).max(1));
    }

    fn frame(&mut self, image: &Tensor) -> candle_core::Result<Frame> {
        let (_, height, width) = image.dims3()?;
        let percent = self.session.keep_colors();
        if let (Some(photo), true, None) = (self.photo, percent > 0.0, &self.photo_here) {
            self.photo_here = Some(resample(photo, (height, width))?);
        }
        let image = image.to_device(&Device::Cpu)?;
        let began = Instant::now();
        let (width, height) = (width as u32, height as u32);
        let rgba = self.pool.install(|| {
            let values = with_photo_colors(&image, self.photo_here.as_ref(), percent)?;
            let picture = Picture::from_planes(width, height, &values);
            candle_core::Result::Ok(match self.cut_out {
                Some(photo) => {
                    let here = self.cut_out_here.get_or_insert_with(|| resize::resize(photo, width, height));
                    picture.with_alpha_of(here).to_rgba8()
                }
                None => picture.to_rgba8(),
            })
        })?;
        self.next_frame = Some(Instant::now() + began.elapsed() * BETWEEN_FRAMES);
        Ok(Frame { job: self.session.job, width, height, rgba })
    }
}

impl Observer for Reporter<'_> {
    fn started(&mut self, scales: &[Size]) {
        if !self.scales.is_empty() {
            let device = self.device.to_string();
            return self.session.outlet.send(self.session.job, EventKind::MovedTo(device));
        }
        self.scales = scales.to_vec();
        let event = EventKind::Started {
            scales: scales.iter().map(|size| (size.width as u32, size.height as u32)).collect(),
            iterations: self.schedule.before(scales.len(), scales.len()),
            device: self.device.to_string(),
        };
        self.session.outlet.send(self.session.job, event);
    }

    fn scale_began(&mut self, scale: usize) {
        self.scale = scale;
        self.done_before = self.schedule.before(scale, self.scales.len());
        self.scale_began = self.session.clock.elapsed();
        self.taken_over = None;
        self.photo_here = None;
        self.cut_out_here = None;
        // The first iteration of each scale is reported, however few it has.
        self.last_report = None;
        self.session.outlet.send(self.session.job, EventKind::ScaleBegan(scale));
    }

    fn iterated(&mut self, iteration: Iteration, image: &Tensor) {
        self.taken_over.get_or_insert(iteration.done - 1);
        let now = Instant::now();
        if self.last_report.is_none_or(|last| now - last >= PROGRESS_INTERVAL) || iteration.done == iteration.of {
            self.last_report = Some(now);
            let progress = self.progress(iteration);
            self.session.outlet.send(self.session.job, EventKind::Progress(progress));
        }
        if let Some(end) = self.end {
            self.keep_time(end, iteration);
        }
        if self.session.outlet.frames.is_empty()
            && self.next_frame.is_none_or(|next| now >= next)
            && let Ok(frame) = self.frame(image)
        {
            // A frame that cannot be made is no reason to end the run; the engine will say what is wrong.
            self.session.outlet.show(frame);
        }
    }

    fn wants_snapshot(&mut self) -> bool {
        let is_wanted = match &self.keeper {
            Some(keeper) => keeper.is_idle(),
            // A card may fail for good, and take what it holds with it.
            None => self.session.continuity.is_steered || !self.device.is_cpu(),
        };
        let now = Instant::now();
        let before = self.asked.replace(now);
        let iteration = before.map_or(Duration::ZERO, |before| now - before);
        let writing = self.keeper.as_ref().map_or(Duration::ZERO, Keeper::writing_takes);
        is_wanted && self.last_snapshot.is_none_or(|last| Keeping::is_due(now - last, iteration, writing))
    }

    fn keep(&mut self, snapshot: Snapshot) {
        self.last_snapshot = Some(Instant::now());
        let seconds = self.session.clock.elapsed().as_secs_f64();
        let run = Unfinished { snapshot: Arc::new(snapshot), seconds };
        *lock(&self.session.last) = Some(run.clone());
        if let Some(keeper) = &self.keeper {
            keeper.keep(lock(&self.session.settings).clone(), run);
        }
    }

    fn recovered(&mut self) {
        if !std::mem::replace(&mut self.recovered, true) {
            self.session.remark(
                "the picture ran out of range, so painting went back to the last good one and goes on with smaller \
                 steps; a lower strength or smoothness avoids this",
            );
        }
    }
}

/// Time painted, pauses left out.
struct Clock(Mutex<Reading>);

struct Reading {
    before: Duration,
    since: Option<Instant>,
}

impl Clock {
    /// A clock that has run so long before.
    fn after(before: Duration) -> Self {
        Self(Mutex::new(Reading { before, since: None }))
    }

    fn go_on(&self) {
        lock(&self.0).since.get_or_insert_with(Instant::now);
    }

    fn hold(&self) {
        let mut reading = lock(&self.0);
        if let Some(since) = reading.since.take() {
            reading.before += since.elapsed();
        }
    }

    fn elapsed(&self) -> Duration {
        let reading = lock(&self.0);
        reading.before + reading.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}

/// None of these locks is held while anything can panic, so a poisoned one still holds a whole value.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
