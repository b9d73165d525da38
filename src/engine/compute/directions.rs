//! Nearest neighbours among directions: features compared by angle, seen from their centre.

use super::backend::{DirectionArrays, NearestSearch, SHORTEST};
use super::error::ComputeResult;
use super::number::Number;
use super::tensor::Tensor;

/// The directions of some features, to look for the nearest among.
pub(in crate::engine) struct Directions(Box<dyn NearestSearch>);

impl Directions {
    /// Those of some features (count x channels), seen from `centre` (channels).
    pub(in crate::engine) fn new(features: &Tensor, centre: &Tensor) -> ComputeResult<Self> {
        let differences = features.broadcast_sub(centre)?;
        let lengths = differences.sqr()?.sum_last_axis()?.sqrt()?.clamp(SHORTEST, f32::MAX)?;
        let units = differences.broadcast_div(&lengths)?;
        let offsets = units.matmul(&centre.unsqueeze(1)?)?.squeeze(1)?.affine(-1.0, 0.0)?;
        let arrays = [centre, &units, &offsets].map(Tensor::array_ref);
        let [centre, units, offsets] = arrays;
        features.device().backend().nearest_search(DirectionArrays { centre, units, offsets }).map(Self)
    }

    /// For each position of features (rows x width x channels) the index of the direction with the smallest angle:
    /// rows x width.
    pub(in crate::engine) fn nearest(&self, features: &Tensor) -> ComputeResult<Tensor> {
        Ok(features.with(self.0.nearest(features.array())?))
    }

    /// The sum, over all positions of features, of 1 less the cosine between the feature and the direction that
    /// `nearest` has for it. With `weights` (rows x width) each position counts that much.
    pub(in crate::engine) fn distance(
        &self,
        features: &Tensor,
        nearest: &Tensor,
        weights: Option<&Tensor>,
    ) -> ComputeResult<Number> {
        self.0.distance(features.array(), nearest.array(), weights.map(Tensor::array))
    }

    /// Adds `factor` times the gradient of [`Self::distance`], with `nearest` taken as constant, to a gradient of
    /// the features' shape.
    pub(in crate::engine) fn add_gradient(
        &self,
        gradient: &Tensor,
        features: &Tensor,
        nearest: &Tensor,
        weights: Option<&Tensor>,
        factor: f32,
    ) -> ComputeResult<()> {
        let weights = weights.map(Tensor::array);
        self.0.add_gradient(gradient.array(), features.array(), nearest.array(), weights, factor)
    }
}
