//! 2x2 max pooling with stride 2, and its gradient.
//!
//! candle's own gives a gradient that is divided by four. An odd last row or column is left out, as in
//! PyTorch, unless it is the only one: a picture one pixel wide stays one pixel wide.

#![allow(clippy::inline_always)] // whatever runs inside `dispatch` must be inlined there to use vectors

use std::ops::Range;

use candle_core::{DType, Result, Tensor, bail};
use pulp::Arch;
use rayon::prelude::*;

use super::band::Band;
use super::elementwise::{above_zero, clear};
use super::memory::{edit, values};
use super::pieces::pieces;
use super::trial::has_own_kernels;

/// Pooled length of one side.
pub(crate) fn pooled(length: usize) -> usize {
    (length / 2).max(1)
}

/// Rows that the windows of some pooled rows cover.
pub(crate) fn window_rows(pooled: &Range<usize>, height: usize) -> Range<usize> {
    2 * pooled.start..(2 * pooled.end).min(height)
}

/// Some rows of the pooled features. The input must hold their windows.
pub(crate) fn forward(input: &Band, output: &Band) -> Result<()> {
    let (_, width, channels) = input.values.dims3()?;
    if !has_own_kernels(input.values.device()) {
        for rows in pieces(output.rows(), bytes_for_a_row(width, channels)) {
            let windows = Windows::new(&input.narrow(&window_rows(&rows, input.height))?.planes()?)?;
            output.narrow(&rows)?.write(&windows.largest()?)?;
        }
        return Ok(());
    }
    let columns = pooled(width);
    let numbers = values(&input.values)?;
    let arch = Arch::new();
    edit(&output.values, |pooled_values| {
        pooled_values.par_chunks_mut(columns * channels).enumerate().for_each(|(row, line)| {
            let rows = window_rows(&(output.first + row..output.first + row + 1), input.height);
            let lines = &numbers[(rows.start - input.first) * width * channels..][..rows.len() * width * channels];
            arch.dispatch(|| pool_row(lines, width, channels, line));
        });
    })
}

#[inline(always)]
fn pool_row(lines: &[f32], width: usize, channels: usize, pooled: &mut [f32]) {
    for (column, most) in pooled.chunks_exact_mut(channels).enumerate() {
        most.fill(f32::NEG_INFINITY);
        for line in lines.chunks_exact(width * channels) {
            for pixel in window(line, column, channels).chunks_exact(channels) {
                for (most, &value) in most.iter_mut().zip(pixel) {
                    *most = most.max(value);
                }
            }
        }
    }
}

/// The pixels of a line that a window covers.
#[inline(always)]
fn window(line: &[f32], column: usize, channels: usize) -> &[f32] {
    let end = (2 * column + 2) * channels;
    &line[2 * column * channels..end.min(line.len())]
}

/// Replaces features, which a ReLU made, by the gradient with respect to what the ReLU was given. Each
/// window's gradient goes to its largest value, to the first of several that are equal.
///
/// The features must hold the windows of all the gradient's rows.
pub(crate) fn backward(features: &Band, gradient: &Band) -> Result<()> {
    let (_, width, channels) = features.values.dims3()?;
    let windows = window_rows(&gradient.rows(), features.height);
    let have = features.rows();
    if windows.start < have.start || windows.end > have.end {
        bail!("windows of rows {windows:?} are not among rows {have:?}");
    }
    if !has_own_kernels(features.values.device()) {
        for rows in pieces(gradient.rows(), bytes_for_a_row(width, channels)) {
            let inside = features.narrow(&window_rows(&rows, features.height))?;
            inside.write(&Windows::new(&inside.planes()?)?.gradient(&gradient.narrow(&rows)?.planes()?)?)?;
        }
        // An odd last row belongs to no window.
        for outside in [have.start..windows.start, windows.end..have.end] {
            if !outside.is_empty() {
                clear(&features.narrow(&outside)?.values)?;
            }
        }
        return Ok(());
    }
    let line = width * channels;
    let columns = pooled(width);
    let gradients = values(&gradient.values)?;
    let arch = Arch::new();
    edit(&features.values, |numbers| {
        let (before, inside) = numbers.split_at_mut((windows.start - features.first) * line);
        let (inside, after) = inside.split_at_mut(windows.len() * line);
        before.fill(0.0);
        // An odd last row belongs to no window.
        after.fill(0.0);
        inside.par_chunks_mut(2.min(features.height) * line).enumerate().for_each_init(
            Vec::new,
            |scratch, (row, lines)| {
                let gradient = &gradients[row * columns * channels..][..columns * channels];
                arch.dispatch(|| spread_row(lines, width, channels, gradient, scratch));
            },
        );
    })
}

#[inline(always)]
fn spread_row(lines: &mut [f32], width: usize, channels: usize, gradient: &[f32], scratch: &mut Vec<f32>) {
    scratch.resize(2 * channels, 0.0);
    let (most, left) = scratch.split_at_mut(channels);
    let line = width * channels;
    for (column, gradient) in gradient.chunks_exact(channels).enumerate() {
        // Where nothing is above zero, the ReLU lets nothing through.
        most.fill(f32::MIN_POSITIVE);
        left.copy_from_slice(gradient);
        let span = 2 * column * channels..((2 * column + 2) * channels).min(line);
        for pixel in lines.chunks_exact(line).flat_map(|line| line[span.clone()].chunks_exact(channels)) {
            for (most, &value) in most.iter_mut().zip(pixel) {
                *most = most.max(value);
            }
        }
        for pixel in lines.chunks_exact_mut(line).flat_map(|line| line[span.clone()].chunks_exact_mut(channels)) {
            for ((value, left), &most) in pixel.iter_mut().zip(left.iter_mut()).zip(most.iter()) {
                let is_largest = *value >= most;
                *value = if is_largest { *left } else { 0.0 };
                *left = if is_largest { 0.0 } else { *left };
            }
        }
    }
    if width % 2 == 1 && width > 1 {
        // An odd last column belongs to no window either.
        for line in lines.chunks_exact_mut(line) {
            line[(width - 1) * channels..].fill(0.0);
        }
    }
}

/// What a row of windows costs for a while, in copies of its two rows.
fn bytes_for_a_row(width: usize, channels: usize) -> usize {
    5 * 2 * width * channels * size_of::<f32>()
}

/// The same of candle's operations.
struct Windows {
    /// The values of all windows at each of a window's places, channels x pooled rows x pooled columns.
    places: Vec<Tensor>,
    /// Of the planes.
    shape: (usize, usize, usize),
}

impl Windows {
    fn new(planes: &Tensor) -> Result<Self> {
        let shape @ (channels, height, width) = planes.dims3()?;
        let (rows, columns) = (pooled(height), pooled(width));
        let (tall, wide) = (2.min(height), 2.min(width));
        let split = planes
            .narrow(1, 0, rows * tall)?
            .narrow(2, 0, columns * wide)?
            .contiguous()?
            .reshape((channels, rows, tall, columns, wide))?;
        let mut places = Vec::new();
        for row in 0..tall {
            for column in 0..wide {
                places.push(split.narrow(2, row, 1)?.narrow(4, column, 1)?.squeeze(4)?.squeeze(2)?);
            }
        }
        Ok(Self { places, shape })
    }

    fn largest(&self) -> Result<Tensor> {
        let mut largest = self.places[0].contiguous()?;
        for place in &self.places[1..] {
            largest = largest.maximum(place)?;
        }
        Ok(largest)
    }

    fn gradient(&self, gradient: &Tensor) -> Result<Tensor> {
        let (_, height, width) = self.shape;
        let largest = self.largest()?;
        let mut left = (gradient * above_zero(&largest)?)?;
        let mut parts = Vec::new();
        for place in &self.places {
            let part = (&left * place.eq(&largest)?.to_dtype(DType::F32)?)?;
            left = (left - &part)?;
            parts.push(part);
        }
        let wide = 2.min(width);
        let rows: Vec<Tensor> = parts
            .chunks(wide)
            .map(|row| Tensor::stack(row, 3)?.flatten(2, 3)?.pad_with_zeros(2, 0, width - pooled(width) * wide))
            .collect::<Result<_>>()?;
        let joined = Tensor::stack(&rows, 2)?.flatten(1, 2)?;
        let missing = height - joined.dim(1)?;
        joined.pad_with_zeros(1, 0, missing)
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;
    use candle_core::Device;

    fn band(values: &[f32], shape: (usize, usize, usize)) -> Band {
        Band::whole(Tensor::from_slice(values, shape, &Device::Cpu).unwrap()).unwrap()
    }

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    fn gradient(values: &[f32], shape: (usize, usize, usize), gradient: &[f32]) -> Vec<f32> {
        let features = band(values, shape);
        backward(&features, &band(gradient, (pooled(shape.0), pooled(shape.1), shape.2))).unwrap();
        numbers(&features.values)
    }

    #[test]
    fn gradient_goes_whole_to_the_largest() {
        assert_eq!(gradient(&[1.0, 2.0, 3.0, 4.0], (2, 2, 1), &[1.0]), [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn equal_values_send_the_gradient_to_the_first() {
        assert_eq!(gradient(&[7.0; 4], (2, 2, 1), &[1.0]), [1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_relu_that_let_nothing_through_gets_no_gradient() {
        assert_eq!(gradient(&[0.0; 4], (2, 2, 1), &[1.0]), [0.0; 4]);
    }

    const SHAPES: [(usize, usize, usize); 6] = [(1, 1, 2), (1, 5, 1), (4, 1, 3), (3, 3, 1), (5, 4, 2), (7, 9, 3)];

    /// All different and above zero, so that a small step changes no window's largest.
    fn shuffled(count: usize) -> Vec<f32> {
        (0..count).map(|index| 1.0 + (index * 37 % count) as f32).collect()
    }

    fn pool(values: &[f32], shape: (usize, usize, usize)) -> Vec<f32> {
        let shape_pooled = (pooled(shape.0), pooled(shape.1), shape.2);
        let output = band(&vec![0.0; shape_pooled.0 * shape_pooled.1 * shape_pooled.2], shape_pooled);
        forward(&band(values, shape), &output).unwrap();
        numbers(&output.values)
    }

    #[test]
    fn passes_finite_differences_at_odd_sizes() {
        for shape @ (height, width, channels) in SHAPES {
            let values = shuffled(height * width * channels);
            let weights: Vec<f32> = (0..pool(&values, shape).len()).map(|index| 1.0 + index as f32).collect();
            let total = |values: &[f32]| -> f32 {
                pool(values, shape).iter().zip(&weights).map(|(value, weight)| value * weight).sum()
            };
            let gradient = gradient(&values, shape, &weights);
            for index in 0..values.len() {
                let mut stepped = values.clone();
                stepped[index] += 0.25;
                let difference = (total(&stepped) - total(&values)) / 0.25;
                assert!((difference - gradient[index]).abs() < 1e-2, "{shape:?} at {index}");
            }
        }
    }

    #[test]
    fn every_device_pools_alike() {
        for shape in SHAPES.into_iter().chain([(67, 31, 8)]) {
            let values = shuffled(shape.0 * shape.1 * shape.2);
            let [own, card] = [false, true].map(|as_card| {
                if as_card {
                    trial::begin(trial::Card::default());
                }
                let pooled_values = pool(&values, shape);
                let weights: Vec<f32> = (0..pooled_values.len()).map(|index| 1.0 + index as f32).collect();
                let gradient = gradient(&values, shape, &weights);
                trial::end();
                (pooled_values, gradient)
            });
            assert_eq!(own, card, "{shape:?}");
        }
    }
}
