//! Resampling.
//!
//! It works on sRGB values directly, as did the programs that prepared the style networks' training pictures, and
//! with premultiplied alpha, so that colours of transparent pixels do not bleed into opaque ones.

use bytemuck::{cast_slice, cast_slice_mut};
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U16x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageBuffer, Rgba};

/// `pixels` scaled to `width` × `height`, in the same variant.
///
/// Every picture is scaled as 16-bit RGBA, which holds all the other pixel types: each further type would be compiled
/// for every instruction set and add minutes to the build.
pub(super) fn resized(pixels: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    let enlarges = width >= pixels.width() && height >= pixels.height();
    // Lanczos keeps the most detail when scaling down; when enlarging, it would ring along edges.
    let filter = if enlarges { FilterType::CatmullRom } else { FilterType::Lanczos3 };
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(pixels.color().has_alpha());
    let source = pixels.to_rgba16();
    let mut target: ImageBuffer<Rgba<u16>, Vec<u16>> = ImageBuffer::new(width, height);
    let from = cast_slice(source.as_raw());
    let from = TypedImageRef::<U16x4>::from_buffer(source.width(), source.height(), from);
    let to = TypedImage::<U16x4>::from_buffer(width, height, cast_slice_mut(&mut target));
    let (from, mut to) = (
        from.expect("the buffer has the size and the alignment of its picture"),
        to.expect("the buffer has the size and the alignment of its picture"),
    );
    Resizer::new().resize_typed(&from, &mut to, &options).expect("the whole of a picture is within it");
    let resized = DynamicImage::from(target);
    match pixels {
        DynamicImage::ImageRgb8(_) => resized.into_rgb8().into(),
        DynamicImage::ImageRgba8(_) => resized.into_rgba8().into(),
        DynamicImage::ImageRgb16(_) => resized.into_rgb16().into(),
        _ => resized,
    }
}
