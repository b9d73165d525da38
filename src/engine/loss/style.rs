//! The style loss, likeness to the paintings: statistics of features, regardless of position.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::moments::{FewFeatures, MomentSums, Moments};
use super::neighbours::Neighbours;
use super::root::{inverse_root, root};
use super::transport::{Transport, transport};
use crate::engine::compute::operations::{accumulate, add_mapped, multiply, sum_of_squares, trace};
use crate::engine::compute::square::Square;
use crate::engine::compute::{ComputeResult, Number, Tensor};

/// How the statistics of two pictures are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StyleLoss {
    /// The mean squared difference of raw second moments, called Gram matrices (Gatys et al., 2016).
    Gram,
    /// The squared 2-Wasserstein distance of Gaussians with the features' means and covariances.
    #[default]
    Wasserstein,
    /// [`Self::Wasserstein`], and in addition, at `relu3_1` and `relu4_1`, likeness to the nearest of the paintings'
    /// features ([`super::neighbours`]).
    Neighbours,
}

impl StyleLoss {
    /// Every style loss.
    pub const ALL: [Self; 3] = [Self::Gram, Self::Wasserstein, Self::Neighbours];

    /// The weight of the nearest-neighbour loss relative to the statistics at a style tap, an index from fine to
    /// coarse; `None` where it is not used. The taps' own weights differ by a factor of four from one to the next.
    pub fn neighbours_at(self, tap: usize) -> Option<f64> {
        match (self, tap) {
            (Self::Neighbours, 2) => Some(NEIGHBOURS),
            (Self::Neighbours, 3) => Some(4.0 * NEIGHBOURS),
            _ => None,
        }
    }
}

/// The weight of the nearest-neighbour loss relative to the statistics at `relu3_1`.
const NEIGHBOURS: f64 = 6.0;

/// Added to the diagonals of the covariances so that they have square roots.
const EPSILON: f64 = 1e-4;

/// The style target at one tap.
///
/// Features arrive a few rows at a time, so an evaluation has two halves: [`Self::begin`], [`Self::add_rows`] for all
/// rows and [`Self::loss`]; then [`Self::add_gradient`] for all rows.
pub struct StyleTarget {
    comparison: Comparison,
    /// Height, width and channels of the features that are compared.
    shape: (usize, usize, usize),
    /// The weight of the loss.
    weight: f64,
    /// The weight of each position, height x width; `None` if all positions have the same weight.
    weights: Option<Tensor>,
    sums: MomentSums,
    pull: Pull,
    /// The nearest-neighbour target and its weight relative to the statistics.
    neighbours: Option<(Neighbours, f64)>,
}

enum Comparison {
    /// `S_t`, the target's second moment.
    Gram(Tensor),
    Wasserstein(Gaussian),
}

/// The gradient with which a style pulls features towards the target.
enum Pull {
    /// Not yet computed.
    None,
    /// The gradient of the loss is `F map + offset` at every position.
    Mapped { map: Tensor, offset: Tensor },
    /// The gradient of the loss itself, height x width x channels.
    Gradient(Tensor),
}

impl StyleTarget {
    /// A target from the paintings' moments, for features of height x width x channels. The loss and its gradient are
    /// multiplied by `weight`.
    ///
    /// `weights` (height x width, none negative) are the weights of the positions, both in the statistics and in the
    /// gradient. The loss is multiplied by their mean: a style that covers a tenth of the picture pulls as strongly
    /// there as one that covers all of it.
    pub fn new(
        loss: StyleLoss,
        moments: &Moments,
        shape: (usize, usize, usize),
        weight: f64,
        weights: Option<Tensor>,
    ) -> ComputeResult<Self> {
        let device = moments.mean.device();
        let comparison = match loss {
            StyleLoss::Gram => Comparison::Gram(moments.second.clone()),
            StyleLoss::Wasserstein | StyleLoss::Neighbours => {
                let covariance = moments.covariance(EPSILON)?;
                let trace = trace(&covariance)?.read()?;
                Comparison::Wasserstein(Gaussian { mean: moments.mean.clone(), covariance, trace, root: None })
            }
        };
        let sums = match &weights {
            Some(weights) => MomentSums::weighted(shape, weights)?,
            None => MomentSums::new(shape, device)?,
        };
        Ok(Self { comparison, shape, weight, weights, sums, pull: Pull::None, neighbours: None })
    }

    /// The same target with the nearest-neighbour loss in addition, which pulls each feature towards the nearest of
    /// `samples`, some of the paintings' features (count x channels). `mean` is the paintings' mean;
    /// `relative_weight` is the weight of that loss relative to the statistics.
    pub fn with_neighbours(self, samples: &Tensor, mean: &Tensor, relative_weight: f64) -> ComputeResult<Self> {
        let neighbours = Neighbours::new(samples, mean, (self.shape.0, self.shape.1))?;
        Ok(Self { neighbours: Some((neighbours, relative_weight)), ..self })
    }

    /// Changes the weight of the loss, from the next evaluation on.
    pub fn set_weight(&mut self, weight: f64) {
        self.weight = weight;
    }

    /// Starts an evaluation.
    pub fn begin(&mut self) -> ComputeResult<()> {
        self.pull = Pull::None;
        if let Some((neighbours, _)) = &mut self.neighbours {
            neighbours.begin();
        }
        self.sums.clear()
    }

    /// Adds some rows of features, rows x width x channels, to the statistics.
    pub fn add_rows(&mut self, rows: &Range<usize>, features: &Tensor) -> ComputeResult<()> {
        let weights = self.weights_at(rows)?;
        if let Some((neighbours, _)) = &mut self.neighbours {
            neighbours.add_rows(rows, features, weights.as_ref())?;
        }
        self.sums.add(features, weights.as_ref())
    }

    /// The loss of all features seen since [`Self::begin`].
    ///
    /// With `C` channels and `N` positions:
    /// - Gram: `mean((S - S_t)^2)`, gradient `4 F (S - S_t) / (C^2 N)`.
    /// - Wasserstein: `mean((m - m_t)^2) + trace(K + K_t - 2 (K_t^1/2 K K_t^1/2)^1/2) / C`. The trace's gradient with
    ///   respect to `K` is `G = (I - T) / C` with the transport map `T`, so no derivative of a matrix root is
    ///   needed; from there to the features it is `2 F G / N`, and `(2 (m - m_t) / C - 2 G m) / N` at every position.
    pub fn loss(&mut self) -> ComputeResult<Number> {
        let count = (self.shape.0 * self.shape.1 * self.shape.2) as f64;
        let moments = self.sums.moments()?;
        if self.sums.count() == 0.0 {
            return Ok(Number::default());
        }
        let (loss, pull) = match &mut self.comparison {
            Comparison::Gram(second) => {
                let difference = (&moments.second - &*second)?;
                let loss = sum_of_squares(&difference)?.affine(1.0 / difference.elem_count() as f64, 0.0)?;
                let map = (difference * (4.0 * self.weight / (self.shape.2 as f64 * count)))?;
                (loss, Pull::Mapped { map, offset: moments.mean.zeros_like()? })
            }
            Comparison::Wasserstein(target) => match self.sums.few()? {
                Some(features) => {
                    target.compare_few(&moments, &features, self.sums.count(), 2.0 * self.weight / count)?
                }
                None => target.compare(&moments, 2.0 * self.weight / count)?,
            },
        };
        self.pull = pull;
        let positions = (self.shape.0 * self.shape.1) as f64;
        let loss = loss.affine(self.weight * self.sums.count() / positions, 0.0)?;
        match &self.neighbours {
            Some((neighbours, relative_weight)) => {
                loss.plus(&neighbours.loss().affine(self.weight * relative_weight / positions, 0.0)?)
            }
            None => Ok(loss),
        }
    }

    /// Adds the gradient of the loss at some rows of features (rows x width x channels) to a gradient of the
    /// same shape. The same rows may be passed more than once.
    pub fn add_gradient(&self, gradient: &Tensor, rows: &Range<usize>, features: &Tensor) -> ComputeResult<()> {
        let weights = self.weights_at(rows)?;
        if let Some((neighbours, relative_weight)) = &self.neighbours {
            let factor = self.weight * relative_weight / (self.shape.0 * self.shape.1) as f64;
            neighbours.add_gradient(gradient, rows, features, weights.as_ref(), factor)?;
        }
        match &self.pull {
            Pull::None => Ok(()),
            Pull::Mapped { map, offset } => add_mapped(gradient, features, weights.as_ref(), map, offset),
            Pull::Gradient(pull) => accumulate(gradient, &pull.narrow(0, rows.start, rows.len())?),
        }
    }

    fn weights_at(&self, rows: &Range<usize>) -> ComputeResult<Option<Tensor>> {
        self.weights.as_ref().map(|weights| weights.narrow(0, rows.start, rows.len())).transpose()
    }
}

/// The paintings' features as a Gaussian.
struct Gaussian {
    /// `m_t`.
    mean: Tensor,
    /// `K_t`.
    covariance: Tensor,
    /// `trace(K_t)`.
    trace: f64,
    /// `K_t^(1/2)`, computed when first needed.
    root: Option<Square>,
}

impl Gaussian {
    /// The squared Wasserstein distance, divided by the number of channels, of features whose mean differs from the
    /// paintings' by `shift` and whose variances sum to `variance`; `root_trace` is `trace((K_t^1/2 K K_t^1/2)^1/2)`.
    fn distance(&self, shift: &Tensor, variance: &Number, root_trace: &Number) -> ComputeResult<Number> {
        /// Bound on the rounding error, relative to the sum of the variances from which the distance is computed.
        const ROUNDING: f64 = 1e-3;
        let share = 1.0 / shift.elem_count() as f64;
        let distance = sum_of_squares(shift)?.plus(variance)?.plus(&root_trace.affine(-2.0, self.trace)?)?;
        let distance = match (distance.known(), variance.known()) {
            (Some(distance), Some(variance)) if distance < 0.0 => {
                // Slightly below zero is rounding; further below zero is not a valid distance.
                let is_rounding = -distance <= ROUNDING * (variance + self.trace);
                Number::new(if is_rounding { 0.0 } else { f64::NAN })
            }
            _ => distance,
        };
        distance.affine(share, 0.0)
    }

    /// The distance of features with these moments, and the pull towards the paintings: its gradient times
    /// `share C N / 2`.
    fn compare(&mut self, moments: &Moments, share: f64) -> ComputeResult<(Number, Pull)> {
        let covariance = moments.covariance(EPSILON)?;
        let root = match self.root.take() {
            Some(root) => root,
            None => root(&Square::new(&self.covariance)?)?,
        };
        let Transport { map, root_trace } = transport(&covariance, self.root.insert(root))?;
        let shift = (&moments.mean - &self.mean)?;
        let loss = self.distance(&shift, &trace(&covariance)?, &root_trace)?;
        let map = map.scaled(-share, share)?.tensor()?;
        let towards = moments.mean.unsqueeze(0)?.matmul(&map)?.squeeze(0)?;
        Ok((loss, Pull::Mapped { offset: ((shift * share)? - towards)?, map }))
    }

    /// The same for fewer positions than channels, with matrices of positions x positions.
    ///
    /// Let `p` be the weight of each position, all weights summing to 1. With the centred features `A = p^1/2 (F - m)`,
    /// `K = A^T A` has the rank of `B = A K_t A^T`, which is only positions x positions, and `K_t^1/2 K K_t^1/2` has
    /// `B`'s eigenvalues. So the trace of its root is `trace(B^1/2)`, and `A T = B^-1/2 A K_t`. The small multiple of
    /// the identity that is otherwise added to `K` is added to `B`.
    fn compare_few(
        &self,
        moments: &Moments,
        few: &FewFeatures,
        count: f64,
        share: f64,
    ) -> ComputeResult<(Number, Pull)> {
        let shape = few.features.dims3()?;
        let (positions, channels) = (shape.0 * shape.1, shape.2 as f64);
        let weights = match &few.weights {
            Some(weights) => weights.reshape((positions, 1))?,
            None => Tensor::ones((positions, 1), few.features.device())?,
        };
        let parts = (weights / count)?;
        let part_roots = parts.sqrt()?;
        let shift = (&moments.mean - &self.mean)?;
        let centred = few.features.flatten(0, 1)?.broadcast_sub(&moments.mean)?.broadcast_mul(&part_roots)?;
        let carried = multiply(&centred, &self.covariance)?;
        let between = multiply(&carried, &centred.t()?.contiguous()?)?;
        let identity = Tensor::identity(positions, few.features.device())?;
        let between = (between + (identity * (EPSILON * self.trace / channels))?)?;
        let between = Square::new(&between)?;
        let inverse = inverse_root(&between)?;
        let root_trace = between.trace_of_product(&inverse)?;
        let loss = self.distance(&shift, &sum_of_squares(&centred)?, &root_trace)?;
        let pulled = (&centred - multiply(&inverse.tensor()?, &carried)?)?.broadcast_mul(&part_roots)?;
        let gradient = (pulled + parts.broadcast_mul(&shift.unsqueeze(0)?)?)?;
        Ok((loss, Pull::Gradient((gradient * (share * count))?.reshape(shape)?)))
    }
}
