//! Sums of squared differences between neighbouring pixels, and their gradient.

use std::ops::Range;

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::edge::{fold, repeat};
use super::memory::{edit, values};
use super::number::{Number, total};
use super::pieces::pieces;
use super::trial::has_own_kernels;

/// Rows of one plane that one thread works on at a time.
const BAND: usize = 64;

/// Sums the squared differences of all neighbours in an image (planes x height x width), along an axis and diagonally;
/// each counts its part of `parts`. The edge is repeated, so diagonals reach one pixel further than the image. Adds
/// `weight` times the gradient to a gradient of the same shape.
pub(crate) fn add_variation(gradient: &Tensor, image: &Tensor, parts: (f32, f32), weight: f32) -> Result<Number> {
    let (planes, height, width) = image.dims3()?;
    if !has_own_kernels(image.device()) {
        let mut sum = Number::default();
        for rows in pieces(0..height, 16 * planes * (width + 2) * size_of::<f32>()) {
            sum = sum.plus(&Number::There(add_rows(gradient, image, &rows, parts, weight)?))?;
        }
        return Ok(sum);
    }
    let numbers = values(image)?;
    edit(gradient, |gradient| {
        let mut total = 0.0;
        for (plane, gradient) in numbers.chunks_exact(height * width).zip(gradient.chunks_exact_mut(height * width)) {
            // Bands are summed in order, so that the same image always has the same sum.
            let sums: Vec<f64> = gradient
                .par_chunks_mut(BAND * width)
                .enumerate()
                .map(|(band, gradient)| add_band(plane, (height, width), band * BAND, gradient, parts, weight))
                .collect();
            total += sums.into_iter().sum::<f64>();
        }
        Number::Here(total)
    })
}

/// The part of some rows of a plane, from row `first` on.
fn add_band(
    plane: &[f32],
    (height, width): (usize, usize),
    first: usize,
    gradient: &mut [f32],
    (axis, diagonal): (f32, f32),
    weight: f32,
) -> f64 {
    let own = first * width..first * width + gradient.len();
    let last = first + gradient.len() / width;
    let mut total = 0.0f64;
    // Row and column 0 stand for the repeated edge before the image. The rows of pairs between two bands
    // are gone through by both; each adds what falls on its own pixels, and the lower one counts the loss.
    for row in first..=last {
        let (above, below) = (row.saturating_sub(1) * width, row.min(height - 1) * width);
        let counts = row < last || row == height;
        let mut sum = 0.0f32;
        let mut pair = |one: usize, other: usize, part: f32| {
            let difference = plane[other] - plane[one];
            sum += part * difference * difference;
            let slope = 2.0 * weight * part * difference;
            if own.contains(&other) {
                gradient[other - own.start] += slope;
            }
            if own.contains(&one) {
                gradient[one - own.start] -= slope;
            }
        };
        for column in 0..=width {
            let (left, right) = (column.saturating_sub(1), column.min(width - 1));
            if row > 0 && column > 0 {
                pair(above + left, above + right, axis);
                pair(above + left, below + left, axis);
            }
            pair(above + left, below + right, diagonal);
            pair(above + right, below + left, diagonal);
        }
        if counts {
            total += f64::from(sum);
        }
    }
    total
}

/// The part of some rows by candle's operations. The pairs of rows that two pieces share are gone through by both; each
/// adds what falls on its own pixels, and the lower one counts the sum.
fn add_rows(
    gradient: &Tensor,
    image: &Tensor,
    rows: &Range<usize>,
    (axis, diagonal): (f32, f32),
    weight: f32,
) -> Result<Tensor> {
    let (_, height, width) = image.dims3()?;
    let around = repeat(image, rows)?;
    let is_last = rows.end == height;
    let mut sum = Tensor::zeros((), image.dtype(), image.device())?;
    let mut slopes = around.zeros_like()?;
    // Each pair's first pixel and the way to the other: to the right, below, and the two diagonals.
    let (pairs_down, pairs_across) = (rows.len() + 1, width + 1);
    let directions = [
        ((1, 0), (1, 1), (rows.len(), pairs_across), axis),
        ((0, 1), (1, 1), (pairs_down, width), axis),
        ((0, 0), (1, 1), (pairs_down, pairs_across), diagonal),
        ((0, 1), (1, 0), (pairs_down, pairs_across), diagonal),
    ];
    for (one, other, (tall, wide), part) in directions {
        let at = |(row, column): (usize, usize)| around.narrow(1, row, tall)?.narrow(2, column, wide);
        let difference = (at(other)? - at(one)?)?;
        let counted = if is_last || tall == rows.len() { tall } else { tall - 1 };
        let squares = total(&difference.narrow(1, 0, counted)?.sqr()?)?;
        sum = (sum + (squares * f64::from(part))?)?;
        let slope = (difference * f64::from(2.0 * weight * part))?;
        let spread = |(row, column): (usize, usize)| {
            let slope = slope.pad_with_zeros(1, row, rows.len() + 2 - tall - row)?;
            slope.pad_with_zeros(2, column, width + 2 - wide - column)
        };
        slopes = ((slopes + spread(other)?)? - spread(one)?)?;
    }
    let slopes = fold(&fold(&slopes, 2, (true, true))?, 1, (rows.start == 0, is_last))?;
    let own = slopes.narrow(1, usize::from(rows.start > 0), rows.len())?;
    let added = (gradient.narrow(1, rows.start, rows.len())? + own)?.contiguous()?;
    gradient.slice_set(&added, 1, rows.start)?;
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn every_device_sees_the_same_variation() {
        let parts = (0.7, 0.3);
        for (height, width) in [(1, 1), (1, 6), (5, 1), (7, 9), (130, 20)] {
            let random = || Tensor::randn(0f32, 1.0, (3, height, width), &Device::Cpu).unwrap();
            let (image, before) = (random(), random());
            let own = before.copy().unwrap();
            let sum = add_variation(&own, &image, parts, 0.4).unwrap().read().unwrap();
            for piece in [height, 1.max(height / 3)] {
                let card = before.copy().unwrap();
                let mut card_sum = 0.0;
                for start in (0..height).step_by(piece) {
                    let rows = start..(start + piece).min(height);
                    card_sum += add_rows(&card, &image, &rows, parts, 0.4).unwrap().to_scalar::<f32>().unwrap();
                }
                assert!((sum - f64::from(card_sum)).abs() < 1e-4 * (1.0 + sum), "{height}x{width}: {sum} {card_sum}");
                let distance = (&card - &own).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
                assert!(distance < 1e-5, "{height}x{width} in pieces of {piece}: {distance}");
            }
        }
    }
}
