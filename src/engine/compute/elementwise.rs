//! Operations on each number by itself.

use candle_core::{DType, Result, Tensor};
use rayon::prelude::*;

use super::memory::{edit, overwrite, values};

/// Numbers that one thread works on at a time.
const CHUNK: usize = 1 << 14;

/// Makes everything zero.
pub(crate) fn clear(tensor: &Tensor) -> Result<()> {
    if !tensor.device().is_cpu() {
        return overwrite(tensor, &tensor.zeros_like()?);
    }
    edit(tensor, |numbers| numbers.par_chunks_mut(CHUNK).for_each(|chunk| chunk.fill(0.0)))
}

/// Replaces features, which a ReLU made, by the gradient with respect to what the ReLU was given, from
/// the gradient with respect to the features.
pub(crate) fn mask(features: &Tensor, gradient: &Tensor) -> Result<()> {
    if !features.device().is_cpu() {
        return overwrite(features, &(gradient * features.gt(0.0)?.to_dtype(DType::F32)?)?);
    }
    let gradient = values(gradient)?;
    edit(features, |features| {
        features.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK)).for_each(|(features, gradient)| {
            for (feature, &gradient) in features.iter_mut().zip(gradient) {
                *feature = if *feature > 0.0 { gradient } else { 0.0 };
            }
        });
    })
}

/// Adds `factor (one - other)` to `sum`.
pub(crate) fn add_difference(sum: &Tensor, one: &Tensor, other: &Tensor, factor: f32) -> Result<()> {
    if !sum.device().is_cpu() {
        return overwrite(sum, &(sum + ((one - other)? * f64::from(factor))?)?);
    }
    let (one, other) = (values(one)?, values(other)?);
    edit(sum, |sum| {
        sum.par_chunks_mut(CHUNK).zip(one.par_chunks(CHUNK)).zip(other.par_chunks(CHUNK)).for_each(
            |((sum, one), other)| {
                for ((sum, one), other) in sum.iter_mut().zip(one).zip(other) {
                    *sum += factor * (one - other);
                }
            },
        );
    })
}

/// Adds `other` to `sum`.
pub(crate) fn add(sum: &Tensor, other: &Tensor) -> Result<()> {
    if !sum.device().is_cpu() {
        return overwrite(sum, &(sum + other)?);
    }
    let other = values(other)?;
    edit(sum, |sum| {
        sum.par_chunks_mut(CHUNK).zip(other.par_chunks(CHUNK)).for_each(|(sum, other)| {
            sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        });
    })
}

/// The sum of squared differences.
pub(crate) fn squared_distance(one: &Tensor, other: &Tensor) -> Result<f64> {
    if !one.device().is_cpu() {
        return (one - other)?.sqr()?.sum_all()?.to_scalar::<f32>().map(f64::from);
    }
    let (one, other) = (values(one)?, values(other)?);
    // Chunks are summed in order, so that the same numbers always have the same sum.
    let sums: Vec<f32> = one
        .par_chunks(CHUNK)
        .zip(other.par_chunks(CHUNK))
        .map(|(one, other)| one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum())
        .collect();
    Ok(sums.into_iter().map(f64::from).sum())
}

/// How far one step of Adam goes.
#[derive(Clone, Copy)]
pub(crate) struct AdamStep {
    /// Decay of the mean of gradients, and of their squares.
    pub(crate) decays: (f32, f32),
    /// Step size with the correction of the mean's start from zero in it.
    pub(crate) size: f32,
    /// What the square is divided by, which corrects its start from zero.
    pub(crate) square_correction: f32,
    /// Keeps the division finite.
    pub(crate) epsilon: f32,
}

/// One step of Adam against a gradient, within 0..1. Changes the image and both memories.
pub(crate) fn adam(step: AdamStep, image: &Tensor, gradient: &Tensor, mean: &Tensor, square: &Tensor) -> Result<()> {
    let AdamStep { decays: (first, second), size, square_correction, epsilon } = step;
    if !image.device().is_cpu() {
        let (first, second) = (f64::from(first), f64::from(second));
        overwrite(mean, &((mean * first)? + (gradient * (1.0 - first))?)?)?;
        overwrite(square, &((square * second)? + (gradient.sqr()? * (1.0 - second))?)?)?;
        let root = ((square / f64::from(square_correction))?.sqrt()? + f64::from(epsilon))?;
        let stepped = (image - ((mean / root)? * f64::from(size))?)?;
        return overwrite(image, &stepped.clamp(0f32, 1f32)?);
    }
    let gradient = values(gradient)?;
    edit(image, |image| {
        edit(mean, |mean| {
            edit(square, |square| {
                let memories = mean.par_chunks_mut(CHUNK).zip(square.par_chunks_mut(CHUNK));
                image.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK)).zip(memories).for_each(
                    |((image, gradient), (mean, square))| {
                        for (((value, &gradient), mean), square) in image.iter_mut().zip(gradient).zip(mean).zip(square)
                        {
                            *mean = *mean * first + gradient * (1.0 - first);
                            *square = *square * second + gradient * gradient * (1.0 - second);
                            let root = (*square / square_correction).sqrt() + epsilon;
                            *value = (*value - *mean / root * size).clamp(0.0, 1.0);
                        }
                    },
                );
            })
        })
    })??
}
