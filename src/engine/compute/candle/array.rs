//! candle's tensors as arrays. Both backends keep their numbers in them: the CPU backend in candle's CPU tensors.

use std::sync::Arc;

use candle_core::{CpuStorage, D, DType, Device, Result, Storage, Tensor};

use super::layout;
use super::trial::OpenTrial;
use crate::engine::compute::array::{Array, ArrayRef, Binary, Unary, own};
use crate::engine::compute::error::{ComputeError, ComputeResult};

/// A candle tensor on any device.
#[derive(Clone, Debug)]
pub(in crate::engine::compute) struct CandleArray {
    tensor: Tensor,
    /// Of the GPU on trial that it belongs to.
    trial: Option<Arc<OpenTrial>>,
}

impl From<candle_core::Error> for ComputeError {
    fn from(error: candle_core::Error) -> Self {
        Self::new(error)
    }
}

impl CandleArray {
    /// A CPU tensor of the CPU backend.
    pub(in crate::engine::compute) fn on_cpu(tensor: Tensor) -> ArrayRef {
        Self::on(tensor, None)
    }

    /// A tensor, with the GPU on trial that it belongs to.
    pub(super) fn on(tensor: Tensor, trial: Option<&Arc<OpenTrial>>) -> ArrayRef {
        Arc::new(Self { tensor, trial: trial.cloned() })
    }

    fn with(&self, tensor: Result<Tensor>) -> ComputeResult<ArrayRef> {
        Ok(Self::on(tensor?, self.trial.as_ref()))
    }
}

/// The candle tensor of an array.
///
/// # Errors
/// When the array belongs to another kind of backend.
pub(in crate::engine::compute) fn tensor(array: &dyn Array) -> ComputeResult<&Tensor> {
    Ok(&own::<CandleArray>(array)?.tensor)
}

/// The same number everywhere.
pub(in crate::engine::compute) fn full(value: f32, dims: &[usize], device: &Device) -> Result<Tensor> {
    // On the CPU fresh memory is zero already, and its pages are fetched when they are first written to.
    if value == 0.0 { Tensor::zeros(dims, DType::F32, device) } else { Tensor::full(value, dims, device) }
}

impl Array for CandleArray {
    fn dims(&self) -> &[usize] {
        self.tensor.dims()
    }

    fn reshape(&self, dims: &[usize]) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.reshape(dims))
    }

    fn permute(&self, axes: &[usize]) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.permute(axes))
    }

    fn narrow(&self, axis: usize, start: usize, length: usize) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.narrow(axis, start, length))
    }

    fn contiguous(&self) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.contiguous())
    }

    fn affine(&self, factor: f64, summand: f64) -> ComputeResult<ArrayRef> {
        // Not `copy`, which shares the memory on Metal.
        self.with(self.tensor.affine(factor, summand))
    }

    fn unary(&self, operation: Unary) -> ComputeResult<ArrayRef> {
        self.with(match operation {
            Unary::Square => self.tensor.sqr(),
            Unary::SquareRoot => self.tensor.sqrt(),
            Unary::Reciprocal => self.tensor.recip(),
            Unary::Relu => self.tensor.relu(),
            Unary::Clamp { least, most } => self.tensor.clamp(least, most),
        })
    }

    fn binary(&self, operation: Binary, other: &dyn Array) -> ComputeResult<ArrayRef> {
        let other = tensor(other)?;
        self.with(match operation {
            Binary::Add => self.tensor.broadcast_add(other),
            Binary::Subtract => self.tensor.broadcast_sub(other),
            Binary::Multiply => self.tensor.broadcast_mul(other),
            Binary::Divide => self.tensor.broadcast_div(other),
        })
    }

    fn sum(&self) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.sum_all())
    }

    fn sum_last_axis(&self) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.sum_keepdim(D::Minus1))
    }

    fn matmul(&self, right: &dyn Array) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.matmul(tensor(right)?))
    }

    fn cat(&self, others: &[&dyn Array], axis: usize) -> ComputeResult<ArrayRef> {
        let others = others.iter().map(|other| tensor(*other));
        let all = std::iter::once(Ok(&self.tensor)).chain(others).collect::<ComputeResult<Vec<_>>>()?;
        self.with(Tensor::cat(&all, axis))
    }

    fn index_select(&self, indices: &dyn Array) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.index_select(tensor(indices)?, 0))
    }

    fn to_half(&self) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.to_dtype(DType::F16))
    }

    fn to_single(&self) -> ComputeResult<ArrayRef> {
        self.with(self.tensor.to_dtype(DType::F32))
    }

    fn overwrite(&self, source: &dyn Array) -> ComputeResult<()> {
        Ok(layout::overwrite(&self.tensor, tensor(source)?)?)
    }

    fn visit(&self, look: &mut dyn FnMut(&[f32])) -> ComputeResult<()> {
        if let Some(trial) = &self.trial {
            trial.check_readable()?;
        }
        // Elsewhere reading waits by itself and reports failures, and synchronising would release the memory that
        // NVIDIA's driver keeps for later. On Metal candle checks the last commands alone.
        if self.tensor.device().is_metal() {
            self.tensor.device().synchronize()?;
        }
        let on_host = self.tensor.contiguous()?.to_device(&Device::Cpu)?;
        let (storage, layout) = on_host.storage_and_layout();
        match (&*storage, layout.contiguous_offsets()) {
            (Storage::Cpu(CpuStorage::F32(numbers)), Some((start, end))) => look(&numbers[start..end]),
            _ => return Err(ComputeError::new(format_args!("a tensor of {:?} cannot be read", on_host.dtype()))),
        }
        Ok(())
    }
}
