//! Sums over positions, and linear maps of every position.

// A product's rows are handed over as pointers; the one block says why they are good.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use candle_core::{Result, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::memory::{edit, overwrite, values};
use super::product::{DEPTH, Panels, Rows};
use super::symmetric::Upper;

/// Positions that are multiplied at once: few enough to stay in the cache between two uses.
const POSITIONS: usize = DEPTH;

/// Adds the sum of features over their positions to `sum` (channels), and their second moments' sum,
/// `F^T F`, to `products` (channels x channels).
pub(crate) fn add_moments(features: &Tensor, sum: &Tensor, products: &Tensor) -> Result<()> {
    let channels = sum.dim(0)?;
    if !features.device().is_cpu() {
        let flat = features.reshape(((), channels))?;
        overwrite(sum, &(sum + flat.sum(0)?)?)?;
        return overwrite(products, &(products + flat.t()?.matmul(&flat)?)?);
    }
    let numbers = values(features)?;
    let positions = numbers.len() / channels;
    // Each thread sums its own share; the shares are added in order, so the same picture always gives
    // the same numbers with the same number of threads.
    let share = positions.div_ceil(rayon::current_num_threads()).next_multiple_of(POSITIONS).max(POSITIONS);
    let parts: Vec<(Vec<f32>, Upper)> =
        numbers.par_chunks(share * channels).map(|part| moments(part, channels)).collect();
    edit(sum, |sum| {
        for (part, _) in &parts {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    })?;
    edit(products, |products| {
        for (_, part) in &parts {
            for (row, line) in products.chunks_exact_mut(channels).enumerate() {
                part.row(row, |column, number| line[column] += number);
            }
        }
    })
}

/// The sums of some positions.
fn moments(features: &[f32], channels: usize) -> (Vec<f32>, Upper) {
    let arch = Arch::new();
    let mut sum = vec![0.0; channels];
    let mut packed = Panels::new(1, POSITIONS, channels, arch);
    let mut products = Upper::new(channels, packed.width());
    for positions in features.chunks(POSITIONS * channels) {
        let mut part = vec![0.0f32; channels];
        for features in positions.chunks_exact(channels) {
            part.iter_mut().zip(features).for_each(|(part, feature)| *part += feature);
        }
        sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        packed.repack(positions);
        products.add(&packed, positions.len() / channels, arch);
    }
    (sum, products)
}

/// Adds `F map + offset` to `sum` at every position; `map` is channels x channels.
pub(crate) fn add_mapped(sum: &Tensor, features: &Tensor, map: &Tensor, offset: &Tensor) -> Result<()> {
    let channels = offset.dim(0)?;
    if !features.device().is_cpu() {
        let mapped = features.reshape(((), channels))?.matmul(map)?.broadcast_add(offset)?;
        return overwrite(sum, &(sum + mapped.reshape(sum.shape())?)?);
    }
    let (features, offset) = (values(features)?, values(offset)?);
    let arch = Arch::new();
    let map = Panels::pack(&values(map)?, channels, arch);
    let block = POSITIONS * channels;
    edit(sum, |sum| {
        sum.par_chunks_mut(block).zip(features.par_chunks(block)).for_each_init(
            Vec::new,
            |scratch, (sum, features)| {
                arch.dispatch(AddMapped { sum, features, map: &map, offset: &offset, scratch });
            },
        );
    })
}

/// [`add_mapped`] for some positions.
struct AddMapped<'a> {
    sum: &'a mut [f32],
    features: &'a [f32],
    map: &'a Panels,
    offset: &'a [f32],
    scratch: &'a mut Vec<f32>,
}

impl WithSimd for AddMapped<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sum, features, map, offset, scratch } = self;
        let (channels, padded) = (map.columns(), map.padded_columns());
        let positions = features.len() / channels;
        scratch.resize(POSITIONS * padded, 0.0);
        let left = Rows { start: features.as_ptr().cast_mut(), stride: channels };
        let product = Rows { start: scratch.as_mut_ptr(), stride: padded };
        // SAFETY: the features are as many rows of the channels and are only read; the scratch has as many rows
        // of the padded columns and is this thread's own.
        unsafe { map.multiply(simd, 0, left, product, positions) };
        for (sum, mapped) in sum.chunks_exact_mut(channels).zip(scratch.chunks_exact(padded)) {
            for ((sum, mapped), offset) in sum.iter_mut().zip(mapped).zip(offset) {
                *sum += mapped + offset;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn agree_with_candle() {
        for (positions, channels) in [(1, 3), (255, 5), (1000, 24), (300, 300)] {
            let random = |shape: (usize, usize)| Tensor::randn(0f32, 1.0, shape, &Device::Cpu).unwrap();
            let features = random((positions, channels));
            let (map, offset) = (random((channels, channels)), random((1, channels)).squeeze(0).unwrap());
            let largest = |tensor: Tensor| tensor.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();

            let (sum, products) = (offset.zeros_like().unwrap(), map.zeros_like().unwrap());
            add_moments(&features, &sum, &products).unwrap();
            assert!(largest((sum - features.sum(0).unwrap()).unwrap()) < 1e-3);
            let expected = features.t().unwrap().matmul(&features).unwrap();
            assert!(largest((products - expected).unwrap()) < 1e-2);

            let total = random((positions, channels));
            let mapped = features.matmul(&map).unwrap().broadcast_add(&offset).unwrap();
            let expected = (&total + mapped).unwrap();
            add_mapped(&total, &features, &map, &offset).unwrap();
            assert!(largest((total - expected).unwrap()) < 1e-3);
        }
    }
}
