//! The nearest-neighbour style loss: at each position, the feature should point in the same direction as its nearest
//! neighbour among the paintings' features (Kolkin et al., "Neural Neighbor Style Transfer", 2022).
//!
//! Moments describe how often features occur, not where they belong. This loss asks for features that actually occur in
//! the paintings: strokes become crisper, and a sky is matched with the painting's sky.

use std::ops::Range;

use crate::engine::compute::directions::Directions;
use crate::engine::compute::{ComputeResult, Number, Tensor};

/// The most painting features to search at one tap.
pub const SAMPLES: usize = 2048;

/// The nearest-neighbour target at one tap.
///
/// With features `F`, the paintings' mean `m`, and at each position the direction `u`, seen from `m`, of the painting
/// feature nearest in angle: the loss is the mean of `1 - cos(F - m, u)`. Its gradient treats `u` as constant, because
/// the nearest neighbour minimises the loss: `(cos(F - m, u) (F - m) / |F - m| - u) / (|F - m| N)`.
pub(super) struct Neighbours {
    directions: Directions,
    /// Index of the nearest direction at each position: height x width.
    nearest: Tensor,
    /// The loss summed over all positions seen so far.
    distance: Number,
}

impl Neighbours {
    /// A target for features of height x width. `samples` are the paintings' features (count x channels); `mean` is the
    /// paintings' mean.
    pub(super) fn new(samples: &Tensor, mean: &Tensor, (height, width): (usize, usize)) -> ComputeResult<Self> {
        let nearest = Tensor::from_indices(vec![0; height * width], (height, width), samples.device())?;
        Ok(Self { directions: Directions::new(samples, mean)?, nearest, distance: Number::default() })
    }

    /// Starts an evaluation.
    pub(super) fn begin(&mut self) {
        self.distance = Number::default();
    }

    /// Adds some rows of features, with their weights.
    pub(super) fn add_rows(
        &mut self,
        rows: &Range<usize>,
        features: &Tensor,
        weights: Option<&Tensor>,
    ) -> ComputeResult<()> {
        let nearest = self.directions.nearest(features)?;
        self.distance = self.distance.plus(&self.directions.distance(features, &nearest, weights)?)?;
        self.nearest_at(rows)?.overwrite(&nearest)
    }

    /// The loss of all features seen, times the number of positions or the sum of their weights.
    pub(super) fn loss(&self) -> &Number {
        &self.distance
    }

    /// Adds `factor` times the gradient of [`Self::loss`] at some rows of features to a gradient of the same shape.
    pub(super) fn add_gradient(
        &self,
        gradient: &Tensor,
        rows: &Range<usize>,
        features: &Tensor,
        weights: Option<&Tensor>,
        factor: f64,
    ) -> ComputeResult<()> {
        self.directions.add_gradient(gradient, features, &self.nearest_at(rows)?, weights, factor as f32)
    }

    fn nearest_at(&self, rows: &Range<usize>) -> ComputeResult<Tensor> {
        self.nearest.narrow(0, rows.start, rows.len())
    }
}
