//! Statistics and scaling of single channels.

use candle_core::{Device, Result, Tensor};

use super::activation::activate;
use super::chunks::scratch_chunks;
use super::layout::{overwrite, planes};
use super::strip::Strip;
use crate::engine::compute::activation::Activation;
use crate::engine::compute::backend::FeatureRows;
use crate::engine::compute::channel_gradient::ChannelMixture;
use crate::engine::compute::error::ComputeResult;

/// The mean of each channel of features (height x width x channels), and the variance of each.
pub(super) fn statistics(features: &Tensor) -> Result<[Tensor; 2]> {
    let (height, width, channels) = features.dims3()?;
    let positions = (height * width) as f64;
    // The mean over all positions of a function of the chunks, channels x positions.
    let mean = |function: &dyn Fn(Tensor) -> Result<Tensor>| {
        let mut sum = Tensor::zeros(channels, features.dtype(), features.device())?;
        for rows in scratch_chunks(0..height, 3 * channels * width * size_of::<f32>()) {
            let lines = function(planes(&features.narrow(0, rows.start, rows.len())?)?.flatten(1, 2)?)?;
            // By a product, because candle gives each sum along a line to one block of threads.
            let ones = Tensor::ones((rows.len() * width, 1), lines.dtype(), lines.device())?;
            sum = (sum + lines.matmul(&ones)?.squeeze(1)?)?;
        }
        sum / positions
    };
    let means = mean(&|lines| lines.contiguous())?;
    let centres = means.unsqueeze(1)?;
    let variances = mean(&|lines| lines.broadcast_sub(&centres)?.sqr())?;
    Ok([means, variances])
}

/// The sum of the gradient of each channel, and the sum of its products with the features less their centres; both are
/// height x width x channels.
pub(super) fn products(gradient: &Tensor, features: &Tensor, centres: &[f32]) -> Result<[Tensor; 2]> {
    let channels = centres.len();
    let centres = Tensor::from_slice(centres, (channels, 1), gradient.device())?;
    let lines = |features: &Tensor| planes(features)?.contiguous()?.flatten(1, 2);
    let (gradient, features) = (lines(gradient)?, lines(features)?);
    let ones = Tensor::ones((gradient.dim(1)?, 1), gradient.dtype(), gradient.device())?;
    let sums = |lines: &Tensor| lines.matmul(&ones)?.squeeze(1);
    Ok([sums(&gradient)?, sums(&(&gradient * features.broadcast_sub(&centres)?)?)?])
}

/// Replaces each number of the gradient by a mixture of it and the feature; both are height x width x channels.
pub(super) fn mix(gradient: &Tensor, features: &Tensor, mixture: &ChannelMixture) -> Result<()> {
    let channels = mixture.offset.len();
    let [own, other, offset] = [&mixture.gradient, &mixture.feature, &mixture.offset]
        .map(|numbers| Tensor::from_slice(numbers, (1, 1, channels), gradient.device()));
    let mixed = (gradient.broadcast_mul(&own?)? + features.broadcast_mul(&other?)?)?.broadcast_add(&offset?)?;
    overwrite(gradient, &mixed)
}

/// Replaces each number by the activation of `factor x + offset`.
pub(super) fn scale(
    features: FeatureRows,
    factors: &[f32],
    offsets: &[f32],
    activation: Activation,
    device: &Device,
) -> ComputeResult<()> {
    let features = Strip::new(features)?;
    let (width, channels) = features.line()?;
    let of_channels = |numbers: &[f32]| Tensor::from_slice(numbers, (channels, 1, 1), device);
    let (factors, offsets) = (of_channels(factors)?, of_channels(offsets)?);
    for rows in scratch_chunks(features.rows(), 4 * width * channels * size_of::<f32>()) {
        let rows = features.narrow(&rows);
        let scaled = rows.planes()?.broadcast_mul(&factors)?.broadcast_add(&offsets)?;
        rows.write(&activate(&scaled, activation)?)?;
    }
    Ok(())
}
