//! Images between sizes: Catmull-Rom both ways, antialiased when shrinking.

use super::compute::{ComputeResult, Tensor, operations};

/// An image (planes x height x width, 0..1) at another size, within 0..1. Takes no memory where the size is the same.
pub fn resample_within(image: &Tensor, shape: (usize, usize)) -> ComputeResult<Tensor> {
    let (_, height, width) = image.dims3()?;
    if (height, width) == shape { Ok(image.clone()) } else { resample(image, shape)?.clamp(0.0, 1.0) }
}

/// A mask (height x width, 0..1) at another size, within 0..1.
pub fn resample_mask(mask: &Tensor, shape: (usize, usize)) -> ComputeResult<Tensor> {
    resample_within(&mask.unsqueeze(0)?, shape)?.squeeze(0)
}

/// An image (planes x height x width) at another size. Overshoot of the filter is not clamped.
pub fn resample(image: &Tensor, (height, width): (usize, usize)) -> ComputeResult<Tensor> {
    let (_, old_height, old_width) = image.dims3()?;
    if (old_height, old_width) == (height, width) {
        return Ok(image.clone());
    }
    operations::resample(image, (height, width))
}
