//! Returns to the last good picture when the losses are no longer finite.

use super::super::compute::{ComputeResult, Tensor};

/// A copy of the last picture whose losses were finite, to go back to when a step leads out of range.
pub(super) struct Rollback {
    /// In half precision, which is finer than an eye can see.
    image: Option<Tensor>,
    /// Step sizes are multiplied by this.
    pub(super) step_factor: f64,
    /// How often the picture was restored since it was last stored.
    tries: u32,
}

impl Rollback {
    /// Painting gives up after this many tries, each of which halves the steps.
    const MOST_TRIES: u32 = 8;

    /// Stores an image.
    pub(super) fn new(image: &Tensor) -> ComputeResult<Self> {
        Ok(Self { image: Some(image.to_half()?), step_factor: 1.0, tries: 0 })
    }

    /// Stores another image in its place.
    pub(super) fn store(&mut self, image: &Tensor) -> ComputeResult<()> {
        self.tries = 0;
        // Released first: the copy of a large picture takes much memory.
        self.image = None;
        self.image = Some(image.to_half()?);
        Ok(())
    }

    /// Writes the stored image into `image` and halves the steps. Returns whether to try again.
    pub(super) fn restore(&mut self, image: &Tensor) -> ComputeResult<bool> {
        self.tries += 1;
        self.step_factor /= 2.0;
        if let Some(stored) = &self.image {
            image.overwrite(&stored.to_single()?)?;
        }
        Ok(self.tries <= Self::MOST_TRIES)
    }
}
