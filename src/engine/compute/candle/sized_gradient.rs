//! The gradients of convolutions of any size and stride, one product of matrices for each tap of the kernel.
//!
//! Not candle's own backward pass: that of its convolution always computes both gradients, and that of its nearest
//! upsampling overwrites gradients instead of adding to them.

use candle_core::{Device, Result, Tensor};

use super::array::CandleArray;
use super::layout::planes;
use super::sized::gather;
use super::strip::Strip;
use crate::engine::compute::backend::{FeatureRows, SizedConvolutionGradient};
use crate::engine::compute::error::{ComputeError, ComputeResult};
use crate::engine::compute::shape::ConvolutionShape;

/// The gradients of one convolution, by candle.
pub(super) struct CandleSizedConvolutionGradient {
    shape: ConvolutionShape,
    /// For each tap, row by row, a matrix of inputs x outputs.
    taps: Vec<Tensor>,
}

impl CandleSizedConvolutionGradient {
    /// From weights given as outputs x inputs x size x size.
    pub(super) fn new(shape: ConvolutionShape, weights: &[f32], device: &Device) -> ComputeResult<Self> {
        if shape.is_depthwise {
            return Err(ComputeError::new("depthwise convolutions have no gradients here"));
        }
        let ConvolutionShape { inputs, outputs, size, .. } = shape;
        let kernel = Tensor::from_slice(weights, (outputs, inputs, size * size), device)?.permute((2, 1, 0))?;
        let taps = (0..size * size).map(|tap| kernel.get(tap)?.contiguous()).collect::<Result<_>>()?;
        Ok(Self { shape, taps })
    }

    /// For each axis of the input, where each row (or column) of the padded input comes from.
    fn sources(&self, (height, width): (usize, usize), outputs: (usize, usize)) -> [Vec<Option<usize>>; 2] {
        [(height, outputs.0), (width, outputs.1)].map(|(length, outputs)| {
            let padded = (outputs - 1) * self.shape.stride + self.shape.size;
            (0..padded).map(|at| self.shape.source(0, at, length)).collect()
        })
    }
}

/// Adds up the positions of an axis that come from the same position of an axis of `length`.
fn scatter(planes: &Tensor, axis: usize, sources: &[Option<usize>], length: usize) -> Result<Tensor> {
    let known: Vec<(u32, u32)> =
        sources.iter().enumerate().filter_map(|(at, source)| Some((at as u32, (*source)? as u32))).collect();
    let (from, to): (Vec<u32>, Vec<u32>) = known.into_iter().unzip();
    let device = planes.device();
    let mut dims = planes.dims().to_vec();
    dims[axis] = length;
    let parts = planes.index_select(&Tensor::new(from, device)?, axis)?;
    Tensor::zeros(dims, planes.dtype(), device)?.index_add(&Tensor::new(to, device)?, &parts, axis)
}

/// Every `stride`-th position of both axes of planes, from `(row, column)` on, as a matrix of channels x positions.
fn every(
    planes: &Tensor,
    (row, column): (usize, usize),
    (rows, columns): (usize, usize),
    stride: usize,
) -> Result<Tensor> {
    let channels = planes.dim(0)?;
    let mut part = planes.narrow(1, row, (rows - 1) * stride + 1)?.narrow(2, column, (columns - 1) * stride + 1)?;
    if stride > 1 {
        let indices = |count: usize| -> Vec<u32> { (0..count).map(|index| (index * stride) as u32).collect() };
        part = part.contiguous()?.index_select(&Tensor::new(indices(rows), planes.device())?, 1)?;
        part = part.index_select(&Tensor::new(indices(columns), planes.device())?, 2)?;
    }
    part.contiguous()?.reshape((channels, rows * columns))
}

impl SizedConvolutionGradient for CandleSizedConvolutionGradient {
    fn input(&self, gradient: FeatureRows, input_gradient: FeatureRows) -> ComputeResult<()> {
        let ConvolutionShape { inputs, outputs, size, stride, .. } = self.shape;
        let (gradient, target) = (Strip::new(gradient)?, Strip::new(input_gradient)?);
        let ((columns, _), (width, _)) = (gradient.line()?, target.line()?);
        let (rows, height) = (gradient.height, target.height);
        let gradient = gradient.planes()?.contiguous()?.reshape((outputs, rows * columns))?;
        let [row_sources, column_sources] = self.sources((height, width), (rows, columns));
        let (padded_rows, padded_columns) = (row_sources.len(), column_sources.len());
        let mut padded: Option<Tensor> = None;
        for (tap, matrix) in self.taps.iter().enumerate() {
            let (row, column) = (tap / size, tap % size);
            let mut part = matrix.matmul(&gradient)?.reshape((inputs, rows, columns))?;
            // Rows and columns that this tap reads, within the padded input.
            let spread = |part: &Tensor, axis: usize, first: usize, count: usize, length: usize| {
                let places: Vec<_> = (0..count).map(|index| Some(first + index * stride)).collect();
                scatter(part, axis, &places, length)
            };
            part = spread(&part, 1, row, rows, padded_rows)?;
            part = spread(&part, 2, column, columns, padded_columns)?;
            padded = Some(match padded {
                Some(sum) => (sum + part)?,
                None => part,
            });
        }
        let Some(padded) = padded else { return Err(ComputeError::new("a kernel has no taps")) };
        let folded = scatter(&padded, 1, &row_sources, height)?;
        Ok(target.write(&scatter(&folded, 2, &column_sources, width)?)?)
    }

    fn kernel(&self, input: FeatureRows, gradient: FeatureRows) -> ComputeResult<Vec<f32>> {
        let ConvolutionShape { inputs, outputs, size, stride, .. } = self.shape;
        let (input, gradient) = (Strip::new(input)?, Strip::new(gradient)?);
        let ((width, _), (columns, _)) = (input.line()?, gradient.line()?);
        let (height, rows) = (input.height, gradient.height);
        let [row_sources, column_sources] = self.sources((height, width), (rows, columns));
        let padded = gather(&gather(&planes(&input.values()?)?.contiguous()?, 1, &row_sources)?, 2, &column_sources)?;
        let gradient = gradient.planes()?.contiguous()?.reshape((outputs, rows * columns))?;
        let taps = (0..size * size).map(|tap| {
            let seen = every(&padded, (tap / size, tap % size), (rows, columns), stride)?;
            gradient.matmul(&seen.t()?)?.reshape((outputs, inputs, 1))
        });
        let kernel = Tensor::cat(&taps.collect::<Result<Vec<_>>>()?, 2)?.contiguous()?;
        let mut numbers = Vec::new();
        CandleArray::on(kernel, None).visit(&mut |part| numbers.extend_from_slice(part))?;
        Ok(numbers)
    }
}
