//! Images with their edge repeated around them, and gradients folded back onto the edge.

use std::ops::Range;

use candle_core::{Result, Tensor};

/// Some rows of an image (planes x height x width) with a halo of one row and one column on each side. Beyond the image
/// its edge is repeated.
pub(super) fn repeat(image: &Tensor, rows: &Range<usize>) -> Result<Tensor> {
    let height = image.dim(1)?;
    let inside = rows.start.saturating_sub(1)..(rows.end + 1).min(height);
    let (before, after) = (usize::from(rows.start == 0), usize::from(rows.end == height));
    image.narrow(1, inside.start, inside.len())?.pad_with_same(1, before, after)?.pad_with_same(2, 1, 1)?.contiguous()
}

/// Removes the first line along an axis (`before`), the last one (`after`) or both, and adds them to the lines next to
/// them: the transpose of repeating the edge.
pub(super) fn fold(gradient: &Tensor, axis: usize, (before, after): (bool, bool)) -> Result<Tensor> {
    let length = gradient.dim(axis)?;
    let mut inside = gradient.narrow(axis, usize::from(before), length - usize::from(before) - usize::from(after))?;
    let last = inside.dim(axis)? - 1;
    let mut add = |line: Tensor, at: usize| -> Result<()> {
        let padded = line.pad_with_zeros(axis, at, last - at)?;
        inside = (&inside + padded)?;
        Ok(())
    };
    if before {
        add(gradient.narrow(axis, 0, 1)?, 0)?;
    }
    if after {
        add(gradient.narrow(axis, length - 1, 1)?, last)?;
    }
    Ok(inside)
}
