//! Sums over positions, and linear maps of every position.

#![allow(clippy::inline_always)] // see `product`

use candle_core::{Result, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::elementwise::add;
use super::layout::{self, overwrite, planes};
use super::memory::{edit, values};
use super::pieces::pieces;
use super::product::{DEPTH, Panels};
use super::square::{add_upper_moments, mirror};
use super::trial::has_own_kernels;

/// Positions that are multiplied at once: few enough to stay in the cache between two uses.
const POSITIONS: usize = DEPTH;

/// Adds the sum of features over their positions to `sum` (channels), and their second moments' sum,
/// `F^T F`, to `products` (channels x channels). With `weights`, one for each position and none below zero, each
/// position counts so much.
pub(crate) fn add_moments(features: &Tensor, weights: Option<&Tensor>, sum: &Tensor, products: &Tensor) -> Result<()> {
    let channels = sum.dim(0)?;
    if !has_own_kernels(features.device()) {
        let (height, width, _) = features.dims3()?;
        for rows in pieces(0..height, (2 * channels + 1) * width * size_of::<f32>()) {
            let part = |tensor: &Tensor| tensor.narrow(0, rows.start, rows.len());
            // Channels x positions.
            let lines = planes(&part(features)?)?.flatten(1, 2)?;
            let weighted = match weights {
                Some(weights) => lines.broadcast_mul(&part(weights)?.flatten_all()?)?,
                None => lines.clone(),
            };
            // A product, since candle gives each sum along a line to one block of threads.
            let ones = Tensor::ones((rows.len() * width, 1), lines.dtype(), lines.device())?;
            overwrite(sum, &(sum + weighted.matmul(&ones)?.squeeze(1)?)?)?;
            overwrite(products, &(products + weighted.matmul(&lines.t()?)?)?)?;
        }
        return Ok(());
    }
    let numbers = values(features)?;
    let weights = weights.map(values).transpose()?;
    let positions = numbers.len() / channels;
    // Each thread sums its own share; the shares are added in order, so the same picture always gives
    // the same numbers with the same number of threads.
    let share = positions.div_ceil(rayon::current_num_threads()).next_multiple_of(POSITIONS).max(POSITIONS);
    let parts: Vec<(Vec<f32>, Panels)> = numbers
        .par_chunks(share * channels)
        .enumerate()
        .map(|(part, features)| moments(features, weights.as_ref().map(|weights| &weights[part * share..]), channels))
        .collect();
    edit(sum, |sum| {
        for (part, _) in &parts {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    })?;
    edit(products, |products| {
        for (_, part) in &parts {
            part.add_to(products);
        }
    })
}

/// The sums of some positions; there may be more weights than positions.
fn moments(features: &[f32], weights: Option<&[f32]>, channels: usize) -> (Vec<f32>, Panels) {
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
                // Both sides of the product carry the root of the weight.
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
    (sum, products)
}

/// Adds `F map + offset` to `sum` at every position; `map` is channels x channels. With `weights`, one for each
/// position, so many times that.
pub(crate) fn add_mapped(
    sum: &Tensor,
    features: &Tensor,
    weights: Option<&Tensor>,
    map: &Tensor,
    offset: &Tensor,
) -> Result<()> {
    let channels = offset.dim(0)?;
    if !has_own_kernels(features.device()) {
        let planes = planes(features)?;
        let mut mapped = map.t()?.matmul(&planes.flatten(1, 2)?)?.broadcast_add(&offset.unsqueeze(1)?)?;
        if let Some(weights) = weights {
            mapped = mapped.broadcast_mul(&weights.flatten_all()?)?;
        }
        return add(sum, &layout::features(&mapped.reshape(planes.shape())?)?);
    }
    let (features, offset) = (values(features)?, values(offset)?);
    let weights = weights.map(values).transpose()?;
    let arch = Arch::new();
    let map = Panels::pack(&values(map)?, channels, arch);
    let block = POSITIONS * channels;
    edit(sum, |sum| {
        sum.par_chunks_mut(block).zip(features.par_chunks(block)).enumerate().for_each_init(
            Vec::new,
            |scratch, (index, (sum, features))| {
                let weights = weights.as_ref().map(|weights| &weights[index * POSITIONS..]);
                arch.dispatch(AddMapped { sum, features, weights, map: &map, offset: &offset, scratch });
            },
        );
    })
}

/// [`add_mapped`] for some positions.
struct AddMapped<'a> {
    sum: &'a mut [f32],
    features: &'a [f32],
    /// At least as many as there are positions.
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

#[cfg(test)]
mod tests {
    use super::super::layout::zeros;
    use super::super::trial;
    use super::*;
    use candle_core::Device;

    #[test]
    fn agree_with_candle() {
        check();
        trial::begin(trial::Card::default());
        check();
        trial::end();
    }

    fn check() {
        for (height, width, channels) in [(1, 1, 3), (17, 15, 5), (40, 25, 24), (20, 15, 300)] {
            let random = |shape: (usize, usize)| Tensor::randn(0f32, 1.0, shape, &Device::Cpu).unwrap();
            // In memory as this device has features.
            let laid_out = |flat: &Tensor| {
                let features = zeros((height, width, channels), &Device::Cpu).unwrap();
                overwrite(&features, &flat.reshape((height, width, channels)).unwrap()).unwrap();
                features
            };
            let flat = random((height * width, channels));
            let features = laid_out(&flat);
            let weights = random((height, width)).abs().unwrap();
            let (map, offset) = (random((channels, channels)), random((1, channels)).squeeze(0).unwrap());
            let largest = |tensor: Tensor| tensor.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
            for weights in [None, Some(&weights)] {
                let weighted = |flat: &Tensor| {
                    let column = weights.map(|weights| weights.reshape(((), 1)).unwrap());
                    column.map_or_else(|| flat.clone(), |column| flat.broadcast_mul(&column).unwrap())
                };
                let (sum, products) = (offset.zeros_like().unwrap(), map.zeros_like().unwrap());
                add_moments(&features, weights, &sum, &products).unwrap();
                assert!(largest((sum - weighted(&flat).sum(0).unwrap()).unwrap()) < 1e-3);
                let expected = flat.t().unwrap().matmul(&weighted(&flat)).unwrap();
                assert!(largest((products - expected).unwrap()) < 1e-2);

                let before = random((height * width, channels));
                let mapped = flat.matmul(&map).unwrap().broadcast_add(&offset).unwrap();
                let expected = (&before + weighted(&mapped)).unwrap().reshape((height, width, channels)).unwrap();
                let total = laid_out(&before);
                add_mapped(&total, &features, weights, &map, &offset).unwrap();
                assert!(largest((total - expected).unwrap()) < 1e-3);
            }
        }
    }
}
