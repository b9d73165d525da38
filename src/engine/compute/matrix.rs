//! Products of matrices, into memory that is there.

// `gemm` takes pointers; the one block says why they are good.
#![allow(unsafe_code)]

use candle_core::{Result, Tensor, bail};

use super::memory::{edit, overwrite, values};

/// A matrix in memory, or the transposed of one, or a block of one.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// A matrix row by row.
    pub(super) fn new(values: &'a [f32], columns: usize) -> Self {
        Self { values, rows: values.len() / columns, columns, row_stride: columns, column_stride: 1 }
    }

    /// Some of its columns.
    pub(super) fn columns(self, first: usize, count: usize) -> Self {
        assert!(first + count <= self.columns);
        Self { values: &self.values[first * self.column_stride..], columns: count, ..self }
    }

    /// Rows and columns exchanged.
    pub(super) fn transposed(self) -> Self {
        let Self { values, rows, columns, row_stride, column_stride } = self;
        Self { values, rows: columns, columns: rows, row_stride: column_stride, column_stride: row_stride }
    }

    /// The place after its last number.
    fn end(&self) -> usize {
        if self.rows == 0 || self.columns == 0 {
            return 0;
        }
        (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride + 1
    }
}

/// `product = keep product + factor left right`; the product's rows lie `stride` apart.
pub(super) fn multiply(
    product: &mut [f32],
    stride: usize,
    keep: f32,
    left: View,
    right: View,
    factor: f32,
    parallelism: gemm::Parallelism,
) {
    assert_eq!(left.columns, right.rows);
    assert!(left.end() <= left.values.len() && right.end() <= right.values.len());
    let end = View { values: &[], rows: left.rows, columns: right.columns, row_stride: stride, column_stride: 1 }.end();
    assert!(right.columns <= stride && end <= product.len());
    // SAFETY: the shapes and strides reach no further than the slices, as asserted above, and the product
    // is borrowed for writing.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            product.as_mut_ptr(),
            1,
            stride.cast_signed(),
            keep != 0.0,
            left.values.as_ptr(),
            left.column_stride.cast_signed(),
            left.row_stride.cast_signed(),
            right.values.as_ptr(),
            right.column_stride.cast_signed(),
            right.row_stride.cast_signed(),
            keep,
            factor,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// `product = keep product + factor left right`, for whole matrices on any device. The product must share
/// memory with neither side.
pub(crate) fn multiply_into(product: &Tensor, keep: f32, left: &Tensor, right: &Tensor, factor: f32) -> Result<()> {
    if !product.device().is_cpu() {
        let fresh = (left.matmul(right)? * f64::from(factor))?;
        return overwrite(product, &if keep == 0.0 { fresh } else { ((product * f64::from(keep))? + fresh)? });
    }
    let ((_, inner), (right_inner, columns)) = (left.dims2()?, right.dims2()?);
    if inner != right_inner || product.dims2()? != (left.dims2()?.0, columns) {
        bail!("{:?} x {:?} is not {:?}", left.dims(), right.dims(), product.dims());
    }
    let (left, right) = (values(left)?, values(right)?);
    let threads = gemm::Parallelism::Rayon(rayon::current_num_threads());
    edit(product, |product| {
        multiply(product, columns, keep, View::new(&left, inner), View::new(&right, columns), factor, threads);
    })
}
