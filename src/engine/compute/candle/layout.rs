//! How features lie in memory on GPUs: plane by plane, as GPUs' convolutions want them. Their tensors have the axes
//! rows x width x channels, as a permuted view. Transposing them before and after each convolution would take as long
//! as convolving.

use candle_core::{Result, Tensor, bail};

/// Features (rows x width x channels) as planes: channels x rows x width, contiguous where memory is laid out by
/// [`lay_out`].
pub(super) fn planes(features: &Tensor) -> Result<Tensor> {
    features.permute((2, 0, 1))
}

/// Planes (channels x rows x width) as features: rows x width x channels.
pub(super) fn features(planes: &Tensor) -> Result<Tensor> {
    planes.permute((1, 2, 0))
}

/// Memory with one axis as features of this shape, plane by plane.
pub(super) fn lay_out(memory: &Tensor, (height, width, channels): (usize, usize, usize)) -> Result<Tensor> {
    features(&memory.reshape((channels, height, width))?)
}

/// A tensor with its axes in the order in which its numbers lie in memory; writing to it writes to the tensor.
///
/// # Errors
/// When the numbers do not lie one after the other.
pub(super) fn in_memory_order(tensor: &Tensor) -> Result<Tensor> {
    let ordered = if tensor.is_contiguous() || tensor.rank() != 3 { tensor.clone() } else { planes(tensor)? };
    if ordered.is_contiguous() {
        return Ok(ordered);
    }
    bail!("the numbers of a tensor of shape {:?} do not lie one after the other", tensor.dims())
}

/// A tensor, contiguous in the order in which the numbers of another one of the same shape lie in memory.
pub(super) fn in_order_of(other: &Tensor, tensor: &Tensor) -> Result<Tensor> {
    if other.is_contiguous() { tensor.contiguous() } else { planes(tensor)?.contiguous() }
}

/// Copies `source` into the memory of `target`, which has the same shape.
pub(super) fn overwrite(target: &Tensor, source: &Tensor) -> Result<()> {
    in_memory_order(target)?.slice_set(&in_order_of(target, source)?, 0, 0)
}
