//! Square matrices that are multiplied with each other again and again. Of products that are known to be symmetric
//! only the blocks on and above the diagonal are computed, at little more than half the price.

// Products are handed over as pointers; the one block says why they are good.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use std::ops::Range;

use candle_core::{Device, Result, Tensor, bail};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::matrix::identity;
use super::memory::values;
use super::number::{Number, sum};
use super::product::{DEPTH, Grid, Panels, Rows, as_pairs, multiply_panel};
use super::trial::has_own_kernels;

/// A square matrix as its device multiplies it best.
#[derive(Clone)]
pub(crate) struct Square(Form);

#[derive(Clone)]
enum Form {
    /// On the CPU.
    Packed(Panels),
    /// Elsewhere.
    Plain {
        matrix: Tensor,
        /// Of the same size, made once for all that comes of the matrix.
        identity: Tensor,
    },
}

impl Square {
    /// A copy of a matrix, channels x channels.
    pub(crate) fn new(matrix: &Tensor) -> Result<Self> {
        if !has_own_kernels(matrix.device()) {
            let identity = identity(matrix.dim(0)?, matrix.device())?;
            return Ok(Self(Form::Plain { matrix: matrix.clone(), identity }));
        }
        Ok(Self(Form::Packed(Panels::pack(&values(matrix)?, matrix.dim(1)?, Arch::new()))))
    }

    /// The matrix's rows, one after the other.
    pub(crate) fn tensor(&self) -> Result<Tensor> {
        match &self.0 {
            Form::Plain { matrix, .. } => Ok(matrix.clone()),
            Form::Packed(panels) => {
                let mut numbers = vec![0.0; panels.rows() * panels.columns()];
                panels.add_to(&mut numbers);
                Tensor::from_vec(numbers, (panels.rows(), panels.columns()), &Device::Cpu)
            }
        }
    }

    /// `self^T other`.
    pub(crate) fn product(&self, other: &Self) -> Result<Self> {
        match (&self.0, &other.0) {
            (Form::Packed(left), Form::Packed(right)) => {
                let (arch, mut product) = (Arch::new(), right.zeros_like());
                let blocks = left.panel_count();
                product.panels_mut().with_max_len(1).enumerate().for_each(|(column, product)| {
                    arch.dispatch(BlockColumn {
                        left,
                        right,
                        rows: 0..left.rows(),
                        column,
                        blocks,
                        product,
                        add: false,
                    });
                });
                Ok(Self(Form::Packed(product)))
            }
            (Form::Plain { matrix, identity }, Form::Plain { matrix: other, .. }) => {
                Ok(Self(Form::Plain { matrix: matrix.t()?.matmul(other)?, identity: identity.clone() }))
            }
            _ => apart(),
        }
    }

    /// The same where the product is symmetric, as it is of matrices that are functions of one symmetric matrix.
    /// What comes out is exactly symmetric.
    pub(crate) fn symmetric_product(&self, other: &Self) -> Result<Self> {
        if let (Form::Packed(left), Form::Packed(right)) = (&self.0, &other.0) {
            let (arch, mut product) = (Arch::new(), right.zeros_like());
            product.panels_mut().with_max_len(1).enumerate().for_each(|(column, product)| {
                let (rows, blocks) = (0..left.rows(), column + 1);
                arch.dispatch(BlockColumn { left, right, rows, column, blocks, product, add: false });
            });
            mirror(&mut product);
            return Ok(Self(Form::Packed(product)));
        }
        let mut product = self.product(other)?;
        if let Form::Plain { matrix, .. } = &mut product.0 {
            // What rounding leaves unlike on both sides of the diagonal would grow from product to product.
            *matrix = ((&*matrix + matrix.t()?)? * 0.5)?;
        }
        Ok(product)
    }

    /// `factor self + diagonal I`.
    pub(crate) fn scaled(mut self, factor: f64, diagonal: f64) -> Result<Self> {
        match &mut self.0 {
            Form::Packed(panels) => {
                let width = panels.width();
                panels.panels_mut().enumerate().for_each(|(index, panel)| {
                    for number in panel.iter_mut() {
                        *number *= factor as f32;
                    }
                    let own = &mut panel[index * width * width..];
                    own.iter_mut().step_by(width + 1).take(width).for_each(|number| *number += diagonal as f32);
                });
            }
            Form::Plain { matrix, identity } => {
                let scaled = (&*matrix * factor)?;
                *matrix = if diagonal == 0.0 { scaled } else { (scaled + (&*identity * diagonal)?)? };
            }
        }
        Ok(self)
    }

    /// `self + factor other`.
    pub(crate) fn plus(mut self, factor: f64, other: &Self) -> Result<Self> {
        match (&mut self.0, &other.0) {
            (Form::Packed(panels), Form::Packed(others)) => {
                panels.panels_mut().enumerate().for_each(|(index, panel)| {
                    let other = others.panel(index);
                    panel.iter_mut().zip(other).for_each(|(number, other)| *number += factor as f32 * other);
                });
            }
            (Form::Plain { matrix, .. }, Form::Plain { matrix: other, .. }) => {
                *matrix = (&*matrix + (other * factor)?)?;
            }
            _ => return apart(),
        }
        Ok(self)
    }

    /// `factor self`.
    pub(crate) fn times(self, factor: &Number) -> Result<Self> {
        match (self.0, factor) {
            (Form::Plain { matrix, identity }, Number::There(factor)) => {
                Ok(Self(Form::Plain { matrix: matrix.broadcast_mul(factor)?, identity }))
            }
            (form, factor) => Self(form).scaled(factor.read()?, 0.0),
        }
    }

    /// The sum of its diagonal.
    pub(crate) fn trace(&self) -> Result<Number> {
        match &self.0 {
            Form::Packed(panels) => {
                let width = panels.width();
                let own =
                    |index: usize| panels.panel(index)[index * width * width..].iter().step_by(width + 1).take(width);
                // What fills up the last panel is zero.
                let sums = (0..panels.panel_count()).map(|index| own(index).copied().map(f64::from).sum::<f64>());
                Ok(Number::Here(sums.sum()))
            }
            Form::Plain { matrix, identity } => sum(&(matrix * identity)?),
        }
    }

    /// `trace(self^T other)`: the sum of the products of their numbers.
    pub(crate) fn trace_of_product(&self, other: &Self) -> Result<Number> {
        match (&self.0, &other.0) {
            (Form::Packed(left), Form::Packed(right)) => {
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
                Ok(Number::Here(sums.iter().sum()))
            }
            _ => sum(&(self.tensor()? * other.tensor()?)?),
        }
    }
}

fn apart<T>() -> Result<T> {
    bail!("one matrix is on the CPU, the other is not")
}

/// Adds `F^T F` of the first `depth` rows of a packed matrix, on and above the diagonal. Few enough rows, and a
/// panel stays in the cache.
pub(super) fn add_upper_moments(sum: &mut Panels, packed: &Panels, depth: usize, arch: Arch) {
    let size = sum.rows() * sum.width();
    for (column, product) in sum.all_mut().chunks_exact_mut(size).enumerate() {
        let (rows, blocks) = (0..depth, column + 1);
        arch.dispatch(BlockColumn { left: packed, right: packed, rows, column, blocks, product, add: true });
    }
}

/// Fills what is below the diagonal of a symmetric matrix.
pub(super) fn mirror(matrix: &mut Panels) {
    let (rows, width) = (matrix.rows(), matrix.width());
    mirror_panels(matrix.all_mut(), 0, rows, width);
}

/// The same for neighbouring panels, from panel `first` on; blocks within them alone.
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

/// The first `blocks` blocks of one column of blocks of `left^T right`, of some of their rows.
struct BlockColumn<'a> {
    left: &'a Panels,
    right: &'a Panels,
    /// Rows of both sides that are summed over.
    rows: Range<usize>,
    column: usize,
    blocks: usize,
    /// The whole panel of the product.
    product: &'a mut [f32],
    /// To what is there.
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
                // SAFETY: the left side is read transposed, so it has as many rows as its panel has columns, at least
                // `count`, and as many columns as the panel has rows; the product is count x width.
                unsafe { multiply_panel(simd, left, panel, product, count, add || first > begin) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same matrix as the CPU and as other devices have it.
    fn both(matrix: &Tensor) -> [Square; 2] {
        let identity = identity(matrix.dim(0).unwrap(), matrix.device()).unwrap();
        [Square::new(matrix).unwrap(), Square(Form::Plain { matrix: matrix.clone(), identity })]
    }

    fn distance(one: &Square, other: &Square) -> f32 {
        let difference = (one.tensor().unwrap() - other.tensor().unwrap()).unwrap();
        difference.abs().unwrap().max_all().unwrap().to_scalar().unwrap()
    }

    #[test]
    fn both_kinds_agree() {
        for size in [1, 3, 47, 64, 300, 513] {
            let random = || Tensor::randn(0f32, 1.0, (size, size), &Device::Cpu).unwrap();
            let ([one, plain_one], [other, plain_other]) = (both(&random()), both(&random()));
            assert!(distance(&one, &plain_one) == 0.0);
            let most = 1e-5 * size as f32;
            assert!(distance(&one.product(&other).unwrap(), &plain_one.product(&plain_other).unwrap()) < most);
            let square = one.symmetric_product(&one).unwrap();
            assert!(distance(&square, &plain_one.product(&plain_one).unwrap()) < most);
            for square in [square, plain_one.symmetric_product(&plain_one).unwrap()] {
                let transposed = square.tensor().unwrap().t().unwrap().contiguous().unwrap();
                assert!(distance(&square, &Square::new(&transposed).unwrap()) == 0.0);
            }
            let combine = |one: &Square, other| one.clone().scaled(2.0, 0.5).unwrap().plus(-3.0, other).unwrap();
            let (combined, expected) = (combine(&one, &other), combine(&plain_one, &plain_other));
            assert!(distance(&combined, &expected) < 1e-5);
            // What fills up the last panel stays zero.
            assert!(distance(&combined.product(&one).unwrap(), &expected.product(&plain_one).unwrap()) < most);
            let trace = one.trace_of_product(&other).unwrap().read().unwrap();
            let plain_trace = plain_one.trace_of_product(&plain_other).unwrap().read().unwrap();
            assert!((trace - plain_trace).abs() < f64::from(most) * 10.0);
            let (trace, plain_trace) =
                (one.trace().unwrap().read().unwrap(), plain_one.trace().unwrap().read().unwrap());
            assert!((trace - plain_trace).abs() < f64::from(most), "{trace} {plain_trace}");
        }
    }
}
