//! Nearest neighbours among directions: where features point, seen from their centre, whatever their length.

#![allow(clippy::inline_always)] // see `product`

use candle_core::{D, Result, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::elementwise::add;
use super::memory::{edit, values};
use super::number::{Number, total};
use super::pieces::pieces;
use super::product::{Panels, ROWS_AT_ONCE};
use super::trial::has_own_kernels;

/// Positions whose likeness to all directions one thread holds at a time: few enough to stay in the cache.
const AT_ONCE: usize = 4 * ROWS_AT_ONCE;
/// Positions that one thread works on at a time.
const CHUNK: usize = 64;
/// Lengths are taken for at least so much, so that a feature at the centre has a direction to go.
const SHORTEST: f32 = 1e-6;

/// Directions that features may have.
pub(crate) struct Directions {
    /// What they are seen from: one number for each channel.
    centre: Tensor,
    /// Count x channels, each of length 1.
    units: Tensor,
    /// The same, channels x count.
    across: Across,
    /// What each direction sees of the centre, below zero: count.
    offsets: Tensor,
}

/// What features are multiplied by.
enum Across {
    Packed(Panels),
    Plain(Tensor),
}

impl Directions {
    /// Those of some features (count x channels), seen from `centre` (channels).
    pub(crate) fn new(features: &Tensor, centre: &Tensor) -> Result<Self> {
        let apart = features.broadcast_sub(centre)?;
        let lengths = apart.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?.clamp(SHORTEST, f32::MAX)?;
        let units = apart.broadcast_div(&lengths)?;
        let offsets = units.matmul(&centre.unsqueeze(1)?)?.squeeze(1)?.neg()?;
        let across = units.t()?.contiguous()?;
        let across = if has_own_kernels(features.device()) {
            Across::Packed(Panels::pack(&values(&across)?, units.dim(0)?, Arch::new()))
        } else {
            Across::Plain(across)
        };
        Ok(Self { centre: centre.clone(), units, across, offsets })
    }

    /// For each position of features (rows x width x channels), which direction its own is nearest to: rows x width.
    pub(crate) fn nearest(&self, features: &Tensor) -> Result<Tensor> {
        let (height, width, channels) = features.dims3()?;
        let nearest = match &self.across {
            Across::Packed(across) => {
                let (features, offsets) = (values(features)?, values(&self.offsets)?);
                let (arch, mut nearest) = (Arch::new(), vec![0; height * width]);
                nearest.par_chunks_mut(AT_ONCE).zip(features.par_chunks(AT_ONCE * channels)).for_each_init(
                    Vec::new,
                    |scratch, (nearest, features)| {
                        arch.dispatch(Search { nearest, features, across, offsets: &offsets, scratch });
                    },
                );
                Tensor::from_vec(nearest, height * width, self.units.device())?
            }
            Across::Plain(across) => {
                let flat = features.reshape(((), channels))?;
                let bytes = 2 * self.units.dim(0)? * size_of::<f32>();
                let parts = pieces(0..height * width, bytes).map(|rows| {
                    let likeness = flat.narrow(0, rows.start, rows.len())?.matmul(across)?;
                    likeness.broadcast_add(&self.offsets)?.argmax(D::Minus1)
                });
                Tensor::cat(&parts.collect::<Result<Vec<_>>>()?, 0)?
            }
        };
        nearest.reshape((height, width))
    }

    /// The sum, over all positions of features, of 1 less the cosine between the feature and the direction that
    /// `nearest` has for it. With `weights` (rows x width) each counts so much.
    pub(crate) fn apart(&self, features: &Tensor, nearest: &Tensor, weights: Option<&Tensor>) -> Result<Number> {
        let channels = self.centre.dim(0)?;
        if !has_own_kernels(features.device()) {
            let mut sum = Number::default();
            for part in self.parts(features, nearest, weights)? {
                let Part { cosines, weights, .. } = part?;
                let apart = cosines.affine(-1.0, 1.0)?;
                let apart = weights.map_or(Ok(apart.clone()), |weights| apart * weights)?;
                sum = sum.plus(&Number::There(total(&apart)?))?;
            }
            return Ok(sum);
        }
        let (numbers, centre, units) = (values(features)?, values(&self.centre)?, values(&self.units)?);
        let nearest = nearest.flatten_all()?.to_vec1::<u32>()?;
        let weights = weights.map(values).transpose()?;
        let weight = |position: usize| weights.as_ref().map_or(1.0, |weights| weights[position]);
        // Chunks are summed in order, so that the same numbers always have the same sum.
        let sums: Vec<f64> = numbers
            .par_chunks(CHUNK * channels)
            .enumerate()
            .map(|(chunk, features)| {
                let positions = features.chunks_exact(channels).enumerate();
                let apart = positions.map(|(index, feature)| {
                    let position = chunk * CHUNK + index;
                    let unit = &units[nearest[position] as usize * channels..][..channels];
                    f64::from(weight(position) * (1.0 - seen(feature, &centre, unit).1))
                });
                apart.sum()
            })
            .collect();
        Ok(Number::Here(sums.into_iter().sum()))
    }

    /// Adds `factor` times the gradient of [`Self::apart`] to a gradient of the features' shape, with `nearest` held.
    pub(crate) fn add_gradient(
        &self,
        gradient: &Tensor,
        features: &Tensor,
        nearest: &Tensor,
        weights: Option<&Tensor>,
        factor: f32,
    ) -> Result<()> {
        let channels = self.centre.dim(0)?;
        if !has_own_kernels(features.device()) {
            let mut all = Vec::new();
            for part in self.parts(features, nearest, weights)? {
                let Part { apart, units, lengths, cosines, weights } = part?;
                let away =
                    (apart.broadcast_div(&lengths)?.broadcast_mul(&cosines)? - units)?.broadcast_div(&lengths)?;
                let away = weights.map_or(Ok(away.clone()), |weights| away.broadcast_mul(&weights))?;
                all.push((away * f64::from(factor))?);
            }
            return add(gradient, &Tensor::cat(&all, 0)?.reshape(gradient.shape())?);
        }
        let (numbers, centre, units) = (values(features)?, values(&self.centre)?, values(&self.units)?);
        let nearest = nearest.flatten_all()?.to_vec1::<u32>()?;
        let weights = weights.map(values).transpose()?;
        let block = CHUNK * channels;
        edit(gradient, |gradient| {
            gradient.par_chunks_mut(block).zip(numbers.par_chunks(block)).enumerate().for_each(
                |(chunk, (gradient, features))| {
                    let positions = gradient.chunks_exact_mut(channels).zip(features.chunks_exact(channels));
                    for (position, (gradient, feature)) in (chunk * CHUNK..).zip(positions) {
                        let unit = &units[nearest[position] as usize * channels..][..channels];
                        let (length, cosine) = seen(feature, &centre, unit);
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

    /// What candle's operations need of features, some positions at a time.
    fn parts<'a>(
        &'a self,
        features: &Tensor,
        nearest: &Tensor,
        weights: Option<&Tensor>,
    ) -> Result<impl Iterator<Item = Result<Part>> + 'a> {
        let channels = self.centre.dim(0)?;
        let (features, nearest) = (features.reshape(((), channels))?, nearest.flatten_all()?);
        let weights = weights.map(|weights| weights.reshape(((), 1))).transpose()?;
        Ok(pieces(0..features.dim(0)?, 5 * channels * size_of::<f32>()).map(move |rows| {
            let apart = features.narrow(0, rows.start, rows.len())?.broadcast_sub(&self.centre)?;
            let units = self.units.index_select(&nearest.narrow(0, rows.start, rows.len())?, 0)?;
            let lengths = apart.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?.clamp(SHORTEST, f32::MAX)?;
            let cosines = ((&apart * &units)?.sum_keepdim(D::Minus1)? / &lengths)?;
            let weights = weights.as_ref().map(|weights| weights.narrow(0, rows.start, rows.len())).transpose()?;
            Ok(Part { apart, units, lengths, cosines, weights })
        }))
    }
}

/// Some positions' features and their nearest directions.
struct Part {
    /// Positions x channels, from the centre.
    apart: Tensor,
    /// Positions x channels.
    units: Tensor,
    /// Positions x 1.
    lengths: Tensor,
    /// Positions x 1.
    cosines: Tensor,
    /// Positions x 1.
    weights: Option<Tensor>,
}

/// [`Directions::nearest`] for some positions.
struct Search<'a> {
    nearest: &'a mut [u32],
    features: &'a [f32],
    across: &'a Panels,
    offsets: &'a [f32],
    scratch: &'a mut Vec<f32>,
}

impl WithSimd for Search<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { nearest, features, across, offsets, scratch } = self;
        let likeness = across.multiply_all(simd, features, scratch);
        for (nearest, likeness) in nearest.iter_mut().zip(likeness.chunks_exact(across.padded_columns())) {
            // A feature's length and the centre's part in it are the same for all, so the order is that of angles.
            *nearest = largest(likeness, offsets);
        }
    }
}

/// Sums and searches that go on side by side, so that they become vectors.
const LANES: usize = 16;

/// Where a row plus the offsets is largest, among as many as there are offsets.
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

/// A feature's length from the centre, and its cosine with a direction.
fn seen(feature: &[f32], centre: &[f32], unit: &[f32]) -> (f32, f32) {
    let (mut squares, mut along) = ([0.0f32; LANES], [0.0f32; LANES]);
    let lines = feature.chunks(LANES).zip(centre.chunks(LANES)).zip(unit.chunks(LANES));
    for ((feature, centre), unit) in lines {
        for (lane, ((feature, centre), unit)) in feature.iter().zip(centre).zip(unit).enumerate() {
            let apart = feature - centre;
            squares[lane] += apart * apart;
            along[lane] += apart * unit;
        }
    }
    let length = squares.iter().sum::<f32>().sqrt().max(SHORTEST);
    (length, along.iter().sum::<f32>() / length)
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;
    use candle_core::Device;

    fn random(shape: &[usize]) -> Tensor {
        Tensor::randn(0f32, 1.0, shape, &Device::Cpu).unwrap()
    }

    fn numbers(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn the_nearest_is_the_one_with_the_smallest_angle_on_every_device() {
        for (height, width, channels, count) in [(1, 1, 3, 1), (5, 7, 24, 40), (50, 60, 5, 33)] {
            let (features, samples, centre) =
                (random(&[height, width, channels]), random(&[count, channels]), random(&[channels]));
            let weights = random(&[height, width]).abs().unwrap();
            let found = [false, true].map(|as_card| {
                if as_card {
                    trial::begin(trial::Card::default());
                }
                let directions = Directions::new(&samples, &centre).unwrap();
                let nearest = directions.nearest(&features).unwrap();
                let gradient = Tensor::ones(features.shape(), features.dtype(), &Device::Cpu).unwrap();
                directions.add_gradient(&gradient, &features, &nearest, Some(&weights), 0.5).unwrap();
                let apart = directions.apart(&features, &nearest, Some(&weights)).unwrap().read().unwrap();
                let evenly = directions.apart(&features, &nearest, None).unwrap().read().unwrap();
                trial::end();
                (nearest.flatten_all().unwrap().to_vec1::<u32>().unwrap(), numbers(&gradient), [apart, evenly])
            });

            let (features, samples, centre) = (numbers(&features), numbers(&samples), numbers(&centre));
            let cosine = |one: &[f32], other: &[f32]| {
                let product = |one: &[f32], other: &[f32]| -> f32 {
                    one.iter()
                        .zip(other)
                        .zip(&centre)
                        .map(|((one, other), centre)| (one - centre) * (other - centre))
                        .sum()
                };
                product(one, other) / (product(one, one) * product(other, other)).sqrt()
            };
            let mut sum = 0.0;
            for (position, feature) in features.chunks_exact(channels).enumerate() {
                let cosines: Vec<f32> = samples.chunks_exact(channels).map(|sample| cosine(feature, sample)).collect();
                let best = cosines.iter().copied().fold(f32::MIN, f32::max);
                sum += f64::from(1.0 - best);
                for (nearest, ..) in &found {
                    assert!(cosines[nearest[position] as usize] > best - 1e-5);
                }
            }
            let [(_, own, [weighted, evenly]), (_, candles, [candle_weighted, candle_evenly])] = found;
            assert!((sum - evenly).abs() < 1e-4 * (1.0 + sum), "{sum} {evenly}");
            assert!((evenly - candle_evenly).abs() + (weighted - candle_weighted).abs() < 1e-3 * (1.0 + sum));
            assert!(own.iter().zip(candles).all(|(own, candle)| (own - candle).abs() < 1e-3 * (1.0 + own.abs())));
        }
    }
}
