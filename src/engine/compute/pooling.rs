//! Which rows belong to which window of 2x2 max pooling with stride 2.
//!
//! An odd last row or column belongs to no window, as in PyTorch, unless it is the only one: a picture one pixel wide
//! stays one pixel wide.

use std::ops::Range;

/// Pooled length of one side.
pub(in crate::engine) fn pooled(length: usize) -> usize {
    (length / 2).max(1)
}

/// The input rows that the windows of some pooled rows cover, of an input of this height.
pub(in crate::engine) fn window_rows(pooled: &Range<usize>, height: usize) -> Range<usize> {
    2 * pooled.start..(2 * pooled.end).min(height)
}
