//! Rows in chunks.

use std::ops::Range;

/// Cuts rows into chunks of `most` rows; the last has what is left.
pub(in crate::engine) fn chunks(rows: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(most).map(move |start| start..(start + most).min(end))
}
