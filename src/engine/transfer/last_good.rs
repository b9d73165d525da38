//! The way back when a step leads out of range.

use candle_core::Tensor;

/// The last picture whose losses were numbers, to go back to when a step leads out of range.
pub(super) struct LastGood {
    image: Tensor,
    /// What is left of the steps' size.
    pub(super) caution: f64,
    /// How often it was gone back to since it last changed.
    tried: u32,
}

impl LastGood {
    /// Steps are halved so often before painting gives up.
    const MOST_TRIES: u32 = 8;

    pub(super) fn new(image: &Tensor) -> candle_core::Result<Self> {
        Ok(Self { image: image.copy()?, caution: 1.0, tried: 0 })
    }

    pub(super) fn remember(&mut self, image: &Tensor) -> candle_core::Result<()> {
        self.tried = 0;
        self.image.slice_set(image, 0, 0)
    }

    /// Puts the last good picture back into `image`; tells whether there is a reason to try once more.
    pub(super) fn put_back(&mut self, image: &Tensor) -> candle_core::Result<bool> {
        self.tried += 1;
        self.caution /= 2.0;
        image.slice_set(&self.image, 0, 0)?;
        Ok(self.tried <= Self::MOST_TRIES)
    }
}
