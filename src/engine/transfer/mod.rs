//! The loop that paints: coarse to fine, each scale starting from the result of the one before.

mod carried;
mod compositor;
mod job;
mod objective;
mod regions;
mod rollback;
mod run_state;
mod scale;
mod start;
mod targets;

use super::balance::{Balance, Losses};
use super::compute::{Device, Tensor};
use super::control::Control;
use super::error::{EngineError, Result};
use super::network::Network;
use super::optimizer::Adam;
use super::pyramid::Size;
use super::resample::resample_within;
use super::snapshot::Snapshot;
pub use carried::Carried;
use compositor::Compositor;
pub use job::{ContentSource, Continuation, Initial, Job, StyleImage};
pub use objective::{Evaluation, Objective};
pub(super) use regions::{Region, Regions};
use rollback::Rollback;
use run_state::{RunState, snapshot};
use scale::CurrentScale;
use start::initial_image;

/// Progress after one iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iteration {
    /// Index of the scale.
    pub scale: usize,
    /// Iterations done at this scale.
    pub done: u32,
    /// All iterations of this scale.
    pub of: u32,
    /// The losses before the step; on a device that queues operations, those that were read last.
    pub losses: Losses,
}

/// Is told what a run does, on the thread that paints.
pub trait Observer {
    /// The scales, coarse to fine; the last is the result's.
    fn started(&mut self, scales: &[Size]);
    /// A scale begins, an index into those.
    fn scale_began(&mut self, scale: usize);
    /// An iteration is done. The image is its result, at the scale's size; the next iteration overwrites it, so it must
    /// be copied to be kept.
    fn iterated(&mut self, iteration: Iteration, image: &Tensor);
    /// Asked after each iteration: whether [`Observer::store_snapshot`] is to be called.
    fn wants_snapshot(&mut self) -> bool {
        false
    }
    /// A snapshot of the run, for [`resume`].
    fn store_snapshot(&mut self, snapshot: Snapshot) {
        drop(snapshot);
    }
    /// The picture went out of range; painting returned to the last one in range and continues with smaller steps.
    fn rolled_back(&mut self) {}
}

/// How a run ended, with its image at the size of the result.
pub enum Outcome {
    /// All scales were painted.
    Finished(Tensor),
    /// Stopped by [`Control::stop`]; the image is as far as it was painted.
    Stopped(Tensor),
}

/// Paints a job on the network's device.
///
/// # Errors
/// When the device fails, or the losses are not finite even with the smallest steps. A stop is not an error.
///
/// # Panics
/// When the job has no style.
pub fn run(network: &Network, job: &Job, control: &Control, observer: &mut dyn Observer) -> Result<Outcome> {
    paint(network, job, (None, &mut None), control, observer)
}

/// As [`run`], after a run with the same paintings and masks, which left `carried`; leaves the same for the next one.
/// With nothing to begin with, or where it does not fit, the result is the same but takes longer.
///
/// # Errors
/// As [`run`].
///
/// # Panics
/// When the job has no style.
pub fn run_after(
    carried: &mut Option<Carried>,
    network: &Network,
    job: &Job,
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    paint(network, job, (None, carried), control, observer)
}

/// Continues a run of the same job from a snapshot.
///
/// # Errors
/// As [`run`], and [`EngineError::SnapshotMismatch`] when the snapshot is of another job.
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
    paint(network, job, (Some(snapshot), &mut None), control, observer)
}

fn paint(
    network: &Network,
    job: &Job,
    (snapshot, carried): (Option<&Snapshot>, &mut Option<Carried>),
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    let result = job.size()?;
    let mut scales = job.optimizer().scales(result);
    match job.initial {
        Initial::Painted { from, .. } => scales.retain(|size| size.long_side() >= from || *size == result),
        Initial::Continued { .. } => scales.retain(|size| *size == result),
        Initial::Photo { .. } | Initial::Noise | Initial::Style | Initial::Image(_) => {}
    }
    if !snapshot.is_none_or(|snapshot| job.fits(snapshot, &scales)) {
        return Err(EngineError::SnapshotMismatch);
    }
    observer.started(&scales);
    let mut state = match snapshot {
        Some(snapshot) => RunState::restore(snapshot, job.optimizer(), network.device())?,
        None => RunState::new(&initial_image(job, &control.balance(), scales[0])?, network.device())?,
    };
    let outcome = paint_scales((&mut state, carried), network, job, &scales, control, observer);
    if let Err(EngineError::Tensor(_)) = &outcome
        && let Ok(snapshot) = state.snapshot()
    {
        // A device that ran out of memory still has the picture.
        observer.store_snapshot(snapshot);
    }
    outcome
}

/// Paints the current scale and all after it.
fn paint_scales(
    (state, carried): (&mut RunState, &mut Option<Carried>),
    network: &Network,
    job: &Job,
    scales: &[Size],
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    loop {
        let size = scales[state.scale];
        control.forget_iteration_limit();
        observer.scale_began(state.scale);
        let objective = Objective::on(CurrentScale { network, job, control, size }, carried.take());
        let ended = objective.and_then(|mut objective| {
            optimize(&mut objective, state, scales.len(), observer)?;
            *carried = objective.carry().filter(|_| state.scale + 1 == scales.len());
            Ok(())
        });
        let result = || job.result(&state.image, &control.balance());
        match (ended, scales.get(state.scale + 1)) {
            (Ok(()), None) => return Ok(Outcome::Finished(result()?)),
            (Err(EngineError::Stopped), _) => return Ok(Outcome::Stopped(result()?)),
            (Ok(()), Some(&next)) => state.begin_next_scale(job, size, next, control.balance().detail)?,
            (Err(error), _) => return Err(error),
        }
    }
}

/// Optimises the image at its current scale, out of `scales`. Also when an error ends it, the image is the result of
/// the last whole iteration.
fn optimize(objective: &mut Objective, state: &mut RunState, scales: usize, observer: &mut dyn Observer) -> Result<()> {
    let CurrentScale { job, control, size, .. } = *objective.scale();
    let RunState { scale, done, image, adam } = state;
    let scale = *scale;
    let adam = match adam {
        Some(adam) => adam,
        None => adam.insert(Adam::new(image, job.optimizer())?),
    };
    let planned = job.schedule.at(scale, scales);
    let mut rollback = Rollback::new(image)?;
    let mut losses = Losses::default();
    loop {
        let of = control.iteration_limit().map_or(planned, |limit| limit.min(planned));
        if *done >= of {
            return Ok(());
        }
        let evaluation = objective.begin(image)?;
        if evaluation.is_known() || *done % reading_interval(size) == 0 || *done + 1 == of {
            losses = evaluation.read()?;
            if !losses.are_finite() || !adam.is_finite(objective.gradient())? {
                if !rollback.restore(image)? {
                    return Err(EngineError::NotFinite { scale, iteration: *done + 1 });
                }
                // The optimiser's means led out of range.
                *adam = Adam::new(image, job.optimizer())?;
                observer.rolled_back();
                continue;
            }
            rollback.store(image)?;
        }
        *done += 1;
        let step = rollback.step_factor * job.step_size(objective.balance().strength, *done, of);
        adam.step(image, objective.gradient(), step)?;
        observer.iterated(Iteration { scale, done: *done, of, losses }, &objective.visible(image)?);
        if observer.wants_snapshot() {
            observer.store_snapshot(snapshot(scale, *done, image, Some(adam))?);
        }
    }
}

/// Iterations between two readings of the losses, where reading waits for the device. An iteration of a small picture
/// takes less time than the wait. For a large one the wait is negligible, and a stop must not wait for several
/// iterations in the queue.
fn reading_interval(size: Size) -> u32 {
    const PIXELS: usize = 1 << 20;
    const MOST: usize = 8;
    (PIXELS / size.pixels()).clamp(1, MOST) as u32
}

impl Job {
    /// The result that an image of any size gives, on the CPU: where nothing is painted, the photo at its full size.
    fn result(&self, image: &Tensor, balance: &Balance) -> Result<Tensor> {
        let size = self.size()?;
        let image = resample_within(&image.to_device(&Device::cpu())?, size.rows_and_columns())?;
        let regions = Regions::new(self, &balance.styles, size)?;
        Compositor::new(&Device::cpu(), self, regions.cover(), size)?.visible(&image)
    }
}
