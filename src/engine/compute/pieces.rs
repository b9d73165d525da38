//! Tensors a few rows at a time, so that the intermediate results of candle's operations stay small.

use std::ops::Range;

use candle_core::{Result, Tensor};

use super::layout::{as_it_lies, as_lies};

/// Bytes that the intermediate results of one operation may take on a device that runs candle's operations. Few in
/// unit tests, so that they see several pieces.
pub(in crate::engine) const SCRATCH: usize = if cfg!(test) { 1 << 14 } else { 512 << 20 };

/// Rows cut into pieces, when each row costs so many bytes for a while. The last piece has what is left.
pub(super) fn pieces(rows: Range<usize>, bytes_for_a_row: usize) -> impl Iterator<Item = Range<usize>> {
    let at_once = (SCRATCH / bytes_for_a_row.max(1)).max(1);
    let end = rows.end;
    rows.step_by(at_once).map(move |start| start..(start + at_once).min(end))
}

/// Shows tensors of one shape piece by piece, each as rows x numbers, the first in its own memory. Every number may cost
/// as much again for each of `copies` intermediate results.
pub(super) fn in_pieces<const N: usize>(
    tensors: [&Tensor; N],
    copies: usize,
    mut compute: impl FnMut([Tensor; N]) -> Result<()>,
) -> Result<()> {
    let [first, others @ ..] = &tensors[..] else { return Ok(()) };
    let others = others.iter().map(|tensor| as_lies(first, tensor));
    let lying = std::iter::once(as_it_lies(first)).chain(others).collect::<Result<Vec<_>>>()?;
    let line = lying[0].dims().last().copied().unwrap_or(1);
    let flat = |tensor: &Tensor| tensor.reshape((tensor.elem_count() / line.max(1), line));
    let flat = lying.iter().map(flat).collect::<Result<Vec<_>>>()?;
    for rows in pieces(0..flat[0].dim(0)?, copies * line * size_of::<f32>()) {
        let piece = flat.iter().map(|tensor| tensor.narrow(0, rows.start, rows.len())).collect::<Result<Vec<_>>>()?;
        let Ok(piece) = piece.try_into() else { unreachable!("there are as many pieces as tensors") };
        compute(piece)?;
    }
    Ok(())
}
