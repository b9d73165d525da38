//! 3x3 convolutions with zero padding.

use std::sync::Arc;

use candle_core::{Device, Result, Tensor};

use super::array::tensor;
use super::chunks::scratch_chunks;
use super::elementwise::above_zero;
use super::strip::Strip;
use super::tensor_cores::{UNFOLDED, conv2d};
use super::trial::OpenTrial;
use crate::engine::compute::array::Array;
use crate::engine::compute::backend::{Convolution, Epilogue, FeatureRows};
use crate::engine::compute::error::ComputeResult;

/// A convolution by candle.
pub(super) struct CandleConvolution {
    /// Outputs x inputs x 3 x 3.
    kernel: Tensor,
    trial: Option<Arc<OpenTrial>>,
}

impl CandleConvolution {
    /// From weights given as outputs x inputs x 3 x 3.
    pub(super) fn new(
        weights: &[f32],
        inputs: usize,
        outputs: usize,
        device: &Device,
        trial: Option<Arc<OpenTrial>>,
    ) -> Result<Self> {
        Ok(Self { kernel: Tensor::from_slice(weights, (outputs, inputs, 3, 3), device)?, trial })
    }

    fn convolve_chunk(&self, input: &Strip, epilogue: Epilogue<&Tensor>, output: &Strip) -> Result<()> {
        let rows = output.rows();
        let needed = rows.start.saturating_sub(1)..(rows.end + 1).min(input.height);
        // candle puts zeros around these rows. The sums that they spoil are cut off again, except at the picture's
        // edge.
        let sums = input.narrow(&needed).planes()?.contiguous()?;
        let sums = conv2d(&sums.unsqueeze(0)?, &self.kernel, 1, self.trial.as_deref())?.squeeze(0)?;
        let sums = sums.narrow(1, rows.start - needed.start, rows.len())?;
        output.write(&match epilogue {
            Epilogue::Bias(bias) => sums.broadcast_add(&bias.reshape(((), 1, 1))?)?,
            Epilogue::BiasRelu(bias) => sums.broadcast_add(&bias.reshape(((), 1, 1))?)?.relu()?,
            Epilogue::ReluMask => (sums * above_zero(&output.planes()?)?)?,
            Epilogue::Identity => sums,
        })
    }
}

impl Convolution for CandleConvolution {
    fn convolve(&self, input: FeatureRows, epilogue: Epilogue<&dyn Array>, output: FeatureRows) -> ComputeResult<()> {
        if let Some(trial) = &self.trial {
            trial.count_convolution()?;
        }
        let (input, output) = (Strip::new(input)?, Strip::new(output)?);
        let epilogue = match epilogue {
            Epilogue::Bias(bias) => Epilogue::Bias(tensor(bias)?),
            Epilogue::BiasRelu(bias) => Epilogue::BiasRelu(tensor(bias)?),
            Epilogue::ReluMask => Epilogue::ReluMask,
            Epilogue::Identity => Epilogue::Identity,
        };
        let ((width, inputs), outputs) = (input.line()?, self.kernel.dim(0)?);
        // A copy of the input, and the output in several stages.
        let bytes_per_row = width * ((UNFOLDED + 1) * inputs + 4 * outputs) * size_of::<f32>();
        for rows in scratch_chunks(output.rows(), bytes_per_row) {
            self.convolve_chunk(&input, epilogue, &output.narrow(&rows))?;
        }
        Ok(())
    }
}
