//! Likeness to the paintings: statistics of features, whatever their place.

use std::ops::Range;

use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};

use super::moments::{MomentSums, Moments};
use super::root::{Roots, roots};
use super::transport::{Transport, transport};
use crate::engine::compute::memory::overwrite;
use crate::engine::compute::statistics::add_mapped;

/// How the statistics of two pictures are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StyleLoss {
    /// The mean squared difference of raw second moments, called Gram matrices (Gatys et al., 2016).
    Gram,
    /// The squared 2-Wasserstein distance of Gaussians with the features' means and covariances.
    #[default]
    Wasserstein,
}

/// Added to the covariances' diagonals, so that they have roots.
const EPSILON: f64 = 1e-4;
/// Directions of less variance than this, against the norm of all, are left as they are; it is what the twelve
/// plain Newton-Schulz iterations of crowsonkb/style-transfer-pytorch resolve. More would not be seen.
const SMALLEST: f64 = 6e-5;

/// What the features at one place should look like.
pub struct StyleTarget(Comparison);

enum Comparison {
    Gram {
        /// `S_t`.
        second: Tensor,
    },
    Wasserstein(Gaussian),
}

/// The paintings' features as a Gaussian.
struct Gaussian {
    /// `m_t`.
    mean: Tensor,
    /// `K_t`.
    covariance: Tensor,
    /// `trace(K_t)`.
    trace: f64,
    /// `K_t^(1/2)`, once it is needed.
    root: Option<Tensor>,
    /// The transport map in use.
    held: Option<Held>,
    /// Evaluations that one map serves.
    hold_for: u32,
}

/// A transport map, kept for a few evaluations.
struct Held {
    map: Tensor,
    /// `trace((K_t^1/2 K K_t^1/2)^1/2)` of the covariance that the map was made for.
    inner_trace: f64,
    uses: u32,
}

impl StyleTarget {
    /// A target from the paintings' moments.
    ///
    /// The Wasserstein loss is convex in the covariance, and `hold_for` evaluations share one transport
    /// map: the loss is then its tangent at the covariance that the map was made for, and the gradient
    /// that of the tangent. With 1 both are exact. The map costs more than the network at small sizes,
    /// and changes little from iteration to iteration.
    pub fn new(loss: StyleLoss, moments: &Moments, hold_for: u32) -> candle_core::Result<Self> {
        Ok(Self(match loss {
            StyleLoss::Gram => Comparison::Gram { second: moments.second.clone() },
            StyleLoss::Wasserstein => {
                let covariance = moments.covariance(EPSILON)?;
                let trace = trace(&covariance)?;
                let mean = moments.mean.clone();
                Comparison::Wasserstein(Gaussian { mean, covariance, trace, root: None, held: None, hold_for })
            }
        }))
    }

    /// The loss of features with these sums, and what its gradient is made of.
    ///
    /// With `C` channels and `N` positions:
    /// - Gram: `mean((S - S_t)^2)`, gradient `4 F (S - S_t) / (C^2 N)`.
    /// - Wasserstein: `mean((m - m_t)^2) + trace(K + K_t - 2 (K_t^1/2 K K_t^1/2)^1/2) / C`. The trace's gradient with
    ///   respect to `K` is `G = (I - T) / C` with the transport map `T`, so no derivative of a matrix root is
    ///   needed; from there to the features it is `2 F G / N`, and `(2 (m - m_t) / C - 2 G m) / N` at every position.
    pub fn compare(&mut self, sums: &MomentSums) -> candle_core::Result<(f64, Pull)> {
        let moments = sums.moments()?;
        match &mut self.0 {
            Comparison::Gram { second } => {
                let channels = moments.mean.dim(0)? as f64;
                let difference = (&moments.second - &*second)?;
                let loss = f64::from(difference.sqr()?.mean_all()?.to_scalar::<f32>()?);
                let map = (difference * (4.0 / (channels * channels * sums.positions() as f64)))?;
                Ok((loss, Pull::Mapped { map, offset: moments.mean.zeros_like()? }))
            }
            Comparison::Wasserstein(target) => match sums.few()? {
                Some(features) => target.compare_few(&moments, &features),
                None => target.compare(&moments, sums.positions()),
            },
        }
    }
}

impl Gaussian {
    fn compare(&mut self, moments: &Moments, positions: usize) -> candle_core::Result<(f64, Pull)> {
        let channels = moments.mean.dim(0)?;
        let share = 2.0 / (channels * positions) as f64;
        let covariance = moments.covariance(EPSILON)?;
        let held = match self.held.take().filter(|held| held.uses < self.hold_for) {
            Some(held) => held,
            None => self.fresh_map(&covariance)?,
        };
        let held = self.held.insert(held);
        held.uses += 1;
        let shift = (&moments.mean - &self.mean)?;
        // trace(T K), which is the inner trace while the map is fresh.
        let carried = f64::from((&held.map * &covariance)?.sum_all()?.to_scalar::<f32>()?);
        let loss = f64::from(shift.sqr()?.mean_all()?.to_scalar::<f32>()?)
            + (trace(&covariance)? + self.trace - carried - held.inner_trace) / channels as f64;
        let identity = Tensor::eye(channels, DType::F32, moments.mean.device())?;
        let map = ((identity - &held.map)? * share)?;
        let towards = moments.mean.unsqueeze(0)?.matmul(&map)?.squeeze(0)?;
        Ok((loss, Pull::Mapped { offset: ((shift * share)? - towards)?, map }))
    }

    fn fresh_map(&mut self, covariance: &Tensor) -> candle_core::Result<Held> {
        let root = match self.root.take() {
            Some(root) => root,
            None => roots(&self.covariance, SMALLEST)?.root,
        };
        let Transport { map, inner_root } = transport(covariance, self.root.insert(root), SMALLEST)?;
        Ok(Held { map, inner_trace: trace(&inner_root)?, uses: 0 })
    }

    /// The same by way of the positions, where they are fewer than the channels.
    ///
    /// With the centred features `A = F - m`, `K = A^T A / N` has the rank of `B = A K_t A^T / N`, which is only
    /// positions x positions, and `K_t^1/2 K K_t^1/2` has `B`'s eigenvalues. So the trace of its root is `trace(B^1/2)`,
    /// and `A T = B^-1/2 A K_t`. The small identity that `K` is given elsewhere is given to `B`.
    fn compare_few(&self, moments: &Moments, features: &Tensor) -> candle_core::Result<(f64, Pull)> {
        let shape = features.dims3()?;
        let (positions, channels) = ((shape.0 * shape.1) as f64, shape.2 as f64);
        let shift = (&moments.mean - &self.mean)?;
        let centred = features.flatten(0, 1)?.broadcast_sub(&moments.mean)?;
        let carried = centred.matmul(&self.covariance)?;
        let between = (carried.matmul(&centred.t()?)? / positions)?;
        let identity = Tensor::eye(between.dim(0)?, DType::F32, features.device())?;
        let between = (between + (identity * (EPSILON * self.trace / channels))?)?;
        let Roots { root, inverse } = roots(&between, SMALLEST)?;
        let variance = f64::from(centred.sqr()?.sum_all()?.to_scalar::<f32>()?) / positions;
        let loss = f64::from(shift.sqr()?.mean_all()?.to_scalar::<f32>()?)
            + (variance + self.trace - 2.0 * trace(&root)?) / channels;
        let gradient = (centred - inverse.matmul(&carried)?)?.broadcast_add(&shift)?;
        let gradient = (gradient * (2.0 / (channels * positions)))?;
        Ok((loss, Pull::Given(gradient.reshape(shape)?)))
    }
}

/// Where a style pulls features.
pub enum Pull {
    /// The gradient of its loss is `F map + offset` at every position.
    Mapped {
        /// Channels x channels.
        map: Tensor,
        /// One for each channel.
        offset: Tensor,
    },
    /// The gradient of its loss itself, height x width x channels.
    Given(Tensor),
}

impl Pull {
    /// The gradient of the loss times a factor.
    pub fn times(&self, factor: f64) -> candle_core::Result<Self> {
        Ok(match self {
            Self::Mapped { map, offset } => Self::Mapped { map: (map * factor)?, offset: (offset * factor)? },
            Self::Given(gradient) => Self::Given((gradient * factor)?),
        })
    }

    /// Adds it at some rows of features (rows x width x channels) to a gradient of the same shape.
    pub fn add_to(&self, gradient: &Tensor, rows: &Range<usize>, features: &Tensor) -> candle_core::Result<()> {
        match self {
            Self::Mapped { map, offset } => add_mapped(gradient, features, map, offset),
            Self::Given(given) => {
                let given = given.narrow(0, rows.start, rows.len())?;
                overwrite(gradient, &(gradient + given)?)
            }
        }
    }
}

fn trace(matrix: &Tensor) -> candle_core::Result<f64> {
    let identity = Tensor::eye(matrix.dim(0)?, DType::F32, matrix.device())?;
    Ok(f64::from((matrix * identity)?.sum_all()?.to_scalar::<f32>()?))
}
