//! Products of matrices, into memory that is there.

// `gemm` takes pointers; the one block says why they are good.
#![allow(unsafe_code)]

use candle_core::{Result, Tensor, bail};

use super::memory::{edit, overwrite, values};

/// `product = keep product + factor left right`, on any device. The product must share
/// memory with neither side.
pub(crate) fn multiply_into(product: &Tensor, keep: f32, left: &Tensor, right: &Tensor, factor: f32) -> Result<()> {
    if !product.device().is_cpu() {
        let fresh = (left.matmul(right)? * f64::from(factor))?;
        return overwrite(product, &if keep == 0.0 { fresh } else { ((product * f64::from(keep))? + fresh)? });
    }
    let ((rows, inner), (right_inner, columns)) = (left.dims2()?, right.dims2()?);
    if inner != right_inner || product.dims2()? != (rows, columns) {
        bail!("{:?} x {:?} is not {:?}", left.dims(), right.dims(), product.dims());
    }
    let (left, right) = (values(left)?, values(right)?);
    edit(product, |product| {
        // SAFETY: all three hold as many numbers as these shapes and strides say, row by row, since `values` and
        // `edit` give contiguous tensors whose shapes were compared above; the product is borrowed for writing.
        unsafe {
            gemm::gemm(
                rows,
                columns,
                inner,
                product.as_mut_ptr(),
                1,
                columns.cast_signed(),
                keep != 0.0,
                left.as_ptr(),
                1,
                inner.cast_signed(),
                right.as_ptr(),
                1,
                columns.cast_signed(),
                keep,
                factor,
                false,
                false,
                false,
                gemm::Parallelism::Rayon(rayon::current_num_threads()),
            );
        }
    })
}
