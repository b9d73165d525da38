//! 2x2 max pooling with stride 2, and its gradient. Features are rows x width x channels.

#![allow(clippy::inline_always)] // see `product`

use std::ops::Range;

use pulp::Arch;
use rayon::prelude::*;

use crate::engine::compute::pooling::{pooled, window_rows};

/// Some rows of features in memory, and the picture that they are rows of.
pub(super) struct RowLocation {
    /// Where in the picture the first row in memory lies.
    pub(super) first: usize,
    /// Rows of the whole picture.
    pub(super) height: usize,
    /// Pixels in a row.
    pub(super) width: usize,
    /// Numbers of a pixel.
    pub(super) channels: usize,
}

/// The pooled rows from `first` on, from input rows that hold their windows.
pub(super) fn forward(input: &[f32], place: &RowLocation, output: &mut [f32], first: usize) {
    let RowLocation { height, width, channels, .. } = *place;
    let arch = Arch::new();
    output.par_chunks_mut(pooled(width) * channels).enumerate().for_each(|(row, line)| {
        let rows = window_rows(&(first + row..first + row + 1), height);
        let lines = &input[(rows.start - place.first) * width * channels..][..rows.len() * width * channels];
        arch.dispatch(|| pool_row(lines, width, channels, line));
    });
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

/// Replaces the outputs of a ReLU by the gradient with respect to its input, given some rows of the gradient with
/// respect to the pooled features. The features must hold their windows.
pub(super) fn backward(features: &mut [f32], place: &RowLocation, gradient: &[f32], rows: &Range<usize>) {
    let RowLocation { first, height, width, channels } = *place;
    let (line, columns) = (width * channels, pooled(width));
    let windows = window_rows(rows, height);
    let arch = Arch::new();
    let (before, inside) = features.split_at_mut((windows.start - first) * line);
    let (inside, after) = inside.split_at_mut(windows.len() * line);
    before.fill(0.0);
    // An odd last row belongs to no window.
    after.fill(0.0);
    inside.par_chunks_mut(2.min(height) * line).enumerate().for_each_init(Vec::new, |scratch, (row, lines)| {
        let gradient = &gradient[row * columns * channels..][..columns * channels];
        arch.dispatch(|| spread_row(lines, width, channels, gradient, scratch));
    });
}

/// The gradient of one row of windows, in the place of their features.
#[inline(always)]
fn spread_row(lines: &mut [f32], width: usize, channels: usize, gradient: &[f32], scratch: &mut Vec<f32>) {
    scratch.resize(2 * channels, 0.0);
    let (most, left) = scratch.split_at_mut(channels);
    let line = width * channels;
    for (column, gradient) in gradient.chunks_exact(channels).enumerate() {
        // Where nothing is above zero, the ReLU passes nothing on.
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
