//! Likeness to the paintings: statistics of features, whatever their place.

use candle_core::{DType, Tensor};
use serde::{Deserialize, Serialize};

use super::moments::Moments;
use super::root::roots;
use super::transport::{Transport, transport};

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
/// Newton-Schulz iterations, as in crowsonkb/style-transfer-pytorch. More would not be seen.
const ITERATIONS: usize = 12;

/// What the features at one place should look like.
pub struct StyleTarget(Comparison);

enum Comparison {
    Gram {
        /// `S_t`.
        second: Tensor,
    },
    Wasserstein {
        /// `m_t`.
        mean: Tensor,
        /// `K_t^(1/2)`.
        root: Tensor,
        /// `trace(K_t)`.
        trace: f64,
        /// The transport map in use.
        held: Option<Held>,
        /// Evaluations that one map serves.
        hold_for: u32,
    },
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
                Comparison::Wasserstein {
                    mean: moments.mean.clone(),
                    root: roots(&covariance, ITERATIONS)?.root,
                    trace: trace(&covariance)?,
                    held: None,
                    hold_for,
                }
            }
        }))
    }

    /// The loss of features (height x width x channels) and its gradient of the same shape.
    ///
    /// With `C` channels and `N` positions:
    /// - Gram: `mean((S - S_t)^2)`, gradient `4 F (S - S_t) / (C^2 N)`.
    /// - Wasserstein: `mean((m - m_t)^2) + trace(K + K_t - 2 (K_t^1/2 K K_t^1/2)^1/2) / C`. The trace's gradient with
    ///   respect to `K` is `G = (I - T) / C` with the transport map `T`, so no derivative of a matrix root is
    ///   needed; from there to the features it is `2 F G / N`, and `(2 (m - m_t) / C - 2 G m) / N` at every position.
    pub fn evaluate(&mut self, features: &Tensor) -> candle_core::Result<(f64, Tensor)> {
        let shape = features.dims3()?;
        let moments = Moments::of(features)?;
        let positions = (shape.0 * shape.1) as f64;
        let channels = shape.2 as f64;
        let flat = features.flatten(0, 1)?;
        match &mut self.0 {
            Comparison::Gram { second } => {
                let difference = (&moments.second - &*second)?;
                let loss = f64::from(difference.sqr()?.mean_all()?.to_scalar::<f32>()?);
                let map = (difference * (4.0 / (channels * channels * positions)))?;
                Ok((loss, flat.matmul(&map)?.reshape(shape)?))
            }
            Comparison::Wasserstein { mean, root, trace: target_trace, held, hold_for } => {
                let covariance = moments.covariance(EPSILON)?;
                let held = if let Some(fresh) = held.take().filter(|held| held.uses < *hold_for) {
                    held.insert(fresh)
                } else {
                    let Transport { map, inner_root } = transport(&covariance, root, ITERATIONS)?;
                    held.insert(Held { map, inner_trace: trace(&inner_root)?, uses: 0 })
                };
                held.uses += 1;
                let shift = (&moments.mean - &*mean)?;
                // trace(T K), which is the inner trace while the map is fresh.
                let carried = f64::from((&held.map * &covariance)?.sum_all()?.to_scalar::<f32>()?);
                let loss = f64::from(shift.sqr()?.mean_all()?.to_scalar::<f32>()?)
                    + (trace(&covariance)? + *target_trace - carried - held.inner_trace) / channels;
                let identity = Tensor::eye(shape.2, DType::F32, features.device())?;
                let map = ((identity - &held.map)? * (2.0 / (channels * positions)))?;
                let offset = ((shift * (2.0 / (channels * positions)))?.unsqueeze(0)?
                    - moments.mean.unsqueeze(0)?.matmul(&map)?)?;
                Ok((loss, flat.matmul(&map)?.broadcast_add(&offset)?.reshape(shape)?))
            }
        }
    }
}

fn trace(matrix: &Tensor) -> candle_core::Result<f64> {
    let identity = Tensor::eye(matrix.dim(0)?, DType::F32, matrix.device())?;
    Ok(f64::from((matrix * identity)?.sum_all()?.to_scalar::<f32>()?))
}
