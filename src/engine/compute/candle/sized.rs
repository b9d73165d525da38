//! Convolutions of any size and stride.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor, bail};

use super::activation::activate;
use super::chunks::scratch_chunks;
use super::strip::Strip;
use super::tensor_cores::UNFOLDED;
use super::trial::OpenTrial;
use crate::engine::compute::activation::Activation;
use crate::engine::compute::backend::{FeatureRows, SizedConvolution};
use crate::engine::compute::error::ComputeResult;
use crate::engine::compute::shape::ConvolutionShape;

/// A convolution by candle.
pub(super) struct CandleSizedConvolution {
    shape: ConvolutionShape,
    /// Outputs x inputs x size x size; channels x 1 x size x size of a depthwise convolution.
    kernel: Tensor,
    /// Outputs x 1 x 1.
    bias: Option<Tensor>,
    activation: Activation,
    trial: Option<Arc<OpenTrial>>,
}

impl CandleSizedConvolution {
    pub(super) fn new(
        shape: ConvolutionShape,
        weights: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
        device: &Device,
        trial: Option<Arc<OpenTrial>>,
    ) -> Result<Self> {
        let ConvolutionShape { inputs, outputs, size, is_depthwise, .. } = shape;
        let inputs = if is_depthwise { 1 } else { inputs };
        let kernel = Tensor::from_slice(weights, (outputs, inputs, size, size), device)?;
        let bias = bias.map(|bias| Tensor::from_slice(bias, (outputs, 1, 1), device)).transpose()?;
        Ok(Self { shape, kernel, bias, activation, trial })
    }

    /// The taps' rows of the input for some rows of the output, with what lies around the input.
    fn padded(&self, input: &Strip, rows: &Range<usize>) -> Result<Tensor> {
        let Self { shape, .. } = self;
        let (width, _) = input.line()?;
        let needed = shape.source_rows(rows, input.height);
        if needed.start < input.rows().start || needed.end > input.rows().end {
            bail!("rows {needed:?} are not among rows {:?} of a convolution's input", input.rows());
        }
        let planes = input.narrow(&needed).planes()?.contiguous()?;
        let padded = |outputs: usize| (outputs - 1) * shape.stride + shape.size;
        let lines = |row: usize| shape.source(rows.start, row, input.height).map(|source| source - needed.start);
        let padded_rows = gather(&planes, 1, &(0..padded(rows.len())).map(lines).collect::<Vec<_>>())?;
        let columns = (0..padded(shape.output_length(width))).map(|column| shape.source(0, column, width));
        gather(&padded_rows, 2, &columns.collect::<Vec<_>>())
    }
}

/// The positions of an axis with these indices; `None` is a zero. Zeros are at the beginning and at the end only.
pub(super) fn gather(planes: &Tensor, axis: usize, sources: &[Option<usize>]) -> Result<Tensor> {
    let before = sources.iter().take_while(|source| source.is_none()).count();
    let indices: Vec<u32> = sources.iter().flatten().map(|&source| source as u32).collect();
    let after = sources.len() - before - indices.len();
    let is_whole =
        indices.len() == planes.dim(axis)? && indices.iter().enumerate().all(|(at, &index)| at as u32 == index);
    let gathered =
        if is_whole { planes.clone() } else { planes.index_select(&Tensor::new(indices, planes.device())?, axis)? };
    gathered.pad_with_zeros(axis, before, after)
}

impl SizedConvolution for CandleSizedConvolution {
    fn convolve(&self, input: FeatureRows, output: FeatureRows) -> ComputeResult<()> {
        if let Some(trial) = &self.trial {
            trial.count_convolution()?;
        }
        let ConvolutionShape { inputs, outputs, stride, is_depthwise, .. } = self.shape;
        let (input, output) = (Strip::new(input)?, Strip::new(output)?);
        let (width, _) = output.line()?;
        let unfolded = UNFOLDED / 9 * self.shape.size * self.shape.size;
        let bytes_per_row = width * ((unfolded + 3 * stride) * inputs + 4 * outputs) * size_of::<f32>();
        for rows in scratch_chunks(output.rows(), bytes_per_row) {
            let padded = self.padded(&input, &rows)?.contiguous()?.unsqueeze(0)?;
            let groups = if is_depthwise { outputs } else { 1 };
            // In full precision: the switch for tensor cores belongs to the thread that optimises.
            let mut sums = padded.conv2d(&self.kernel, 0, stride, 1, groups)?.squeeze(0)?;
            if let Some(bias) = &self.bias {
                sums = sums.broadcast_add(bias)?;
            }
            output.narrow(&rows).write(&activate(&sums, self.activation)?)?;
        }
        Ok(())
    }
}
