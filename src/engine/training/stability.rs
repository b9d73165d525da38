//! Stability: a photo and the same photo with a little noise should be painted alike. Without it, a network paints the
//! noise of a camera or of a codec as strokes, which change from frame to frame of a clip (Gupta, Johnson, Alahi and Fei-Fei
//! 2017 describe the effect; training on noise follows Zheng, Song, Leung and Goodfellow 2016).

use rand::Rng;

use super::super::compute::{ComputeResult, Tensor};
use super::crops::at_index;

/// The largest noise of a value, which is evenly distributed: its standard deviation, 0.023, is about that of a phone's
/// film of a room by night.
const NOISE: f32 = 0.04;

/// Keeps the noise of a step apart from the crop of the same number.
const STREAM: u64 = 0x6E6F_6973_6500_0000;

/// An image (0..1) with noise, in 0..1. The noise is the same for the same seed and step.
pub(super) fn with_noise(image: &Tensor, seed: u64, step: u64) -> ComputeResult<Tensor> {
    let mut random = at_index(seed ^ STREAM, step);
    let noisy = |value: f32| (value + random.random_range(-NOISE..=NOISE)).clamp(0.0, 1.0);
    Tensor::from_vec(image.to_vec()?.into_iter().map(noisy).collect(), image.dims(), image.device())
}

/// The gradient of the weighted mean squared difference of two paintings, with respect to the first.
pub(super) fn difference_gradient(noisy: &Tensor, clean: &Tensor, weight: f64) -> ComputeResult<Tensor> {
    let difference = (noisy - clean)?;
    difference.affine(2.0 * weight / difference.elem_count() as f64, 0.0)
}
