//! Resampling of images with the Catmull-Rom filter for enlarging and shrinking, antialiased when shrinking.

use super::compute::{ComputeResult, Tensor, operations};

/// Resamples an image (planes x height x width, 0..1) to `shape` (height, width), clamped to 0..1. Needs no memory if
/// the size does not change.
pub fn resample_within(image: &Tensor, shape: (usize, usize)) -> ComputeResult<Tensor> {
    let (_, height, width) = image.dims3()?;
    if (height, width) == shape { Ok(image.clone()) } else { resample(image, shape)?.clamp(0.0, 1.0) }
}

/// Resamples a mask (height x width, 0..1) to `shape` (height, width), clamped to 0..1.
pub fn resample_mask(mask: &Tensor, shape: (usize, usize)) -> ComputeResult<Tensor> {
    resample_within(&mask.unsqueeze(0)?, shape)?.squeeze(0)
}

/// Resamples an image (planes x height x width) to another height and width. The filter's overshoot is not clamped.
pub fn resample(image: &Tensor, (height, width): (usize, usize)) -> ComputeResult<Tensor> {
    let (_, old_height, old_width) = image.dims3()?;
    if (old_height, old_width) == (height, width) {
        return Ok(image.clone());
    }
    operations::resample(image, (height, width))
}
