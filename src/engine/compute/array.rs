//! Numbers in a backend's memory, and the elementary operations on them.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use super::error::{ComputeError, ComputeResult};

/// A shared array; cloning it copies no numbers.
pub(super) type ArrayRef = Arc<dyn Array>;

/// A function of each number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unary {
    /// `x^2`.
    Square,
    /// `x^(1/2)`.
    SquareRoot,
    /// `1 / x`.
    Reciprocal,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, least), most)`.
    Clamp {
        /// The lower limit.
        least: f32,
        /// The upper limit.
        most: f32,
    },
}

/// A function of two numbers at the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    /// `x + y`.
    Add,
    /// `x - y`.
    Subtract,
    /// `x y`.
    Multiply,
    /// `x / y`.
    Divide,
}

/// Numbers in a backend's memory, with a shape, and the elementary operations on them. [`super::Tensor`] is the handle
/// that the rest of the engine sees.
///
/// Numbers are f32, but for indices (u32) and copies that are only kept (f16). Views share memory; whether an array is
/// a view is the backend's business, and [`Array::contiguous`] ends it. Every operation takes arrays of its own backend
/// and fails on others.
pub(super) trait Array: Any + Debug + Send + Sync {
    /// The length of each axis; empty for a single number.
    fn dims(&self) -> &[usize];

    /// The same numbers in another shape. A view where the numbers lie in row-major order, else a copy.
    fn reshape(&self, dims: &[usize]) -> ComputeResult<ArrayRef>;

    /// A view in which axis `i` is this array's axis `axes[i]`.
    fn permute(&self, axes: &[usize]) -> ComputeResult<ArrayRef>;

    /// A view of `length` positions of an axis, from `start` on.
    fn narrow(&self, axis: usize, start: usize, length: usize) -> ComputeResult<ArrayRef>;

    /// The same numbers in row-major order, copied only where they lie otherwise.
    fn contiguous(&self) -> ComputeResult<ArrayRef>;

    /// `factor x + summand` of each number; always in memory of its own.
    fn affine(&self, factor: f64, summand: f64) -> ComputeResult<ArrayRef>;

    /// A function of each number.
    fn unary(&self, operation: Unary) -> ComputeResult<ArrayRef>;

    /// A function of both arrays' numbers. Axes of length 1, and missing leading ones, are repeated.
    fn binary(&self, operation: Binary, other: &dyn Array) -> ComputeResult<ArrayRef>;

    /// The sum of all numbers, without axes.
    fn sum(&self) -> ComputeResult<ArrayRef>;

    /// The sums along the last axis, which stays with length 1.
    fn sum_last_axis(&self) -> ComputeResult<ArrayRef>;

    /// The product of two matrices.
    fn matmul(&self, right: &dyn Array) -> ComputeResult<ArrayRef>;

    /// This array and then the others, along an axis; all other axes must have the same lengths.
    fn cat(&self, others: &[&dyn Array], axis: usize) -> ComputeResult<ArrayRef>;

    /// The rows (along the first axis) with these indices (u32, one axis).
    fn index_select(&self, indices: &dyn Array) -> ComputeResult<ArrayRef>;

    /// A copy in half precision (f16), to be kept: only [`Array::to_single`] is defined on it.
    fn to_half(&self) -> ComputeResult<ArrayRef>;

    /// The f32 numbers of a copy in half precision.
    fn to_single(&self) -> ComputeResult<ArrayRef>;

    /// Writes the numbers of `source`, of the same shape, into this array's memory.
    ///
    /// # Errors
    /// Also when this array's numbers do not lie one after the other in memory.
    fn overwrite(&self, source: &dyn Array) -> ComputeResult<()>;

    /// Waits for the backend and shows the numbers in row-major order.
    ///
    /// # Errors
    /// When anything failed that the backend was asked for before.
    fn visit(&self, look: &mut dyn FnMut(&[f32])) -> ComputeResult<()>;
}

/// A backend's own array behind the interface.
///
/// # Errors
/// When the array belongs to another kind of backend.
pub(super) fn own<T: Array>(array: &dyn Array) -> ComputeResult<&T> {
    let any: &dyn Any = array;
    any.downcast_ref().ok_or_else(|| {
        ComputeError::new(format_args!("a tensor of shape {:?} belongs to another backend", array.dims()))
    })
}
