//! Square matrices as candle tensors.

use std::any::Any;
use std::sync::Arc;

use candle_core::{DType, Device, Result, Tensor};

use super::array::{CandleArray, tensor};
use super::elementwise::total;
use super::trial::OpenTrial;
use crate::engine::compute::array::ArrayRef;
use crate::engine::compute::backend::SquareMatrix;
use crate::engine::compute::error::{ComputeError, ComputeResult};
use crate::engine::compute::number::Number;

/// A square matrix.
#[derive(Clone)]
pub(super) struct CandleSquare {
    matrix: Tensor,
    /// Of the same size. It is made once, and shared by everything that is computed from the matrix.
    identity: Tensor,
    trial: Option<Arc<OpenTrial>>,
}

impl CandleSquare {
    pub(super) fn new(matrix: &Tensor, trial: Option<Arc<OpenTrial>>) -> Result<Self> {
        let identity = identity(matrix.dim(0)?, matrix.device())?;
        Ok(Self { matrix: matrix.clone(), identity, trial })
    }

    fn with(&self, matrix: Tensor) -> Box<dyn SquareMatrix> {
        Box::new(Self { matrix, ..self.clone() })
    }

    fn number(&self, tensor: &Tensor) -> ComputeResult<Number> {
        Ok(Number::pending(CandleArray::on(total(tensor)?, self.trial.as_ref())))
    }
}

/// The identity matrix, size x size, made on the device.
pub(super) fn identity(size: usize, device: &Device) -> Result<Tensor> {
    // A column of ones before a square of zeros; read in rows that are one number shorter, each one lies a place
    // further to the right than the one above.
    let ones = Tensor::ones((size, 1), DType::F32, device)?;
    let rows = Tensor::cat(&[ones, Tensor::zeros((size, size), DType::F32, device)?], 1)?;
    rows.flatten_all()?.narrow(0, 0, size * size)?.reshape((size, size))
}

fn own(matrix: &dyn SquareMatrix) -> ComputeResult<&CandleSquare> {
    let any: &dyn Any = matrix;
    any.downcast_ref().ok_or_else(|| ComputeError::new("a square matrix belongs to another backend"))
}

impl SquareMatrix for CandleSquare {
    fn duplicate(&self) -> Box<dyn SquareMatrix> {
        Box::new(self.clone())
    }

    fn array(&self) -> ComputeResult<ArrayRef> {
        Ok(CandleArray::on(self.matrix.clone(), self.trial.as_ref()))
    }

    fn product(&self, other: &dyn SquareMatrix) -> ComputeResult<Box<dyn SquareMatrix>> {
        Ok(self.with(self.matrix.t()?.matmul(&own(other)?.matrix)?))
    }

    fn symmetric_product(&self, other: &dyn SquareMatrix) -> ComputeResult<Box<dyn SquareMatrix>> {
        let product = self.matrix.t()?.matmul(&own(other)?.matrix)?;
        // Rounding leaves differences across the diagonal, which would grow from product to product.
        Ok(self.with(((&product + product.t()?)? * 0.5)?))
    }

    fn scaled(self: Box<Self>, factor: f64, diagonal: f64) -> ComputeResult<Box<dyn SquareMatrix>> {
        let scaled = (&self.matrix * factor)?;
        Ok(self.with(if diagonal == 0.0 { scaled } else { (scaled + (&self.identity * diagonal)?)? }))
    }

    fn times(self: Box<Self>, factor: &Number) -> ComputeResult<Box<dyn SquareMatrix>> {
        if let Some(factor) = factor.array() {
            return Ok(self.with(self.matrix.broadcast_mul(tensor(factor.as_ref())?)?));
        }
        let factor = factor.read()?;
        self.scaled(factor, 0.0)
    }

    fn plus(self: Box<Self>, factor: f64, other: &dyn SquareMatrix) -> ComputeResult<Box<dyn SquareMatrix>> {
        Ok(self.with((&self.matrix + (&own(other)?.matrix * factor)?)?))
    }

    fn trace(&self) -> ComputeResult<Number> {
        self.number(&(&self.matrix * &self.identity)?)
    }

    fn trace_of_product(&self, other: &dyn SquareMatrix) -> ComputeResult<Number> {
        self.number(&(&self.matrix * &own(other)?.matrix)?)
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
}
