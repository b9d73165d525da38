//! `+`, `-`, `*` and `/` between tensors of the same shape, and between a tensor and a number.

use std::borrow::Borrow;
use std::ops::{Add, Div, Mul, Sub};

use super::Tensor;
use crate::engine::compute::array::Binary;
use crate::engine::compute::error::{ComputeError, ComputeResult};

/// The operation on two tensors of the same shape.
fn combined(operation: Binary, one: &Tensor, other: &Tensor) -> ComputeResult<Tensor> {
    if one.dims() == other.dims() {
        return one.binary(operation, other);
    }
    let (one, other) = (one.dims(), other.dims());
    Err(ComputeError::new(format_args!("shapes {one:?} and {other:?} differ, and {operation:?} repeats no axis")))
}

macro_rules! operator {
    ($trait:ident, $method:ident, $operation:ident, |$tensor:ident, $number:ident| $with_number:expr) => {
        impl<T: Borrow<Tensor>> $trait<T> for &Tensor {
            type Output = ComputeResult<Tensor>;

            fn $method(self, other: T) -> Self::Output {
                combined(Binary::$operation, self, other.borrow())
            }
        }

        impl<T: Borrow<Tensor>> $trait<T> for Tensor {
            type Output = ComputeResult<Tensor>;

            fn $method(self, other: T) -> Self::Output {
                combined(Binary::$operation, &self, other.borrow())
            }
        }

        impl $trait<f64> for &Tensor {
            type Output = ComputeResult<Tensor>;

            fn $method(self, $number: f64) -> Self::Output {
                let $tensor = self;
                $with_number
            }
        }

        impl $trait<f64> for Tensor {
            type Output = ComputeResult<Tensor>;

            fn $method(self, number: f64) -> Self::Output {
                (&self).$method(number)
            }
        }
    };
}

operator!(Add, add, Add, |tensor, number| tensor.affine(1.0, number));
operator!(Sub, sub, Subtract, |tensor, number| tensor.affine(1.0, -number));
operator!(Mul, mul, Multiply, |tensor, number| tensor.affine(number, 0.0));
operator!(Div, div, Divide, |tensor, number| tensor.affine(1.0 / number, 0.0));
