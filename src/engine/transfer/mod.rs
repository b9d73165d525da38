//! The loop that paints: coarse to fine, each scale beginning with what the last one made.

mod canvas;
mod job;
mod last_good;
mod objective;
mod regions;
mod scale;
mod standing;
mod targets;

use candle_core::{Device, Tensor};

use super::balance::{Balance, Losses};
use super::control::Control;
use super::error::{EngineError, Result};
use super::network::Network;
use super::optimizer::Adam;
use super::pyramid::{Size, scales};
use super::resample::{resample, resample_within};
use super::schedule::Schedule;
use super::snapshot::Snapshot;
use canvas::Canvas;
pub use job::{Initial, Job, Style, Subject};
use last_good::LastGood;
pub use objective::{Evaluation, Objective};
use regions::Regions;
use scale::CurrentScale;
use standing::{Standing, snapshot};

/// One iteration, done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iteration {
    /// Index of the scale.
    pub scale: usize,
    /// Iterations done at this scale.
    pub done: u32,
    /// Iterations in all at this scale.
    pub of: u32,
    /// The losses before the step; on a device that is not waited for each time, those read last.
    pub losses: Losses,
}

/// Hears what the engine does, on the engine's thread.
pub trait Observer {
    /// The scales, coarse to fine; the last is the result's.
    fn started(&mut self, scales: &[Size]);
    /// A scale begins, an index into those.
    fn scale_began(&mut self, scale: usize);
    /// An iteration is done; the image is what it left, at the scale's size. The next one changes it: copy what
    /// is to be kept.
    fn iterated(&mut self, iteration: Iteration, image: &Tensor);
    /// Asked after each iteration: whether [`Observer::keep`] is to be called.
    fn wants_snapshot(&mut self) -> bool {
        false
    }
    /// Where the run stands now, for [`resume`].
    fn keep(&mut self, snapshot: Snapshot) {
        drop(snapshot);
    }
    /// The picture ran out of range; painting went back to the last good one and goes on with smaller steps.
    fn recovered(&mut self) {}
}

/// How a run ended, with its image at the size of the result.
pub enum Outcome {
    /// All scales were painted.
    Finished(Tensor),
    /// Stopped by [`Control::stop`]; the image is what there was.
    Stopped(Tensor),
}

/// Paints.
///
/// # Errors
/// When the device fails, or a loss is no longer a number whatever is tried. A stop is no error.
///
/// # Panics
/// When the job has no style.
pub fn run(network: &Network, job: &Job, control: &Control, observer: &mut dyn Observer) -> Result<Outcome> {
    paint(network, job, None, control, observer)
}

/// Paints on from where a run of the same job stood.
///
/// # Errors
/// As [`run`], and [`EngineError::Unfit`] when the snapshot is of another job.
///
/// # Panics
/// When the job has no style.
pub fn resume(
    network: &Network,
    job: &Job,
    snapshot: &Snapshot,
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    paint(network, job, Some(snapshot), control, observer)
}

fn paint(
    network: &Network,
    job: &Job,
    snapshot: Option<&Snapshot>,
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    let result = job.size()?;
    let mut scales = scales(result);
    if let Initial::Painted { from, .. } = job.initial {
        scales.retain(|size| size.long_side() >= from || *size == result);
    }
    if !snapshot.is_none_or(|snapshot| job.fits(snapshot, &scales)) {
        return Err(EngineError::Unfit);
    }
    observer.started(&scales);
    let mut standing = match snapshot {
        Some(snapshot) => Standing::at(snapshot, network.device())?,
        None => Standing::first(&job.initial_image(&control.balance(), scales[0])?, network.device())?,
    };
    let ended = go_on(&mut standing, network, job, &scales, control, observer);
    if let Err(EngineError::Tensor(_)) = &ended
        && let Ok(snapshot) = standing.snapshot()
    {
        // A device that ran out of memory still holds the picture.
        observer.keep(snapshot);
    }
    ended
}

/// Paints on to the end, scale by scale.
fn go_on(
    standing: &mut Standing,
    network: &Network,
    job: &Job,
    scales: &[Size],
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    loop {
        let size = scales[standing.scale];
        control.forget_iteration_limit();
        observer.scale_began(standing.scale);
        let ended = Objective::on(CurrentScale { network, job, control, size })
            .and_then(|mut objective| descend(&mut objective, standing, scales.len(), observer));
        let shown = || job.shown(&standing.image, &control.balance());
        match (ended, scales.get(standing.scale + 1)) {
            (Ok(()), None) => return Ok(Outcome::Finished(shown()?)),
            (Err(EngineError::Stopped), _) => return Ok(Outcome::Stopped(shown()?)),
            (Ok(()), Some(&next)) => standing.grow(job, size, next, control.balance().detail)?,
            (Err(error), _) => return Err(error),
        }
    }
}

/// Works on the image at one scale of so many. It holds the last whole iteration's also when an error ends it.
fn descend(
    objective: &mut Objective,
    standing: &mut Standing,
    scales: usize,
    observer: &mut dyn Observer,
) -> Result<()> {
    let CurrentScale { job, control, size, .. } = *objective.scale();
    let Standing { scale, done, image, adam } = standing;
    let scale = *scale;
    let adam = match adam {
        Some(adam) => adam,
        None => adam.insert(Adam::new(image)?),
    };
    let planned = job.schedule.at(scale, scales);
    let mut good = LastGood::new(image)?;
    let mut losses = Losses::default();
    loop {
        let of = control.iteration_limit().map_or(planned, |limit| limit.min(planned));
        if *done >= of {
            return Ok(());
        }
        let found = objective.begin(image)?;
        if found.is_here() || *done % reading_interval(size) == 0 || *done + 1 == of {
            losses = found.read()?;
            if !losses.are_sound() || !adam.is_sound(objective.gradient())? {
                if !good.put_back(image)? {
                    return Err(EngineError::NotFinite { scale, iteration: *done + 1 });
                }
                // What it remembers led here.
                *adam = Adam::new(image)?;
                observer.recovered();
                continue;
            }
            good.remember(image)?;
        }
        *done += 1;
        let step = good.caution * f64::from(objective.balance().reach) * Schedule::step_size(*done, of);
        adam.step(image, objective.gradient(), step)?;
        observer.iterated(Iteration { scale, done: *done, of, losses }, &objective.visible(image)?);
        if observer.wants_snapshot() {
            observer.keep(snapshot(scale, *done, image, Some(adam))?);
        }
    }
}

/// Iterations from one reading of the losses to the next, where reading waits for the device. Small pictures are
/// quicker painted than waited for; for large ones the wait is nothing, and a stop must not stand behind several.
fn reading_interval(size: Size) -> u32 {
    const PIXELS: usize = 1 << 20;
    const MOST: usize = 8;
    (PIXELS / size.pixels()).clamp(1, MOST) as u32
}

impl Job {
    /// What the result shows of an image of any size, on the CPU: where nothing is painted, the photo at its full size.
    fn shown(&self, image: &Tensor, balance: &Balance) -> Result<Tensor> {
        let size = self.size()?;
        let image = resample_within(&image.to_device(&Device::Cpu)?, size.rows_and_columns())?;
        let regions = Regions::new(self, &balance.styles, size)?;
        Canvas::new(&Device::Cpu, self, regions.cover.as_ref(), size)?.visible(&image)
    }

    /// An image at the size of its scale, on its device, with a share of the detail that the photo has there and had not at the scale
    /// before.
    fn grown(&self, image: &Tensor, before: Size, size: Size, detail: f32) -> candle_core::Result<Tensor> {
        let shape = size.rows_and_columns();
        let mut image = resample(image, shape)?;
        if let (Some(photo), true) = (self.photo(), detail > 0.0) {
            let at = |size: Size| resample_within(photo, size.rows_and_columns());
            let unseen = (at(size)? - resample(&at(before)?, shape)?)?.to_device(image.device())?;
            image = (image + (unseen * f64::from(detail))?)?;
        }
        image.clamp(0f32, 1f32)
    }
}
