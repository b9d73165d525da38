//! Square matrices that are multiplied by each other many times. Of products that are known to be symmetric only the
//! blocks on and above the diagonal are computed, at little more than half the cost.

// The kernel of the product takes pointers; the one `unsafe` block says why they are valid.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use std::any::Any;
use std::ops::Range;

use candle_core::{Device, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::product::{DEPTH, Grid, Panels, Rows, as_pairs, multiply_panel};
use crate::engine::compute::array::ArrayRef;
use crate::engine::compute::backend::SquareMatrix;
use crate::engine::compute::candle::array::CandleArray;
use crate::engine::compute::error::{ComputeError, ComputeResult};
use crate::engine::compute::number::Number;

/// A square matrix, packed for products.
#[derive(Clone)]
pub(super) struct CpuSquare(Panels);

impl CpuSquare {
    /// A copy of a matrix, size x size, given row by row.
    pub(super) fn new(matrix: &[f32], size: usize) -> Self {
        Self(Panels::pack(matrix, size, Arch::new()))
    }
}

fn own(matrix: &dyn SquareMatrix) -> ComputeResult<&Panels> {
    let any: &dyn Any = matrix;
    match any.downcast_ref() {
        Some(CpuSquare(panels)) => Ok(panels),
        None => Err(ComputeError::new("a square matrix belongs to another backend")),
    }
}

impl SquareMatrix for CpuSquare {
    fn duplicate(&self) -> Box<dyn SquareMatrix> {
        Box::new(self.clone())
    }

    fn array(&self) -> ComputeResult<ArrayRef> {
        let Self(panels) = self;
        let mut numbers = vec![0.0; panels.rows() * panels.columns()];
        panels.add_to(&mut numbers);
        Ok(CandleArray::on_cpu(Tensor::from_vec(numbers, (panels.rows(), panels.columns()), &Device::Cpu)?))
    }

    fn product(&self, other: &dyn SquareMatrix) -> ComputeResult<Box<dyn SquareMatrix>> {
        let (left, right) = (&self.0, own(other)?);
        let (arch, mut product) = (Arch::new(), right.zeros_like());
        let blocks = left.panel_count();
        product.panels_mut().with_max_len(1).enumerate().for_each(|(column, product)| {
            let rows = 0..left.rows();
            arch.dispatch(BlockColumn { left, right, rows, column, blocks, product, add: false });
        });
        Ok(Box::new(Self(product)))
    }

    fn symmetric_product(&self, other: &dyn SquareMatrix) -> ComputeResult<Box<dyn SquareMatrix>> {
        let (left, right) = (&self.0, own(other)?);
        let (arch, mut product) = (Arch::new(), right.zeros_like());
        product.panels_mut().with_max_len(1).enumerate().for_each(|(column, product)| {
            let (rows, blocks) = (0..left.rows(), column + 1);
            arch.dispatch(BlockColumn { left, right, rows, column, blocks, product, add: false });
        });
        mirror(&mut product);
        Ok(Box::new(Self(product)))
    }

    fn scaled(mut self: Box<Self>, factor: f64, diagonal: f64) -> ComputeResult<Box<dyn SquareMatrix>> {
        let width = self.0.width();
        self.0.panels_mut().enumerate().for_each(|(index, panel)| {
            for number in panel.iter_mut() {
                *number *= factor as f32;
            }
            let own = &mut panel[index * width * width..];
            own.iter_mut().step_by(width + 1).take(width).for_each(|number| *number += diagonal as f32);
        });
        Ok(self)
    }

    fn times(self: Box<Self>, factor: &Number) -> ComputeResult<Box<dyn SquareMatrix>> {
        let factor = factor.read()?;
        self.scaled(factor, 0.0)
    }

    fn plus(mut self: Box<Self>, factor: f64, other: &dyn SquareMatrix) -> ComputeResult<Box<dyn SquareMatrix>> {
        let others = own(other)?;
        self.0.panels_mut().enumerate().for_each(|(index, panel)| {
            let other = others.panel(index);
            panel.iter_mut().zip(other).for_each(|(number, other)| *number += factor as f32 * other);
        });
        Ok(self)
    }

    fn trace(&self) -> ComputeResult<Number> {
        let Self(panels) = self;
        let width = panels.width();
        let own = |index: usize| panels.panel(index)[index * width * width..].iter().step_by(width + 1).take(width);
        // The padding of the last panel is zero.
        let sums = (0..panels.panel_count()).map(|index| own(index).copied().map(f64::from).sum::<f64>());
        Ok(Number::new(sums.sum()))
    }

    fn trace_of_product(&self, other: &dyn SquareMatrix) -> ComputeResult<Number> {
        let (left, right) = (&self.0, own(other)?);
        // Sums are added in order, so that the same matrices always give the same number.
        let sum = |(left, right): (&[f32], &[f32])| -> f64 {
            f64::from(left.iter().zip(right).map(|(left, right)| left * right).sum::<f32>())
        };
        let width = left.width();
        let sums: Vec<f64> = (0..left.panel_count())
            .into_par_iter()
            .map(|index| {
                let rows = left.panel(index).chunks_exact(width);
                rows.zip(right.panel(index).chunks_exact(width)).map(sum).sum()
            })
            .collect();
        Ok(Number::new(sums.iter().sum()))
    }
}

/// Adds `F^T F` of the first `depth` rows `F` of a packed matrix to `sum`, on and above the diagonal. With few rows
/// each panel stays in the cache.
pub(super) fn add_upper_moments(sum: &mut Panels, packed: &Panels, depth: usize, arch: Arch) {
    let size = sum.rows() * sum.width();
    for (column, product) in sum.all_mut().chunks_exact_mut(size).enumerate() {
        let (rows, blocks) = (0..depth, column + 1);
        arch.dispatch(BlockColumn { left: packed, right: packed, rows, column, blocks, product, add: true });
    }
}

/// Copies the numbers above the diagonal below it.
pub(super) fn mirror(matrix: &mut Panels) {
    let (rows, width) = (matrix.rows(), matrix.width());
    mirror_panels(matrix.all_mut(), 0, rows, width);
}

/// [`mirror`] for neighbouring panels, the first of which is panel `first`, and for the blocks within them alone.
fn mirror_panels(panels: &mut [f32], first: usize, rows: usize, width: usize) {
    let size = rows * width;
    let count = panels.len() / size;
    if count == 1 {
        let block = &mut panels[first * width * width..];
        for row in 0..width.min(rows - first * width) {
            for column in 0..row {
                block[row * width + column] = block[column * width + row];
            }
        }
        return;
    }
    let middle = first + count / 2;
    let (left, right) = panels.split_at_mut((middle - first) * size);
    left.par_chunks_mut(size).enumerate().for_each(|(index, panel)| {
        let across = (first + index) * width * width;
        for (index, source) in right.chunks_exact(size).enumerate() {
            let block = panel[(middle + index) * width * width..].chunks_exact_mut(width).take(width);
            for (row, numbers) in block.enumerate() {
                let source = source[across + row..].iter().step_by(width);
                numbers.iter_mut().zip(source).for_each(|(number, &source)| *number = source);
            }
        }
    });
    rayon::join(|| mirror_panels(left, first, rows, width), || mirror_panels(right, middle, rows, width));
}

/// The first `blocks` blocks in one column of blocks of `left^T right`.
struct BlockColumn<'a> {
    left: &'a Panels,
    right: &'a Panels,
    /// Rows of both factors that are summed over.
    rows: Range<usize>,
    column: usize,
    blocks: usize,
    /// The whole panel of the product.
    product: &'a mut [f32],
    /// Whether the sums are added to the product, or replace it.
    add: bool,
}

impl WithSimd for BlockColumn<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { left, right, rows, column, blocks, product, add } = self;
        let width = right.width();
        let begin = rows.start;
        for first in rows.clone().step_by(DEPTH) {
            let rows = first * width..(first + DEPTH).min(rows.end) * width;
            let panel = as_pairs::<S>(&right.panel(column)[rows.clone()]);
            for (block, product) in product.chunks_mut(width * width).take(blocks).enumerate() {
                let left = Grid { start: left.panel(block)[rows.clone()].as_ptr(), stride: 1, step: width };
                let count = product.len() / width;
                let product = Rows { start: product.as_mut_ptr(), stride: width };
                // SAFETY: the left panel is read transposed: `count` rows, which are at most the panel's columns, of as
                // many numbers as `rows` has rows. Both are within the panel, which is borrowed. The product has
                // `count` rows of `width` numbers and is borrowed mutably.
                unsafe { multiply_panel(simd, left, panel, product, count, add || first > begin) };
            }
        }
    }
}
