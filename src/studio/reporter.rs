//! Reports a run's progress to its owner while the engine paints.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::ThreadPool;

use super::active_run::ActiveRun;
use super::event::{EventKind, Frame, Progress};
use super::ingredients::Subject;
use super::job::with_photo_colors;
use super::keeper::{Autosave, Keeper};
use super::pace::{Pace, work};
use super::project::Unfinished;
use super::time_limit::TimeLimit;
use crate::engine::compute::{ComputeResult, Device, Tensor};
use crate::engine::device::Processor;
use crate::engine::pyramid::Size;
use crate::engine::resample::resample;
use crate::engine::schedule::Schedule;
use crate::engine::snapshot::Snapshot;
use crate::engine::transfer::{Iteration, Observer};
use crate::lock::lock;
use crate::picture::{Picture, resize};

/// Minimum time between two progress events.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// Minimum pause after a frame, as a multiple of the time it took to make: frames take at most a twentieth of the time,
/// even when a GPU paints faster than the CPU can display.
const BETWEEN_FRAMES: u32 = 19;

/// Turns the engine's callbacks into events, frames and snapshots to save, and enforces the time limit.
pub(super) struct Reporter<'a> {
    pool: &'a ThreadPool,
    run: &'a ActiveRun,
    photo: Option<&'a Tensor>,
    /// The photo at the current scale; made when a frame first needs its colours.
    photo_at_scale: Option<Tensor>,
    /// The photo, if it has transparency.
    transparent_photo: Option<&'a Picture>,
    /// `transparent_photo` at the current scale; made when a frame first needs it.
    transparent_photo_at_scale: Option<Picture>,
    device: Processor,
    scales: Vec<Size>,
    schedule: Schedule,
    time_limit: Option<TimeLimit>,
    scale: usize,
    /// Iterations done at all earlier scales.
    done_before: u32,
    /// Time painted when the current scale began.
    scale_began: Duration,
    /// Iterations of the current scale done before `scale_began`, by another processor or before the run was restored.
    taken_over: Option<u32>,
    last_report: Option<Instant>,
    /// When the next frame may be made.
    next_frame: Option<Instant>,
    keeper: Option<Keeper>,
    last_snapshot: Option<Instant>,
    /// When the engine last asked whether to take a snapshot. It asks after each iteration.
    last_asked: Option<Instant>,
    recovered: bool,
}

impl<'a> Reporter<'a> {
    /// A reporter for `run`; `photo` is 3 x height x width, `None` for a texture.
    pub(super) fn new(
        pool: &'a ThreadPool,
        run: &'a ActiveRun,
        photo: Option<&'a Tensor>,
        schedule: Schedule,
        time_limit: Option<TimeLimit>,
    ) -> Self {
        Self {
            pool,
            run,
            photo,
            photo_at_scale: None,
            transparent_photo: match &run.recipe.ingredients().subject {
                Subject::Photo { picture, .. } if picture.has_alpha() => Some(picture),
                _ => None,
            },
            transparent_photo_at_scale: None,
            device: Processor::cpu(),
            scales: Vec::new(),
            schedule,
            time_limit,
            scale: 0,
            done_before: 0,
            scale_began: Duration::ZERO,
            taken_over: None,
            last_report: None,
            next_frame: None,
            keeper: run.keeper(),
            last_snapshot: None,
            last_asked: None,
            recovered: false,
        }
    }

    /// Sets the processor that paints from now on.
    pub(super) fn set_processor(&mut self, processor: &Processor) {
        self.device = processor.clone();
    }

    /// Returns the keeper, to save the end of the run.
    pub(super) fn into_keeper(self) -> Option<Keeper> {
        self.keeper
    }
}

impl Reporter<'_> {
    /// The work (see [`work`]) of all scales after the current one.
    fn work_after(&self) -> f64 {
        (self.scale + 1..self.scales.len()).map(|scale| self.work_at(scale)).sum()
    }

    /// The work of all iterations of a scale.
    fn work_at(&self, scale: usize) -> f64 {
        work(self.scales[scale]) * f64::from(self.schedule.at(scale, self.scales.len()))
    }

    /// Average time in seconds of an iteration at the current scale so far.
    fn seconds_each(&self, iteration: Iteration, elapsed: Duration) -> f64 {
        let own = iteration.done.saturating_sub(self.taken_over.unwrap_or(0)).max(1);
        elapsed.saturating_sub(self.scale_began).as_secs_f64() / f64::from(own)
    }

    fn progress(&self, iteration: Iteration) -> Progress {
        let elapsed = self.run.clock.elapsed();
        let here = work(self.scales[self.scale]);
        let left_here = f64::from(iteration.of - iteration.done) * here;
        let pace = Pace::new(Duration::from_secs_f64(self.seconds_each(iteration, elapsed)), here);
        if iteration.scale + 1 == self.scales.len() {
            self.run.outlet.pace.put(pace);
        }
        let remaining = pace.time_for(left_here + self.work_after());
        let remaining = self.time_limit.map_or(remaining, |limit| remaining.min(limit.remaining(elapsed)));
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

    /// Limits the iterations of the current scale to its share of the remaining time, in proportion to its work.
    fn limit_time(&self, limit: TimeLimit, iteration: Iteration) {
        let here = self.work_at(self.scale);
        let share = here / (here + self.work_after());
        let each = self.seconds_each(iteration, self.run.clock.elapsed());
        let iterations = limit.iterations(self.scale_began, share, each);
        self.run.control.limit_iterations(self.taken_over.unwrap_or(0).saturating_add(iterations).max(1));
    }

    fn frame(&mut self, image: &Tensor) -> ComputeResult<Frame> {
        let (_, height, width) = image.dims3()?;
        let percent = self.run.keep_colors();
        if let (Some(photo), true, None) = (self.photo, percent > 0.0, &self.photo_at_scale) {
            self.photo_at_scale = Some(resample(photo, (height, width))?);
        }
        let image = image.to_device(&Device::cpu())?;
        let began = Instant::now();
        let (width, height) = (width as u32, height as u32);
        let rgba = self.pool.install(|| {
            let values = with_photo_colors(&image, self.photo_at_scale.as_ref(), percent)?;
            let picture = Picture::from_planes(width, height, &values);
            ComputeResult::Ok(match self.transparent_photo {
                Some(photo) => {
                    let resized = || resize::resize(photo, width, height);
                    picture.with_alpha_of(self.transparent_photo_at_scale.get_or_insert_with(resized)).to_rgba8()
                }
                None => picture.to_rgba8(),
            })
        })?;
        self.next_frame = Some(Instant::now() + began.elapsed() * BETWEEN_FRAMES);
        Ok(Frame { run: self.run.id, width, height, rgba })
    }
}

impl Observer for Reporter<'_> {
    fn started(&mut self, scales: &[Size]) {
        if !self.scales.is_empty() {
            let device = self.device.to_string();
            return self.run.outlet.send(self.run.id, EventKind::MovedTo(device));
        }
        self.scales = scales.to_vec();
        let event = EventKind::Started {
            scales: scales.iter().map(|size| (size.width as u32, size.height as u32)).collect(),
            iterations: self.schedule.before(scales.len(), scales.len()),
            device: self.device.to_string(),
        };
        self.run.outlet.send(self.run.id, event);
    }

    fn scale_began(&mut self, scale: usize) {
        self.scale = scale;
        self.done_before = self.schedule.before(scale, self.scales.len());
        self.scale_began = self.run.clock.elapsed();
        self.taken_over = None;
        self.photo_at_scale = None;
        self.transparent_photo_at_scale = None;
        // The first iteration of each scale is always reported, even if the scale has only a few.
        self.last_report = None;
        self.run.outlet.send(self.run.id, EventKind::ScaleBegan(scale));
    }

    fn iterated(&mut self, iteration: Iteration, image: &Tensor) {
        self.taken_over.get_or_insert(iteration.done - 1);
        let now = Instant::now();
        if self.last_report.is_none_or(|last| now - last >= PROGRESS_INTERVAL) || iteration.done == iteration.of {
            self.last_report = Some(now);
            let progress = self.progress(iteration);
            self.run.outlet.send(self.run.id, EventKind::Progress(progress));
        }
        if let Some(limit) = self.time_limit {
            self.limit_time(limit, iteration);
        }
        if self.run.outlet.frames.is_empty()
            && self.next_frame.is_none_or(|next| now >= next)
            && let Ok(frame) = self.frame(image)
        {
            // A frame that cannot be made does not end the run; the engine will report the error itself.
            self.run.outlet.show(frame);
        }
    }

    fn wants_snapshot(&mut self) -> bool {
        let is_wanted = match &self.keeper {
            Some(keeper) => keeper.is_idle(),
            // A GPU may be lost, along with everything in its memory.
            None => self.run.continuity.is_steered || !self.device.is_cpu(),
        };
        let now = Instant::now();
        let before = self.last_asked.replace(now);
        let iteration = before.map_or(Duration::ZERO, |before| now - before);
        let writing = self.keeper.as_ref().map_or(Duration::ZERO, Keeper::last_write);
        is_wanted && self.last_snapshot.is_none_or(|last| Autosave::is_due(now - last, iteration, writing))
    }

    fn store_snapshot(&mut self, snapshot: Snapshot) {
        self.last_snapshot = Some(Instant::now());
        let seconds = self.run.clock.elapsed().as_secs_f64();
        let run = Unfinished { snapshot: Arc::new(snapshot), seconds };
        *lock(&self.run.last) = Some(run.clone());
        if let Some(keeper) = &self.keeper {
            keeper.keep(lock(&self.run.settings).clone(), run);
        }
    }

    fn rolled_back(&mut self) {
        if !std::mem::replace(&mut self.recovered, true) {
            self.run.remark(
                "the picture went out of range, so painting returned to the last good one and continues with smaller \
                 steps; a lower strength or smoothness avoids this",
            );
        }
    }
}
