//! Sums of squared differences between neighbouring pixels, and their gradient.

use std::ops::Range;

use candle_core::{Result, Tensor};

use super::chunks::scratch_chunks;
use super::edge::{fold, repeat};
use super::elementwise::total;
use crate::engine::compute::backend::VariationShares;

/// The weighted sum for an image (planes x height x width); adds `weight` times its gradient to a gradient of the same
/// shape.
pub(super) fn add_variation(gradient: &Tensor, image: &Tensor, shares: VariationShares, weight: f32) -> Result<Tensor> {
    let (planes, height, width) = image.dims3()?;
    let mut sum: Option<Tensor> = None;
    for rows in scratch_chunks(0..height, 16 * planes * (width + 2) * size_of::<f32>()) {
        let part = add_rows(gradient, image, &rows, shares, weight)?;
        sum = Some(match sum {
            Some(sum) => (sum + part)?,
            None => part,
        });
    }
    sum.map_or_else(|| Tensor::zeros((), image.dtype(), image.device()), Ok)
}

/// The part of some rows. The pairs of pixels between two chunks are computed for both; each adds the gradient of its
/// own pixels, and the lower chunk counts the sum.
fn add_rows(
    gradient: &Tensor,
    image: &Tensor,
    rows: &Range<usize>,
    (axis, diagonal): VariationShares,
    weight: f32,
) -> Result<Tensor> {
    let (_, height, width) = image.dims3()?;
    let around = repeat(image, rows)?;
    let is_last = rows.end == height;
    let mut sum = Tensor::zeros((), image.dtype(), image.device())?;
    let mut slopes = around.zeros_like()?;
    // Row and column of the first pixel of each pair and of the second, and how many pairs there are: neighbours to the
    // right, below, and on both diagonals.
    let (pairs_down, pairs_across) = (rows.len() + 1, width + 1);
    let directions = [
        ((1, 0), (1, 1), (rows.len(), pairs_across), axis),
        ((0, 1), (1, 1), (pairs_down, width), axis),
        ((0, 0), (1, 1), (pairs_down, pairs_across), diagonal),
        ((0, 1), (1, 0), (pairs_down, pairs_across), diagonal),
    ];
    for (one, other, (tall, wide), share) in directions {
        let at = |(row, column): (usize, usize)| around.narrow(1, row, tall)?.narrow(2, column, wide);
        let difference = (at(other)? - at(one)?)?;
        let counted = if is_last || tall == rows.len() { tall } else { tall - 1 };
        let squares = total(&difference.narrow(1, 0, counted)?.sqr()?)?;
        sum = (sum + (squares * f64::from(share))?)?;
        let slope = (difference * f64::from(2.0 * weight * share))?;
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
