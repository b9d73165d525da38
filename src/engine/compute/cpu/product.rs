//! Products with a matrix that is packed once and used often, such as a transformed kernel.
//!
//! A general product packs its right factor at each call. Here that is done once; for a kernel, when the network is
//! made. It matters most where there are few rows: in a small picture, deep in the network.

// Rows are read and written through pointers, because several threads own interleaved parts of one buffer, and a bounds
// check in the innermost loop costs a third of its speed.
#![allow(unsafe_code)]
// Code that runs inside `dispatch` must be inlined there, or it is compiled without vector instructions.
#![allow(clippy::inline_always)]

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

/// Rows of a panel that are multiplied before those of the next panel: 256 rows of two AVX2 registers are half of a
/// usual first-level cache.
pub(super) const DEPTH: usize = 256;

/// Rows that are multiplied at once with AVX-512; half as many otherwise. Counts of rows should be multiples of it.
pub(super) const ROWS_AT_ONCE: usize = 12;

/// Matrices of one shape, cut into panels of as many columns as two registers hold. The first panels of all matrices
/// come first, then all second ones. The last panel is padded with columns of zeros.
#[derive(Clone)]
pub(super) struct Panels {
    matrices: usize,
    rows: usize,
    columns: usize,
    /// Columns of a panel.
    width: usize,
    values: Vec<f32>,
}

/// Rows of numbers in memory, `stride` numbers apart.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) start: *mut f32,
    pub(super) stride: usize,
}

/// Numbers in memory that are only read: rows `stride` numbers apart, columns `step` numbers apart.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub(super) start: *const f32,
    pub(super) stride: usize,
    pub(super) step: usize,
}

/// Columns of a panel on this processor.
fn panel_width(arch: pulp::Arch) -> usize {
    struct Width;
    impl WithSimd for Width {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            2 * S::F32_LANES
        }
    }
    arch.dispatch(Width)
}

impl Panels {
    /// Matrices of rows x columns, all zero.
    pub(super) fn new(matrices: usize, rows: usize, columns: usize, arch: pulp::Arch) -> Self {
        let width = panel_width(arch);
        let values = vec![0.0; matrices * rows * columns.next_multiple_of(width)];
        Self { matrices, rows, columns, width, values }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    /// Columns including the padding of the last panel; rows of a product have as many.
    pub(super) fn padded_columns(&self) -> usize {
        self.columns.next_multiple_of(self.width)
    }

    /// Columns of one panel.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Matrices of the same shape, all zero.
    pub(super) fn zeros_like(&self) -> Self {
        Self { values: vec![0.0; self.values.len()], ..*self }
    }

    /// Panels of one matrix.
    pub(super) fn panel_count(&self) -> usize {
        self.columns.div_ceil(self.width)
    }

    /// The numbers of all panels.
    pub(super) fn all_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The panels, each of all matrices: matrices x rows x width.
    pub(super) fn panels_mut(&mut self) -> impl IndexedParallelIterator<Item = &mut [f32]> {
        self.values.par_chunks_mut(self.matrices * self.rows * self.width)
    }

    /// One matrix of `columns` columns, given row by row.
    pub(super) fn pack(numbers: &[f32], columns: usize, arch: pulp::Arch) -> Self {
        let mut panels = Self::new(1, numbers.len() / columns, columns, arch);
        panels.repack(numbers);
        panels
    }

    /// Replaces the first rows of the first matrix by others, given row by row: at most as many as it has. Further rows
    /// keep their numbers.
    pub(super) fn repack(&mut self, numbers: &[f32]) {
        let Self { rows, columns, width, .. } = *self;
        for (panel, values) in self.values.chunks_exact_mut(rows * width).enumerate() {
            let (first, count) = (panel * width, width.min(columns - panel * width));
            for (packed, row) in values.chunks_exact_mut(width).zip(numbers.chunks_exact(columns)) {
                packed[..count].copy_from_slice(&row[first..first + count]);
            }
        }
    }

    /// Adds the first matrix to numbers in row-major order.
    pub(super) fn add_to(&self, numbers: &mut [f32]) {
        for (row, numbers) in numbers.chunks_exact_mut(self.columns).enumerate() {
            for (index, numbers) in numbers.chunks_mut(self.width).enumerate() {
                let packed = &self.panel(index)[row * self.width..];
                numbers.iter_mut().zip(packed).for_each(|(number, packed)| *number += packed);
            }
        }
    }

    /// One panel of the first matrix: rows x width.
    pub(super) fn panel(&self, index: usize) -> &[f32] {
        &self.values[index * self.matrices * self.rows * self.width..][..self.rows * self.width]
    }

    /// One number of a matrix.
    pub(super) fn value_mut(&mut self, matrix: usize, row: usize, column: usize) -> &mut f32 {
        let panel = column / self.width * self.matrices + matrix;
        &mut self.values[(panel * self.rows + row) * self.width + column % self.width]
    }

    /// The product of rows of [`Self::rows`] numbers, one after the other, and the first matrix: as many rows of
    /// [`Self::padded_columns`] numbers, in scratch that grows where it is too small.
    #[inline(always)]
    pub(super) fn multiply_all<'a, S: Simd>(&self, simd: S, left: &[f32], scratch: &'a mut Vec<f32>) -> &'a [f32] {
        let (count, padded) = (left.len() / self.rows, self.padded_columns());
        if scratch.len() < count * padded {
            scratch.resize(count * padded, 0.0);
        }
        let product = &mut scratch[..count * padded];
        let from = Rows { start: left.as_ptr().cast_mut(), stride: self.rows };
        let to = Rows { start: product.as_mut_ptr(), stride: padded };
        // SAFETY: `left` and `product` have `count` rows as long as their strides. `left` is only read, and the product
        // is borrowed mutably.
        unsafe { self.multiply(simd, 0, from, to, count, false) };
        product
    }

    /// Writes the product of `left`, which has `count` rows, and a matrix into `product`, or adds it to what is there.
    ///
    /// # Safety
    /// `left` must be readable for `count` rows of [`Self::rows`] numbers, and `product` writable for as many rows of
    /// [`Self::padded_columns`] numbers. Nothing else may read or write the product meanwhile.
    #[inline(always)]
    pub(super) unsafe fn multiply<S: Simd>(
        &self,
        simd: S,
        matrix: usize,
        left: Rows,
        product: Rows,
        count: usize,
        add: bool,
    ) {
        debug_assert_eq!(self.width, 2 * S::F32_LANES);
        let size = self.rows * self.width;
        for first in (0..self.rows).step_by(DEPTH) {
            let depth = DEPTH.min(self.rows - first);
            for (index, panels) in self.values.chunks_exact(self.matrices * size).enumerate() {
                let panel = &panels[matrix * size..][..size];
                let panel = as_pairs::<S>(&panel[first * self.width..][..depth * self.width]);
                // SAFETY: within the rows that the caller promises: of each row `depth` numbers from `first` on are
                // read, and the panel's columns are written.
                unsafe {
                    let left = Grid { start: left.start.add(first), stride: left.stride, step: 1 };
                    let product = Rows { start: product.start.add(index * self.width), stride: product.stride };
                    multiply_panel(simd, left, panel, product, count, add || first > 0);
                }
            }
        }
    }
}

/// A panel's rows as pairs of registers.
#[inline(always)]
pub(super) fn as_pairs<S: Simd>(panel: &[f32]) -> &[[S::f32s; 2]] {
    bytemuck::cast_slice(S::as_simd_f32s(panel).0)
}

/// The product of all rows and one panel: as many rows at once as the registers hold sums of.
///
/// # Safety
/// As for [`Panels::multiply`], with the panel's shape: `left` must be readable for `count` rows of as many numbers as
/// the panel has rows, `product` writable for `count` rows of the panel's columns.
#[inline(always)]
pub(super) unsafe fn multiply_panel<S: Simd>(
    simd: S,
    left: Grid,
    panel: &[[S::f32s; 2]],
    product: Rows,
    count: usize,
    add: bool,
) {
    let mut row = 0;
    // SAFETY: `row + n <= count` before each block of n rows.
    unsafe {
        if S::REGISTER_COUNT >= 32 {
            while row + 12 <= count {
                multiply_rows::<S, 12>(simd, left.from(row), panel, product.from(row), add);
                row += 12;
            }
            if row + 8 == count {
                multiply_rows::<S, 8>(simd, left.from(row), panel, product.from(row), add);
                row += 8;
            }
        }
        while row + 6 <= count {
            multiply_rows::<S, 6>(simd, left.from(row), panel, product.from(row), add);
            row += 6;
        }
        match count - row {
            1 => multiply_rows::<S, 1>(simd, left.from(row), panel, product.from(row), add),
            2 => multiply_rows::<S, 2>(simd, left.from(row), panel, product.from(row), add),
            3 => multiply_rows::<S, 3>(simd, left.from(row), panel, product.from(row), add),
            4 => multiply_rows::<S, 4>(simd, left.from(row), panel, product.from(row), add),
            5 => multiply_rows::<S, 5>(simd, left.from(row), panel, product.from(row), add),
            _ => {}
        }
    }
}

impl Rows {
    /// # Safety
    /// The row must be within the same buffer.
    #[inline(always)]
    unsafe fn from(self, row: usize) -> Self {
        // SAFETY: the caller promises that the row is within the buffer.
        Self { start: unsafe { self.start.add(row * self.stride) }, stride: self.stride }
    }
}

impl Grid {
    /// # Safety
    /// The row must be within the same buffer.
    #[inline(always)]
    unsafe fn from(self, row: usize) -> Self {
        // SAFETY: the caller promises that the row is within the buffer.
        Self { start: unsafe { self.start.add(row * self.stride) }, ..self }
    }
}

/// The product of `COUNT` rows and one panel; all sums stay in registers.
///
/// # Safety
/// As for [`multiply_panel`], with `COUNT` rows.
#[inline(always)]
unsafe fn multiply_rows<S: Simd, const COUNT: usize>(
    simd: S,
    left: Grid,
    panel: &[[S::f32s; 2]],
    product: Rows,
    add: bool,
) {
    let mut sums = [[simd.splat_f32s(0.0); 2]; COUNT];
    for (inner, [first, second]) in panel.iter().enumerate() {
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `row` is below COUNT and `inner` below the panel's rows.
            let factor = simd.splat_f32s(unsafe { *left.start.add(row * left.stride + inner * left.step) });
            sums[0] = simd.mul_add_f32s(factor, *first, sums[0]);
            sums[1] = simd.mul_add_f32s(factor, *second, sums[1]);
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        // SAFETY: two registers in each of COUNT rows are the panel's part of the product. A register's type needs no
        // more alignment than f32 here: pulp's vectors are arrays of f32.
        unsafe {
            let out = product.start.add(row * product.stride).cast::<[S::f32s; 2]>();
            out.write(if add {
                let old = out.read();
                [simd.add_f32s(old[0], sums[0]), simd.add_f32s(old[1], sums[1])]
            } else {
                *sums
            });
        }
    }
}
