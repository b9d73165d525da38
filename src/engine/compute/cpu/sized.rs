//! Convolutions of any size and stride.
//!
//! A row of the output is a sum of matrix products, one for each row of the kernel: of windows of the (padded) input
//! row, whose numbers lie one after the other, and that row of the kernel. The networks have as few as three output
//! channels, less than a register holds, so each window covers several outputs: the matrix repeats the kernel once for
//! each of them, shifted, with zeros elsewhere. [`outputs_at_once`] weighs the zeros against the lanes that would be idle.

// The kernel of the product takes pointers; the `unsafe` block says why they are valid.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::frame::{ConvolutionFrame, OutputRows, RowScratch, compute_rows, finish};
use super::product::{Panels, Rows};
use super::slices::{edit_rows, row_values};
use crate::engine::compute::activation::Activation;
use crate::engine::compute::backend::{FeatureRows, SizedConvolution};
use crate::engine::compute::error::ComputeResult;
use crate::engine::compute::shape::ConvolutionShape;

/// Rows of the output that one thread computes at a time.
const ROWS: usize = 4;

/// A convolution in which every output depends on every input channel.
pub(super) struct CpuSizedConvolution {
    shape: ConvolutionShape,
    /// One matrix for each row of the kernel: window x (outputs of the window x channels).
    panels: Panels,
    /// Outputs that are computed from one window.
    outputs_at_once: usize,
    /// One for each output channel, repeated for each output of a window.
    bias: Vec<f32>,
    activation: Activation,
    arch: Arch,
}

impl CpuSizedConvolution {
    /// From weights given as outputs x inputs x size x size.
    pub(super) fn new(shape: ConvolutionShape, weights: &[f32], bias: Option<&[f32]>, activation: Activation) -> Self {
        let arch = Arch::new();
        let ConvolutionShape { inputs, outputs, size, stride, .. } = shape;
        let outputs_at_once = outputs_at_once(&shape, Panels::new(0, 0, 0, arch).width());
        let window = (size + stride * (outputs_at_once - 1)) * inputs;
        let mut panels = Panels::new(size, window, outputs_at_once * outputs, arch);
        for (index, &weight) in weights.iter().enumerate() {
            let (output, input) = (index / (inputs * size * size), index / (size * size) % inputs);
            let (row, column) = (index / size % size, index % size);
            for at in 0..outputs_at_once {
                *panels.value_mut(row, (stride * at + column) * inputs + input, at * outputs + output) = weight;
            }
        }
        let bias = bias.map_or_else(|| vec![0.0; outputs], <[f32]>::to_vec).repeat(outputs_at_once);
        Self { shape, panels, outputs_at_once, bias, activation, arch }
    }

    /// Convolves the numbers of `input` into rows of the output.
    pub(super) fn convolve_numbers(&self, frame: &ConvolutionFrame, input: &[f32], output: &mut [f32]) {
        compute_rows((self, self.arch), frame, input, ROWS, output);
    }
}

/// How many outputs to compute from one window, where registers hold `width` sums: as many as use the largest share of
/// the products.
fn outputs_at_once(shape: &ConvolutionShape, width: usize) -> usize {
    let ConvolutionShape { outputs, size, stride, .. } = *shape;
    let used = |count: usize| {
        let window = size + stride * (count - 1);
        (count * outputs * size) as f64 / ((count * outputs).next_multiple_of(width) * window) as f64
    };
    // Of equal ones the first, whose window is the smallest.
    (1..=width).rev().max_by(|one, other| used(*one).total_cmp(&used(*other))).unwrap_or(1)
}

impl SizedConvolution for CpuSizedConvolution {
    fn convolve(&self, input: FeatureRows, output: FeatureRows) -> ComputeResult<()> {
        let numbers = row_values(&input)?;
        let frame = ConvolutionFrame::new(&self.shape, &input, &output)?;
        edit_rows(&output, |output| self.convolve_numbers(&frame, &numbers, output))
    }
}

impl WithSimd for OutputRows<'_, CpuSizedConvolution, RowScratch> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { kernel, frame, input, first, lines, scratch } = self;
        let ConvolutionShape { inputs, size, stride, .. } = kernel.shape;
        let windows = frame.output_width.div_ceil(kernel.outputs_at_once);
        let step = stride * kernel.outputs_at_once;
        // Pixels of a padded row: up to the end of the last window.
        let padded_width = (windows - 1) * step + kernel.panels.rows() / inputs;
        let rows = lines.len() / frame.output_line();
        let padded_rows = (rows - 1) * stride + size;
        scratch.padded.resize(padded_rows * padded_width * inputs, 0.0);
        for (row, padded) in scratch.padded.chunks_exact_mut(padded_width * inputs).enumerate() {
            // Counted from the first output's first tap.
            pad_line(frame, frame.input_line(input, first, row), padded);
        }
        let sums_line = kernel.panels.padded_columns();
        scratch.sums.resize(windows * sums_line, 0.0);
        for (row, line) in lines.chunks_exact_mut(frame.output_line()).enumerate() {
            for tap in 0..size {
                let padded = &scratch.padded[(row * stride + tap) * padded_width * inputs..][..padded_width * inputs];
                let left = Rows { start: padded.as_ptr().cast_mut(), stride: step * inputs };
                let product = Rows { start: scratch.sums.as_mut_ptr(), stride: sums_line };
                // SAFETY: the last window ends at the end of the padded row, which is only read. The sums hold
                // `windows` rows of the padded columns and belong to this thread.
                unsafe { kernel.panels.multiply(simd, tap, left, product, windows, tap > 0) };
            }
            for (pixels, sums) in line.chunks_mut(kernel.bias.len()).zip(scratch.sums.chunks_exact(sums_line)) {
                finish(pixels, sums, &kernel.bias, kernel.activation);
            }
        }
    }
}

/// Copies a row of the input, enlarged and with what lies beside it. What only windows beyond the output's end read is
/// zero.
#[inline(always)]
pub(super) fn pad_line(frame: &ConvolutionFrame, line: Option<&[f32]>, padded: &mut [f32]) {
    let shape = frame.shape;
    let Some(line) = line else { return padded.fill(0.0) };
    let last = frame.output_width - 1;
    for (column, pixel) in padded.chunks_exact_mut(shape.inputs).enumerate() {
        // Column `c` of a padded row is tap `c` of the first output, or the last tap of the last output.
        let beyond = column.saturating_sub(last * shape.stride + shape.size - 1);
        match if beyond > 0 { None } else { shape.source(0, column, frame.width) } {
            Some(source) => pixel.copy_from_slice(&line[source * shape.inputs..][..shape.inputs]),
            None => pixel.fill(0.0),
        }
    }
}

/// A convolution in which each output channel depends on the input channel of the same number alone.
pub(super) struct CpuDepthwiseConvolution {
    shape: ConvolutionShape,
    /// Taps x channels.
    weights: Vec<f32>,
    bias: Vec<f32>,
    activation: Activation,
    arch: Arch,
}

impl CpuDepthwiseConvolution {
    /// From weights given as channels x 1 x size x size.
    pub(super) fn new(shape: ConvolutionShape, weights: &[f32], bias: Option<&[f32]>, activation: Activation) -> Self {
        let taps = shape.size * shape.size;
        let channels = shape.outputs;
        let weights = (0..taps * channels).map(|index| weights[index % channels * taps + index / channels]).collect();
        let bias = bias.map_or_else(|| vec![0.0; channels], <[f32]>::to_vec);
        Self { shape, weights, bias, activation, arch: Arch::new() }
    }

    #[inline(always)]
    fn line(&self, frame: &ConvolutionFrame, input: &[f32], row: usize, line: &mut [f32], sums: &mut Vec<f32>) {
        let ConvolutionShape { size, outputs: channels, .. } = self.shape;
        sums.resize(channels, 0.0);
        for (column, pixel) in line.chunks_exact_mut(channels).enumerate() {
            sums.fill(0.0);
            for tap in 0..size * size {
                let source = self.shape.source(column, tap % size, frame.width);
                let (Some(source), Some(input)) = (source, frame.input_line(input, row, tap / size)) else { continue };
                let (input, weights) = (&input[source * channels..][..channels], &self.weights[tap * channels..]);
                for ((sum, value), weight) in sums.iter_mut().zip(input).zip(weights) {
                    *sum += value * weight;
                }
            }
            finish(pixel, sums, &self.bias, self.activation);
        }
    }
}

impl SizedConvolution for CpuDepthwiseConvolution {
    fn convolve(&self, input: FeatureRows, output: FeatureRows) -> ComputeResult<()> {
        let numbers = row_values(&input)?;
        let frame = ConvolutionFrame::new(&self.shape, &input, &output)?;
        edit_rows(&output, |output| {
            output.par_chunks_mut(frame.output_line()).enumerate().for_each_init(Vec::new, |sums, (row, line)| {
                self.arch.dispatch(
                    #[inline(always)]
                    || self.line(&frame, &numbers, frame.output_first + row, line, sums),
                );
            });
        })
    }
}
