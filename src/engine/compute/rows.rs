//! Which rows depend on which: those beside each other in a 3x3 convolution, and those in a window of 2x2 max pooling
//! with stride 2.
//!
//! An odd last row or column belongs to no window, as in PyTorch, unless it is the only one: a picture one pixel wide
//! stays one pixel wide.

use std::ops::Range;

/// Rows with the ones before and after, in a picture of this height.
pub(in crate::engine) fn with_neighbours(rows: &Range<usize>, height: usize) -> Range<usize> {
    rows.start.saturating_sub(1)..(rows.end + 1).min(height)
}

/// Pooled length of one side.
pub(in crate::engine) fn pooled(length: usize) -> usize {
    (length / 2).max(1)
}

/// The pooled rows, of `height` in all, whose windows the given input rows belong to.
pub(in crate::engine) fn windows_of(input: &Range<usize>, height: usize) -> Range<usize> {
    (input.start / 2).min(height)..input.end.div_ceil(2).min(height)
}

/// The input rows that the windows of some pooled rows cover, of an input of this height.
pub(in crate::engine) fn window_rows(pooled: &Range<usize>, height: usize) -> Range<usize> {
    2 * pooled.start..(2 * pooled.end).min(height)
}
