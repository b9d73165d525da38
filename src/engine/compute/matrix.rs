//! Products of matrices of any shape.

#![allow(clippy::inline_always)] // see `product`

use candle_core::{DType, Device, Result, Tensor, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::memory::{edit, values};
use super::product::{Panels, ROWS_AT_ONCE};
use super::trial::has_own_kernels;

/// Rows that one thread multiplies at a time: few enough to share them evenly.
const BLOCK: usize = 4 * ROWS_AT_ONCE;

/// The product of one matrix with another, on any device.
pub(crate) fn multiply(left: &Tensor, right: &Tensor) -> Result<Tensor> {
    if !has_own_kernels(left.device()) {
        return left.matmul(right);
    }
    let ((rows, inner), (right_inner, columns)) = (left.dims2()?, right.dims2()?);
    if inner != right_inner {
        bail!("{:?} cannot be multiplied by {:?}", left.dims(), right.dims());
    }
    let arch = Arch::new();
    let product = Tensor::zeros((rows, columns), DType::F32, left.device())?;
    let (left, right) = (values(left)?, Panels::pack(&values(right)?, columns, arch));
    edit(&product, |product| {
        product.par_chunks_mut(BLOCK * columns).zip(left.par_chunks(BLOCK * inner)).for_each_init(
            Vec::new,
            |scratch, (product, left)| {
                arch.dispatch(Block { product, left, right: &right, scratch });
            },
        );
    })?;
    Ok(product)
}

/// The identity, size x size, made where it is needed.
pub(crate) fn identity(size: usize, device: &Device) -> Result<Tensor> {
    // A one before every row of zeros: read in rows that are one shorter, each one is a place further.
    let ones = Tensor::ones((size, 1), DType::F32, device)?;
    let rows = Tensor::cat(&[ones, Tensor::zeros((size, size), DType::F32, device)?], 1)?;
    rows.flatten_all()?.narrow(0, 0, size * size)?.reshape((size, size))
}

/// [`multiply`] for some rows.
struct Block<'a> {
    product: &'a mut [f32],
    left: &'a [f32],
    right: &'a Panels,
    scratch: &'a mut Vec<f32>,
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { product, left, right, scratch } = self;
        let columns = right.columns();
        let fresh = right.multiply_all(simd, left, scratch).chunks_exact(right.padded_columns());
        for (product, fresh) in product.chunks_exact_mut(columns).zip(fresh) {
            product.copy_from_slice(&fresh[..columns]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_candles() {
        for size in [1, 2, 7] {
            let expected = Tensor::eye(size, DType::F32, &Device::Cpu).unwrap().to_vec2::<f32>().unwrap();
            assert_eq!(identity(size, &Device::Cpu).unwrap().to_vec2::<f32>().unwrap(), expected);
        }
    }

    #[test]
    fn agrees_with_candle() {
        for (rows, inner, columns) in [(1, 1, 1), (50, 7, 33), (97, 300, 64)] {
            let random = |rows: usize, columns: usize| Tensor::randn(0f32, 1.0, (rows, columns), &Device::Cpu).unwrap();
            let (left, right) = (random(rows, inner), random(inner, columns));
            let product = multiply(&left, &right).unwrap();
            let distance = (product - left.matmul(&right).unwrap()).unwrap().abs().unwrap().max_all().unwrap();
            assert!(distance.to_scalar::<f32>().unwrap() < 1e-3);
        }
    }
}
