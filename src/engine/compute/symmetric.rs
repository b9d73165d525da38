//! Sums of products `F^T F`, which are symmetric: only the blocks on and above the diagonal are computed, at
//! little more than half the price.

// Products are handed over as pointers; the one block says why they are good.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use pulp::{Arch, Simd, WithSimd};

use super::product::{Grid, Panels, Rows, as_pairs, multiply_panel};

/// A symmetric matrix, of which the blocks on and above the diagonal are there.
pub(super) struct Upper {
    columns: usize,
    /// Columns of a block.
    width: usize,
    /// For each block's columns, all rows of those, one after the other.
    values: Vec<f32>,
}

impl Upper {
    /// All zero.
    pub(super) fn new(columns: usize, width: usize) -> Self {
        let padded = columns.next_multiple_of(width);
        Self { columns, width, values: vec![0.0; padded * padded] }
    }

    /// Adds `F^T F` of the first `depth` rows of a packed matrix, few enough for a panel
    /// to stay in the cache.
    pub(super) fn add(&mut self, packed: &Panels, depth: usize, arch: Arch) {
        let size = self.columns.next_multiple_of(self.width) * self.width;
        for (column, block) in self.values.chunks_exact_mut(size).enumerate() {
            arch.dispatch(BlockColumn { packed, depth, column, block });
        }
    }

    /// Gives `take` the numbers of a row one by one.
    pub(super) fn row(&self, row: usize, mut take: impl FnMut(usize, f32)) {
        let Self { columns, width, ref values } = *self;
        let size = columns.next_multiple_of(width) * width;
        let at = |row: usize, column: usize| values[column / width * size + row * width + column % width];
        let block = row / width * width;
        // What is left of the row's own block is found above it.
        (0..block).for_each(|column| take(column, at(column, row)));
        for first in (block..columns).step_by(width) {
            let numbers = &values[first / width * size + row * width..][..width.min(columns - first)];
            numbers.iter().enumerate().for_each(|(index, &number)| take(first + index, number));
        }
    }
}

/// Adds to one block of columns, down to the diagonal.
struct BlockColumn<'a> {
    packed: &'a Panels,
    depth: usize,
    column: usize,
    block: &'a mut [f32],
}

impl WithSimd for BlockColumn<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { packed, depth, column, block } = self;
        let width = packed.width();
        let panel = |column: usize| &packed.panel(column)[..depth * width];
        let right = as_pairs::<S>(panel(column));
        for (row, product) in block.chunks_exact_mut(width * width).enumerate().take(column + 1) {
            // SAFETY: the left side is read transposed, so it has as many rows as a panel has columns, and as many
            // columns as the panel has rows; the product is width x width.
            unsafe {
                let left = Grid { start: panel(row).as_ptr(), stride: 1, step: width };
                let product = Rows { start: product.as_mut_ptr(), stride: width };
                multiply_panel(simd, left, right, product, width, true);
            }
        }
    }
}
