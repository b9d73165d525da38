//! Tensors: the handle through which the engine uses a backend's arrays.

mod dims;
mod operators;

use std::borrow::Borrow;
use std::fmt;

use rayon::prelude::*;

use super::array::{Array, ArrayRef, Binary, Unary};
use super::device::Device;
use super::error::{ComputeError, ComputeResult};

pub use dims::IntoDims;

/// Numbers with a shape in the memory of a device.
///
/// Cloning a tensor copies nothing: clones and views share memory, and [`Tensor::overwrite`] and the operations of
/// `compute::operations` that add to a tensor change all of them. Everything else makes a new tensor on the same
/// device. Operations on tensors of different devices fail.
///
/// Numbers are f32, but for indices (u32) and copies in half precision, which are only kept.
#[derive(Clone)]
pub struct Tensor {
    array: ArrayRef,
    device: Device,
}

/// New tensors.
impl Tensor {
    /// Numbers in row-major order.
    ///
    /// # Errors
    /// When there are more or fewer numbers than the shape has places, or the device has no memory.
    pub fn from_vec(numbers: Vec<f32>, dims: impl IntoDims, device: &Device) -> ComputeResult<Self> {
        Ok(Self::on(device.backend().upload(numbers, &dims.into_dims())?, device))
    }

    /// Indices for [`Tensor::index_select`].
    pub fn from_indices(indices: Vec<u32>, dims: impl IntoDims, device: &Device) -> ComputeResult<Self> {
        Ok(Self::on(device.backend().upload_indices(indices, &dims.into_dims())?, device))
    }

    /// The same number everywhere.
    pub fn full(value: f32, dims: impl IntoDims, device: &Device) -> ComputeResult<Self> {
        Ok(Self::on(device.backend().full(value, &dims.into_dims())?, device))
    }

    /// Zeros.
    pub fn zeros(dims: impl IntoDims, device: &Device) -> ComputeResult<Self> {
        Self::full(0.0, dims, device)
    }

    /// Ones.
    pub fn ones(dims: impl IntoDims, device: &Device) -> ComputeResult<Self> {
        Self::full(1.0, dims, device)
    }

    /// Zeros in the shape of this tensor, in row-major order.
    pub fn zeros_like(&self) -> ComputeResult<Self> {
        Self::zeros(self.dims(), &self.device)
    }

    /// The identity matrix, size x size.
    pub(crate) fn identity(size: usize, device: &Device) -> ComputeResult<Self> {
        Ok(Self::on(device.backend().identity(size)?, device))
    }

    /// Features of height x width x channels, all zero, laid out as the device wants features.
    pub fn features(shape: (usize, usize, usize), device: &Device) -> ComputeResult<Self> {
        Self::zeros(shape.0 * shape.1 * shape.2, device)?.lay_out(shape)
    }

    /// This tensor's numbers, which have one axis, as features of height x width x channels in the same memory.
    pub(super) fn lay_out(&self, shape: (usize, usize, usize)) -> ComputeResult<Self> {
        Ok(self.with(self.device.backend().lay_out(self.array(), shape)?))
    }

    /// The tensors one after the other along an axis.
    ///
    /// # Errors
    /// When there is none, or their other axes differ.
    pub fn cat<T: Borrow<Self>>(tensors: &[T], axis: usize) -> ComputeResult<Self> {
        let Some((first, others)) = tensors.split_first() else {
            return Err(ComputeError::new("there are no tensors to join"));
        };
        let first = first.borrow();
        let others = others.iter().map(|other| first.same_device(other.borrow()));
        Ok(first.with(first.array.cat(&others.collect::<ComputeResult<Vec<_>>>()?, axis)?))
    }
}

/// Shapes.
impl Tensor {
    /// The length of each axis.
    pub fn dims(&self) -> &[usize] {
        self.array.dims()
    }

    /// The length of one axis.
    pub fn dim(&self, axis: usize) -> ComputeResult<usize> {
        self.dims().get(axis).copied().ok_or_else(|| self.wrong_shape(&format!("no axis {axis}")))
    }

    /// The lengths of two axes.
    pub fn dims2(&self) -> ComputeResult<(usize, usize)> {
        if let [one, two] = *self.dims() { Ok((one, two)) } else { Err(self.wrong_shape("not two axes")) }
    }

    /// The lengths of three axes.
    pub fn dims3(&self) -> ComputeResult<(usize, usize, usize)> {
        if let [one, two, three] = *self.dims() {
            Ok((one, two, three))
        } else {
            Err(self.wrong_shape("not three axes"))
        }
    }

    /// How many numbers it has.
    pub fn elem_count(&self) -> usize {
        self.dims().iter().product()
    }

    /// The same numbers in another shape; shares memory where they lie in row-major order.
    pub fn reshape(&self, dims: impl IntoDims) -> ComputeResult<Self> {
        Ok(self.with(self.array.reshape(&dims.into_dims())?))
    }

    /// With all axes from `first` to `last` as one.
    pub fn flatten(&self, first: usize, last: usize) -> ComputeResult<Self> {
        let dims = self.dims();
        let Some(joined) = dims.get(first..=last) else {
            return Err(self.wrong_shape(&format!("no axes {first} to {last}")));
        };
        self.reshape([&dims[..first], &[joined.iter().product()], &dims[last + 1..]].concat().as_slice())
    }

    /// With another axis of length 1 before axis `axis`.
    pub fn unsqueeze(&self, axis: usize) -> ComputeResult<Self> {
        let (before, after) = self.dims().split_at(axis);
        self.reshape([before, &[1], after].concat().as_slice())
    }

    /// Without axis `axis`, where its length is 1.
    pub fn squeeze(&self, axis: usize) -> ComputeResult<Self> {
        let dims = self.dims();
        if dims.get(axis) == Some(&1) {
            return self.reshape([&dims[..axis], &dims[axis + 1..]].concat().as_slice());
        }
        Ok(self.clone())
    }

    /// A view of `length` positions of an axis, from `start` on.
    pub fn narrow(&self, axis: usize, start: usize, length: usize) -> ComputeResult<Self> {
        Ok(self.with(self.array.narrow(axis, start, length)?))
    }

    /// The part at one position of the first axis, without that axis.
    pub fn get(&self, position: usize) -> ComputeResult<Self> {
        self.narrow(0, position, 1)?.squeeze(0)
    }

    /// A view in which axis `i` is this tensor's axis `axes[i]`.
    pub fn permute<const N: usize>(&self, axes: [usize; N]) -> ComputeResult<Self> {
        Ok(self.with(self.array.permute(&axes)?))
    }

    /// A matrix, transposed; a view.
    pub fn t(&self) -> ComputeResult<Self> {
        self.permute([1, 0])
    }

    /// The same numbers in row-major order, copied only where they lie otherwise.
    pub fn contiguous(&self) -> ComputeResult<Self> {
        Ok(self.with(self.array.contiguous()?))
    }

    /// With zeros before and after along an axis.
    pub fn pad_with_zeros(&self, axis: usize, before: usize, after: usize) -> ComputeResult<Self> {
        let zeros = |length: usize| {
            let mut dims = self.dims().to_vec();
            dims[axis] = length;
            Self::zeros(dims.as_slice(), &self.device)
        };
        let mut parts = vec![self.clone()];
        if before > 0 {
            parts.insert(0, zeros(before)?);
        }
        if after > 0 {
            parts.push(zeros(after)?);
        }
        if parts.len() == 1 { Ok(self.clone()) } else { Self::cat(&parts, axis) }
    }

    /// The rows (along the first axis) with these indices, which were made by [`Tensor::from_indices`].
    pub fn index_select(&self, indices: &Self) -> ComputeResult<Self> {
        Ok(self.with(self.array.index_select(self.same_device(indices)?)?))
    }
}

/// Numbers in, numbers out.
impl Tensor {
    /// `factor x + summand` of each number.
    pub fn affine(&self, factor: f64, summand: f64) -> ComputeResult<Self> {
        Ok(self.with(self.array.affine(factor, summand)?))
    }

    /// `x^2` of each number.
    pub fn sqr(&self) -> ComputeResult<Self> {
        self.unary(Unary::Square)
    }

    /// `x^(1/2)` of each number.
    pub fn sqrt(&self) -> ComputeResult<Self> {
        self.unary(Unary::SquareRoot)
    }

    /// `max(x, 0)` of each number; on GPUs NaN becomes 0, too.
    pub fn relu(&self) -> ComputeResult<Self> {
        self.unary(Unary::Relu)
    }

    /// Each number, limited to `least..=most`.
    pub fn clamp(&self, least: f32, most: f32) -> ComputeResult<Self> {
        self.unary(Unary::Clamp { least, most })
    }

    /// `x + y` of the numbers of both; axes of length 1 and missing leading ones are repeated.
    pub fn broadcast_add(&self, other: &Self) -> ComputeResult<Self> {
        self.binary(Binary::Add, other)
    }

    /// As [`Tensor::broadcast_add`], `x - y`.
    pub fn broadcast_sub(&self, other: &Self) -> ComputeResult<Self> {
        self.binary(Binary::Subtract, other)
    }

    /// As [`Tensor::broadcast_add`], `x y`.
    pub fn broadcast_mul(&self, other: &Self) -> ComputeResult<Self> {
        self.binary(Binary::Multiply, other)
    }

    /// As [`Tensor::broadcast_add`], `x / y`.
    pub fn broadcast_div(&self, other: &Self) -> ComputeResult<Self> {
        self.binary(Binary::Divide, other)
    }

    /// The sum of all numbers, without axes; [`Tensor::to_scalar`] reads it.
    pub fn sum_all(&self) -> ComputeResult<Self> {
        Ok(self.with(self.array.sum()?))
    }

    /// The sums along the last axis, which stays with length 1.
    pub(crate) fn sum_last_axis(&self) -> ComputeResult<Self> {
        Ok(self.with(self.array.sum_last_axis()?))
    }

    /// The product of two matrices. `compute::operations::multiply` is faster for large ones.
    pub fn matmul(&self, right: &Self) -> ComputeResult<Self> {
        Ok(self.with(self.array.matmul(self.same_device(right)?)?))
    }

    /// A copy in half precision (f16), which takes half the memory and can only be kept.
    pub(crate) fn to_half(&self) -> ComputeResult<Self> {
        Ok(self.with(self.array.to_half()?))
    }

    /// The f32 numbers of a copy in half precision.
    pub(crate) fn to_single(&self) -> ComputeResult<Self> {
        Ok(self.with(self.array.to_single()?))
    }

    /// A copy with memory of its own.
    pub fn copy(&self) -> ComputeResult<Self> {
        self.affine(1.0, 0.0)
    }

    /// Copies the numbers of `source`, of the same shape, into this tensor's memory.
    ///
    /// # Errors
    /// Also when this tensor's numbers do not lie one after the other in memory.
    pub fn overwrite(&self, source: &Self) -> ComputeResult<()> {
        self.array.overwrite(self.same_device(source)?)
    }

    fn unary(&self, operation: Unary) -> ComputeResult<Self> {
        Ok(self.with(self.array.unary(operation)?))
    }

    fn binary(&self, operation: Binary, other: &Self) -> ComputeResult<Self> {
        Ok(self.with(self.array.binary(operation, self.same_device(other)?)?))
    }
}

/// Devices.
impl Tensor {
    /// Where it is.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The same numbers on a device, in row-major order; shares memory where they are there already.
    pub fn to_device(&self, device: &Device) -> ComputeResult<Self> {
        if self.device == *device { Ok(self.clone()) } else { Self::from_vec(self.to_vec()?, self.dims(), device) }
    }

    /// The numbers in row-major order; waits for the device.
    ///
    /// # Errors
    /// When anything failed that the device was asked for before.
    pub fn to_vec(&self) -> ComputeResult<Vec<f32>> {
        let mut all = Vec::new();
        self.array.visit(&mut |numbers| all.extend_from_slice(numbers))?;
        Ok(all)
    }

    /// The only number of a tensor; waits for the device.
    ///
    /// # Errors
    /// When there is not exactly one, or anything failed that the device was asked for before.
    pub fn to_scalar(&self) -> ComputeResult<f32> {
        if let [number] = self.to_vec()?[..] { Ok(number) } else { Err(self.wrong_shape("not one number")) }
    }

    /// The numbers in row-major order, each converted; waits for the device.
    pub(crate) fn read_as<T: Send>(&self, convert: impl Fn(f32) -> T + Send + Sync) -> ComputeResult<Vec<T>> {
        let mut converted = Vec::new();
        let is_cpu = self.device.is_cpu();
        self.array.visit(&mut |numbers| {
            converted = if is_cpu {
                // Painting waits for this. Most of the time goes into the pages of new memory, which all cores can
                // fetch.
                numbers.par_iter().map(|&number| convert(number)).collect()
            } else {
                numbers.iter().map(|&number| convert(number)).collect()
            };
        })?;
        Ok(converted)
    }

    /// A backend's array as a tensor.
    pub(super) fn on(array: ArrayRef, device: &Device) -> Self {
        Self { array, device: device.clone() }
    }

    /// Another array on the same device.
    pub(super) fn with(&self, array: ArrayRef) -> Self {
        Self::on(array, &self.device)
    }

    /// The backend's array.
    pub(super) fn array(&self) -> &dyn Array {
        self.array.as_ref()
    }

    /// The backend's array, to be kept.
    pub(super) fn array_ref(&self) -> ArrayRef {
        ArrayRef::clone(&self.array)
    }

    /// The array of another tensor that this one is combined with.
    ///
    /// # Errors
    /// When the other is on another device.
    pub(super) fn same_device<'a>(&self, other: &'a Self) -> ComputeResult<&'a dyn Array> {
        if self.device == other.device {
            return Ok(other.array());
        }
        Err(ComputeError::new(format_args!(
            "tensors of shapes {:?} and {:?} are on different devices",
            self.dims(),
            other.dims()
        )))
    }

    fn wrong_shape(&self, problem: &str) -> ComputeError {
        ComputeError::new(format_args!("a tensor of shape {:?} has {problem}", self.dims()))
    }
}

impl fmt::Debug for Tensor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Tensor")
            .field("dims", &self.dims())
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}
