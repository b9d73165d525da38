//! 9x9 convolutions of few channels.
//!
//! Where pixels have fewer channels than registers have lanes, vectors run along the rows instead: the padded input is
//! copied into planes, one for each channel. A vector of the input that was read once serves all rows of outputs that it
//! belongs to, and all output channels.

#![allow(clippy::inline_always)] // see `product`
// Closures within closures are not always inlined, which costs most of the speed.
#![allow(clippy::needless_range_loop)]

use pulp::{Arch, Simd, WithSimd};

use super::frame::{ConvolutionFrame, OutputRows, compute_rows};
use super::slices::{edit_rows, row_values};
use crate::engine::compute::activation::Activation;
use crate::engine::compute::backend::{FeatureRows, SizedConvolution};
use crate::engine::compute::error::ComputeResult;
use crate::engine::compute::shape::{ConvolutionShape, Padding};

/// Width and height of the kernel.
const SIZE: usize = 9;

/// Rows of the output whose sums are in registers at a time.
const ROWS: usize = 4;

/// Rows of the output that one thread computes at a time: a multiple of [`ROWS`].
const CHUNK: usize = 16;

/// The most output channels whose sums are in registers at a time.
const MOST_OUTPUTS: usize = 4;

/// More channels than this fill the registers as they are.
const FEW: usize = 8;

/// A 9x9 convolution of features with few channels.
pub(super) struct CpuPlanarConvolution {
    shape: ConvolutionShape,
    groups: Vec<Group>,
    bias: Vec<f32>,
    activation: Activation,
    arch: Arch,
}

/// Output channels that are computed together.
struct Group {
    first: usize,
    count: usize,
    /// Inputs x columns of the kernel x rows of the kernel x output channels of the group.
    weights: Vec<f32>,
}

impl CpuPlanarConvolution {
    /// Whether convolutions of this shape are faster here.
    pub(super) fn computes(shape: &ConvolutionShape) -> bool {
        let ConvolutionShape { inputs, outputs, size, stride, enlargement, padding, is_depthwise } = *shape;
        let is_possible =
            (size, stride, enlargement, padding, is_depthwise) == (SIZE, 1, 1, Padding::Reflection, false);
        is_possible && inputs.max(outputs) <= FEW
    }

    /// From weights given as outputs x inputs x 9 x 9.
    pub(super) fn new(shape: ConvolutionShape, weights: &[f32], bias: Option<&[f32]>, activation: Activation) -> Self {
        let ConvolutionShape { inputs, outputs, .. } = shape;
        let group = |first: usize| {
            let count = MOST_OUTPUTS.min(outputs - first);
            let at = |index: usize| {
                let (output, tap) = (first + index % count, index / count);
                let (input, column, row) = (tap / (SIZE * SIZE), tap / SIZE % SIZE, tap % SIZE);
                weights[((output * inputs + input) * SIZE + row) * SIZE + column]
            };
            Group { first, count, weights: (0..inputs * SIZE * SIZE * count).map(at).collect() }
        };
        let groups = (0..outputs).step_by(MOST_OUTPUTS).map(group).collect();
        let bias = bias.map_or_else(|| vec![0.0; outputs], <[f32]>::to_vec);
        Self { shape, groups, bias, activation, arch: Arch::new() }
    }
}

impl SizedConvolution for CpuPlanarConvolution {
    fn convolve(&self, input: FeatureRows, output: FeatureRows) -> ComputeResult<()> {
        let numbers = row_values(&input)?;
        let frame = ConvolutionFrame::new(&self.shape, &input, &output)?;
        edit_rows(&output, |output| compute_rows((self, self.arch), &frame, &numbers, CHUNK, output))
    }
}

/// The padded input, one plane for each channel.
struct Planes<'a> {
    numbers: &'a [f32],
    rows: usize,
    width: usize,
}

impl WithSimd for OutputRows<'_, CpuPlanarConvolution, Vec<f32>> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { kernel, frame, input, first, lines, scratch: planes } = self;
        let ConvolutionShape { inputs, outputs, .. } = kernel.shape;
        let line = frame.output_line();
        let rows = lines.len() / line;
        let padded_rows = rows.next_multiple_of(ROWS) + SIZE - 1;
        let padded_width = frame.output_width.next_multiple_of(S::F32_LANES) + SIZE - 1;
        planes.resize(inputs * padded_rows * padded_width, 0.0);
        for row in 0..padded_rows {
            // Rows beyond the last output's are read for outputs that are not stored.
            let source = if row < rows + SIZE - 1 { frame.input_line(input, first, row) } else { None };
            for channel in 0..inputs {
                let plane = &mut planes[(channel * padded_rows + row) * padded_width..][..padded_width];
                pad_channel(frame, source, channel, plane);
            }
        }
        let planes = Planes { numbers: planes, rows: padded_rows, width: padded_width };
        for (at, lines) in (0..).step_by(ROWS).zip(lines.chunks_mut(ROWS * line)) {
            for group in &kernel.groups {
                for x in (0..frame.output_width).step_by(S::F32_LANES) {
                    let target = VectorTarget { lines, line, x, width: frame.output_width, outputs };
                    match group.count {
                        1 => kernel.vector::<S, 1>(simd, group, &planes, at, target),
                        2 => kernel.vector::<S, 2>(simd, group, &planes, at, target),
                        3 => kernel.vector::<S, 3>(simd, group, &planes, at, target),
                        _ => kernel.vector::<S, MOST_OUTPUTS>(simd, group, &planes, at, target),
                    }
                }
            }
        }
    }
}

/// Where sums belong.
struct VectorTarget<'a> {
    /// Up to [`ROWS`] rows of the output.
    lines: &'a mut [f32],
    /// Numbers in a row.
    line: usize,
    /// The first column.
    x: usize,
    /// Columns of the output.
    width: usize,
    outputs: usize,
}

impl CpuPlanarConvolution {
    /// A vector's pixels in [`ROWS`] rows, of which `at` is the first row of the planes that is read.
    #[inline(always)]
    fn vector<S: Simd, const OUTPUTS: usize>(
        &self,
        simd: S,
        group: &Group,
        planes: &Planes,
        at: usize,
        target: VectorTarget,
    ) {
        let mut sums = [[simd.splat_f32s(0.0); OUTPUTS]; ROWS];
        for (tap, weights) in group.weights.chunks_exact(SIZE * OUTPUTS).enumerate() {
            let (input, column) = (tap / SIZE, tap % SIZE);
            let begin = (input * planes.rows + at) * planes.width + target.x + column;
            let mut values = [simd.splat_f32s(0.0); ROWS + SIZE - 1];
            for row in 0..ROWS + SIZE - 1 {
                let numbers = &planes.numbers[begin + row * planes.width..][..S::F32_LANES];
                values[row] = S::as_simd_f32s(numbers).0[0];
            }
            for tap in 0..SIZE {
                for output in 0..OUTPUTS {
                    let weight = simd.splat_f32s(weights[tap * OUTPUTS + output]);
                    for row in 0..ROWS {
                        sums[row][output] = simd.mul_add_f32s(weight, values[row + tap], sums[row][output]);
                    }
                }
            }
        }
        let VectorTarget { lines, line, x, width, outputs } = target;
        let columns = S::F32_LANES.min(width - x);
        for (sums, line) in sums.iter().zip(lines.chunks_exact_mut(line)) {
            for (output, sums) in (group.first..).zip(sums) {
                let bias = self.bias[output];
                let sums: &[f32] = bytemuck::cast_slice(std::slice::from_ref(sums));
                let pixels = line[x * outputs..][..columns * outputs].chunks_exact_mut(outputs);
                for (pixel, sum) in pixels.zip(sums) {
                    pixel[output] = self.activation.of(sum + bias);
                }
            }
        }
    }
}

/// Copies one channel of a row of the input, with what lies beside it; `None` is a row of zeros. What only outputs beyond
/// the row's end read is zero.
#[inline(always)]
fn pad_channel(frame: &ConvolutionFrame, line: Option<&[f32]>, channel: usize, plane: &mut [f32]) {
    let Some(line) = line else { return plane.fill(0.0) };
    let (inputs, width) = (frame.shape.inputs, frame.width);
    let value = |column: usize| match frame.shape.source(0, column, width) {
        Some(source) => line[source * inputs + channel],
        None => 0.0,
    };
    let before = SIZE / 2;
    for column in 0..before {
        plane[column] = value(column);
    }
    for (number, pixel) in plane[before..].iter_mut().zip(line.chunks_exact(inputs)) {
        *number = pixel[channel];
    }
    for column in before + width..before + width + before {
        plane[column] = value(column);
    }
    plane[width + 2 * before..].fill(0.0);
}
