//! The picture of a place on a style map.

use image::imageops::overlay;
use image::{DynamicImage, RgbImage};

use super::jpeg;
use crate::picture::error::Problem;
use crate::picture::map_place::MapPlace;
use crate::picture::pixels::Picture;
use crate::picture::resize::resize;
use crate::picture::style_map::StyleMap;

/// Width and most height in pixels of the picture.
const WIDTH: u32 = 1536;
const HEIGHT: u32 = 768;

/// Paintings of a smaller share are left out: a narrow strip shows no strokes.
const SMALLEST_SHARE: f32 = 0.04;

/// The nearest paintings side by side, equally high, each as wide as its share says, which carries the place. What is narrower
/// than its share is mirrored, so that strokes keep their size.
///
/// # Errors
/// When a painting in the map is damaged.
pub(super) fn picture_of(place: MapPlace) -> Result<Picture, Problem> {
    let mut shares = place.shares();
    shares.retain(|share| share.share >= SMALLEST_SHARE);
    let total: f32 = shares.iter().map(|share| share.share).sum();
    let files: Vec<&[u8]> =
        shares.iter().map(|share| place.map().paintings[share.painting].picture.as_slice()).collect();
    let sizes = files.iter().map(|file| dimensions(file)).collect::<Result<Vec<_>, _>>()?;
    let height = sizes.iter().map(|(_, height)| *height).min().unwrap_or(1).min(HEIGHT);
    let mut sheet = RgbImage::new(WIDTH, height);
    let mut left = 0;
    for (index, (file, share)) in files.iter().zip(&shares).enumerate() {
        let picture = painting(file)?;
        let own = f64::from(picture.width()) * f64::from(height) / f64::from(picture.height());
        let small = resize(&picture, (own.round() as u32).max(1), height).pixels().to_rgb8();
        let is_last = index + 1 == files.len();
        let width = if is_last { WIDTH - left } else { (WIDTH as f32 * share.share / total).round() as u32 };
        let width = width.min(WIDTH - left);
        overlay(&mut sheet, &mirrored(&small, width), i64::from(left), 0);
        left += width;
    }
    Ok(Picture::new(DynamicImage::from(sheet)).with_map_place(place.without_pictures()))
}

/// A painting in a map.
///
/// # Errors
/// When it is damaged.
pub(super) fn painting(file: &[u8]) -> Result<Picture, Problem> {
    dimensions(file)?;
    Ok(Picture::new(jpeg::decode(file).map_err(|_| Problem::DamagedMap)?.pixels))
}

/// Width and height in pixels of a painting in a map. A small file can state a huge picture.
fn dimensions(file: &[u8]) -> Result<(u32, u32), Problem> {
    let is_allowed = |side: u32| (1..=StyleMap::LONGEST_SIDE).contains(&side);
    let size = jpeg::dimensions(file).ok().filter(|(width, height)| is_allowed(*width) && is_allowed(*height));
    size.ok_or(Problem::DamagedMap)
}

/// The middle of a picture of this width, or the picture followed by its mirror image until the width is filled.
fn mirrored(picture: &RgbImage, width: u32) -> RgbImage {
    let own = picture.width();
    let left = own.saturating_sub(width) / 2;
    RgbImage::from_fn(width.max(1), picture.height(), |x, y| {
        let place = (left + x) % (2 * own);
        let place = if place < own { place } else { 2 * own - 1 - place };
        *picture.get_pixel(place, y)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::picture::encode::{Export, Format, encoded};
    use crate::picture::style_map::tests::map;

    #[test]
    fn the_picture_shows_the_nearest_paintings_by_their_shares() {
        let mut map = map(&[[0.0, 0.0], [1.0, 0.0]]);
        for (painting, shade) in map.paintings.iter_mut().zip([40, 200]) {
            let pixels = RgbImage::from_pixel(300, 400, image::Rgb([shade, shade, shade]));
            painting.picture = encoded(&Picture::new(pixels.into()), &Export::new(Format::Jpeg)).unwrap();
        }
        let place = MapPlace::new(Arc::new(map.clone()), "art.map".to_owned(), [0.4, 0.0]).unwrap();
        let share = place.shares()[0].share;
        let picture = picture_of(place.clone()).unwrap();
        assert_eq!((picture.width(), picture.height()), (1536, 400));
        let pixels = picture.pixels().to_rgb8();
        let dark = (0..1536).filter(|x| pixels.get_pixel(*x, 200)[0] < 120).count() as f32 / 1536.0;
        assert!(share > 0.6 && (dark - share).abs() < 0.01, "{share} {dark}");
        assert_eq!(picture.map_place().map(|place| place.text()).as_deref(), Some("art.map@0.4,0"));
        assert!(MapPlace::new(Arc::new(map.clone()), "art.map".to_owned(), [9.0, 0.0]).is_none());
        let large = RgbImage::new(1025, 3);
        for damaged in [vec![1, 2, 3], encoded(&Picture::new(large.into()), &Export::new(Format::Jpeg)).unwrap()] {
            map.paintings[0].picture = damaged;
            let place = MapPlace::new(Arc::new(map.clone()), "art.map".to_owned(), [0.4, 0.0]).unwrap();
            assert!(matches!(picture_of(place), Err(Problem::DamagedMap)));
        }
    }
}
