//! One picture of all paintings that a style was trained on.

use image::imageops::overlay;
use image::{DynamicImage, RgbImage};

use super::order::PaintingToLearn;
use crate::picture::encode::{Export, Format, encoded};
use crate::picture::resize::resize;
use crate::picture::{Picture, PictureError};
use crate::studio::recipe::Recipe;

/// Height and most width in pixels of a painting in the picture: enough to optimise pictures of a thousand pixels, and
/// small enough that a style can be sent by mail.
const SIDE: u32 = 1024;

/// The paintings side by side, equally high, as a JPEG file.
///
/// # Errors
/// When the picture cannot be encoded.
pub(super) fn montage(paintings: &[PaintingToLearn]) -> Result<Vec<u8>, PictureError> {
    let lowest = paintings.iter().map(|painting| painting.picture.height()).min().unwrap_or(1);
    let widest = paintings
        .iter()
        .map(|painting| f64::from(painting.picture.width()) / f64::from(painting.picture.height()))
        .fold(1.0, f64::max);
    let height = lowest.min((f64::from(SIDE) / widest).round() as u32).max(Recipe::SMALLEST_SIDE);
    let resized: Vec<RgbImage> = paintings
        .iter()
        .map(|PaintingToLearn { picture, .. }| {
            let width = f64::from(picture.width()) * f64::from(height) / f64::from(picture.height());
            let small = resize(picture, (width.round() as u32).max(Recipe::SMALLEST_SIDE), height);
            // What lies under transparent pixels means nothing; these planes have the colours of their neighbours.
            Picture::from_planes(small.width(), small.height(), &small.to_planes()).pixels().to_rgb8()
        })
        .collect();
    let mut sheet = RgbImage::new(resized.iter().map(RgbImage::width).sum(), height);
    let mut left = 0;
    for painting in &resized {
        overlay(&mut sheet, painting, i64::from(left), 0);
        left += painting.width();
    }
    encoded(&Picture::new(DynamicImage::from(sheet)), &Export::new(Format::Jpeg))
}
