//! Conversion from embedded colour profiles to sRGB.

use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, Rgb, RgbImage, Rgba, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, LutDataType, LutStore, LutType, LutWarehouse, Matrix3d, ProfileClass};
use tiff::encoder::colortype;

use crate::fixtures::{
    Extras, jpeg, jpeg_of_blocks, pattern, pixel, pixel16, png, read, tiff_with_icc, webp, with_segment,
};

/// sRGB's transfer function from the standard, from encoded to linear.
fn linear(value: f64) -> f64 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The inverse of [`linear`].
fn encoded(value: f64) -> f64 {
    if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 }
}

/// The sRGB colour of `colour` in a space with the given curve and matrix to linear sRGB, clipped.
fn expected(colour: [f64; 3], curve: impl Fn(f64) -> f64, matrix: [[f64; 3]; 3]) -> [f64; 3] {
    let light = colour.map(curve);
    matrix.map(|row| {
        let sum: f64 = row.iter().zip(light).map(|(weight, light)| weight * light).sum();
        encoded(sum.clamp(0.0, 1.0))
    })
}

const DISPLAY_P3: [[f64; 3]; 3] =
    [[1.224_940, -0.224_940, 0.0], [-0.042_057, 1.042_057, 0.0], [-0.019_638, -0.078_636, 1.098_274]];

const ADOBE_RGB: [[f64; 3]; 3] = [[1.398_284, -0.398_284, 0.0], [0.0, 1.0, 0.0], [0.0, -0.042_938, 1.042_938]];

const COLOURS: [[u8; 3]; 8] = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
    [128, 128, 128],
    [200, 100, 50],
    [30, 90, 160],
    [11, 12, 13],
];

fn colours() -> RgbImage {
    RgbImage::from_fn(8, 1, |x, _| Rgb(COLOURS[x as usize]))
}

fn assert_near(seen: [u8; 4], expected: [f64; 3], tolerance: f64) {
    for (seen, expected) in seen.iter().zip(expected) {
        let distance = (f64::from(*seen) - expected * 255.0).abs();
        assert!(distance <= tolerance, "{seen} instead of {}", expected * 255.0);
    }
}

#[test]
fn wide_gamut_colours_become_srgb_in_every_format() {
    for (profile, curve, matrix) in [
        (ColorProfile::new_display_p3(), linear as fn(f64) -> f64, DISPLAY_P3),
        (ColorProfile::new_adobe_rgb(), |value| value.powf(2.199_218_75), ADOBE_RGB),
    ] {
        let icc = profile.encode().unwrap();
        let extras = Extras { icc: Some(&icc), exif: None };
        let tiff_file = tiff_with_icc::<colortype::RGB8>((8, 1), colours().as_raw(), &[], Some(&icc));
        for file in [png(colours(), extras), webp(colours(), extras), tiff_file] {
            let picture = read(&file);
            for (x, colour) in (0..).zip(COLOURS) {
                let expected = expected(colour.map(|value| f64::from(value) / 255.0), curve, matrix);
                assert_near(pixel(&picture, x, 0), expected, 1.0);
            }
        }
        for colour in COLOURS {
            let flat = RgbImage::from_pixel(8, 8, Rgb(colour));
            let expected = expected(colour.map(|value| f64::from(value) / 255.0), curve, matrix);
            // Compression changes the values, and the profile then increases the differences.
            assert_near(pixel(&read(&jpeg(flat, extras)), 4, 4), expected, 5.0);
        }
    }
}

#[test]
fn red_beyond_srgb_is_clipped() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let red = RgbImage::from_pixel(1, 1, Rgb([255, 0, 0]));
    let picture = read(&png(red, Extras { icc: Some(&icc), exif: None }));
    assert_eq!(pixel(&picture, 0, 0), [255, 0, 0, 255]);
}

#[test]
fn sixteen_bits_keep_their_precision_through_a_profile() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let wide: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_fn(64, 1, |x, _| {
        let level = 12_000 + 800 * x as u16;
        Rgb([level, level + 1234, level - 777])
    });
    let picture = read(&png(wide.clone(), Extras { icc: Some(&icc), exif: None }));
    for x in 0..64 {
        let colour = wide.get_pixel(x, 0).0.map(|value| f64::from(value) / 65_535.0);
        let seen = pixel16(&picture, x, 0);
        for (seen, expected) in seen.iter().zip(expected(colour, linear, DISPLAY_P3)) {
            let distance = (f64::from(*seen) - expected * 65_535.0).abs();
            // 8 bits cannot tell 257 values apart. The profile's own numbers have 16 bits.
            assert!(distance < 10.0, "{seen} instead of {} at {x}", expected * 65_535.0);
        }
    }
}

#[test]
fn profiles_do_not_change_alpha() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let extras = Extras { icc: Some(&icc), exif: None };
    let pixels = RgbaImage::from_fn(3, 1, |x, _| Rgba([200, 100, 50, [0, 77, 255][x as usize]]));
    let picture = read(&png(pixels, extras));
    let expected = expected([200.0 / 255.0, 100.0 / 255.0, 50.0 / 255.0], linear, DISPLAY_P3);
    for (x, alpha) in [(0, 0), (1, 77), (2, 255)] {
        assert_eq!(pixel(&picture, x, 0)[3], alpha);
        assert_near(pixel(&picture, x, 0), expected, 1.0);
    }
    let pixels: ImageBuffer<Rgba<u16>, _> = ImageBuffer::from_pixel(1, 1, Rgba([9, 8, 7, 12_345]));
    assert_eq!(pixel16(&read(&png(pixels, extras)), 0, 0)[3], 12_345);
}

#[test]
fn grey_profiles_apply_only_to_grey_pictures() {
    let icc = ColorProfile::new_gray_with_gamma(1.8).encode().unwrap();
    let extras = Extras { icc: Some(&icc), exif: None };
    let levels = [0, 30, 128, 200, 255];
    let grey = GrayImage::from_raw(5, 1, levels.to_vec()).unwrap();
    let transparent = GrayAlphaImage::from_fn(5, 1, |x, _| image::LumaA([levels[x as usize], 40]));
    let sixteen: ImageBuffer<image::Luma<u16>, _> =
        ImageBuffer::from_fn(5, 1, |x, _| image::Luma([u16::from(levels[x as usize]) * 257]));
    let tiff_file = tiff_with_icc::<colortype::Gray8>((5, 1), &levels, &[], Some(&icc));
    for file in [png(grey, extras), png(transparent, extras), png(sixteen, extras), tiff_file] {
        let picture = read(&file);
        for (x, level) in (0..).zip(levels) {
            let expected = encoded((f64::from(level) / 255.0).powf(1.8));
            assert_near(pixel(&picture, x, 0), [expected; 3], 1.0);
        }
    }
    let coloured = pattern(4, 4);
    assert_eq!(read(&png(coloured.clone(), extras)).pixels(), &DynamicImage::from(coloured));
}

#[test]
fn an_rgb_profile_keeps_a_grey_picture_grey() {
    let icc = ColorProfile::new_adobe_rgb().encode().unwrap();
    let grey = GrayImage::from_raw(1, 1, vec![100]).unwrap();
    let seen = pixel(&read(&png(grey, Extras { icc: Some(&icc), exif: None })), 0, 0);
    let expected = expected([100.0 / 255.0; 3], |value| value.powf(2.199_218_75), ADOBE_RGB);
    assert_near(seen, expected, 1.0);
    assert_eq!((seen[0], seen[1]), (seen[1], seen[2]));
}

#[test]
fn srgb_profiles_change_nothing_whatever_their_name() {
    let mut renamed = ColorProfile::new_srgb();
    renamed.description = None;
    let samples: Vec<u16> = (0..300).map(|index| index * 218).collect();
    let sixteen: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_raw(100, 1, samples).unwrap();
    for profile in [ColorProfile::new_srgb(), renamed] {
        let icc = profile.encode().unwrap();
        for pixels in [DynamicImage::from(pattern(64, 4)), sixteen.clone().into()] {
            let file = png(pixels.clone(), Extras { icc: Some(&icc), exif: None });
            assert_eq!(read(&file).pixels(), &pixels);
        }
    }
}

#[test]
fn a_picture_with_a_broken_profile_is_read_as_srgb() {
    let whole = ColorProfile::new_display_p3().encode().unwrap();
    let mut without_signature = whole.clone();
    without_signature[36..40].fill(0);
    let lab = ColorProfile::new_lab().encode().unwrap();
    let broken = [&b"no profile at all"[..], &whole[..100], &whole[..whole.len() / 2], &without_signature, &lab];
    for icc in broken {
        let extras = Extras { icc: Some(icc), exif: None };
        assert_eq!(read(&png(pattern(3, 3), extras)).pixels(), &DynamicImage::from(pattern(3, 3)));
        assert_eq!(read(&webp(pattern(3, 3), extras)).pixels(), &DynamicImage::from(pattern(3, 3)));
        read(&jpeg(pattern(3, 3), extras));
    }
}

/// A CMYK profile that maps every mixture of inks to lightness 50 without colour.
fn drab_cmyk_profile() -> Vec<u8> {
    let identity: Vec<u16> = [0, 65_535].repeat(4);
    // Lightness 100 is encoded as 0xFF00, and 0 of a* and b* as 0x8000.
    let drab = [0xFF00 / 2, 0x8000, 0x8000];
    let table = LutDataType {
        num_input_channels: 4,
        num_output_channels: 3,
        num_clut_grid_points: 2,
        matrix: Matrix3d::IDENTITY,
        num_input_table_entries: 2,
        num_output_table_entries: 2,
        input_table: LutStore::Store16(identity.clone()),
        clut_table: LutStore::Store16(drab.repeat(16)),
        output_table: LutStore::Store16(identity[..6].to_vec()),
        lut_type: LutType::Lut16,
    };
    let mut profile = ColorProfile::new_lab();
    profile.profile_class = ProfileClass::OutputDevice;
    profile.color_space = DataColorSpace::Cmyk;
    profile.pcs = DataColorSpace::Lab;
    profile.lut_a_to_b_perceptual = Some(LutWarehouse::Lut(table));
    profile.encode().unwrap()
}

#[test]
fn a_cmyk_profile_is_applied_to_cmyk_pictures() {
    let icc = drab_cmyk_profile();
    // Lightness 50 is 118.9 in sRGB.
    let drab = |seen: [u8; 4]| seen[..3].iter().all(|value| value.abs_diff(119) <= 2);
    let inks = [0, 0, 0, 0, 255, 0, 51, 0, 10, 20, 30, 255];
    let picture = read(&tiff_with_icc::<colortype::CMYK8>((3, 1), &inks, &[], Some(&icc)));
    let segment = [b"ICC_PROFILE\0\x01\x01", &icc[..]].concat();
    let jpeg_file = jpeg_of_blocks(&[[255, 255, 255, 255], [0, 255, 9, 255]], Some(0));
    let printed = read(&with_segment(&jpeg_file, 0xE2, &segment));
    for seen in [pixel(&picture, 0, 0), pixel(&picture, 2, 0), pixel(&printed, 0, 0), pixel(&printed, 12, 4)] {
        assert!(drab(seen), "{seen:?}");
    }
    let inks = inks.map(|ink| u16::from(ink) * 257);
    let picture = read(&tiff_with_icc::<colortype::CMYK16>((3, 1), &inks, &[], Some(&icc)));
    assert!(drab(pixel(&picture, 1, 0)));
    // It is ignored on a picture that is not CMYK.
    let file = png(pattern(3, 3), Extras { icc: Some(&icc), exif: None });
    assert_eq!(read(&file).pixels(), &DynamicImage::from(pattern(3, 3)));
}

#[test]
fn an_rgb_profile_on_a_cmyk_picture_is_ignored() {
    let icc = ColorProfile::new_display_p3().encode().unwrap();
    let picture = read(&tiff_with_icc::<colortype::CMYK8>((1, 1), &[0, 255, 255, 0], &[], Some(&icc)));
    assert_eq!(pixel(&picture, 0, 0), [255, 0, 0, 255]);
}
