//! The palette of a picture, its colours as a Gaussian, and the transfer of a picture to another palette.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::compute::square::Square;
use super::compute::{ComputeResult, Tensor};
use super::loss::moments::Moments;
use super::loss::root::root;
use super::loss::transport::transport;

/// Added to the variance of colours. Otherwise directions in which a photo hardly varies, such as the chroma of a grey
/// photo, would be stretched into noise.
const EPSILON: f64 = 1e-3;

/// Mean and second moment of the colours of an image (3 x height x width).
pub(crate) fn palette(image: &Tensor) -> ComputeResult<Moments> {
    Moments::of(&image.permute([1, 2, 0])?.contiguous()?)
}

/// The image with its colours mapped linearly to the mean and covariance of another palette, clamped to 0..1.
pub(super) fn recolor(image: &Tensor, target: &Moments) -> ComputeResult<Tensor> {
    carry(image, target, EPSILON)?.clamp(0.0, 1.0)
}

/// As [`recolor`], for three planes in any colour space and without clamping; `epsilon` is added to the variances of
/// both palettes.
pub(crate) fn carry(image: &Tensor, target: &Moments, epsilon: f64) -> ComputeResult<Tensor> {
    let own = palette(image)?;
    let target_root = root(&Square::new(&target.covariance(epsilon)?)?)?;
    let map = transport(&own.covariance(epsilon)?, &target_root)?.map;
    apply(image, &own.mean, &map.tensor()?, &target.mean)
}

/// Noise with the mean and covariance of a palette, clamped to 0..1. The same seed gives the same noise.
pub(super) fn noise((height, width): (usize, usize), target: &Moments, seed: u64) -> ComputeResult<Tensor> {
    let mut random = StdRng::seed_from_u64(seed);
    // Uniform with variance 1.
    let most = 3f32.sqrt();
    let values: Vec<f32> = (0..3 * height * width).map(|_| random.random_range(-most..most)).collect();
    let device = target.mean.device();
    let noise = Tensor::from_vec(values, (3, height, width), device)?;
    let root = root(&Square::new(&target.covariance(EPSILON)?)?)?;
    apply(&noise, &target.mean.zeros_like()?, &root.tensor()?, &target.mean)?.clamp(0.0, 1.0)
}

/// `to + map (color - from)` for every pixel.
fn apply(image: &Tensor, from: &Tensor, map: &Tensor, to: &Tensor) -> ComputeResult<Tensor> {
    let shape = image.dims3()?;
    let centred = image.flatten(1, 2)?.broadcast_sub(&from.unsqueeze(1)?)?;
    map.matmul(&centred)?.broadcast_add(&to.unsqueeze(1)?)?.reshape(shape)
}
