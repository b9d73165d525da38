//! Square matrices that are multiplied by each other many times.

use super::backend::SquareMatrix;
use super::device::Device;
use super::error::ComputeResult;
use super::number::Number;
use super::tensor::Tensor;

/// A square matrix in the form that its device multiplies fastest.
pub(in crate::engine) struct Square {
    matrix: Box<dyn SquareMatrix>,
    device: Device,
}

impl Square {
    /// A copy of a matrix, size x size.
    pub(in crate::engine) fn new(matrix: &Tensor) -> ComputeResult<Self> {
        let device = matrix.device().clone();
        Ok(Self { matrix: device.backend().square(matrix.array())?, device })
    }

    /// The matrix as a tensor.
    pub(in crate::engine) fn tensor(&self) -> ComputeResult<Tensor> {
        Ok(Tensor::on(self.matrix.array()?, &self.device))
    }

    /// `self^T other`.
    pub(in crate::engine) fn product(&self, other: &Self) -> ComputeResult<Self> {
        self.with(self.matrix.product(other.matrix.as_ref()))
    }

    /// `self^T other` where the product is symmetric, as it is for functions of one symmetric matrix. The result is
    /// exactly symmetric.
    pub(in crate::engine) fn symmetric_product(&self, other: &Self) -> ComputeResult<Self> {
        self.with(self.matrix.symmetric_product(other.matrix.as_ref()))
    }

    /// `factor self + diagonal I`.
    pub(in crate::engine) fn scaled(self, factor: f64, diagonal: f64) -> ComputeResult<Self> {
        Ok(Self { matrix: self.matrix.scaled(factor, diagonal)?, device: self.device })
    }

    /// `factor self`.
    pub(in crate::engine) fn times(self, factor: &Number) -> ComputeResult<Self> {
        Ok(Self { matrix: self.matrix.times(factor)?, device: self.device })
    }

    /// `self + factor other`.
    pub(in crate::engine) fn plus(self, factor: f64, other: &Self) -> ComputeResult<Self> {
        Ok(Self { matrix: self.matrix.plus(factor, other.matrix.as_ref())?, device: self.device })
    }

    /// The sum of the diagonal.
    pub(in crate::engine) fn trace(&self) -> ComputeResult<Number> {
        self.matrix.trace()
    }

    /// `trace(self^T other)`: the sum of the products of both matrices' numbers.
    pub(in crate::engine) fn trace_of_product(&self, other: &Self) -> ComputeResult<Number> {
        self.matrix.trace_of_product(other.matrix.as_ref())
    }

    fn with(&self, matrix: ComputeResult<Box<dyn SquareMatrix>>) -> ComputeResult<Self> {
        Ok(Self { matrix: matrix?, device: self.device.clone() })
    }
}

impl Clone for Square {
    fn clone(&self) -> Self {
        Self { matrix: self.matrix.duplicate(), device: self.device.clone() }
    }
}
