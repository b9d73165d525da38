//! Enlarging and reducing pictures.

use image::{ImageBuffer, Rgb, RgbImage, Rgba, RgbaImage};
use impasto::picture::Picture;
use impasto::picture::resize::{fit_size, resize, thumbnail};
use proptest::prelude::*;

use crate::fixtures::{pattern, pixel};

#[test]
fn the_long_side_is_exact_and_the_short_side_rounded() {
    assert_eq!(fit_size(4000, 3000, 1024), (1024, 768));
    assert_eq!(fit_size(3000, 4000, 1024), (768, 1024));
    assert_eq!(fit_size(500, 500, 8192), (8192, 8192));
    assert_eq!(fit_size(3, 2, 100), (100, 67));
    assert_eq!(fit_size(1000, 333, 512), (512, 170));
    assert_eq!(fit_size(32_768, 1, 100), (100, 1));
    assert_eq!(fit_size(1, 32_768, 2), (1, 2));
    assert_eq!(fit_size(u32::MAX, u32::MAX - 1, u32::MAX), (u32::MAX, u32::MAX - 1));
}

proptest! {
    #[test]
    fn a_fitted_size_keeps_the_proportions(width in 1_u32..40_000, height in 1_u32..40_000, long_side in 1_u32..40_000) {
        let (fitted_width, fitted_height) = fit_size(width, height, long_side);
        prop_assert_eq!(fitted_width.max(fitted_height), long_side);
        prop_assert!(fitted_width >= 1 && fitted_height >= 1);
        let scale = f64::from(long_side) / f64::from(width.max(height));
        prop_assert!((f64::from(fitted_width) - f64::from(width) * scale).abs() <= 1.0);
        prop_assert!((f64::from(fitted_height) - f64::from(height) * scale).abs() <= 1.0);
    }
}

#[test]
fn the_same_size_is_the_same_picture() {
    let picture = Picture::new(pattern(17, 9).into());
    assert_eq!(resize(&picture, 17, 9).pixels(), picture.pixels());
}

#[test]
fn one_colour_stays_that_colour() {
    let eight_bit = Picture::new(RgbImage::from_pixel(40, 30, Rgb([7, 130, 251])).into());
    let wide: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_pixel(40, 30, Rgb([1799, 33_410, 64_507]));
    let transparent = RgbaImage::from_pixel(40, 30, Rgba([7, 130, 251, 128]));
    for picture in [eight_bit, Picture::new(wide.into()), Picture::new(transparent.into())] {
        for (width, height) in [(11, 8), (93, 70), (40, 7), (1, 1), (80, 3)] {
            let resized = resize(&picture, width, height);
            assert_eq!((resized.width(), resized.height()), (width, height));
            assert_eq!(resized.pixels().color(), picture.pixels().color());
            for (x, y) in [(0, 0), (width - 1, height - 1), (width / 2, height / 2)] {
                let (seen, expected) = (pixel(&resized, x, y), pixel(&picture, 0, 0));
                // Alpha is multiplied in and divided out again, which rounds twice.
                assert!(seen.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{seen:?} {expected:?}");
            }
        }
    }
}

#[test]
fn fine_lines_become_their_mean_without_aliasing() {
    let lines = RgbImage::from_fn(300, 300, |x, _| Rgb([if x % 2 == 0 { 255 } else { 0 }; 3]));
    let small = resize(&Picture::new(lines.into()), 40, 40);
    for x in 4..36 {
        assert!(pixel(&small, x, 20)[0].abs_diff(127) < 8, "{:?} at {x}", pixel(&small, x, 20));
    }
}

#[test]
fn the_colour_of_transparent_pixels_does_not_bleed() {
    let pixels = RgbaImage::from_fn(64, 64, |x, _| if x < 32 { Rgba([255, 0, 0, 255]) } else { Rgba([0, 255, 0, 0]) });
    let picture = Picture::new(pixels.into());
    for (width, height) in [(20, 20), (150, 150)] {
        let resized = resize(&picture, width, height);
        for x in 0..width {
            let [red, green, _, alpha] = pixel(&resized, x, height / 2);
            assert!(alpha < 8 || (red > 240 && green < 16), "{red} {green} {alpha} at {x}");
        }
    }
}

#[test]
fn a_thumbnail_never_enlarges() {
    let picture = Picture::new(pattern(100, 60).into());
    for (long_side, size) in [(50, (50, 30)), (100, (100, 60)), (1000, (100, 60)), (1, (1, 1))] {
        let small = thumbnail(&picture, long_side);
        assert_eq!((small.width(), small.height()), size);
    }
}
