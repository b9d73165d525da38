//! Operations on each number, and sums of them.
//!
//! They use no constants, such as in `maximum` or `clamp`: the host would send each of them to the GPU at every call.

use candle_core::{D, Result, Tensor};

use super::chunks::{in_chunks, scratch_chunks};
use super::layout::{in_order_of, overwrite};
use super::strip::Strip;
use crate::engine::compute::backend::{AdamStep, FeatureRows};
use crate::engine::compute::error::ComputeResult;

/// 1 for each number above zero, else 0.
pub(super) fn above_zero(tensor: &Tensor) -> Result<Tensor> {
    tensor.relu()?.sign()
}

/// Each number, clamped to 0..1. Unlike in a ReLU, NaN stays NaN and is noticed.
fn clamped_to_unit(tensor: &Tensor) -> Result<Tensor> {
    let not_below_zero = |tensor: &Tensor| (tensor + tensor.abs()?)? * 0.5;
    not_below_zero(&not_below_zero(tensor)?.affine(-1.0, 1.0)?)?.affine(-1.0, 1.0)
}

/// The sum of all numbers, in two steps: candle gives each sum to one block of threads.
pub(super) fn total(tensor: &Tensor) -> Result<Tensor> {
    // A sum over no axis would ask the GPU for no memory, which some drivers refuse.
    if tensor.rank() < 2 { tensor.sum_all() } else { tensor.sum(D::Minus1)?.sum_all() }
}

/// The gradient of a ReLU in the place of its outputs.
pub(super) fn relu_backward(features: FeatureRows, gradient: FeatureRows) -> ComputeResult<()> {
    let (features, gradient) = (Strip::new(features)?, Strip::new(gradient)?);
    let (width, channels) = features.line()?;
    for rows in scratch_chunks(features.rows(), 3 * width * channels * size_of::<f32>()) {
        let (features, gradient) = (features.narrow(&rows), gradient.narrow(&rows));
        features.write(&(gradient.planes()? * above_zero(&features.planes()?)?)?)?;
    }
    Ok(())
}

/// Adds `factor (one - other)` to `sum`.
pub(super) fn add_difference(sum: &Tensor, one: &Tensor, other: &Tensor, factor: f32) -> Result<()> {
    in_chunks([sum, one, other], 3, |[sum, one, other]| {
        overwrite(&sum, &(&sum + ((one - other)? * f64::from(factor))?)?)
    })
}

/// Adds `other` to `sum`.
pub(super) fn accumulate(sum: &Tensor, other: &Tensor) -> Result<()> {
    in_chunks([sum, other], 1, |[sum, other]| overwrite(&sum, &(&sum + other)?))
}

/// The sum of squared differences.
pub(super) fn squared_distance(one: &Tensor, other: &Tensor) -> Result<Tensor> {
    let mut sum: Option<Tensor> = None;
    // Neither is written to, so both may be copies.
    in_chunks([&in_order_of(one, one)?, &in_order_of(one, other)?], 2, |[one, other]| {
        let squares = total(&(one - other)?.sqr()?)?;
        sum = Some(match &sum {
            Some(sum) => (sum + squares)?,
            None => squares,
        });
        Ok(())
    })?;
    sum.map_or_else(|| Tensor::zeros((), one.dtype(), one.device()), Ok)
}

/// One step of Adam.
pub(super) fn adam(step: AdamStep, image: &Tensor, gradient: &Tensor, mean: &Tensor, square: &Tensor) -> Result<()> {
    let AdamStep { decays: (first, second), size, square_correction, epsilon, within_unit } = step;
    let (first, second) = (f64::from(first), f64::from(second));
    in_chunks([image, gradient, mean, square], 5, |[image, gradient, mean, square]| {
        overwrite(&mean, &((&mean * first)? + (&gradient * (1.0 - first))?)?)?;
        overwrite(&square, &((&square * second)? + (gradient.sqr()? * (1.0 - second))?)?)?;
        let root = ((square / f64::from(square_correction))?.sqrt()? + f64::from(epsilon))?;
        let moved = (&image - ((mean / root)? * f64::from(size))?)?;
        overwrite(&image, &if within_unit { clamped_to_unit(&moved)? } else { moved })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn clamping_keeps_nan() {
        let image = Tensor::new(&[-0.5f32, 0.25, 1.5, f32::NAN], &Device::Cpu).unwrap();
        let clamped = clamped_to_unit(&image).unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(clamped[..3], [0.0, 0.25, 1.0]);
        assert!(clamped[3].is_nan());
    }
}
