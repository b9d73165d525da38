//! How far a run has come.

use rayon::prelude::*;

use super::super::compute::{Device, Tensor};
use super::super::error::{EngineError, Result};
use super::super::optimizer::{Adam, Optimizer};
use super::super::pyramid::Size;
use super::super::snapshot::{OptimizerState, Snapshot};
use super::job::Job;

/// What changes while a run paints.
pub(super) struct RunState {
    /// Index of the current scale.
    pub(super) scale: usize,
    /// Iterations done at that scale.
    pub(super) done: u32,
    /// The picture, 3 x height x width, on the network's device.
    pub(super) image: Tensor,
    /// The optimiser of that scale, once it has begun.
    pub(super) adam: Option<Adam>,
}

impl RunState {
    /// The beginning of the first scale, with an initial image on the CPU.
    pub(super) fn new(initial: &Tensor, device: &Device) -> Result<Self> {
        // The clamp makes a copy, which is painted into.
        let image = initial.clamp(0.0, 1.0)?.to_device(device)?;
        Ok(Self { scale: 0, done: 0, image, adam: None })
    }

    /// The state that was stored in a snapshot of a run with this kind of optimiser.
    ///
    /// # Errors
    /// [`EngineError::SnapshotMismatch`] when the optimiser's arrays do not fit the picture.
    pub(super) fn restore(snapshot: &Snapshot, of: Optimizer, device: &Device) -> Result<Self> {
        let Snapshot { scale, iteration, width, height, image, optimizer } = snapshot;
        let image: Vec<f32> = image.par_iter().map(|&pixel| Snapshot::value(pixel)).collect();
        let image = Tensor::from_vec(image, (3, *height, *width), device)?;
        let adam = match optimizer.arrays.as_slice() {
            [] if optimizer.steps == 0 => None,
            _ => Some(Adam::from_state(&image, of, optimizer)?.ok_or(EngineError::SnapshotMismatch)?),
        };
        Ok(Self { scale: *scale, done: *iteration, image, adam })
    }

    /// Begins the next scale: from size `before` to `size`.
    pub(super) fn begin_next_scale(&mut self, job: &Job, before: Size, size: Size, detail: f32) -> Result<()> {
        // Released first, because its memory may be needed. The next scale has an optimiser of its own.
        self.adam = None;
        self.image = job.resized(&self.image, before, size, detail)?;
        (self.scale, self.done) = (self.scale + 1, 0);
        Ok(())
    }

    /// The state as plain numbers.
    pub(super) fn snapshot(&self) -> Result<Snapshot> {
        snapshot(self.scale, self.done, &self.image, self.adam.as_ref())
    }
}

/// The parts of a [`RunState`] as plain numbers.
pub(super) fn snapshot(scale: usize, iteration: u32, image: &Tensor, adam: Option<&Adam>) -> Result<Snapshot> {
    let (_, height, width) = image.dims3()?;
    let optimizer = adam.map_or(Ok(OptimizerState::default()), Adam::state)?;
    Ok(Snapshot { scale, iteration, width, height, image: image.read_as(Snapshot::pixel)?, optimizer })
}
