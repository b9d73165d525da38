//! Operations on each number, and sums of them.

use rayon::prelude::*;

use crate::engine::compute::backend::AdamStep;

/// Numbers that one thread works on at a time.
const CHUNK: usize = 1 << 14;

/// Makes all numbers zero.
pub(super) fn clear(numbers: &mut [f32]) {
    numbers.par_chunks_mut(CHUNK).for_each(|chunk| chunk.fill(0.0));
}

/// The gradient of a ReLU in the place of its outputs.
pub(super) fn relu_backward(features: &mut [f32], gradient: &[f32]) {
    features.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK)).for_each(|(features, gradient)| {
        for (feature, &gradient) in features.iter_mut().zip(gradient) {
            *feature = if *feature > 0.0 { gradient } else { 0.0 };
        }
    });
}

/// Adds `factor (one - other)` to `sum`.
pub(super) fn add_difference(sum: &mut [f32], one: &[f32], other: &[f32], factor: f32) {
    sum.par_chunks_mut(CHUNK).zip(one.par_chunks(CHUNK)).zip(other.par_chunks(CHUNK)).for_each(
        |((sum, one), other)| {
            for ((sum, one), other) in sum.iter_mut().zip(one).zip(other) {
                *sum += factor * (one - other);
            }
        },
    );
}

/// Adds `other` to `sum`.
pub(super) fn accumulate(sum: &mut [f32], other: &[f32]) {
    sum.par_chunks_mut(CHUNK).zip(other.par_chunks(CHUNK)).for_each(|(sum, other)| {
        sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
    });
}

/// The sum of squared differences.
pub(super) fn squared_distance(one: &[f32], other: &[f32]) -> f64 {
    // The sums of chunks are added in order, so that the same numbers always have the same sum.
    let sums: Vec<f32> = one
        .par_chunks(CHUNK)
        .zip(other.par_chunks(CHUNK))
        .map(|(one, other)| one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum())
        .collect();
    sums.into_iter().map(f64::from).sum()
}

/// One step of Adam.
pub(super) fn adam(step: AdamStep, image: &mut [f32], gradient: &[f32], mean: &mut [f32], square: &mut [f32]) {
    let AdamStep { decays: (first, second), size, square_correction, epsilon, within_unit } = step;
    let (least, most) = if within_unit { (0.0, 1.0) } else { (f32::NEG_INFINITY, f32::INFINITY) };
    let means = mean.par_chunks_mut(CHUNK).zip(square.par_chunks_mut(CHUNK));
    image.par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK)).zip(means).for_each(
        |((image, gradient), (mean, square))| {
            for (((value, &gradient), mean), square) in image.iter_mut().zip(gradient).zip(mean).zip(square) {
                *mean = *mean * first + gradient * (1.0 - first);
                *square = *square * second + gradient * gradient * (1.0 - second);
                let root = (*square / square_correction).sqrt() + epsilon;
                *value = (*value - *mean / root * size).clamp(least, most);
            }
        },
    );
}
