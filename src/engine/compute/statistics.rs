//! Sums over positions, and linear maps of every position.

use candle_core::{Result, Tensor};
use rayon::prelude::*;

use super::matrix::{View, multiply};
use super::memory::{edit, overwrite, values};

/// Positions that are multiplied at once: few enough to stay in the cache between two uses.
const POSITIONS: usize = 256;
/// Channels of a block of second moments. They are symmetric, so only the blocks on and above the diagonal are
/// computed.
const BLOCK: usize = 128;

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
    edit(sum, |sum| {
        for (part, _) in &parts {
            sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    })?;
    edit(products, |products| {
        for (_, part) in &parts {
            for row in 0..channels {
                let block = row / BLOCK * BLOCK;
                for column in 0..channels {
                    // What is below the diagonal's blocks is found above them.
                    let at = if column < block { column * channels + row } else { row * channels + column };
                    products[row * channels + column] += part[at];
                }
            }
        }
    })
}

/// The sums of some positions; of the products only the blocks on and above the diagonal.
fn moments(features: &[f32], channels: usize) -> (Vec<f32>, Vec<f32>) {
    let mut sum = vec![0.0; channels];
    let mut products = vec![0.0; channels * channels];
    for positions in features.chunks(POSITIONS * channels) {
        let mut part = vec![0.0f32; channels];
        for features in positions.chunks_exact(channels) {
            part.iter_mut().zip(features).for_each(|(part, feature)| *part += feature);
        }
        sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        let features = View::new(positions, channels);
        for first in (0..channels).step_by(BLOCK) {
            let rows = features.columns(first, BLOCK.min(channels - first)).transposed();
            let columns = features.columns(first, channels - first);
            let products = &mut products[first * channels + first..];
            multiply(products, channels, 1.0, rows, columns, 1.0, gemm::Parallelism::None);
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
                sum.iter_mut().zip(offset.iter()).for_each(|(sum, offset)| *sum += offset);
            }
            let (features, map) = (View::new(features, channels), View::new(&map, channels));
            multiply(sum, channels, 1.0, features, map, 1.0, gemm::Parallelism::None);
        });
    })
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
