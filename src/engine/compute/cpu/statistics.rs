//! Sums over positions, and linear maps of every position.

#![allow(clippy::inline_always)] // see `product`

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::product::{DEPTH, Panels};
use super::square::{add_upper_moments, mirror};

/// Positions that are multiplied at once: few enough to stay in the cache between two uses.
const POSITIONS: usize = DEPTH;

/// The sums of some positions.
pub(super) struct PartialMoments {
    /// Channels.
    pub(super) sum: Vec<f32>,
    /// Channels x channels.
    pub(super) products: Panels,
}

/// The moments of features (positions x channels), in parts to be added in order: each thread sums a part of its own,
/// so the same picture always gives the same numbers with the same number of threads.
pub(super) fn moments(features: &[f32], weights: Option<&[f32]>, channels: usize) -> Vec<PartialMoments> {
    let positions = features.len() / channels;
    let share = positions.div_ceil(rayon::current_num_threads()).next_multiple_of(POSITIONS).max(POSITIONS);
    features
        .par_chunks(share * channels)
        .enumerate()
        .map(|(part, features)| part_moments(features, weights.map(|weights| &weights[part * share..]), channels))
        .collect()
}

/// The moments of some positions; there may be more weights than positions.
fn part_moments(features: &[f32], weights: Option<&[f32]>, channels: usize) -> PartialMoments {
    let arch = Arch::new();
    let mut sum = vec![0.0; channels];
    let mut packed = Panels::new(1, POSITIONS, channels, arch);
    let mut products = Panels::new(1, channels, channels, arch);
    let mut scaled = Vec::new();
    for (block, positions) in features.chunks(POSITIONS * channels).enumerate() {
        let weights = weights.map(|weights| &weights[block * POSITIONS..]);
        let mut part = vec![0.0f32; channels];
        match weights {
            None => {
                for features in positions.chunks_exact(channels) {
                    part.iter_mut().zip(features).for_each(|(part, feature)| *part += feature);
                }
                packed.repack(positions);
            }
            Some(weights) => {
                // Both factors of the product are multiplied by the weight's root.
                scaled.clear();
                for (features, &weight) in positions.chunks_exact(channels).zip(weights) {
                    part.iter_mut().zip(features).for_each(|(part, feature)| *part += weight * feature);
                    let root = weight.sqrt();
                    scaled.extend(features.iter().map(|feature| root * feature));
                }
                packed.repack(&scaled);
            }
        }
        sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        add_upper_moments(&mut products, &packed, positions.len() / channels, arch);
    }
    mirror(&mut products);
    PartialMoments { sum, products }
}

/// Adds `F map + offset` to `sum` at every position, times the position's weight; all are positions x channels.
pub(super) fn add_mapped(sum: &mut [f32], features: &[f32], weights: Option<&[f32]>, map: &[f32], offset: &[f32]) {
    let channels = offset.len();
    let arch = Arch::new();
    let map = Panels::pack(map, channels, arch);
    let block = POSITIONS * channels;
    sum.par_chunks_mut(block).zip(features.par_chunks(block)).enumerate().for_each_init(
        Vec::new,
        |scratch, (index, (sum, features))| {
            let weights = weights.map(|weights| &weights[index * POSITIONS..]);
            arch.dispatch(AddMapped { sum, features, weights, map: &map, offset, scratch });
        },
    );
}

/// [`add_mapped`] for some positions.
struct AddMapped<'a> {
    sum: &'a mut [f32],
    features: &'a [f32],
    /// At least one for each position.
    weights: Option<&'a [f32]>,
    map: &'a Panels,
    offset: &'a [f32],
    scratch: &'a mut Vec<f32>,
}

impl WithSimd for AddMapped<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sum, features, weights, map, offset, scratch } = self;
        let mapped = map.multiply_all(simd, features, scratch).chunks_exact(map.padded_columns());
        for (position, (sum, mapped)) in sum.chunks_exact_mut(map.columns()).zip(mapped).enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[position]);
            for ((sum, mapped), offset) in sum.iter_mut().zip(mapped).zip(offset) {
                *sum += weight * (mapped + offset);
            }
        }
    }
}
