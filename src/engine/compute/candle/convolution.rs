//! 3x3 convolutions with zero padding.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Device, Result, Tensor};

use super::array::tensor;
use super::chunks::scratch_chunks;
use super::elementwise::above_zero;
use super::pooling::{gradient_with_place_of, pool, unpool};
use super::strip::Strip;
use super::tensor_cores::{UNFOLDED, conv2d};
use super::trial::OpenTrial;
use crate::engine::compute::array::Array;
use crate::engine::compute::backend::{Convolution, Epilogue, FeatureRows};
use crate::engine::compute::error::ComputeResult;
use crate::engine::compute::rows::{window_rows, windows_of, with_neighbours};

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

    /// Some rows of the sums, outputs x rows x width, of planes that hold the rows `needed` of a picture.
    fn sums(&self, planes: &Tensor, needed: &Range<usize>, rows: &Range<usize>) -> Result<Tensor> {
        // candle puts zeros around these rows. The sums that they spoil are cut off again, except at the picture's
        // edge.
        let planes = planes.contiguous()?.unsqueeze(0)?;
        let sums = conv2d(&planes, &self.kernel, 1, self.trial.as_deref())?.squeeze(0)?;
        sums.narrow(1, rows.start - needed.start, rows.len())
    }

    /// Is called once for each convolution.
    fn count(&self) -> ComputeResult<()> {
        if let Some(trial) = &self.trial {
            trial.count_convolution()?;
        }
        Ok(())
    }

    /// Bytes of intermediate results for each row of a width: a copy of the input, and the output in several stages.
    fn bytes_per_row(&self, width: usize) -> Result<usize> {
        let (outputs, inputs, _, _) = self.kernel.dims4()?;
        Ok(width * ((UNFOLDED + 1) * inputs + 4 * outputs) * size_of::<f32>())
    }
}

/// A bias for planes.
fn for_planes(bias: &Tensor) -> Result<Tensor> {
    bias.reshape(((), 1, 1))
}

/// Stores sums, outputs x rows x width.
fn store(sums: Tensor, epilogue: Epilogue<&Tensor>, output: &Strip) -> Result<()> {
    output.write(&match epilogue {
        Epilogue::Bias(bias) => sums.broadcast_add(&for_planes(bias)?)?,
        Epilogue::BiasRelu(bias) => sums.broadcast_add(&for_planes(bias)?)?.relu()?,
        Epilogue::ReluMask => (sums * above_zero(&output.planes()?)?)?,
        Epilogue::PooledMask => gradient_with_place_of(&sums, &output.planes()?)?,
        Epilogue::Identity => sums,
    })
}

impl Convolution for CandleConvolution {
    fn convolve(&self, input: FeatureRows, epilogue: Epilogue<&dyn Array>, output: FeatureRows) -> ComputeResult<()> {
        self.count()?;
        let (input, output, epilogue) = (Strip::new(input)?, Strip::new(output)?, epilogue.map(tensor)?);
        for rows in scratch_chunks(output.rows(), self.bytes_per_row(input.line()?.0)?) {
            let needed = with_neighbours(&rows, input.height);
            let sums = self.sums(&input.narrow(&needed).planes()?, &needed, &rows)?;
            store(sums, epilogue, &output.narrow(&rows))?;
        }
        Ok(())
    }

    fn convolve_and_pool(&self, input: FeatureRows, bias: &dyn Array, output: FeatureRows) -> ComputeResult<()> {
        self.count()?;
        let (input, output, bias) = (Strip::new(input)?, Strip::new(output)?, for_planes(tensor(bias)?)?);
        for rows in scratch_chunks(output.rows(), 2 * self.bytes_per_row(input.line()?.0)?) {
            let windows = window_rows(&rows, input.height);
            let needed = with_neighbours(&windows, input.height);
            let sums = self.sums(&input.narrow(&needed).planes()?, &needed, &windows)?;
            output.narrow(&rows).write(&pool(&sums.broadcast_add(&bias)?.relu()?)?)?;
        }
        Ok(())
    }

    fn convolve_unpooled(
        &self,
        gradient: FeatureRows,
        epilogue: Epilogue<&dyn Array>,
        output: FeatureRows,
    ) -> ComputeResult<()> {
        self.count()?;
        let (gradient, output, epilogue) = (Strip::new(gradient)?, Strip::new(output)?, epilogue.map(tensor)?);
        let (width, _) = output.line()?;
        for rows in scratch_chunks(output.rows(), 2 * self.bytes_per_row(width)?) {
            let needed = with_neighbours(&rows, output.height);
            let pooled = windows_of(&needed, gradient.height);
            // Whole windows, and an odd last row, which belongs to none.
            let first = window_rows(&pooled, output.height).start;
            let covered = first..needed.end.max(window_rows(&pooled, output.height).end);
            let planes = unpool(&gradient.narrow(&pooled).planes()?, (covered.len(), width))?;
            let planes = planes.narrow(1, needed.start - first, needed.len())?;
            store(self.sums(&planes, &needed, &rows)?, epilogue, &output.narrow(&rows))?;
        }
        Ok(())
    }
}
