//! The first convolution, which repeats the image's edge. With three input channels Winograd's transforms would cost
//! more than they save, so it is a plain product over the 27 numbers around each pixel.

// The kernel of the product takes pointers; each `unsafe` block says why they are valid.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::product::{Panels, Rows};
use super::slices::{axes, edit, edit_rows, row_values, values};
use crate::engine::compute::array::Array;
use crate::engine::compute::backend::{FeatureRows, FirstLayer};
use crate::engine::compute::error::ComputeResult;

/// Channels of an image.
const COLORS: usize = 3;
/// Numbers that one output depends on.
const AROUND: usize = 9 * COLORS;
/// Rows of the image that one thread works on at a time in the backward pass.
const STRIP: usize = 16;

/// The first convolution by the project's kernel. The 27 numbers around a pixel are ordered by tap, then colour.
pub(super) struct CpuFirstLayer {
    /// 27 x outputs.
    forward: Panels,
    /// Outputs x 27.
    backward: Panels,
    arch: Arch,
    /// One for each output.
    bias: Vec<f32>,
}

impl CpuFirstLayer {
    /// From weights given as outputs x 3 x 3 x 3.
    pub(super) fn new(weights: &[f32], bias: &[f32]) -> Self {
        let arch = Arch::new();
        let mut forward = Panels::new(1, AROUND, bias.len(), arch);
        let mut backward = Panels::new(1, bias.len(), AROUND, arch);
        for (index, &weight) in weights.iter().enumerate() {
            let (output, around) = (index / AROUND, (index % 9) * COLORS + index / 9 % COLORS);
            *forward.value_mut(0, around, output) = weight;
            *backward.value_mut(0, output, around) = weight;
        }
        Self { forward, backward, arch, bias: bias.to_vec() }
    }
}

impl FirstLayer for CpuFirstLayer {
    fn forward(&self, image: &dyn Array, output: FeatureRows) -> ComputeResult<()> {
        let Self { forward: kernel, arch, bias, .. } = self;
        let ([_, height, width], planes) = (axes(image)?, values(image)?);
        edit_rows(&output, |numbers| {
            numbers.par_chunks_mut(width * kernel.columns()).enumerate().for_each_init(
                Vec::new,
                |scratch, (row, line)| {
                    let row = Row { planes: &planes, at: output.first + row, height, width };
                    arch.dispatch(ForwardRow { row, kernel, bias, scratch, line });
                },
            );
        })
    }

    fn backward(&self, gradient: FeatureRows, rows: &Range<usize>, image_gradient: &dyn Array) -> ComputeResult<()> {
        let Self { backward: kernel, arch, .. } = self;
        let ([_, height, width], numbers) = (axes(image_gradient)?, row_values(&gradient)?);
        edit(image_gradient, |planes| {
            let (red, rest) = planes.split_at_mut(height * width);
            let (green, blue) = rest.split_at_mut(height * width);
            let [red, green, blue] = [red, green, blue]
                .map(|plane| plane[rows.start * width..rows.end * width].par_chunks_mut(STRIP * width));
            red.zip(green).zip(blue).enumerate().for_each_init(Vec::new, |scratch, (strip, ((red, green), blue))| {
                let strip = GradientStrip {
                    gradient: &numbers,
                    gradient_first: gradient.first,
                    first: rows.start + strip * STRIP,
                    planes: [red, green, blue],
                    height,
                    width,
                };
                arch.dispatch(BackwardStrip { strip, kernel, scratch });
            });
        })
    }
}

/// The coordinate that a tap (0 before, 1 at, 2 after the position) reads, with the edge repeated.
#[inline(always)]
fn neighbour(at: usize, tap: usize, length: usize) -> usize {
    (at + tap).saturating_sub(1).min(length - 1)
}

/// A row of an image.
struct Row<'a> {
    planes: &'a [f32],
    at: usize,
    height: usize,
    width: usize,
}

/// The forward pass of one row.
struct ForwardRow<'a> {
    row: Row<'a>,
    kernel: &'a Panels,
    bias: &'a [f32],
    scratch: &'a mut Vec<f32>,
    line: &'a mut [f32],
}

impl WithSimd for ForwardRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Row { planes, at, height, width } = self.row;
        let padded = self.kernel.padded_columns();
        self.scratch.resize(width * (AROUND + padded), 0.0);
        let (around, sums) = self.scratch.split_at_mut(width * AROUND);
        for tap in 0..9 {
            let line = neighbour(at, tap / 3, height) * width;
            for color in 0..COLORS {
                let plane = &planes[color * height * width + line..][..width];
                for (x, around) in around.chunks_exact_mut(AROUND).enumerate() {
                    around[tap * COLORS + color] = plane[neighbour(x, tap % 3, width)];
                }
            }
        }
        let left = Rows { start: around.as_mut_ptr(), stride: AROUND };
        let product = Rows { start: sums.as_mut_ptr(), stride: padded };
        // SAFETY: `around` holds `width` rows of 27 numbers, `sums` `width` rows of the padded columns. Both are parts
        // of this call's own scratch and do not overlap.
        unsafe { self.kernel.multiply(simd, 0, left, product, width, false) };
        let outputs = self.bias.len();
        for (output, sums) in self.line.chunks_exact_mut(outputs).zip(sums.chunks_exact(padded)) {
            for ((output, sum), bias) in output.iter_mut().zip(sums).zip(self.bias) {
                *output = (sum + bias).max(0.0);
            }
        }
    }
}

/// Some rows of the image's gradient.
struct GradientStrip<'a> {
    /// The gradient of the sums, row by row.
    gradient: &'a [f32],
    /// The picture's row that `gradient` begins with.
    gradient_first: usize,
    /// The image's row that the planes begin with.
    first: usize,
    planes: [&'a mut [f32]; COLORS],
    height: usize,
    width: usize,
}

/// The backward pass of some rows.
struct BackwardStrip<'a> {
    strip: GradientStrip<'a>,
    kernel: &'a Panels,
    scratch: &'a mut Vec<f32>,
}

impl WithSimd for BackwardStrip<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let GradientStrip { gradient, gradient_first, first, mut planes, height, width } = self.strip;
        let (channels, padded) = (self.kernel.rows(), self.kernel.padded_columns());
        let rows = first..first + planes[0].len() / width;
        self.scratch.resize(width * padded, 0.0);
        for plane in &mut planes {
            plane.fill(0.0);
        }
        for y in rows.start.saturating_sub(1)..(rows.end + 1).min(height) {
            let line = &gradient[(y - gradient_first) * width * channels..][..width * channels];
            let left = Rows { start: line.as_ptr().cast_mut(), stride: channels };
            let product = Rows { start: self.scratch.as_mut_ptr(), stride: padded };
            // SAFETY: `line` holds `width` rows of the channels and is only read. The scratch holds `width` rows of the
            // padded columns and belongs to this thread.
            unsafe { self.kernel.multiply(simd, 0, left, product, width, false) };
            for tap_row in 0..3 {
                let row = neighbour(y, tap_row, height);
                if !rows.contains(&row) {
                    continue;
                }
                for (color, plane) in planes.iter_mut().enumerate() {
                    let plane = &mut plane[(row - rows.start) * width..][..width];
                    for (x, around) in self.scratch.chunks_exact(padded).enumerate() {
                        for tap in 0..3 {
                            plane[neighbour(x, tap, width)] += around[(tap_row * 3 + tap) * COLORS + color];
                        }
                    }
                }
            }
        }
    }
}
