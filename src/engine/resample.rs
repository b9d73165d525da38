//! Resampling of images with the Catmull-Rom filter for enlarging and shrinking, antialiased when shrinking.

use candle_core::Tensor;
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use super::compute::memory::values;
use super::compute::resampling;
use super::compute::trial::has_own_kernels;

/// Resamples an image (planes x height x width, 0..1) to `shape` (height, width), clamped to 0..1. Needs no memory if
/// the size does not change.
pub fn resample_within(image: &Tensor, shape: (usize, usize)) -> candle_core::Result<Tensor> {
    let (_, height, width) = image.dims3()?;
    if (height, width) == shape { Ok(image.clone()) } else { resample(image, shape)?.clamp(0f32, 1f32) }
}

/// Resamples a mask (height x width, 0..1) to `shape` (height, width), clamped to 0..1.
pub fn resample_mask(mask: &Tensor, shape: (usize, usize)) -> candle_core::Result<Tensor> {
    resample_within(&mask.unsqueeze(0)?, shape)?.squeeze(0)
}

/// Resamples an image (planes x height x width) to another height and width. The filter's overshoot is not clamped.
pub fn resample(image: &Tensor, (height, width): (usize, usize)) -> candle_core::Result<Tensor> {
    let (planes, old_height, old_width) = image.dims3()?;
    if (old_height, old_width) == (height, width) {
        return Ok(image.clone());
    }
    if !has_own_kernels(image.device()) {
        return resampling::resample(image, (height, width));
    }
    let image = image.contiguous()?;
    let numbers = values(&image)?;
    let mut resized = Vec::with_capacity(planes * height * width);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    let mut resizer = Resizer::new();
    for plane in numbers.chunks_exact(old_height * old_width) {
        let pixels: Vec<F32> = plane.iter().map(|&value| F32::new(value)).collect();
        let source =
            TypedImageRef::new(old_width as u32, old_height as u32, &pixels).map_err(candle_core::Error::wrap)?;
        let mut target = TypedImage::<F32>::new(width as u32, height as u32);
        resizer.resize_typed(&source, &mut target, &options).map_err(candle_core::Error::wrap)?;
        resized.extend(target.pixels().iter().map(|pixel| pixel.0));
    }
    Tensor::from_vec(resized, (planes, height, width), image.device())
}
