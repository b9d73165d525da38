//! Arrays on the CPU as slices, for the kernels.

use std::cell::RefCell;
use std::ops::{Deref, Range};

use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Storage, bail};

use crate::engine::compute::array::Array;
use crate::engine::compute::backend::FeatureRows;
use crate::engine::compute::candle::array::tensor;
use crate::engine::compute::error::{ComputeError, ComputeResult};

/// Numbers whose storage is locked for reading. Generic, because the type of candle's lock is private.
struct Values<G> {
    storage: G,
    range: Range<usize>,
}

impl<G: Deref<Target = Storage>> Deref for Values<G> {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match &*self.storage {
            Storage::Cpu(CpuStorage::F32(numbers)) => &numbers[self.range.clone()],
            // `part` accepts nothing else.
            _ => &[],
        }
    }
}

/// The numbers of a contiguous f32 array, in row-major order.
///
/// # Errors
/// When the array is not on the CPU, not f32 or not contiguous.
pub(super) fn values(array: &dyn Array) -> ComputeResult<impl Deref<Target = [f32]> + '_> {
    part(array, 0..array.dims().iter().product())
}

/// The numbers of some rows of features, row by row.
///
/// # Errors
/// As [`values`].
pub(super) fn row_values<'a>(rows: &FeatureRows<'a>) -> ComputeResult<impl Deref<Target = [f32]> + use<'a>> {
    part(rows.memory, numbers_of(rows)?)
}

fn part(array: &dyn Array, numbers: Range<usize>) -> ComputeResult<impl Deref<Target = [f32]> + '_> {
    let (storage, layout) = tensor(array)?.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(CpuStorage::F32(_)), Some((start, _))) => {
            Ok(Values { storage, range: start + numbers.start..start + numbers.end })
        }
        _ => Err(ComputeError::new(format_args!(
            "a tensor of shape {:?} is not contiguous f32 on the CPU",
            array.dims()
        ))),
    }
}

/// The range that some rows take in their memory.
fn numbers_of(rows: &FeatureRows) -> ComputeResult<Range<usize>> {
    let (width, channels) = line(rows)?;
    Ok(rows.before * width * channels..(rows.before + rows.count) * width * channels)
}

/// Width and channels of features.
pub(super) fn line(rows: &FeatureRows) -> ComputeResult<(usize, usize)> {
    axes(rows.memory).map(|[_, width, channels]| (width, channels))
}

/// The lengths of the axes of an array.
///
/// # Errors
/// When there are not `N` of them.
pub(super) fn axes<const N: usize>(array: &dyn Array) -> ComputeResult<[usize; N]> {
    let dims = array.dims();
    dims.try_into().map_err(|_| ComputeError::new(format_args!("shape {dims:?} does not have {N} axes")))
}

/// Changes the numbers of a contiguous f32 array, and of every array that shares its storage. Arrays of the same
/// storage must not be read meanwhile.
///
/// # Errors
/// When the array is not on the CPU, not f32 or not contiguous.
pub(super) fn edit<R>(array: &dyn Array, change: impl FnOnce(&mut [f32]) -> R) -> ComputeResult<R> {
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
    tensor(array)?.inplace_op1(&edit)?;
    match edit.0.into_inner().1 {
        Some(result) => Ok(result),
        None => Err(ComputeError::new(format_args!("a tensor of shape {:?} was not edited", array.dims()))),
    }
}

/// Changes the numbers of some rows of features.
///
/// # Errors
/// As [`edit`].
pub(super) fn edit_rows<R>(rows: &FeatureRows, change: impl FnOnce(&mut [f32]) -> R) -> ComputeResult<R> {
    let numbers = numbers_of(rows)?;
    edit(rows.memory, |memory| change(&mut memory[numbers]))
}
