//! candle's convolution, on tensor cores where a GPU has them.

use candle_core::cuda::set_gemm_reduced_precision_f32;
use candle_core::{Result, Tensor};

use super::trial::OpenTrial;

/// Numbers that candle's convolution holds for each of its input's while it works: it unfolds the input ninefold. cuDNN
/// needs none.
pub(super) const UNFOLDED: usize = if cfg!(feature = "cudnn") { 0 } else { 9 };

/// Convolves a batch of images (batch x channels x height x width) with this many zeros around each.
pub(super) fn conv2d(images: &Tensor, kernel: &Tensor, padding: usize, trial: Option<&OpenTrial>) -> Result<Tensor> {
    let _allowed = Tf32::allow();
    match trial {
        None => images.conv2d(kernel, padding, 1, 1, 1),
        Some(trial) => trial.factor(images)?.conv2d(&trial.factor(kernel)?, padding, 1, 1, 1),
    }
}

/// While it lives, products on NVIDIA's GPUs may round both factors to TF32, 10 bits of mantissa; sums stay f32.
///
/// cuDNN does so by default. Where candle convolves by a product instead, it is allowed here, and here alone: moments
/// and roots need all bits. The switch belongs to the whole process; only the thread that optimises changes it, and the switch ends as it
/// begins: off.
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
