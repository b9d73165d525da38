//! Single numbers that tensors are reduced to.

use super::array::{Array, ArrayRef, Binary, Unary};
use super::error::ComputeResult;

/// A number that a backend reduced tensors to. The CPU knows it at once. A GPU keeps it until it is read, because
/// reading waits for everything that the GPU was asked for before.
#[derive(Clone, Debug)]
pub struct Number(Value);

#[derive(Clone, Debug)]
enum Value {
    Known(f64),
    /// Still in a backend's memory: an array without axes.
    Pending(ArrayRef),
}

impl Number {
    /// A number that is known.
    pub fn new(number: f64) -> Self {
        Self(Value::Known(number))
    }

    /// A number that is still in a backend's memory, as an array without axes.
    pub(super) fn pending(number: ArrayRef) -> Self {
        Self(Value::Pending(number))
    }

    /// The number, where reading it waits for nothing.
    pub fn known(&self) -> Option<f64> {
        match self.0 {
            Value::Known(number) => Some(number),
            Value::Pending(_) => None,
        }
    }

    /// The number; waits for its backend.
    ///
    /// # Errors
    /// When anything failed that the backend was asked for before.
    pub fn read(&self) -> ComputeResult<f64> {
        Self::read_all([self]).map(|[number]| number)
    }

    /// Several numbers of one backend, with one wait.
    ///
    /// # Errors
    /// When anything failed that the backend was asked for before.
    pub fn read_all<const N: usize>(numbers: [&Self; N]) -> ComputeResult<[f64; N]> {
        let pending = numbers.iter().filter_map(|number| number.array()).map(|number| number.reshape(&[1]));
        let pending = pending.collect::<ComputeResult<Vec<_>>>()?;
        let mut read = Vec::new();
        if let Some((first, others)) = pending.split_first() {
            let others: Vec<&dyn Array> = others.iter().map(AsRef::as_ref).collect();
            first.cat(&others, 0)?.visit(&mut |numbers| read.extend_from_slice(numbers))?;
        }
        let mut read = read.into_iter();
        Ok(numbers.map(|number| number.known().unwrap_or_else(|| read.next().map_or(f64::NAN, f64::from))))
    }

    /// `factor x + summand`.
    pub(crate) fn affine(&self, factor: f64, summand: f64) -> ComputeResult<Self> {
        Ok(match &self.0 {
            Value::Known(number) => Self::new(factor * number + summand),
            Value::Pending(number) => Self::pending(number.affine(factor, summand)?),
        })
    }

    /// The square root. A number that rounding took below zero counts as the smallest positive one.
    pub(crate) fn square_root(&self) -> ComputeResult<Self> {
        Ok(match &self.0 {
            Value::Known(number) => Self::new(number.max(f64::MIN_POSITIVE).sqrt()),
            // By a ReLU and an addition: a clamp would upload its limits each time.
            Value::Pending(number) => {
                let positive = number.unary(Unary::Relu)?.affine(1.0, f64::from(f32::MIN_POSITIVE))?;
                Self::pending(positive.unary(Unary::SquareRoot)?)
            }
        })
    }

    /// `1 / x` of a number above zero.
    pub(crate) fn reciprocal(&self) -> ComputeResult<Self> {
        Ok(match &self.0 {
            Value::Known(number) => Self::new(1.0 / number),
            Value::Pending(number) => Self::pending(number.unary(Unary::Reciprocal)?),
        })
    }

    /// `self + other`.
    pub(crate) fn plus(&self, other: &Self) -> ComputeResult<Self> {
        match (&self.0, &other.0) {
            (Value::Pending(one), Value::Pending(other)) => Ok(Self::pending(one.binary(Binary::Add, other.as_ref())?)),
            (Value::Known(one), _) => other.affine(1.0, *one),
            (_, Value::Known(other)) => self.affine(1.0, *other),
        }
    }

    /// The array, where it is still in a backend's memory.
    pub(super) fn array(&self) -> Option<&ArrayRef> {
        match &self.0 {
            Value::Known(_) => None,
            Value::Pending(number) => Some(number),
        }
    }
}

impl Default for Number {
    /// Zero.
    fn default() -> Self {
        Self::new(0.0)
    }
}
