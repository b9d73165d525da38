//! Images at another size.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::F32;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::engine::compute::error::{ComputeError, ComputeResult};

/// Planes of height x width at another height and width: Catmull-Rom, antialiased when shrinking.
pub(super) fn resample(
    numbers: &[f32],
    (old_height, old_width): (usize, usize),
    (height, width): (usize, usize),
) -> ComputeResult<Vec<f32>> {
    let planes = numbers.chunks_exact(old_height * old_width);
    let mut resized = Vec::with_capacity(planes.len() * height * width);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    let mut resizer = Resizer::new();
    for plane in planes {
        let pixels: Vec<F32> = plane.iter().map(|&value| F32::new(value)).collect();
        let source = TypedImageRef::new(old_width as u32, old_height as u32, &pixels).map_err(ComputeError::new)?;
        let mut target = TypedImage::<F32>::new(width as u32, height as u32);
        resizer.resize_typed(&source, &mut target, &options).map_err(ComputeError::new)?;
        resized.extend(target.pixels().iter().map(|pixel| pixel.0));
    }
    Ok(resized)
}
