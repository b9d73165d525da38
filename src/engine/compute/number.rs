//! Numbers that tensors are brought down to.

use candle_core::{D, Result, Tensor};

use super::matrix::identity;
use super::memory::wait_for;
use super::trial::has_own_kernels;

/// A number that was made of tensors. The CPU knows it at once. Elsewhere it stays on the device until it is read:
/// reading waits for all that the device was asked for before.
#[derive(Clone, Debug)]
pub enum Number {
    /// It is known.
    Here(f64),
    /// It is still on its device, a tensor without dimensions.
    There(Tensor),
}

impl Number {
    /// Whether reading it waits for nothing.
    pub fn is_here(&self) -> bool {
        matches!(self, Self::Here(_))
    }

    /// The number, once its device has come to it.
    pub fn read(&self) -> Result<f64> {
        Self::read_all([self]).map(|[number]| number)
    }

    /// Several numbers of one device, with one wait.
    pub fn read_all<const N: usize>(numbers: [&Self; N]) -> Result<[f64; N]> {
        let there: Vec<&Tensor> = numbers.into_iter().filter_map(Self::tensor).collect();
        let read = match there.first() {
            None => Vec::new(),
            Some(first) => {
                wait_for(first.device())?;
                Tensor::stack(&there, 0)?.to_vec1::<f32>()?
            }
        };
        let mut read = read.into_iter();
        Ok(numbers.map(|number| match number {
            Self::Here(number) => *number,
            Self::There(_) => read.next().map_or(f64::NAN, f64::from),
        }))
    }

    /// `factor self + summand`.
    pub(crate) fn affine(&self, factor: f64, summand: f64) -> Result<Self> {
        Ok(match self {
            Self::Here(number) => Self::Here(factor * number + summand),
            Self::There(number) => Self::There(number.affine(factor, summand)?),
        })
    }

    /// Its square root; of what rounding took below zero, that of next to nothing.
    pub(crate) fn root(&self) -> Result<Self> {
        Ok(match self {
            Self::Here(number) => Self::Here(number.max(f64::MIN_POSITIVE).sqrt()),
            // Without constants, which the host would send each time.
            Self::There(number) => Self::There(number.relu()?.affine(1.0, f64::from(f32::MIN_POSITIVE))?.sqrt()?),
        })
    }

    /// One divided by it; it is above zero.
    pub(crate) fn inverse(&self) -> Result<Self> {
        Ok(match self {
            Self::Here(number) => Self::Here(1.0 / number),
            Self::There(number) => Self::There(number.recip()?),
        })
    }

    /// `self + other`.
    pub(crate) fn plus(&self, other: &Self) -> Result<Self> {
        Ok(match (self, other) {
            (Self::There(one), Self::There(other)) => Self::There((one + other)?),
            (Self::Here(one), other) => other.affine(1.0, *one)?,
            (one, Self::Here(other)) => one.affine(1.0, *other)?,
        })
    }

    fn tensor(&self) -> Option<&Tensor> {
        match self {
            Self::Here(_) => None,
            Self::There(number) => Some(number),
        }
    }
}

impl Default for Number {
    fn default() -> Self {
        Self::Here(0.0)
    }
}

/// The sum of a tensor's numbers.
pub(crate) fn sum(tensor: &Tensor) -> Result<Number> {
    if has_own_kernels(tensor.device()) {
        return Ok(Number::Here(f64::from(tensor.sum_all()?.to_scalar::<f32>()?)));
    }
    total(tensor).map(Number::There)
}

/// The sum of the squares of a tensor's numbers.
pub(crate) fn sum_of_squares(tensor: &Tensor) -> Result<Number> {
    sum(&tensor.sqr()?)
}

/// The sum of a matrix's diagonal.
pub(crate) fn trace(matrix: &Tensor) -> Result<Number> {
    sum(&(matrix * identity(matrix.dim(0)?, matrix.device())?)?)
}

/// The sum of a tensor's numbers, by candle's operations. In two steps: candle gives each sum to one block of threads.
pub(super) fn total(tensor: &Tensor) -> Result<Tensor> {
    // A sum over no dimension would ask the card for no memory, which some refuse.
    if tensor.rank() < 2 { tensor.sum_all() } else { tensor.sum(D::Minus1)?.sum_all() }
}
