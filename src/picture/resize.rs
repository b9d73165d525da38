//! Scales pictures.

use super::pixels::Picture;
use super::scaling::resized;

/// The width and height, in pixels, that keep the aspect ratio of `width` × `height` with a longer side of `long_side`.
/// The shorter side is rounded and at least 1.
#[must_use]
pub fn fit_size(width: u32, height: u32, long_side: u32) -> (u32, u32) {
    let (long, short) = (width.max(height).max(1), width.min(height));
    // Adding half the divisor rounds to the nearest integer.
    let scaled = (u64::from(short) * u64::from(long_side) + u64::from(long) / 2) / u64::from(long);
    // The shorter side is at most `long_side`, so the cast is exact.
    let scaled = (scaled as u32).max(1);
    if width >= height { (long_side, scaled) } else { (scaled, long_side) }
}

/// `picture` scaled to `width` × `height` pixels, with antialiasing.
///
/// # Panics
///
/// If a side is 0.
#[must_use]
pub fn resize(picture: &Picture, width: u32, height: u32) -> Picture {
    assert!(width > 0 && height > 0, "a picture has at least one pixel");
    Picture::new(resized(picture.pixels(), width, height))
}

/// `picture` scaled down to a longer side of at most `long_side` pixels; a smaller picture keeps its size.
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
