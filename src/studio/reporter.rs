//! What the owner of a run hears and sees of it while the engine paints.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::ThreadPool;

use super::active_run::ActiveRun;
use super::event::{EventKind, Frame, Progress};
use super::ingredients::Subject;
use super::keeper::{Keeper, Keeping};
use super::lock::lock;
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
use crate::picture::{Picture, color, resize};

/// At most this many progress events a second.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// Times what a frame took to make, at least, until the next is made: frames take a twentieth of the time at most, also
/// where a card paints faster than the CPU can show it.
const BETWEEN_FRAMES: u32 = 19;

/// Turns what the engine says into events, frames and work to keep, and holds the run to its time limit.
pub(super) struct Reporter<'a> {
    pool: &'a ThreadPool,
    run: &'a ActiveRun,
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
    time_limit: Option<TimeLimit>,
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

impl<'a> Reporter<'a> {
    /// For a run that paints `photo`, 3 x height x width, if it paints any.
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
            photo_here: None,
            cut_out: match &run.recipe.ingredients().subject {
                Subject::Photo { picture, .. } if picture.has_alpha() => Some(picture),
                _ => None,
            },
            cut_out_here: None,
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
            asked: None,
            recovered: false,
        }
    }

    /// Names the processor that paints from now on.
    pub(super) fn set_processor(&mut self, processor: &Processor) {
        self.device = processor.clone();
    }

    /// The keeper, for what is left to keep at the end.
    pub(super) fn into_keeper(self) -> Option<Keeper> {
        self.keeper
    }
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

    /// Gives the current scale its share of the time that is left, by its work.
    fn keep_time(&self, limit: TimeLimit, iteration: Iteration) {
        let here = self.work_at(self.scale);
        let share = here / (here + self.work_after());
        let each = self.seconds_each(iteration, self.run.clock.elapsed());
        let iterations = limit.iterations(self.scale_began, share, each);
        self.run.control.limit_iterations(self.taken_over.unwrap_or(0).saturating_add(iterations).max(1));
    }

    fn frame(&mut self, image: &Tensor) -> ComputeResult<Frame> {
        let (_, height, width) = image.dims3()?;
        let percent = self.run.keep_colors();
        if let (Some(photo), true, None) = (self.photo, percent > 0.0, &self.photo_here) {
            self.photo_here = Some(resample(photo, (height, width))?);
        }
        let image = image.to_device(&Device::cpu())?;
        let began = Instant::now();
        let (width, height) = (width as u32, height as u32);
        let rgba = self.pool.install(|| {
            let values = with_photo_colors(&image, self.photo_here.as_ref(), percent)?;
            let picture = Picture::from_planes(width, height, &values);
            ComputeResult::Ok(match self.cut_out {
                Some(photo) => {
                    let here = self.cut_out_here.get_or_insert_with(|| resize::resize(photo, width, height));
                    picture.with_alpha_of(here).to_rgba8()
                }
                None => picture.to_rgba8(),
            })
        })?;
        self.next_frame = Some(Instant::now() + began.elapsed() * BETWEEN_FRAMES);
        Ok(Frame { job: self.run.job, width, height, rgba })
    }
}

impl Observer for Reporter<'_> {
    fn started(&mut self, scales: &[Size]) {
        if !self.scales.is_empty() {
            let device = self.device.to_string();
            return self.run.outlet.send(self.run.job, EventKind::MovedTo(device));
        }
        self.scales = scales.to_vec();
        let event = EventKind::Started {
            scales: scales.iter().map(|size| (size.width as u32, size.height as u32)).collect(),
            iterations: self.schedule.before(scales.len(), scales.len()),
            device: self.device.to_string(),
        };
        self.run.outlet.send(self.run.job, event);
    }

    fn scale_began(&mut self, scale: usize) {
        self.scale = scale;
        self.done_before = self.schedule.before(scale, self.scales.len());
        self.scale_began = self.run.clock.elapsed();
        self.taken_over = None;
        self.photo_here = None;
        self.cut_out_here = None;
        // The first iteration of each scale is reported, however few it has.
        self.last_report = None;
        self.run.outlet.send(self.run.job, EventKind::ScaleBegan(scale));
    }

    fn iterated(&mut self, iteration: Iteration, image: &Tensor) {
        self.taken_over.get_or_insert(iteration.done - 1);
        let now = Instant::now();
        if self.last_report.is_none_or(|last| now - last >= PROGRESS_INTERVAL) || iteration.done == iteration.of {
            self.last_report = Some(now);
            let progress = self.progress(iteration);
            self.run.outlet.send(self.run.job, EventKind::Progress(progress));
        }
        if let Some(limit) = self.time_limit {
            self.keep_time(limit, iteration);
        }
        if self.run.outlet.frames.is_empty()
            && self.next_frame.is_none_or(|next| now >= next)
            && let Ok(frame) = self.frame(image)
        {
            // A frame that cannot be made is no reason to end the run; the engine will say what is wrong.
            self.run.outlet.show(frame);
        }
    }

    fn wants_snapshot(&mut self) -> bool {
        let is_wanted = match &self.keeper {
            Some(keeper) => keeper.is_idle(),
            // A card may fail for good, and take what it holds with it.
            None => self.run.continuity.is_steered || !self.device.is_cpu(),
        };
        let now = Instant::now();
        let before = self.asked.replace(now);
        let iteration = before.map_or(Duration::ZERO, |before| now - before);
        let writing = self.keeper.as_ref().map_or(Duration::ZERO, Keeper::writing_takes);
        is_wanted && self.last_snapshot.is_none_or(|last| Keeping::is_due(now - last, iteration, writing))
    }

    fn keep(&mut self, snapshot: Snapshot) {
        self.last_snapshot = Some(Instant::now());
        let seconds = self.run.clock.elapsed().as_secs_f64();
        let run = Unfinished { snapshot: Arc::new(snapshot), seconds };
        *lock(&self.run.last) = Some(run.clone());
        if let Some(keeper) = &self.keeper {
            keeper.keep(lock(&self.run.settings).clone(), run);
        }
    }

    fn recovered(&mut self) {
        if !std::mem::replace(&mut self.recovered, true) {
            self.run.remark(
                "the picture ran out of range, so painting went back to the last good one and goes on with smaller \
                 steps; a lower strength or smoothness avoids this",
            );
        }
    }
}

/// The image's values with some of the photo's colours, both 3 x height x width.
pub(super) fn with_photo_colors(image: &Tensor, photo: Option<&Tensor>, percent: f32) -> ComputeResult<Vec<f32>> {
    let mut values = image.to_vec()?;
    if let (Some(photo), true) = (photo, percent > 0.0) {
        color::keep(&mut values, &photo.to_vec()?, percent / 100.0);
    }
    Ok(values)
}
