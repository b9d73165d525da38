//! The content loss, likeness to the photo: the mean squared difference of deep features (Gatys et al., 2016).

use std::ops::Range;

use crate::engine::compute::operations::{add_difference, squared_distance};
use crate::engine::compute::{Band, ComputeResult, Device, Number, Tensor};

/// The photo's features, with which the picture's are compared.
///
/// The loss is `mean((F - T)^2)` of features `F` against the photo's `T`, its gradient `2 (F - T) / (C N)`.
pub struct ContentTarget(Band);

impl ContentTarget {
    /// A target for features of height x width x channels, initially all zero.
    pub fn new(shape: (usize, usize, usize), device: &Device) -> ComputeResult<Self> {
        Band::whole(Tensor::features(shape, device)?).map(Self)
    }

    /// Sets some rows of the photo's features.
    pub fn set(&self, rows: &Range<usize>, features: &Tensor) -> ComputeResult<()> {
        self.0.narrow(rows)?.copy_from(features)
    }

    /// The contribution of some rows of features to the loss.
    pub fn loss(&self, rows: &Range<usize>, features: &Tensor) -> ComputeResult<Number> {
        squared_distance(features, &self.at(rows)?)?.affine(1.0 / self.count(), 0.0)
    }

    /// Adds `weight` times the gradient at some rows of features to a gradient of the same shape.
    pub fn add_gradient(
        &self,
        gradient: &Tensor,
        rows: &Range<usize>,
        features: &Tensor,
        weight: f64,
    ) -> ComputeResult<()> {
        let factor = 2.0 * weight / self.count();
        add_difference(gradient, features, &self.at(rows)?, factor as f32)
    }

    fn at(&self, rows: &Range<usize>) -> ComputeResult<Tensor> {
        Ok(self.0.narrow(rows)?.values)
    }

    /// The number of values compared, `C N` in the formulas.
    fn count(&self) -> f64 {
        self.0.values.elem_count() as f64
    }
}
