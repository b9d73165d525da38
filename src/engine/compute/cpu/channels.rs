//! Statistics and scaling of single channels. Features are positions x channels.

#![allow(clippy::inline_always)] // see `product`

use pulp::Arch;
use rayon::prelude::*;

use crate::engine::compute::activation::Activation;
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
