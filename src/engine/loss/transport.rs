//! Optimal transport between Gaussians: the linear map from one to another with the least cost (Monge and Kantorovich).

use super::root::inverse_root;
use crate::engine::compute::square::Square;
use crate::engine::compute::{ComputeResult, Number, Tensor};

/// The transport map from a covariance `K` to a target `K_t`, and the term that its cost needs.
pub(crate) struct Transport {
    /// `T = K_t^1/2 (K_t^1/2 K K_t^1/2)^-1/2 K_t^1/2`, symmetric, with `T K T = K_t`.
    pub(crate) map: Square,
    /// `trace((K_t^1/2 K K_t^1/2)^1/2)`, which the Wasserstein distance needs.
    pub(crate) root_trace: Number,
}

/// The transport from a covariance to the one whose square root is `target_root`, as accurate as
/// [`inverse_root`].
pub(crate) fn transport(covariance: &Tensor, target_root: &Square) -> ComputeResult<Transport> {
    let inner = target_root.symmetric_product(&Square::new(covariance)?.product(target_root)?)?;
    let inverse = inverse_root(&inner)?;
    let root_trace = inner.trace_of_product(&inverse)?;
    let map = target_root.symmetric_product(&inverse.product(target_root)?)?;
    Ok(Transport { map, root_trace })
}
