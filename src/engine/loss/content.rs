//! Likeness to the photo: the mean squared difference of deep features (Gatys et al., 2016).

use std::ops::Range;

use crate::engine::compute::operations::{add_difference, squared_distance};
use crate::engine::compute::{Band, ComputeResult, Device, Number, Tensor};

/// The photo's features, which others are compared with.
///
/// The loss is `mean((F - T)^2)` of features `F` against the photo's `T`, its gradient `2 (F - T) / (C N)`.
pub struct ContentTarget(Band);

impl ContentTarget {
    /// Room for features of height x width x channels, all zero.
    pub fn new(shape: (usize, usize, usize), device: &Device) -> ComputeResult<Self> {
        Band::whole(Tensor::features(shape, device)?).map(Self)
    }

    /// Takes in some rows of the photo's features.
    pub fn set(&self, rows: &Range<usize>, features: &Tensor) -> ComputeResult<()> {
        self.0.narrow(rows)?.copy_from(features)
    }

    /// The part of the loss that some rows of features make.
    pub fn loss(&self, rows: &Range<usize>, features: &Tensor) -> ComputeResult<Number> {
        squared_distance(features, &self.at(rows)?)?.affine(1.0 / self.count(), 0.0)
    }

    /// Adds `weight` times the gradient at some rows of features to a gradient of the same shape.
    pub fn add_to(&self, gradient: &Tensor, rows: &Range<usize>, features: &Tensor, weight: f64) -> ComputeResult<()> {
        let factor = 2.0 * weight / self.count();
        add_difference(gradient, features, &self.at(rows)?, factor as f32)
    }

    fn at(&self, rows: &Range<usize>) -> ComputeResult<Tensor> {
        Ok(self.0.narrow(rows)?.values)
    }

    /// How many numbers are compared.
    fn count(&self) -> f64 {
        self.0.values.elem_count() as f64
    }
}
