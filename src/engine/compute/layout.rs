//! How features lie in memory. Everybody sees them as rows x width x channels. On the CPU they lie so, for vectors run along
//! the channels. On cards they lie plane by plane, as cards' convolutions want them: turning them over and back for each
//! would cost as much as convolving.

use candle_core::{DType, Device, Result, Tensor, bail};

use super::trial::has_own_kernels;

/// Features as planes, channels x rows x width: as they lie on cards.
pub(super) fn planes(features: &Tensor) -> Result<Tensor> {
    features.permute((2, 0, 1))
}

/// Planes as features, rows x width x channels.
pub(super) fn features(planes: &Tensor) -> Result<Tensor> {
    planes.permute((1, 2, 0))
}

/// Memory for so many numbers as features of this shape, laid out as its device wants it.
pub(super) fn laid_out(memory: &Tensor, (height, width, channels): (usize, usize, usize)) -> Result<Tensor> {
    if has_own_kernels(memory.device()) {
        return memory.reshape((height, width, channels));
    }
    features(&memory.reshape((channels, height, width))?)
}

/// Features of height x width x channels, all zero.
pub(crate) fn zeros((height, width, channels): (usize, usize, usize), device: &Device) -> Result<Tensor> {
    laid_out(&Tensor::zeros(height * width * channels, DType::F32, device)?, (height, width, channels))
}

/// A tensor as its numbers lie in memory, to be written to.
///
/// # Errors
/// When they do not lie one after the other.
pub(super) fn as_it_lies(tensor: &Tensor) -> Result<Tensor> {
    let lying = if tensor.is_contiguous() || tensor.rank() != 3 { tensor.clone() } else { planes(tensor)? };
    if lying.is_contiguous() { Ok(lying) } else { bail!("a tensor of shape {:?} lies in pieces", tensor.dims()) }
}

/// A tensor with its numbers in the order in which those of another one, of the same shape, lie in memory.
pub(super) fn as_lies(other: &Tensor, tensor: &Tensor) -> Result<Tensor> {
    if other.is_contiguous() { tensor.contiguous() } else { planes(tensor)?.contiguous() }
}

/// Copies `source` into the memory of `target`, on any device.
pub(crate) fn overwrite(target: &Tensor, source: &Tensor) -> Result<()> {
    as_it_lies(target)?.slice_set(&as_lies(target, source)?, 0, 0)
}
