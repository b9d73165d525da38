//! The linear map that carries one Gaussian to another at the least cost (Monge and Kantorovich).

use candle_core::Tensor;

use super::root::{Roots, roots};
use crate::engine::compute::matrix::multiply;

/// The map from a covariance `K` to a target `K_t`, and what it cost to find.
pub struct Transport {
    /// `T = K_t^1/2 (K_t^1/2 K K_t^1/2)^-1/2 K_t^1/2`, symmetric, with `T K T = K_t`.
    pub map: Tensor,
    /// `(K_t^1/2 K K_t^1/2)^1/2`, whose trace the Wasserstein distance needs.
    pub inner_root: Tensor,
}

/// The transport from `covariance` to the covariance whose square root is `target_root`, as exact as
/// [`roots`] with this `smallest`.
pub fn transport(covariance: &Tensor, target_root: &Tensor, smallest: f64) -> candle_core::Result<Transport> {
    let inner = multiply(&multiply(target_root, covariance)?, target_root)?;
    let Roots { root, inverse } = roots(&inner, smallest)?;
    Ok(Transport { map: multiply(&multiply(target_root, &inverse)?, target_root)?, inner_root: root })
}
