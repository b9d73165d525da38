//! Products of matrices of any shape.

#![allow(clippy::inline_always)] // see `product`

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::product::{Panels, ROWS_AT_ONCE};

/// Rows that one thread multiplies at a time: few enough to share them evenly.
const BLOCK: usize = 4 * ROWS_AT_ONCE;

/// Writes the product of `left` (rows x inner) and `right` (inner x columns) into `product` (rows x columns).
pub(super) fn multiply(left: &[f32], right: &[f32], (inner, columns): (usize, usize), product: &mut [f32]) {
    let arch = Arch::new();
    let right = Panels::pack(right, columns, arch);
    product.par_chunks_mut(BLOCK * columns).zip(left.par_chunks(BLOCK * inner)).for_each_init(
        Vec::new,
        |scratch, (product, left)| {
            arch.dispatch(MultiplyRows { product, left, right: &right, scratch });
        },
    );
}

/// [`multiply`] for some rows.
struct MultiplyRows<'a> {
    product: &'a mut [f32],
    left: &'a [f32],
    right: &'a Panels,
    scratch: &'a mut Vec<f32>,
}

impl WithSimd for MultiplyRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { product, left, right, scratch } = self;
        let columns = right.columns();
        let padded = right.multiply_all(simd, left, scratch).chunks_exact(right.padded_columns());
        for (product, padded) in product.chunks_exact_mut(columns).zip(padded) {
            product.copy_from_slice(&padded[..columns]);
        }
    }
}
