//! Activations.

use candle_core::{Result, Tensor};

use crate::engine::compute::activation::Activation;

/// The activation of each number. By sums and `relu`: constants, as in a clamp, would be sent to the GPU at every call.
pub(super) fn activate(tensor: &Tensor, activation: Activation) -> Result<Tensor> {
    match activation {
        Activation::Identity => Ok(tensor.clone()),
        Activation::Relu => tensor.relu(),
        Activation::Relu6 => tensor.affine(-1.0, 6.0)?.relu()?.affine(-1.0, 6.0)?.relu(),
        Activation::Sigmoid => tensor.neg()?.exp()?.affine(1.0, 1.0)?.recip(),
    }
}
