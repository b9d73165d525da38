//! The operations of losses, optimiser and pyramid, each passed on to the backend that the tensors are on.

use super::backend::{AdamStep, VariationShares};
use super::channel_gradient::{ChannelMixture, ChannelProducts};
use super::channel_statistics::ChannelStatistics;
use super::error::ComputeResult;
use super::number::Number;
use super::tensor::Tensor;

/// Makes all numbers zero.
pub(in crate::engine) fn clear(tensor: &Tensor) -> ComputeResult<()> {
    tensor.device().backend().clear(tensor.array())
}

/// Adds `other` to `sum`, of the same shape.
pub(in crate::engine) fn accumulate(sum: &Tensor, other: &Tensor) -> ComputeResult<()> {
    sum.device().backend().accumulate(sum.array(), sum.same_device(other)?)
}

/// Adds `factor (one - other)` to `sum`; all three have the same shape.
pub(in crate::engine) fn add_difference(sum: &Tensor, one: &Tensor, other: &Tensor, factor: f32) -> ComputeResult<()> {
    let (one, other) = (sum.same_device(one)?, sum.same_device(other)?);
    sum.device().backend().add_difference(sum.array(), one, other, factor)
}

/// The sum of all numbers.
pub(in crate::engine) fn sum(tensor: &Tensor) -> ComputeResult<Number> {
    tensor.device().backend().sum(tensor.array())
}

/// The sum of the squares of all numbers.
pub(in crate::engine) fn sum_of_squares(tensor: &Tensor) -> ComputeResult<Number> {
    sum(&tensor.sqr()?)
}

/// The sum of a square matrix's diagonal.
pub(in crate::engine) fn trace(matrix: &Tensor) -> ComputeResult<Number> {
    sum(&(matrix * Tensor::identity(matrix.dim(0)?, matrix.device())?)?)
}

/// The sum of the squared differences of two tensors of the same shape.
pub(in crate::engine) fn squared_distance(one: &Tensor, other: &Tensor) -> ComputeResult<Number> {
    one.device().backend().squared_distance(one.array(), one.same_device(other)?)
}

/// One step of Adam against a gradient. Changes the image and the means of the gradients and of their squares; all four
/// have the same shape.
pub(in crate::engine) fn adam(
    step: AdamStep,
    image: &Tensor,
    gradient: &Tensor,
    mean: &Tensor,
    square: &Tensor,
) -> ComputeResult<()> {
    let [gradient, mean, square] = [image.same_device(gradient)?, image.same_device(mean)?, image.same_device(square)?];
    image.device().backend().adam(step, image.array(), gradient, mean, square)
}

/// The sum of the squared differences of neighbouring pixels in an image (planes x height x width), along an axis and
/// diagonally, each kind multiplied by its share. The edge is repeated, so diagonals reach one pixel further than the
/// image. Adds `weight` times the gradient of that sum to a gradient of the same shape.
pub(in crate::engine) fn add_variation(
    gradient: &Tensor,
    image: &Tensor,
    shares: VariationShares,
    weight: f32,
) -> ComputeResult<Number> {
    image.device().backend().add_variation(image.same_device(gradient)?, image.array(), shares, weight)
}

/// Adds the sum of features `F` (rows x width x channels) over their positions to `sum` (channels), and `F^T F` to
/// `products` (channels x channels). With `weights` (rows x width, none below zero) each position counts that much.
pub(in crate::engine) fn add_moments(
    features: &Tensor,
    weights: Option<&Tensor>,
    sum: &Tensor,
    products: &Tensor,
) -> ComputeResult<()> {
    let weights = weights.map(|weights| features.same_device(weights)).transpose()?;
    let (sum, products) = (features.same_device(sum)?, features.same_device(products)?);
    features.device().backend().add_moments(features.array(), weights, sum, products)
}

/// Adds `F map + offset` of features `F` (rows x width x channels) to `sum`, of the same shape; `map` is channels x
/// channels, `offset` channels. With `weights` (rows x width) each position's part is multiplied by its own.
pub(in crate::engine) fn add_mapped(
    sum: &Tensor,
    features: &Tensor,
    weights: Option<&Tensor>,
    map: &Tensor,
    offset: &Tensor,
) -> ComputeResult<()> {
    let weights = weights.map(|weights| sum.same_device(weights)).transpose()?;
    let [features, map, offset] = [sum.same_device(features)?, sum.same_device(map)?, sum.same_device(offset)?];
    sum.device().backend().add_mapped(sum.array(), features, weights, map, offset)
}

/// Mean and variance of each channel of features (rows x width x channels); waits for the device.
pub(in crate::engine) fn channel_statistics(features: &Tensor) -> ComputeResult<ChannelStatistics> {
    features.device().backend().channel_statistics(features.array())
}

/// For each channel of features (rows x width x channels) the sum of a gradient of the same shape, and the sum of the
/// products of gradient and feature, from which the channel's centre is subtracted; waits for the device.
pub(in crate::engine) fn channel_products(
    gradient: &Tensor,
    features: &Tensor,
    centres: &[f32],
) -> ComputeResult<ChannelProducts> {
    features.device().backend().channel_products(features.same_device(gradient)?, features.array(), centres)
}

/// Replaces each number of a gradient by a mixture of it and the feature at its place.
pub(in crate::engine) fn mix_channels(
    gradient: &Tensor,
    features: &Tensor,
    mixture: &ChannelMixture,
) -> ComputeResult<()> {
    gradient.device().backend().mix_channels(gradient.array(), gradient.same_device(features)?, mixture)
}

/// The product of two large matrices.
pub(in crate::engine) fn multiply(left: &Tensor, right: &Tensor) -> ComputeResult<Tensor> {
    Ok(left.with(left.device().backend().multiply(left.array(), left.same_device(right)?)?))
}

/// An image (planes x height x width) at another height and width: Catmull-Rom, antialiased when shrinking, overshoot
/// not clamped.
pub(in crate::engine) fn resample(image: &Tensor, size: (usize, usize)) -> ComputeResult<Tensor> {
    Ok(image.with(image.device().backend().resample(image.array(), size)?))
}
