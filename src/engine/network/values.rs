//! A CPU tensor's numbers as a plain slice, for the kernels that candle does not have.

use std::ops::Deref;

use candle_core::{CpuStorage, Storage, Tensor};

/// Keeps the storage locked for reading; generic since the lock's type is candle's own affair.
struct Values<G> {
    storage: G,
    start: usize,
    end: usize,
}

/// The numbers of a contiguous f32 tensor on the CPU, row by row.
///
/// # Errors
/// When the tensor is not on the CPU, not f32 or not contiguous.
pub(crate) fn values(tensor: &Tensor) -> candle_core::Result<impl Deref<Target = [f32]> + '_> {
    let (storage, layout) = tensor.storage_and_layout();
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("a tensor of shape {:?} is not contiguous", tensor.dims());
    };
    match &*storage {
        Storage::Cpu(CpuStorage::F32(_)) => Ok(Values { storage, start, end }),
        _ => candle_core::bail!("a tensor of shape {:?} is not f32 on the CPU", tensor.dims()),
    }
}

impl<G: Deref<Target = Storage>> Deref for Values<G> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &*self.storage {
            Storage::Cpu(CpuStorage::F32(numbers)) => &numbers[self.start..self.end],
            // `values` lets nothing else in.
            _ => &[],
        }
    }
}
