//! Products of matrices, into memory that is there.

// Rows are handed over as pointers; the one block says why they are good.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use candle_core::{Result, Tensor, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::memory::{edit, overwrite, values};
use super::product::{Panels, ROWS_AT_ONCE, Rows};

/// Rows that one thread multiplies at a time: few enough to share them evenly.
const BLOCK: usize = 4 * ROWS_AT_ONCE;

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
    let arch = Arch::new();
    let (left, right) = (values(left)?, Panels::pack(&values(right)?, columns, arch));
    edit(product, |product| {
        product.par_chunks_mut(BLOCK * columns).zip(left.par_chunks(BLOCK * inner)).for_each_init(
            Vec::new,
            |scratch, (product, left)| {
                arch.dispatch(Block { product, keep, left, right: &right, factor, scratch });
            },
        );
    })
}

/// The product of one matrix with another, into fresh memory.
pub(crate) fn multiply(left: &Tensor, right: &Tensor) -> Result<Tensor> {
    let product = Tensor::zeros((left.dim(0)?, right.dim(1)?), left.dtype(), left.device())?;
    multiply_into(&product, 0.0, left, right, 1.0)?;
    Ok(product)
}

/// [`multiply_into`] for some rows.
struct Block<'a> {
    product: &'a mut [f32],
    keep: f32,
    left: &'a [f32],
    right: &'a Panels,
    factor: f32,
    scratch: &'a mut Vec<f32>,
}

impl WithSimd for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { product, keep, left, right, factor, scratch } = self;
        let (columns, padded) = (right.columns(), right.padded_columns());
        let rows = product.len() / columns;
        scratch.resize(BLOCK * padded, 0.0);
        let from = Rows { start: left.as_ptr().cast_mut(), stride: right.rows() };
        let to = Rows { start: scratch.as_mut_ptr(), stride: padded };
        // SAFETY: the left side has as many rows of the right one's rows, and is only read; the scratch has as many
        // rows of the padded columns and is this thread's own.
        unsafe { right.multiply(simd, 0, from, to, rows) };
        for (product, fresh) in product.chunks_exact_mut(columns).zip(scratch.chunks_exact(padded)) {
            for (product, fresh) in product.iter_mut().zip(fresh) {
                // What is not kept may be no number.
                *product = factor * fresh + if keep == 0.0 { 0.0 } else { keep * *product };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn agrees_with_candle() {
        for (rows, inner, columns) in [(1, 1, 1), (50, 7, 33), (97, 300, 64)] {
            let random = |rows: usize, columns: usize| Tensor::randn(0f32, 1.0, (rows, columns), &Device::Cpu).unwrap();
            let (left, right, product) = (random(rows, inner), random(inner, columns), random(rows, columns));
            let expected = ((&product * 0.5).unwrap() + (left.matmul(&right).unwrap() * 2.0).unwrap()).unwrap();
            multiply_into(&product, 0.5, &left, &right, 2.0).unwrap();
            let distance = (product - expected).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
            assert!(distance < 1e-3, "{distance}");
            let product = multiply(&left, &right).unwrap();
            let distance = (product - left.matmul(&right).unwrap()).unwrap().abs().unwrap().max_all().unwrap();
            assert!(distance.to_scalar::<f32>().unwrap() < 1e-3);
        }
    }
}
