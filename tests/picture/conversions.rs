//! Conversions between pictures, the engine's planes and the window's RGBA.

use image::{DynamicImage, ImageBuffer, Rgb, RgbaImage};
use impasto::picture::Picture;

use crate::fixtures::{pattern, pixel, pixel16, transparent_pattern};

#[test]
fn planes_hold_one_channel_after_the_other() {
    let picture = Picture::new(image::RgbImage::from_raw(2, 1, vec![0, 51, 255, 102, 153, 204]).unwrap().into());
    assert_eq!(picture.to_planes(), [0.0, 0.4, 0.2, 0.6, 1.0, 0.8]);
    let wide: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_raw(1, 2, vec![0, 13_107, 65_535, 1, 2, 3]).unwrap();
    let planes = Picture::new(wide.into()).to_planes();
    assert_eq!(planes[..5], [0.0, 1.0 / 65_535.0, 0.2, 2.0 / 65_535.0, 1.0]);
}

#[test]
fn planes_preserve_every_16_bit_value() {
    let samples: Vec<u16> = (0..=u16::MAX).flat_map(|value| [value, value ^ 0x5555, !value]).collect();
    let wide: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_raw(256, 256, samples).unwrap();
    let picture = Picture::new(wide.into());
    assert_eq!(Picture::from_planes(256, 256, &picture.to_planes()).pixels(), picture.pixels());
}

#[test]
fn planes_are_rounded_and_clamped() {
    let half_step = 0.5 / 65_535.0;
    let planes = [f32::NAN, -0.1, 1.1, f32::INFINITY, f32::NEG_INFINITY, 0.9 * half_step, 1.1 * half_step, 0.5, 1.0];
    let picture = Picture::from_planes(3, 1, &planes);
    assert_eq!(pixel16(&picture, 0, 0)[..3], [0, 65_535, 1]);
    assert_eq!(pixel16(&picture, 1, 0)[..3], [0, 0, 32_768]);
    assert_eq!(pixel16(&picture, 2, 0)[..3], [65_535, 0, 65_535]);
}

#[test]
#[should_panic(expected = "three planes of 2 × 2 values")]
fn too_few_values_panic() {
    let _ = Picture::from_planes(2, 2, &[0.0; 11]);
}

#[test]
fn colours_under_alpha_are_preserved() {
    let mut pixels = transparent_pattern(16, 16);
    pixels.put_pixel(3, 5, image::Rgba([220, 0, 0, 129]));
    pixels.put_pixel(4, 5, image::Rgba([9, 200, 30, 1]));
    // As in files of cut-outs: white where the picture is fully transparent.
    pixels.put_pixel(9, 9, image::Rgba([255, 255, 255, 0]));
    let picture = Picture::new(pixels.clone().into());
    let again = Picture::from_planes(16, 16, &picture.to_planes()).with_alpha_of(&picture);
    for (x, y, expected) in pixels.enumerate_pixels() {
        let seen = pixel(&again, x, y);
        assert_eq!(seen[3], expected.0[3]);
        assert!(expected.0[3] == 0 || seen == expected.0, "{seen:?} instead of {expected:?} at {x}, {y}");
    }
}

#[test]
fn a_cut_out_has_no_fringe() {
    // A dark red disc with a soft edge on fully transparent white.
    let disc = RgbaImage::from_fn(64, 64, |x, y| {
        let distance = (x as f32 - 31.5).hypot(y as f32 - 31.5);
        let alpha = ((22.0 - distance) / 4.0 + 0.5).clamp(0.0, 1.0);
        if alpha > 0.0 { image::Rgba([120, 10, 10, (255.0 * alpha) as u8]) } else { image::Rgba([255, 255, 255, 0]) }
    });
    let disc = Picture::new(disc.into());
    for side in [64, 31, 150] {
        let smaller = impasto::picture::resize::resize(&disc, side, side);
        let planes = smaller.to_planes();
        let painted = Picture::from_planes(side, side, &planes).with_alpha_of(&disc);
        for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
            let [red, green, _, alpha] = pixel(&painted, x, y).map(f32::from);
            // Composited over black, nothing is lighter than the disc.
            assert!(red * alpha / 255.0 < 126.0 && green * alpha / 255.0 < 16.0, "{red} {green} {alpha} at {x}, {y}");
            assert!(alpha < 3.0 || (red - 120.0).abs() < 8.0 && green < 18.0, "{red} {green} {alpha} at {x}, {y}");
        }
    }
}

#[test]
fn previews_are_8_bit_rgba() {
    let opaque = Picture::new(pattern(3, 2).into());
    let rgba = opaque.to_rgba8();
    assert_eq!(rgba.len(), 4 * 6);
    assert_eq!(rgba[4..8], pixel(&opaque, 1, 0));
    let transparent = transparent_pattern(3, 2);
    assert_eq!(Picture::new(transparent.clone().into()).to_rgba8(), transparent.into_raw());
    // 16 bits are rounded: 127.5 and 128.49 of 255.
    let wide: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_raw(1, 1, vec![32_768, 33_024, 128]).unwrap();
    assert_eq!(Picture::new(wide.into()).to_rgba8(), [128, 128, 0, 255]);
}

#[test]
fn alpha_comes_from_another_picture_of_any_size() {
    let half = RgbaImage::from_fn(8, 2, |x, _| image::Rgba([0, 0, 0, if x < 4 { 0 } else { 255 }]));
    let stencil = Picture::new(half.into());
    let eight_bit = Picture::new(pattern(64, 16).into());
    let sixteen_bit = Picture::from_planes(64, 16, &[0.25; 3 * 64 * 16]);
    for picture in [eight_bit, sixteen_bit] {
        let cut = picture.clone().with_alpha_of(&stencil);
        assert_eq!((cut.width(), cut.height(), cut.has_alpha()), (64, 16, true));
        for (x, alpha) in [(0, 0), (20, 0), (44, 255), (63, 255)] {
            let [red, green, blue, _] = pixel(&picture, x, 9);
            assert_eq!(pixel(&cut, x, 9), [red, green, blue, alpha]);
        }
        assert_eq!(cut.pixels().color().bytes_per_pixel() / 4, picture.pixels().color().bytes_per_pixel() / 3);
    }
}

#[test]
fn alpha_of_the_same_size_is_exact() {
    let stencil = Picture::new(transparent_pattern(16, 16).into());
    let cut = Picture::new(pattern(16, 16).into()).with_alpha_of(&stencil);
    assert_eq!(cut.pixels(), &DynamicImage::from(transparent_pattern(16, 16)));
}

#[test]
fn an_opaque_stencil_changes_nothing() {
    let picture = Picture::new(pattern(3, 3).into());
    let same = picture.clone().with_alpha_of(&Picture::new(pattern(5, 5).into()));
    assert_eq!(same.pixels(), picture.pixels());
    let transparent = Picture::new(transparent_pattern(3, 3).into());
    assert_eq!(transparent.clone().with_alpha_of(&picture).pixels(), transparent.pixels());
}
