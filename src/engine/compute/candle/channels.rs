//! Statistics and scaling of single channels.

use candle_core::{Device, Result, Tensor};

use super::activation::activate;
use super::chunks::scratch_chunks;
use super::layout::planes;
use super::strip::Strip;
use crate::engine::compute::activation::Activation;
use crate::engine::compute::backend::FeatureRows;
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
