//! The first convolution, which repeats the image's edge.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};

use super::array::tensor;
use super::chunks::scratch_chunks;
use super::edge::{fold, repeat};
use super::strip::Strip;
use super::tensor_cores::{UNFOLDED, conv2d};
use super::trial::OpenTrial;
use crate::engine::compute::array::Array;
use crate::engine::compute::backend::{FeatureRows, FirstLayer};
use crate::engine::compute::error::ComputeResult;

/// Channels of an image.
const COLORS: usize = 3;

/// The first convolution by candle.
pub(super) struct CandleFirstLayer {
    /// Outputs x 3 x 3 x 3.
    forward: Tensor,
    /// Turned by 180 degrees: 3 x outputs x 3 x 3.
    backward: Tensor,
    /// One for each output.
    bias: Tensor,
    trial: Option<Arc<OpenTrial>>,
}

impl CandleFirstLayer {
    /// From weights given as outputs x 3 x 3 x 3.
    pub(super) fn new(weights: &[f32], bias: &[f32], device: &Device, trial: Option<Arc<OpenTrial>>) -> Result<Self> {
        let forward = Tensor::from_slice(weights, (bias.len(), COLORS, 3, 3), device)?;
        let backward = forward.transpose(0, 1)?.contiguous()?.flip(&[2, 3])?.contiguous()?;
        Ok(Self { forward, backward, bias: Tensor::from_slice(bias, bias.len(), device)?, trial })
    }
}

impl FirstLayer for CandleFirstLayer {
    fn forward(&self, image: &dyn Array, output: FeatureRows) -> ComputeResult<()> {
        let (image, output) = (tensor(image)?, Strip::new(output)?);
        let width = image.dim(2)?;
        // The output in several stages, beside the unfolded input.
        let bytes_per_row = width * ((UNFOLDED + 4) * COLORS + 4 * self.forward.dim(0)?) * size_of::<f32>();
        for rows in scratch_chunks(output.rows(), bytes_per_row) {
            let image = repeat(image, &rows)?;
            let sums = conv2d(&image.unsqueeze(0)?, &self.forward, 0, self.trial.as_deref())?.squeeze(0)?;
            let biased = sums.broadcast_add(&self.bias.reshape(((), 1, 1))?)?;
            output.narrow(&rows).write(&biased.relu()?)?;
        }
        Ok(())
    }

    fn backward(&self, gradient: FeatureRows, rows: &Range<usize>, image_gradient: &dyn Array) -> ComputeResult<()> {
        let (gradient, image_gradient) = (Strip::new(gradient)?, tensor(image_gradient)?);
        let (_, height, width) = image_gradient.dims3()?;
        let (_, channels) = gradient.line()?;
        let bytes_per_row = width * ((UNFOLDED + 1) * channels + 8 * COLORS) * size_of::<f32>();
        for rows in scratch_chunks(rows.clone(), bytes_per_row) {
            let available = rows.start.saturating_sub(1)..(rows.end + 1).min(height);
            let sums = gradient.narrow(&available).planes()?.contiguous()?.unsqueeze(0)?;
            // With respect to the image and its repeated edge: two more rows and columns.
            let with_edge = conv2d(&sums, &self.backward, 2, self.trial.as_deref())?.squeeze(0)?;
            let ends = (available.start == 0, available.end == height);
            let folded = fold(&fold(&with_edge, 2, (true, true))?, 1, ends)?;
            let first = if available.start == 0 { 0 } else { available.start - 1 };
            let folded = folded.narrow(1, rows.start - first, rows.len())?.contiguous()?;
            image_gradient.slice_set(&folded, 1, rows.start)?;
        }
        Ok(())
    }
}
