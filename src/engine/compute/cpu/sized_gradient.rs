//! The gradients of convolutions of any size and stride.
//!
//! The gradient with respect to the padded input is a convolution as well: of the output's gradient, with zeros between
//! its rows and columns where the stride is above 1, by the kernel turned by 180 degrees with inputs and outputs
//! swapped. What lies around the input, and what enlarges it, is then added to the pixels that it was copied from.
//!
//! The gradient with respect to the kernel is a sum of matrix products, one for each row of the padded input and each
//! row of the kernel: of a row of the output's gradient, transposed, and the windows of the input's row. The windows
//! are packed once for all rows of the kernel.

// The kernel of the product takes pointers; the `unsafe` block says why they are valid.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::frame::ConvolutionFrame;
use super::product::{DEPTH, Grid, Panels, Rows, as_pairs, multiply_panel};
use super::sized::{CpuSizedConvolution, pad_line};
use super::slices::{edit_rows, line, row_values};
use crate::engine::compute::activation::Activation;
use crate::engine::compute::backend::{FeatureRows, SizedConvolutionGradient};
use crate::engine::compute::error::{ComputeError, ComputeResult};
use crate::engine::compute::shape::{ConvolutionShape, Padding};

/// Rows of the padded input whose share of the kernel's gradient is summed before the shares are added in order. Their
/// number does not depend on the number of threads, and so neither does the gradient.
const ROWS: usize = 8;

/// The gradients of one convolution.
pub(super) struct CpuSizedConvolutionGradient {
    shape: ConvolutionShape,
    turned: CpuSizedConvolution,
    arch: Arch,
}

impl CpuSizedConvolutionGradient {
    /// From weights given as outputs x inputs x size x size.
    pub(super) fn new(shape: ConvolutionShape, weights: &[f32]) -> ComputeResult<Self> {
        if shape.is_depthwise {
            return Err(ComputeError::new("depthwise convolutions have no gradients here"));
        }
        let ConvolutionShape { inputs, outputs, size, .. } = shape;
        let taps = size * size;
        let mut turned = vec![0.0; weights.len()];
        for (pair, weights) in weights.chunks_exact(taps).enumerate() {
            let (output, input) = (pair / inputs, pair % inputs);
            let turned = &mut turned[(input * outputs + output) * taps..][..taps];
            turned.iter_mut().zip(weights.iter().rev()).for_each(|(turned, weight)| *turned = *weight);
        }
        let turned = CpuSizedConvolution::new(turned_shape(&shape), &turned, None, Activation::Identity);
        Ok(Self { shape, turned, arch: Arch::new() })
    }
}

/// The convolution of the output's gradient.
fn turned_shape(shape: &ConvolutionShape) -> ConvolutionShape {
    ConvolutionShape {
        inputs: shape.outputs,
        outputs: shape.inputs,
        size: shape.size,
        stride: 1,
        enlargement: 1,
        padding: Padding::Zeros { before: shape.size - 1 },
        is_depthwise: false,
    }
}

impl SizedConvolutionGradient for CpuSizedConvolutionGradient {
    fn input(&self, gradient: FeatureRows, input_gradient: FeatureRows) -> ComputeResult<()> {
        let ConvolutionShape { inputs, size, stride, .. } = self.shape;
        let frame = ConvolutionFrame::new(&self.shape, &input_gradient, &gradient)?;
        let numbers = row_values(&gradient)?;
        let stuffed = (stride > 1).then(|| stuffed(&numbers, frame.output_width, &self.shape));
        let numbers = stuffed.as_deref().unwrap_or(&numbers);
        let (output_width, outputs) = line(&gradient)?;
        let [height, width] = [gradient.height, output_width].map(|length| (length - 1) * stride + 1);
        debug_assert_eq!(numbers.len(), height * width * outputs);
        let turned_shape = turned_shape(&self.shape);
        let (padded_height, padded_width) = (height + size - 1, width + size - 1);
        let turned = ConvolutionFrame {
            shape: &turned_shape,
            input_first: 0,
            height,
            width,
            output_first: 0,
            output_width: padded_width,
        };
        let mut padded = vec![0.0; padded_height * padded_width * inputs];
        self.turned.convolve_numbers(&turned, numbers, &mut padded);
        let sources = |length: usize, padded: usize| -> Vec<Vec<usize>> {
            let mut readers = vec![Vec::new(); length];
            for at in 0..padded {
                if let Some(source) = self.shape.source(0, at, length) {
                    readers[source].push(at);
                }
            }
            readers
        };
        let rows = sources(frame.height, padded_height);
        let columns = sources(frame.width, padded_width);
        edit_rows(&input_gradient, |sums| {
            sums.par_chunks_mut(frame.width * inputs).zip(&rows).for_each(|(sums, rows)| {
                self.arch.dispatch(
                    #[inline(always)]
                    || fold(sums, rows, &columns, &padded, (padded_width, inputs)),
                );
            });
        })
    }

    fn kernel(&self, input: FeatureRows, gradient: FeatureRows) -> ComputeResult<Vec<f32>> {
        let ConvolutionShape { inputs, outputs, size, stride, .. } = self.shape;
        let frame = ConvolutionFrame::new(&self.shape, &input, &gradient)?;
        let (input, numbers) = (row_values(&input)?, row_values(&gradient)?);
        let height = gradient.height;
        let columns = size * inputs;
        let empty = Panels::new(1, frame.output_width, columns, self.arch);
        let padded_columns = empty.padded_columns();
        let padded_rows = (height - 1) * stride + size;
        let firsts: Vec<usize> = (0..padded_rows).step_by(ROWS).collect();
        let shares: Vec<Vec<f32>> = firsts
            .into_par_iter()
            .map_init(
                || (empty.clone(), Vec::new()),
                |(windows, padded), first| {
                    let mut share = vec![0.0; size * outputs * padded_columns];
                    for row in first..(first + ROWS).min(padded_rows) {
                        padded.resize(((frame.output_width - 1) * stride + size) * inputs, 0.0);
                        pad_line(&frame, frame.input_line(&input, 0, row), padded);
                        pack_windows(windows, padded, stride * inputs, columns);
                        // The rows of the kernel that read this row, each for another row of the output.
                        let taps = (0..size).filter_map(|tap| {
                            let output = row.checked_sub(tap)?;
                            (output % stride == 0 && output / stride < height).then_some((tap, output / stride))
                        });
                        for (tap, output) in taps {
                            let line = frame.output_width * outputs;
                            self.arch.dispatch(AddProduct {
                                gradient: &numbers[output * line..][..line],
                                outputs,
                                windows,
                                sums: &mut share[tap * outputs * padded_columns..][..outputs * padded_columns],
                            });
                        }
                    }
                    share
                },
            )
            .collect();
        let mut sums = vec![0f32; size * outputs * padded_columns];
        for share in shares {
            sums.iter_mut().zip(share).for_each(|(sum, share)| *sum += share);
        }
        let weight = |index: usize| {
            let (output, input) = (index / (inputs * size * size), index / (size * size) % inputs);
            let (row, column) = (index / size % size, index % size);
            sums[(row * outputs + output) * padded_columns + column * inputs + input]
        };
        Ok((0..outputs * inputs * size * size).map(weight).collect())
    }
}

/// Rows of features with zeros between all rows and columns, as the stride says.
fn stuffed(numbers: &[f32], width: usize, shape: &ConvolutionShape) -> Vec<f32> {
    let (stride, channels) = (shape.stride, shape.outputs);
    let rows = numbers.len() / (width * channels);
    let line = ((width - 1) * stride + 1) * channels;
    let mut stuffed = vec![0.0; ((rows - 1) * stride + 1) * line];
    stuffed.par_chunks_mut(stride * line).zip(numbers.par_chunks_exact(width * channels)).for_each(
        |(lines, numbers)| {
            let pixels = lines[..line].chunks_mut(stride * channels);
            for (pixel, numbers) in pixels.zip(numbers.chunks_exact(channels)) {
                pixel[..channels].copy_from_slice(numbers);
            }
        },
    );
    stuffed
}

/// Sums up what a row's pixels were copied to: `rows` of the padded gradient, and of each the columns.
#[inline(always)]
fn fold(sums: &mut [f32], rows: &[usize], columns: &[Vec<usize>], padded: &[f32], (width, channels): (usize, usize)) {
    sums.fill(0.0);
    for row in rows {
        let line = &padded[row * width * channels..][..width * channels];
        for (sums, columns) in sums.chunks_exact_mut(channels).zip(columns) {
            for column in columns {
                let numbers = &line[column * channels..][..channels];
                sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
            }
        }
    }
}

/// Writes the windows of a padded row, which begin `step` numbers apart, into the rows of a matrix.
fn pack_windows(windows: &mut Panels, padded: &[f32], step: usize, columns: usize) {
    let (rows, width) = (windows.rows(), windows.width());
    for (panel, values) in windows.all_mut().chunks_exact_mut(rows * width).enumerate() {
        let (first, count) = (panel * width, width.min(columns - panel * width));
        for (row, packed) in values.chunks_exact_mut(width).enumerate() {
            packed[..count].copy_from_slice(&padded[row * step + first..][..count]);
        }
    }
}

/// Adds the product of a row of gradients (positions x outputs), transposed, and the windows to sums.
struct AddProduct<'a> {
    gradient: &'a [f32],
    outputs: usize,
    windows: &'a Panels,
    /// Outputs x the windows' padded columns.
    sums: &'a mut [f32],
}

impl WithSimd for AddProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { gradient, outputs, windows, sums } = self;
        let (positions, width) = (windows.rows(), windows.width());
        for first in (0..positions).step_by(DEPTH) {
            let depth = DEPTH.min(positions - first);
            for index in 0..windows.panel_count() {
                let panel = as_pairs::<S>(&windows.panel(index)[first * width..][..depth * width]);
                let left = Grid { start: gradient[first * outputs..].as_ptr(), stride: 1, step: outputs };
                let product = Rows { start: sums[index * width..].as_mut_ptr(), stride: windows.padded_columns() };
                // SAFETY: the gradient is read transposed: `outputs` rows of `depth` numbers, all within the slice that
                // begins at position `first`. The sums have `outputs` rows of the padded columns, of which the panel's
                // are written, and are borrowed mutably.
                unsafe { multiply_panel(simd, left, panel, product, outputs, true) };
            }
        }
    }
}
