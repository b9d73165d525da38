//! Tensors' numbers as plain slices, for the kernels that candle does not have, and memory that is used
//! again and again.

use std::cell::RefCell;
use std::ops::Deref;

use candle_core::{CpuStorage, DType, Device, InplaceOp1, Layout, Result, Storage, Tensor, bail};
use rayon::prelude::*;

use super::layout::laid_out;
use super::trial;

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
pub(crate) fn values(tensor: &Tensor) -> Result<impl Deref<Target = [f32]> + '_> {
    let (storage, layout) = tensor.storage_and_layout();
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("a tensor of shape {:?} is not contiguous", tensor.dims());
    };
    match &*storage {
        Storage::Cpu(CpuStorage::F32(_)) => Ok(Values { storage, start, end }),
        _ => bail!("a tensor of shape {:?} is not f32 on the CPU", tensor.dims()),
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

/// Changes the numbers of a contiguous f32 tensor on the CPU, and of every tensor that shares its storage.
/// Tensors of the same storage must not be read meanwhile.
///
/// # Errors
/// When the tensor is not on the CPU, not f32 or not contiguous.
pub(crate) fn edit<R>(tensor: &Tensor, change: impl FnOnce(&mut [f32]) -> R) -> Result<R> {
    struct Edit<F, R>(RefCell<(Option<F>, Option<R>)>);

    impl<F: FnOnce(&mut [f32]) -> R, R> InplaceOp1 for Edit<F, R> {
        fn name(&self) -> &'static str {
            "edit"
        }

        fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
            let mut cell = self.0.borrow_mut();
            match (storage, layout.contiguous_offsets(), cell.0.take()) {
                (CpuStorage::F32(numbers), Some((start, end)), Some(change)) => {
                    cell.1 = Some(change(&mut numbers[start..end]));
                    Ok(())
                }
                _ => bail!("a tensor of shape {:?} is not contiguous f32", layout.dims()),
            }
        }
    }

    let edit = Edit(RefCell::new((Some(change), None)));
    tensor.inplace_op1(&edit)?;
    match edit.0.into_inner().1 {
        Some(result) => Ok(result),
        None => bail!("a tensor of shape {:?} was not edited", tensor.dims()),
    }
}

/// Waits until a device has done all that it was asked for, before numbers are read from it.
///
/// # Errors
/// When any of it failed. Reading by itself would not tell on Metal, where candle looks at the last commands alone.
pub(super) fn wait_for(device: &Device) -> Result<()> {
    trial::read()?;
    // On other devices reading waits, and tells; NVIDIA's would give back what memory they keep for later.
    if device.is_metal() { device.synchronize() } else { Ok(()) }
}

/// A tensor's numbers, row by row, from any device, each converted.
pub(crate) fn read_as<T: Send>(tensor: &Tensor, convert: impl Fn(f32) -> T + Send + Sync) -> Result<Vec<T>> {
    wait_for(tensor.device())?;
    if tensor.device().is_cpu() && tensor.is_contiguous() {
        // Large pictures are copied while painting waits; most of the time goes into fresh pages, which every core can
        // fetch.
        return Ok(values(tensor)?.par_iter().map(|&value| convert(value)).collect());
    }
    Ok(tensor.flatten_all()?.to_vec1()?.into_iter().map(convert).collect())
}

/// The same numbers in memory of their own, on any device; candle's `copy` shares the memory on Metal.
pub(crate) fn copied(tensor: &Tensor) -> Result<Tensor> {
    tensor.affine(1.0, 0.0)
}

/// Memory for features that come and go, of different shapes but never more than it was made for.
pub(crate) struct Buffer(Tensor);

impl Buffer {
    /// Room for so many numbers.
    pub(crate) fn new(numbers: usize, device: &Device) -> Result<Self> {
        Tensor::zeros(numbers, DType::F32, device).map(Self)
    }

    /// The memory's beginning as a tensor; it holds what was last written there.
    pub(crate) fn view(&self, shape: (usize, usize, usize)) -> Result<Tensor> {
        laid_out(&self.0.narrow(0, 0, shape.0 * shape.1 * shape.2)?, shape)
    }
}
