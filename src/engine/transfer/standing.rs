//! Where a run stands.

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::super::compute::memory::read_as;
use super::super::error::{EngineError, Result};
use super::super::optimizer::Adam;
use super::super::pyramid::Size;
use super::super::snapshot::{Memory, Snapshot};
use super::job::Job;

/// What changes while a run is painted.
pub(super) struct Standing {
    /// Index of the scale that is being painted.
    pub(super) scale: usize,
    /// Iterations done at that scale.
    pub(super) done: u32,
    /// The picture, 3 x height x width.
    pub(super) image: Tensor,
    /// What the optimiser remembers of that scale, once it has begun.
    pub(super) adam: Option<Adam>,
}

impl Standing {
    /// At the beginning of the first scale, with what that starts from.
    pub(super) fn first(image: &Tensor, device: &Device) -> Result<Self> {
        // Its own memory, since it will be painted into.
        let image = image.clamp(0f32, 1f32)?.to_device(device)?;
        Ok(Self { scale: 0, done: 0, image, adam: None })
    }

    /// Where another run stood.
    ///
    /// # Errors
    /// [`EngineError::Unfit`] when what the optimiser remembered cannot be of this picture.
    pub(super) fn at(snapshot: &Snapshot, device: &Device) -> Result<Self> {
        let Snapshot { scale, iteration, width, height, image, optimizer } = snapshot;
        let image: Vec<f32> = image.par_iter().map(|&pixel| Snapshot::value(pixel)).collect();
        let image = Tensor::from_vec(image, (3, *height, *width), device)?;
        let adam = match optimizer.arrays.as_slice() {
            [] if optimizer.steps == 0 => None,
            _ => Some(Adam::recall(&image, optimizer)?.ok_or(EngineError::Unfit)?),
        };
        Ok(Self { scale: *scale, done: *iteration, image, adam })
    }

    /// Goes on to the next scale, from a size to another.
    pub(super) fn grow(&mut self, job: &Job, before: Size, size: Size, detail: f32) -> Result<()> {
        // Its memory may be needed, and the next scale has its own.
        self.adam = None;
        self.image = job.grown(&self.image, before, size, detail)?;
        (self.scale, self.done) = (self.scale + 1, 0);
        Ok(())
    }

    /// All this as plain numbers.
    pub(super) fn snapshot(&self) -> Result<Snapshot> {
        snapshot(self.scale, self.done, &self.image, self.adam.as_ref())
    }
}

/// A run's standing as plain numbers.
pub(super) fn snapshot(scale: usize, iteration: u32, image: &Tensor, adam: Option<&Adam>) -> Result<Snapshot> {
    let (_, height, width) = image.dims3()?;
    let optimizer = adam.map_or(Ok(Memory::default()), Adam::memory)?;
    Ok(Snapshot { scale, iteration, width, height, image: read_as(image, Snapshot::pixel)?, optimizer })
}
