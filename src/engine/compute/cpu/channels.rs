//! Statistics and scaling of single channels. Features are positions x channels.

#![allow(clippy::inline_always)] // see `product`

use pulp::Arch;
use rayon::prelude::*;

use crate::engine::compute::activation::Activation;
use crate::engine::compute::channel_gradient::{ChannelMixture, ChannelProducts};
use crate::engine::compute::channel_statistics::ChannelStatistics;

/// Positions that are summed in f32, whatever the number of threads: their sums are then added in f64, always in the
/// same order.
const POSITIONS: usize = 4096;

/// Positions that are worked on at once, so that loops over few channels fill whole registers.
const TOGETHER: usize = 16;

/// Mean and variance of each channel.
pub(super) fn statistics(features: &[f32], channels: usize) -> ChannelStatistics {
    let arch = Arch::new();
    let parts: Vec<ChannelStatistics> = features
        .par_chunks(POSITIONS * channels)
        .map(|features| {
            arch.dispatch(
                #[inline(always)]
                || part_statistics(features, channels),
            )
        })
        .collect();
    let merged = parts.into_iter().reduce(|all, part| all.merged(&part));
    merged.unwrap_or_else(|| ChannelStatistics::new(0, vec![0.0; channels], vec![0.0; channels]))
}

/// [`statistics`] of some positions.
#[inline(always)]
fn part_statistics(features: &[f32], channels: usize) -> ChannelStatistics {
    let positions = features.len() / channels;
    let mean = |mut sums: Vec<f32>| {
        for sum in &mut sums {
            *sum /= positions as f32;
        }
        sums
    };
    let means = mean(sums(features, channels, &vec![0.0; channels], |value, _| value));
    let variances = mean(sums(features, channels, &means, |value, mean| (value - mean) * (value - mean)));
    let exact = |numbers: Vec<f32>| numbers.into_iter().map(f64::from).collect();
    ChannelStatistics::new(positions, exact(means), exact(variances))
}

/// The sum over all positions of a function of each number and its channel's centre.
#[inline(always)]
fn sums(features: &[f32], channels: usize, centres: &[f32], number: impl Fn(f32, f32) -> f32) -> Vec<f32> {
    let centres = centres.repeat(TOGETHER);
    let mut lanes = vec![0f32; TOGETHER * channels];
    for block in features.chunks(TOGETHER * channels) {
        for ((lane, &value), &centre) in lanes.iter_mut().zip(block).zip(&centres) {
            *lane += number(value, centre);
        }
    }
    (0..channels).map(|channel| lanes.iter().skip(channel).step_by(channels).sum()).collect()
}

/// The sum of the gradient of each channel, and the sum of its products with the features less their centres.
pub(super) fn products(gradient: &[f32], features: &[f32], centres: &[f32]) -> ChannelProducts {
    let channels = centres.len();
    let arch = Arch::new();
    let parts: Vec<[Vec<f32>; 2]> = gradient
        .par_chunks(POSITIONS * channels)
        .zip(features.par_chunks(POSITIONS * channels))
        .map(|(gradient, features)| {
            arch.dispatch(
                #[inline(always)]
                || part_products(gradient, features, centres),
            )
        })
        .collect();
    let total = |index: usize| {
        let mut sums = vec![0f64; channels];
        for part in &parts {
            sums.iter_mut().zip(&part[index]).for_each(|(sum, part)| *sum += f64::from(*part));
        }
        sums
    };
    ChannelProducts { gradients: total(0), products: total(1) }
}

/// [`products`] of some positions.
#[inline(always)]
fn part_products(gradient: &[f32], features: &[f32], centres: &[f32]) -> [Vec<f32>; 2] {
    let channels = centres.len();
    let centres = centres.repeat(TOGETHER);
    let (mut gradients, mut products) = (vec![0f32; centres.len()], vec![0f32; centres.len()]);
    for (gradient, features) in gradient.chunks(centres.len()).zip(features.chunks(centres.len())) {
        let sums = gradients.iter_mut().zip(&mut products);
        for (((sum, product), (gradient, feature)), centre) in sums.zip(gradient.iter().zip(features)).zip(&centres) {
            *sum += gradient;
            *product += gradient * (feature - centre);
        }
    }
    [gradients, products]
        .map(|lanes| (0..channels).map(|channel| lanes.iter().skip(channel).step_by(channels).sum()).collect())
}

/// Replaces each number of the gradient by a mixture of it and the feature.
pub(super) fn mix(gradient: &mut [f32], features: &[f32], mixture: &ChannelMixture) {
    let channels = mixture.offset.len();
    let [own, other, offset] =
        [&mixture.gradient, &mixture.feature, &mixture.offset].map(|numbers| numbers.repeat(TOGETHER));
    let arch = Arch::new();
    gradient.par_chunks_mut(POSITIONS * channels).zip(features.par_chunks(POSITIONS * channels)).for_each(
        |(gradient, features)| {
            arch.dispatch(
                #[inline(always)]
                || {
                    for (gradient, features) in gradient.chunks_mut(own.len()).zip(features.chunks(own.len())) {
                        let factors = own.iter().zip(&other).zip(&offset);
                        for ((gradient, feature), ((own, other), offset)) in
                            gradient.iter_mut().zip(features).zip(factors)
                        {
                            *gradient = gradient.mul_add(*own, feature.mul_add(*other, *offset));
                        }
                    }
                },
            );
        },
    );
}

/// Replaces each number by the activation of `factor x + offset`.
pub(super) fn scale(features: &mut [f32], factors: &[f32], offsets: &[f32], activation: Activation) {
    let channels = factors.len();
    let (factors, offsets) = (factors.repeat(TOGETHER), offsets.repeat(TOGETHER));
    let arch = Arch::new();
    features.par_chunks_mut(POSITIONS * channels).for_each(|features| {
        arch.dispatch(
            #[inline(always)]
            || match activation {
                Activation::Identity => scale_part(features, &factors, &offsets, |x| x),
                Activation::Relu => scale_part(features, &factors, &offsets, |x| Activation::Relu.of(x)),
                Activation::Relu6 => scale_part(features, &factors, &offsets, |x| Activation::Relu6.of(x)),
                Activation::Sigmoid => scale_part(features, &factors, &offsets, |x| Activation::Sigmoid.of(x)),
            },
        );
    });
}

#[inline(always)]
fn scale_part(features: &mut [f32], factors: &[f32], offsets: &[f32], activation: impl Fn(f32) -> f32) {
    for block in features.chunks_mut(factors.len()) {
        for ((value, factor), offset) in block.iter_mut().zip(factors).zip(offsets) {
            *value = activation(value.mul_add(*factor, *offset));
        }
    }
}
