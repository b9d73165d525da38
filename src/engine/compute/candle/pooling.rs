//! 2x2 max pooling with stride 2, and its gradient. candle's own `max_pool2d` has a gradient that is divided by four.
//!
//! Pooled values remember the place of the largest value in their window, 0 to 3, in their own memory: a second array
//! would take as much again. A value is rounded to 20 bits and multiplied by 1 plus the place times f32's epsilon. The
//! difference to the value that is rounded again is the place. candle has no operations on bits, which would be more
//! direct.

use candle_core::{Result, Tensor};

use super::elementwise::above_zero;
use crate::engine::compute::rows::pooled;

/// Rounds to 20 bits by `c - (c - x)` with `c = (2^4 + 1) x` (Dekker, A Floating-Point Technique for Extending the
/// Available Precision, 1971).
fn rounded(numbers: &Tensor) -> Result<Tensor> {
    let enlarged = (numbers * 17.0)?;
    &enlarged - (&enlarged - numbers)?
}

/// Numbers with the number of a place, 0 to 3, in their memory.
fn with_place(numbers: &Tensor, place: &Tensor) -> Result<Tensor> {
    rounded(numbers)? * place.affine(f64::from(f32::EPSILON), 1.0)?
}

/// The numbers of the places.
fn place_of(numbers: &Tensor) -> Result<Tensor> {
    let value = rounded(numbers)?;
    // Zero has the place 0; without the smallest number it would be divided by zero.
    let nonzero = (value.abs()? + f64::from(f32::MIN_POSITIVE))?;
    ((numbers - &value)?.abs()? / nonzero)?.affine(1.0 / f64::from(f32::EPSILON), 0.0)?.round()
}

/// 1 where the place is this one, else 0.
fn is_place(places: &Tensor, place: usize) -> Result<Tensor> {
    places.affine(1.0, -(place as f64))?.abs()?.affine(-1.0, 1.0)?.relu()
}

/// The largest of each window of features that are not below zero (channels x height x width), with its place.
pub(super) fn pool(planes: &Tensor) -> Result<Tensor> {
    let (channels, height, width) = planes.dims3()?;
    let (rows, columns) = (pooled(height), pooled(width));
    let (tall, wide) = (2.min(height), 2.min(width));
    let split = planes
        .narrow(1, 0, rows * tall)?
        .narrow(2, 0, columns * wide)?
        .contiguous()?
        .reshape((channels, rows, tall, columns, wide))?;
    let at =
        |place: usize| split.narrow(2, place / 2, 1)?.narrow(4, place % 2, 1)?.squeeze(4)?.squeeze(2)?.contiguous();
    let mut largest = at(0)?;
    let mut places = largest.zeros_like()?;
    for place in (1..4).filter(|place| place / 2 < tall && place % 2 < wide) {
        let value = at(place)?;
        // 1 where it is above all before it, else 0.
        let is_larger = above_zero(&(&value - &largest)?)?;
        let change = is_larger.affine(place as f64, 0.0)?;
        places = ((&places - (&places * &is_larger)?)? + change)?;
        largest = largest.maximum(&value)?;
    }
    with_place(&largest, &places)
}

/// The gradient that takes the place of pooled values, and keeps their places.
pub(super) fn gradient_with_place_of(gradient: &Tensor, pooled: &Tensor) -> Result<Tensor> {
    with_place(&(gradient * above_zero(pooled)?)?, &place_of(pooled)?)
}

/// The gradient before pooling, channels x `height` x `width`, given some rows of that of the pooled values: zero
/// beyond them.
pub(super) fn unpool(gradient: &Tensor, (height, width): (usize, usize)) -> Result<Tensor> {
    let (_, rows, columns) = gradient.dims3()?;
    let (tall, wide) = (2.min(height), 2.min(width));
    let places = place_of(gradient)?;
    let line = |row: usize| {
        let parts: Vec<Tensor> =
            (0..wide).map(|column| gradient * is_place(&places, 2 * row + column)?).collect::<Result<_>>()?;
        Tensor::stack(&parts, 3)?.flatten(2, 3)?.pad_with_zeros(2, 0, width - columns * wide)
    };
    let lines: Vec<Tensor> = (0..tall).map(line).collect::<Result<_>>()?;
    let joined = Tensor::stack(&lines, 2)?.flatten(1, 2)?;
    joined.pad_with_zeros(1, 0, height.saturating_sub(rows * tall))
}
