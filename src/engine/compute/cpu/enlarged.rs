//! 3x3 convolutions of features that are first enlarged twice by repeating each pixel.
//!
//! Two of the three rows that a kernel reads are copies of the same row, and so are two of the three columns. Their
//! weights are summed up once, and each output then needs four products for each input channel instead of nine. Which
//! weights are summed depends on whether the output's row and column are even or odd. An even and an odd pixel beside each
//! other are computed as one pixel of twice as many channels, from a window of three columns; a window covers several
//! such pairs where there is room in the registers.

// The kernel of the product takes pointers; the `unsafe` block says why they are valid.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use pulp::{Arch, Simd, WithSimd};

use super::frame::{ConvolutionFrame, OutputRows, RowScratch, compute_rows, finish};
use super::product::{Panels, Rows};
use super::slices::{edit_rows, row_values};
use crate::engine::compute::activation::Activation;
use crate::engine::compute::backend::{FeatureRows, SizedConvolution};
use crate::engine::compute::error::ComputeResult;
use crate::engine::compute::shape::{ConvolutionShape, Padding};

/// Rows of the output that one thread computes at a time: an even number.
const ROWS: usize = 8;

/// Width and height of the kernel.
const SIZE: usize = 3;

/// A 3x3 convolution, with reflection, of features enlarged twice.
pub(super) struct CpuEnlargedConvolution {
    shape: ConvolutionShape,
    /// For even rows of the output and for odd ones, a matrix for each of the two rows of the input that they read:
    /// window x (pairs of the window x 2 x outputs).
    phases: [Panels; 2],
    /// Pairs of outputs that are computed from one window.
    pairs_at_once: usize,
    /// One for each output channel, repeated for each output of a window.
    bias: Vec<f32>,
    activation: Activation,
    arch: Arch,
}

impl CpuEnlargedConvolution {
    /// Whether it computes convolutions of this shape. At the edges, reflection of the enlarged features repeats their
    /// outermost pixel, because that is there twice.
    pub(super) fn computes(shape: &ConvolutionShape) -> bool {
        let ConvolutionShape { size, stride, enlargement, padding, is_depthwise, .. } = *shape;
        (size, stride, enlargement, padding, is_depthwise) == (SIZE, 1, 2, Padding::Reflection, false)
    }

    /// From weights given as outputs x inputs x 3 x 3.
    pub(super) fn new(shape: ConvolutionShape, weights: &[f32], bias: Option<&[f32]>, activation: Activation) -> Self {
        let arch = Arch::new();
        let ConvolutionShape { inputs, outputs, .. } = shape;
        let pairs_at_once = (Panels::new(0, 0, 0, arch).width() / (2 * outputs)).max(1);
        let window = (pairs_at_once + 2) * inputs;
        // Counted from the row, or column, before the one that an enlarged row lies in.
        let source = |phase: usize, tap: usize| (phase + tap).div_ceil(2);
        let phases = [0, 1].map(|row_phase| {
            let mut panels = Panels::new(2, window, pairs_at_once * 2 * outputs, arch);
            for (index, &weight) in weights.iter().enumerate() {
                let (output, input) = (index / (inputs * SIZE * SIZE), index / (SIZE * SIZE) % inputs);
                let (row, column) = (index / SIZE % SIZE, index % SIZE);
                let matrix = source(row_phase, row) - row_phase;
                for (pair, phase) in (0..pairs_at_once).flat_map(|pair| [(pair, 0), (pair, 1)]) {
                    let at = (pair + source(phase, column)) * inputs + input;
                    *panels.value_mut(matrix, at, (2 * pair + phase) * outputs + output) += weight;
                }
            }
            panels
        });
        let bias = bias.map_or_else(|| vec![0.0; outputs], <[f32]>::to_vec).repeat(2 * pairs_at_once);
        Self { shape, phases, pairs_at_once, bias, activation, arch }
    }
}

impl SizedConvolution for CpuEnlargedConvolution {
    fn convolve(&self, input: FeatureRows, output: FeatureRows) -> ComputeResult<()> {
        let numbers = row_values(&input)?;
        let frame = ConvolutionFrame::new(&self.shape, &input, &output)?;
        edit_rows(&output, |output| compute_rows((self, self.arch), &frame, &numbers, ROWS, output))
    }
}

impl WithSimd for OutputRows<'_, CpuEnlargedConvolution, RowScratch> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { kernel, frame, input, first, lines, scratch } = self;
        let (inputs, pairs) = (kernel.shape.inputs, kernel.pairs_at_once);
        let windows = frame.width.div_ceil(pairs);
        let padded_line = (windows * pairs + 2) * inputs;
        let rows = lines.len() / frame.output_line();
        // The rows of the input from the one before the first output's to the one after the last output's. Of an odd
        // first output, the one before is not read.
        let (from, to) = (first / 2 + first % 2, (first + rows - 1) / 2 + 1 + (first + rows - 1) % 2);
        scratch.padded.resize((to + 1 - from) * padded_line, 0.0);
        for (row, padded) in (from..).zip(scratch.padded.chunks_exact_mut(padded_line)) {
            let source = row.saturating_sub(1).min(frame.height - 1);
            let line = &input[(source - frame.input_first) * frame.width * inputs..][..frame.width * inputs];
            pad(padded, line, inputs);
        }
        let sums_line = kernel.phases[0].padded_columns();
        scratch.sums.resize(windows * sums_line, 0.0);
        for (row, line) in (first..).zip(lines.chunks_exact_mut(frame.output_line())) {
            for matrix in 0..2 {
                let padded = &scratch.padded[(row / 2 + row % 2 + matrix - from) * padded_line..][..padded_line];
                let left = Rows { start: padded.as_ptr().cast_mut(), stride: pairs * inputs };
                let product = Rows { start: scratch.sums.as_mut_ptr(), stride: sums_line };
                // SAFETY: the last window ends at the end of the padded row, which is only read. The sums hold
                // `windows` rows of the padded columns and belong to this thread.
                unsafe { kernel.phases[row % 2].multiply(simd, matrix, left, product, windows, matrix > 0) };
            }
            for (pixels, sums) in line.chunks_mut(kernel.bias.len()).zip(scratch.sums.chunks_exact(sums_line)) {
                finish(pixels, sums, &kernel.bias, kernel.activation);
            }
        }
    }
}

/// Copies a row of the input, with its outermost pixels once more on each side. What only outputs beyond the row's end
/// read is zero.
#[inline(always)]
fn pad(padded: &mut [f32], line: &[f32], inputs: usize) {
    let (before, rest) = padded.split_at_mut(inputs);
    let (middle, after) = rest.split_at_mut(line.len());
    before.copy_from_slice(&line[..inputs]);
    middle.copy_from_slice(line);
    after.fill(0.0);
    after[..inputs].copy_from_slice(&line[line.len() - inputs..]);
}
