//! Tensors a few rows at a time, which bounds the memory of intermediate results: each of candle's operations allocates
//! its own.

use std::ops::Range;

use candle_core::{Result, Tensor};

use super::layout::{in_memory_order, in_order_of};
use crate::engine::compute::chunks::chunks;

/// Bytes that the intermediate results of one operation may take. Few in unit tests, so that they see several chunks.
pub(super) const SCRATCH: usize = if cfg!(test) { 1 << 14 } else { 512 << 20 };

/// Cuts rows into chunks whose intermediate results fit [`SCRATCH`], given the bytes that each row needs.
pub(super) fn scratch_chunks(rows: Range<usize>, bytes_per_row: usize) -> impl Iterator<Item = Range<usize>> {
    chunks(rows, (SCRATCH / bytes_per_row.max(1)).max(1))
}

/// Shows tensors of the same shape chunk by chunk, each as rows x numbers; the first one's chunks are views of its
/// memory. The caller may make up to `copies` intermediate results of a chunk's size.
pub(super) fn in_chunks<const N: usize>(
    tensors: [&Tensor; N],
    copies: usize,
    mut compute: impl FnMut([Tensor; N]) -> Result<()>,
) -> Result<()> {
    let [first, others @ ..] = &tensors[..] else { return Ok(()) };
    let others = others.iter().map(|tensor| in_order_of(first, tensor));
    let ordered = std::iter::once(in_memory_order(first)).chain(others).collect::<Result<Vec<_>>>()?;
    let line = ordered[0].dims().last().copied().unwrap_or(1);
    let flat = |tensor: &Tensor| tensor.reshape((tensor.elem_count() / line.max(1), line));
    let flat = ordered.iter().map(flat).collect::<Result<Vec<_>>>()?;
    for rows in scratch_chunks(0..flat[0].dim(0)?, copies * line * size_of::<f32>()) {
        let chunk = flat.iter().map(|tensor| tensor.narrow(0, rows.start, rows.len())).collect::<Result<Vec<_>>>()?;
        let Ok(chunk) = chunk.try_into() else { unreachable!("there is a chunk of each tensor") };
        compute(chunk)?;
    }
    Ok(())
}
