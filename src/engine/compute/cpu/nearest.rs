//! The search for the nearest of some directions.

#![allow(clippy::inline_always)] // see `product`

use candle_core::{Device, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::product::{Panels, ROWS_AT_ONCE};
use super::slices::{axes, edit, values};
use crate::engine::compute::array::{Array, ArrayRef};
use crate::engine::compute::backend::{DirectionArrays, NearestSearch, SHORTEST};
use crate::engine::compute::candle::array::{CandleArray, tensor};
use crate::engine::compute::error::ComputeResult;
use crate::engine::compute::number::Number;

/// Positions whose products with all directions one thread holds at a time: few enough to stay in the cache.
const AT_ONCE: usize = 4 * ROWS_AT_ONCE;
/// Positions that one thread works on at a time.
const CHUNK: usize = 64;

/// Directions, packed for products.
pub(super) struct CpuSearch {
    directions: DirectionArrays,
    channels: usize,
    /// Channels x count.
    transposed: Panels,
}

impl CpuSearch {
    pub(super) fn new(directions: DirectionArrays) -> ComputeResult<Self> {
        let [count, channels] = axes(directions.units.as_ref())?;
        let transposed = directions.units.permute(&[1, 0])?.contiguous()?;
        let transposed = Panels::pack(&values(transposed.as_ref())?, count, Arch::new());
        Ok(Self { directions, channels, transposed })
    }
}

impl NearestSearch for CpuSearch {
    fn nearest(&self, features: &dyn Array) -> ComputeResult<ArrayRef> {
        let Self { directions, channels, transposed } = self;
        let [height, width, _] = axes(features)?;
        let (features, offsets) = (values(features)?, values(directions.offsets.as_ref())?);
        let (arch, mut nearest) = (Arch::new(), vec![0; height * width]);
        nearest.par_chunks_mut(AT_ONCE).zip(features.par_chunks(AT_ONCE * channels)).for_each_init(
            Vec::new,
            |scratch, (nearest, features)| {
                arch.dispatch(Search { nearest, features, transposed, offsets: &offsets, scratch });
            },
        );
        Ok(CandleArray::on_cpu(Tensor::from_vec(nearest, (height, width), &Device::Cpu)?))
    }

    fn distance(
        &self,
        features: &dyn Array,
        nearest: &dyn Array,
        weights: Option<&dyn Array>,
    ) -> ComputeResult<Number> {
        let channels = self.channels;
        let (centre, units) = (values(self.directions.centre.as_ref())?, values(self.directions.units.as_ref())?);
        let numbers = values(features)?;
        let nearest = indices(nearest)?;
        let weights = weights.map(values).transpose()?;
        let weight = |position: usize| weights.as_ref().map_or(1.0, |weights| weights[position]);
        // The sums of chunks are added in order, so that the same numbers always have the same sum.
        let sums: Vec<f64> = numbers
            .par_chunks(CHUNK * channels)
            .enumerate()
            .map(|(chunk, features)| {
                let positions = features.chunks_exact(channels).enumerate();
                let distances = positions.map(|(index, feature)| {
                    let position = chunk * CHUNK + index;
                    let unit = &units[nearest[position] as usize * channels..][..channels];
                    f64::from(weight(position) * (1.0 - length_and_cosine(feature, &centre, unit).1))
                });
                distances.sum()
            })
            .collect();
        Ok(Number::new(sums.into_iter().sum()))
    }

    fn add_gradient(
        &self,
        gradient: &dyn Array,
        features: &dyn Array,
        nearest: &dyn Array,
        weights: Option<&dyn Array>,
        factor: f32,
    ) -> ComputeResult<()> {
        let channels = self.channels;
        let (centre, units) = (values(self.directions.centre.as_ref())?, values(self.directions.units.as_ref())?);
        let numbers = values(features)?;
        let nearest = indices(nearest)?;
        let weights = weights.map(values).transpose()?;
        let block = CHUNK * channels;
        edit(gradient, |gradient| {
            gradient.par_chunks_mut(block).zip(numbers.par_chunks(block)).enumerate().for_each(
                |(chunk, (gradient, features))| {
                    let positions = gradient.chunks_exact_mut(channels).zip(features.chunks_exact(channels));
                    for (position, (gradient, feature)) in (chunk * CHUNK..).zip(positions) {
                        let unit = &units[nearest[position] as usize * channels..][..channels];
                        let (length, cosine) = length_and_cosine(feature, &centre, unit);
                        let factor = factor * weights.as_ref().map_or(1.0, |weights| weights[position]) / length;
                        let back = factor * cosine / length;
                        for (((gradient, feature), centre), unit) in
                            gradient.iter_mut().zip(feature).zip(&*centre).zip(unit)
                        {
                            *gradient += back * (feature - centre) - factor * unit;
                        }
                    }
                },
            );
        })
    }
}

/// The numbers of an array of indices.
fn indices(array: &dyn Array) -> ComputeResult<Vec<u32>> {
    Ok(tensor(array)?.flatten_all()?.to_vec1()?)
}

/// [`NearestSearch::nearest`] for some positions.
struct Search<'a> {
    nearest: &'a mut [u32],
    features: &'a [f32],
    transposed: &'a Panels,
    offsets: &'a [f32],
    scratch: &'a mut Vec<f32>,
}

impl WithSimd for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { nearest, features, transposed, offsets, scratch } = self;
        let products = transposed.multiply_all(simd, features, scratch);
        for (nearest, products) in nearest.iter_mut().zip(products.chunks_exact(transposed.padded_columns())) {
            // The feature's distance from the centre is the same for all directions, so the order is that of cosines.
            *nearest = largest(products, offsets);
        }
    }
}

/// Sums and searches that run side by side, so that they are compiled to vector instructions.
const LANES: usize = 16;

/// The index at which a row plus the offsets is largest. The row may be longer than the offsets.
#[inline(always)]
fn largest(row: &[f32], offsets: &[f32]) -> u32 {
    let (mut best, mut at) = ([f32::NEG_INFINITY; LANES], [0; LANES]);
    for (line, (row, offsets)) in (0u32..).zip(row.chunks(LANES).zip(offsets.chunks(LANES))) {
        for (lane, (value, offset)) in row.iter().zip(offsets).enumerate() {
            if value + offset > best[lane] {
                (best[lane], at[lane]) = (value + offset, line);
            }
        }
    }
    let mut winner = 0;
    for lane in 1..LANES {
        if best[lane] > best[winner] {
            winner = lane;
        }
    }
    at[winner] * LANES as u32 + winner as u32
}

/// A feature's distance from the centre, and its cosine with a direction.
fn length_and_cosine(feature: &[f32], centre: &[f32], unit: &[f32]) -> (f32, f32) {
    let (mut squares, mut along) = ([0.0f32; LANES], [0.0f32; LANES]);
    let lines = feature.chunks(LANES).zip(centre.chunks(LANES)).zip(unit.chunks(LANES));
    for ((feature, centre), unit) in lines {
        for (lane, ((feature, centre), unit)) in feature.iter().zip(centre).zip(unit).enumerate() {
            let difference = feature - centre;
            squares[lane] += difference * difference;
            along[lane] += difference * unit;
        }
    }
    let length = squares.iter().sum::<f32>().sqrt().max(SHORTEST);
    (length, along.iter().sum::<f32>() / length)
}
