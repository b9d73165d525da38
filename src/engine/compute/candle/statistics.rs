//! Sums over positions, and linear maps of every position.

use candle_core::{Result, Tensor};

use super::chunks::scratch_chunks;
use super::elementwise::accumulate;
use super::layout::{features as as_features, overwrite, planes};

/// Adds the moments of features (height x width x channels) to `sum` and `products`.
pub(super) fn add_moments(features: &Tensor, weights: Option<&Tensor>, sum: &Tensor, products: &Tensor) -> Result<()> {
    let (height, width, channels) = features.dims3()?;
    for rows in scratch_chunks(0..height, (2 * channels + 1) * width * size_of::<f32>()) {
        let chunk = |tensor: &Tensor| tensor.narrow(0, rows.start, rows.len());
        // Channels x positions.
        let lines = planes(&chunk(features)?)?.flatten(1, 2)?;
        let weighted = match weights {
            Some(weights) => lines.broadcast_mul(&chunk(weights)?.flatten_all()?)?,
            None => lines.clone(),
        };
        // By a product, because candle gives each sum along a line to one block of threads.
        let ones = Tensor::ones((rows.len() * width, 1), lines.dtype(), lines.device())?;
        overwrite(sum, &(sum + weighted.matmul(&ones)?.squeeze(1)?)?)?;
        overwrite(products, &(products + weighted.matmul(&lines.t()?)?)?)?;
    }
    Ok(())
}

/// Adds `F map + offset` to `sum` at every position.
pub(super) fn add_mapped(
    sum: &Tensor,
    features: &Tensor,
    weights: Option<&Tensor>,
    map: &Tensor,
    offset: &Tensor,
) -> Result<()> {
    let planes = planes(features)?;
    let mut mapped = map.t()?.matmul(&planes.flatten(1, 2)?)?.broadcast_add(&offset.unsqueeze(1)?)?;
    if let Some(weights) = weights {
        mapped = mapped.broadcast_mul(&weights.flatten_all()?)?;
    }
    accumulate(sum, &as_features(&mapped.reshape(planes.shape())?)?)
}
