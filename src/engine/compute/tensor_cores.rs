//! Convolutions on devices that run candle's operations, on tensor cores where a card has them.

use candle_core::cuda::set_gemm_reduced_precision_f32;
use candle_core::{Result, Tensor};

use super::trial;

/// Convolves a batch of images with so many zeros around each.
pub(super) fn conv2d(images: &Tensor, kernel: &Tensor, padding: usize) -> Result<Tensor> {
    let _allowed = Tf32::allow();
    trial::operand(images)?.conv2d(&trial::operand(kernel)?, padding, 1, 1, 1)
}

/// While it lives, products on NVIDIA's cards may round what they multiply to TF32, ten bits of mantissa; sums stay f32.
///
/// cuDNN does so unasked. Where candle convolves with a product instead, it is allowed here, and here alone: moments and
/// roots need all bits. The switch is the whole process's; one thread computes, and it ends as it begins, off.
struct Tf32;

impl Tf32 {
    fn allow() -> Self {
        set_gemm_reduced_precision_f32(true);
        Self
    }
}

impl Drop for Tf32 {
    fn drop(&mut self) {
        set_gemm_reduced_precision_f32(false);
    }
}
