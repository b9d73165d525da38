//! Larger and smaller pictures.
//!
//! Resizing works on the sRGB values themselves, as the programs do that the style networks'
//! training pictures came through, with alpha premultiplied, so that the colour of what is
//! transparent does not bleed into what is not.

use bytemuck::{cast_slice, cast_slice_mut};
use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::U16x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, ImageBuffer, Rgba};

use super::Picture;

/// The size with the proportions of `width` × `height` whose longer side is `long_side`; the
/// shorter side is rounded and at least 1. All in pixels.
#[must_use]
pub fn fit_size(width: u32, height: u32, long_side: u32) -> (u32, u32) {
    let (long, short) = (width.max(height).max(1), width.min(height));
    // Half the divisor rounds to the nearest.
    let scaled = (u64::from(short) * u64::from(long_side) + u64::from(long) / 2) / u64::from(long);
    // The shorter side is not longer than `long_side`, so it fits.
    let scaled = (scaled as u32).max(1);
    if width >= height { (long_side, scaled) } else { (scaled, long_side) }
}

/// `picture` at `width` × `height` pixels, antialiased.
///
/// # Panics
///
/// If a side is 0.
#[must_use]
pub fn resize(picture: &Picture, width: u32, height: u32) -> Picture {
    assert!(width > 0 && height > 0, "a picture has at least one pixel");
    Picture::new(resized(picture.pixels(), width, height))
}

/// `picture` with a longer side of at most `long_side` pixels; a smaller picture keeps its size.
///
/// # Panics
///
/// If `long_side` is 0.
#[must_use]
pub fn thumbnail(picture: &Picture, long_side: u32) -> Picture {
    if picture.width().max(picture.height()) <= long_side {
        return picture.clone();
    }
    let (width, height) = fit_size(picture.width(), picture.height(), long_side);
    resize(picture, width, height)
}

/// `pixels` at `width` × `height`, in the same variant.
///
/// Every picture goes through the one type of pixel, 16 bits of red, green, blue and alpha, which
/// holds all others: each further type would be compiled into this program for every instruction
/// set, for minutes.
pub(super) fn resized(pixels: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    let enlarges = width >= pixels.width() && height >= pixels.height();
    // Lanczos keeps the most detail when there is detail to choose from; enlarging, it would ring
    // along edges.
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
