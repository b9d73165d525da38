//! Sums over positions, and linear maps of every position.

// `gemm` takes pointers; each block says why they are good.
#![allow(unsafe_code)]

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::memory::{edit, overwrite, values};

/// Positions that are multiplied at once: few enough to stay in the cache between two uses.
const POSITIONS: usize = 256;

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
    let parts: Vec<(Vec<f32>, Vec<f32>)> =
        numbers.par_chunks(share * channels).map(|part| moments(part, channels)).collect();
    let add = |total: &mut [f32], part: &[f32]| {
        for (total, part) in total.iter_mut().zip(part) {
            *total += part;
        }
    };
    edit(sum, |sum| parts.iter().for_each(|(part, _)| add(sum, part)))?;
    edit(products, |products| parts.iter().for_each(|(_, part)| add(products, part)))
}

fn moments(features: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let mut sum = vec![0.0; channels];
    let mut products = vec![0.0; channels * channels];
    for block in features.chunks(POSITIONS * channels) {
        let mut part = vec![0.0f32; channels];
        for features in block.chunks_exact(channels) {
            for (part, feature) in part.iter_mut().zip(features) {
                *part += feature;
            }
        }
        for (sum, part) in sum.iter_mut().zip(part) {
            *sum += part;
        }
        let positions = block.len() / channels;
        let (one, stride) = (1, channels.cast_signed());
        // SAFETY: `products` is channels x channels and this thread's own; `block` is positions x
        // channels, read once as it lies and once transposed.
        unsafe {
            gemm::gemm(
                channels,
                channels,
                positions,
                products.as_mut_ptr(),
                one,
                stride,
                true,
                block.as_ptr(),
                stride,
                one,
                block.as_ptr(),
                one,
                stride,
                1.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
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
    let (features, map, offset) = (values(features)?, values(map)?, values(offset)?);
    let block = POSITIONS * channels;
    edit(sum, |sum| {
        sum.par_chunks_mut(block).zip(features.par_chunks(block)).for_each(|(sum, features)| {
            for sum in sum.chunks_exact_mut(channels) {
                for (sum, offset) in sum.iter_mut().zip(offset.iter()) {
                    *sum += offset;
                }
            }
            let (one, stride) = (1, channels.cast_signed());
            // SAFETY: `sum` and `features` are positions x channels, `map` is channels x channels; `sum`
            // is this thread's own.
            unsafe {
                gemm::gemm(
                    sum.len() / channels,
                    channels,
                    channels,
                    sum.as_mut_ptr(),
                    one,
                    stride,
                    true,
                    features.as_ptr(),
                    one,
                    stride,
                    map.as_ptr(),
                    one,
                    stride,
                    1.0,
                    1.0,
                    false,
                    false,
                    false,
                    gemm::Parallelism::None,
                );
            }
        });
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn agree_with_candle() {
        for (positions, channels) in [(1, 3), (255, 5), (1000, 24)] {
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
