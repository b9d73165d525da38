//! Every format and pixel type is read correctly, and upright.

use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageBuffer, Luma, LumaA, Rgb, Rgba, RgbaImage};
use impasto::picture::decode;
use tiff::encoder::colortype;
use tiff::tags::Tag;

use crate::fixtures::{
    Extras, LOSSY_WEBP, bmp, chunk, exif, gif, jpeg, jpeg_of_blocks, pattern, pixel, pixel16, png, raw_grey_tiff,
    raw_png, read, refusal, tiff, transparent_pattern, webp, with_last_chunk, with_segment,
};

const NO_EXTRAS: Extras = Extras { icc: None, exif: None };

#[test]
fn lossless_formats_keep_every_pixel() {
    let opaque = pattern(13, 7);
    let tiff_file = tiff::<colortype::RGB8>((13, 7), opaque.as_raw(), &[]);
    let files = [png(opaque.clone(), NO_EXTRAS), webp(opaque.clone(), NO_EXTRAS), bmp(opaque.clone()), tiff_file];
    for file in files {
        assert_eq!(read(&file).pixels(), &DynamicImage::from(opaque.clone()));
    }
    let transparent = transparent_pattern(13, 7);
    let tiff_file = tiff::<colortype::RGBA8>((13, 7), transparent.as_raw(), &[(Tag::ExtraSamples, 2)]);
    let files = [
        png(transparent.clone(), NO_EXTRAS),
        webp(transparent.clone(), NO_EXTRAS),
        bmp(transparent.clone()),
        tiff_file,
    ];
    for file in files {
        assert_eq!(read(&file).pixels(), &DynamicImage::from(transparent.clone()));
    }
}

#[test]
fn sixteen_bits_stay_sixteen() {
    let samples: Vec<u16> = (0..5 * 3 * 4).map(|index| index * 1009 + 3).collect();
    let rgba: ImageBuffer<Rgba<u16>, _> = ImageBuffer::from_raw(5, 3, samples.clone()).unwrap();
    let expected = DynamicImage::from(rgba);
    assert_eq!(read(&png(expected.clone(), NO_EXTRAS)).pixels(), &expected);
    let file = tiff::<colortype::RGBA16>((5, 3), &samples, &[(Tag::ExtraSamples, 2)]);
    assert_eq!(read(&file).pixels(), &expected);

    let rgb: ImageBuffer<Rgb<u16>, _> = ImageBuffer::from_raw(4, 5, samples.clone()).unwrap();
    let expected = DynamicImage::from(rgb);
    assert_eq!(read(&png(expected.clone(), NO_EXTRAS)).pixels(), &expected);
    assert_eq!(read(&tiff::<colortype::RGB16>((4, 5), &samples, &[])).pixels(), &expected);
}

#[test]
fn a_jpeg_is_near_its_original() {
    let flat = image::RgbImage::from_pixel(20, 12, Rgb([200, 90, 30]));
    let picture = read(&jpeg(flat, NO_EXTRAS));
    assert_eq!((picture.width(), picture.height(), picture.has_alpha()), (20, 12, false));
    for (x, y) in [(0, 0), (19, 0), (0, 11), (19, 11), (9, 7)] {
        let [red, green, blue, _] = pixel(&picture, x, y);
        assert!(red.abs_diff(200) <= 2 && green.abs_diff(90) <= 2 && blue.abs_diff(30) <= 2);
    }
}

#[test]
fn a_lossy_webp_with_alpha_is_read() {
    let picture = read(&LOSSY_WEBP);
    assert!(picture.has_alpha());
    let [red, _, blue, alpha] = pixel(&picture, 0, 0);
    assert!(red > 200 && blue < 60 && alpha > 245);
    let [red, _, blue, alpha] = pixel(&picture, 0, 15);
    assert!(red < 60 && blue > 200 && alpha > 245);
    assert!(pixel(&picture, 15, 0)[3] < 10 && pixel(&picture, 15, 15)[3] < 10);
}

#[test]
fn the_format_is_detected_from_the_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.png");
    std::fs::write(&path, bmp(pattern(3, 2))).unwrap();
    assert_eq!(decode::open(&path).unwrap().pixels(), &DynamicImage::from(pattern(3, 2)));
    let path = folder.path().join("no ending");
    std::fs::write(&path, png(pattern(3, 2), NO_EXTRAS)).unwrap();
    assert_eq!(decode::open(&path).unwrap().pixels(), &DynamicImage::from(pattern(3, 2)));
}

#[test]
fn one_pixel_is_a_picture() {
    let picture = read(&png(pattern(1, 1), NO_EXTRAS));
    assert_eq!((picture.width(), picture.height()), (1, 1));
}

#[test]
fn grey_becomes_three_equal_channels() {
    let grey = GrayImage::from_raw(2, 1, vec![7, 250]).unwrap();
    for file in [png(grey.clone(), NO_EXTRAS), tiff::<colortype::Gray8>((2, 1), grey.as_raw(), &[]), bmp(grey.clone())]
    {
        let picture = read(&file);
        assert_eq!(picture.pixels().as_rgb8().unwrap().as_raw(), &[7, 7, 7, 250, 250, 250]);
    }
    let picture = read(&jpeg(GrayImage::from_pixel(8, 8, Luma([77])), NO_EXTRAS));
    assert_eq!(pixel(&picture, 3, 3), [77, 77, 77, 255]);

    let grey: ImageBuffer<Luma<u16>, _> = ImageBuffer::from_raw(2, 1, vec![258, 65_534]).unwrap();
    for file in [png(grey.clone(), NO_EXTRAS), tiff::<colortype::Gray16>((2, 1), grey.as_raw(), &[])] {
        let picture = read(&file);
        assert_eq!(picture.pixels().as_rgb16().unwrap().as_raw(), &[258, 258, 258, 65_534, 65_534, 65_534]);
    }
}

#[test]
fn grey_may_be_transparent() {
    let grey = GrayAlphaImage::from_raw(2, 1, vec![7, 0, 250, 128]).unwrap();
    let file = raw_grey_tiff((2, 1), &[8, 8], &[(Tag::ExtraSamples, 2)], grey.as_raw());
    for file in [png(grey, NO_EXTRAS), file] {
        assert_eq!(read(&file).pixels().as_rgba8().unwrap().as_raw(), &[7, 7, 7, 0, 250, 250, 250, 128]);
    }
    let grey: ImageBuffer<LumaA<u16>, _> = ImageBuffer::from_raw(1, 1, vec![300, 40_000]).unwrap();
    assert_eq!(read(&png(grey, NO_EXTRAS)).pixels().as_rgba16().unwrap().as_raw(), &[300, 300, 300, 40_000]);
}

#[test]
fn low_bit_depths_are_scaled_to_the_whole_range() {
    // Rows of a filter byte and the samples, from the highest bit.
    let one_bit = raw_png(3, 1, 1, 0, &[], &[0, 0b1010_0000]);
    assert_eq!(read(&one_bit).pixels().to_luma8().into_raw(), [255, 0, 255]);
    let four_bits = raw_png(3, 1, 4, 0, &[], &[0, 0x0F, 0x30]);
    assert_eq!(read(&four_bits).pixels().to_luma8().into_raw(), [0, 255, 51]);

    let one_bit = raw_grey_tiff((3, 2), &[1], &[], &[0b1010_0000, 0b0110_0000]);
    assert_eq!(read(&one_bit).pixels().to_luma8().into_raw(), [255, 0, 255, 0, 255, 255]);
    let four_bits = raw_grey_tiff((3, 1), &[4], &[], &[0x0F, 0x30]);
    assert_eq!(read(&four_bits).pixels().to_luma8().into_raw(), [0, 255, 51]);
}

#[test]
fn a_palette_may_have_transparent_colours() {
    let palette = chunk(*b"PLTE", &[10, 20, 30, 40, 50, 60, 70, 80, 90]);
    let file = raw_png(3, 1, 8, 3, &palette, &[0, 2, 0, 1]);
    let picture = read(&file);
    assert_eq!(picture.pixels().as_rgb8().unwrap().as_raw(), &[70, 80, 90, 10, 20, 30, 40, 50, 60]);

    let chunks = [palette, chunk(*b"tRNS", &[0, 100])].concat();
    let picture = read(&raw_png(3, 1, 8, 3, &chunks, &[0, 2, 0, 1]));
    let expected = [70, 80, 90, 255, 10, 20, 30, 0, 40, 50, 60, 100];
    assert_eq!(picture.pixels().as_rgba8().unwrap().as_raw(), &expected);
}

#[test]
fn a_16_bit_colour_may_stand_for_transparency() {
    let transparent = chunk(*b"tRNS", &[1, 2, 3, 4, 5, 6]);
    let row = [0, 1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7];
    let picture = read(&raw_png(2, 1, 16, 2, &transparent, &row));
    assert_eq!(pixel16(&picture, 0, 0), [0x0102, 0x0304, 0x0506, 0]);
    assert_eq!(pixel16(&picture, 1, 0), [0x0102, 0x0304, 0x0507, 65_535]);
}

#[test]
fn fully_opaque_alpha_is_dropped() {
    let opaque = RgbaImage::from_pixel(2, 2, Rgba([1, 2, 3, 255]));
    for file in [png(opaque.clone(), NO_EXTRAS), webp(opaque.clone(), NO_EXTRAS), gif([opaque.clone()])] {
        let picture = read(&file);
        assert!(!picture.has_alpha());
        assert_eq!(pixel(&picture, 1, 1), [1, 2, 3, 255]);
    }
}

#[test]
fn the_first_frame_of_an_animation_is_read() {
    let frames = [Rgba([250, 0, 0, 255]), Rgba([0, 0, 250, 255])].map(|colour| RgbaImage::from_pixel(4, 3, colour));
    let picture = read(&gif(frames));
    assert_eq!((picture.width(), picture.height()), (4, 3));
    assert_eq!(pixel(&picture, 2, 1), [250, 0, 0, 255]);
}

#[test]
fn a_gif_may_be_partly_transparent() {
    let mut frame = RgbaImage::from_pixel(3, 2, Rgba([0, 200, 0, 255]));
    frame.put_pixel(2, 1, Rgba([0, 0, 0, 0]));
    let picture = read(&gif([frame]));
    assert!(picture.has_alpha());
    assert_eq!(pixel(&picture, 2, 1)[3], 0);
    assert_eq!(pixel(&picture, 1, 1), [0, 200, 0, 255]);
}

#[test]
fn floats_are_clamped_into_16_bits() {
    let samples = [0.0, 0.5, 1.0, -3.0, 7.5, 0.25, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
    let picture = read(&tiff::<colortype::RGB32Float>((3, 1), &samples, &[]));
    let expected = [0, 32_768, 65_535, 0, 65_535, 16_384, 65_535, 0, 0];
    assert_eq!(picture.pixels().as_rgb16().unwrap().as_raw(), &expected);
    let picture = read(&tiff::<colortype::Gray32Float>((2, 1), &[0.5, 2.0], &[]));
    assert_eq!(picture.pixels().to_luma16().into_raw(), [32_768, 65_535]);
}

#[test]
fn premultiplied_colours_are_divided_by_alpha() {
    let samples = [50, 100, 0, 128, 9, 9, 9, 0, 40, 50, 60, 255];
    let picture = read(&tiff::<colortype::RGBA8>((3, 1), &samples, &[(Tag::ExtraSamples, 1)]));
    let expected = [100, 199, 0, 128, 9, 9, 9, 0, 40, 50, 60, 255];
    assert_eq!(picture.pixels().as_rgba8().unwrap().as_raw(), &expected);
}

#[test]
fn a_channel_that_is_not_alpha_is_left_out() {
    let samples = [1, 2, 3, 99, 4, 5, 6, 0];
    let unspecified = [(Tag::ExtraSamples, 0)];
    let picture = read(&tiff::<colortype::RGBA8>((2, 1), &samples, &unspecified));
    assert_eq!(picture.pixels().as_rgb8().unwrap().as_raw(), &[1, 2, 3, 4, 5, 6]);
    // The predictor still covers it.
    let predicted = [(Tag::ExtraSamples, 0), (Tag::Predictor, 2)];
    let picture = read(&tiff::<colortype::RGBA8>((2, 1), &[1, 2, 3, 99, 3, 3, 3, 1], &predicted));
    assert_eq!(picture.pixels().as_rgb8().unwrap().as_raw(), &[1, 2, 3, 4, 5, 6]);
}

#[test]
fn cmyk_becomes_rgb() {
    // Without a profile: (1 - ink) × (1 - black).
    let inks = [0, 0, 0, 0, 255, 0, 51, 0, 0, 102, 0, 51, 10, 20, 30, 255];
    let light = [[255, 255, 255], [0, 255, 204], [204, 122, 204], [0, 0, 0]];
    let picture = read(&tiff::<colortype::CMYK8>((4, 1), &inks, &[]));
    assert_eq!(picture.pixels().as_rgb8().unwrap().as_raw(), &light.concat());
    // JPEG files store the inks inverted, with and without Photoshop's segment.
    let blocks: Vec<[u8; 4]> = inks.as_chunks().0.iter().map(|inks| inks.map(|ink| 255 - ink)).collect();
    for adobe in [None, Some(0)] {
        let picture = read(&jpeg_of_blocks(&blocks, adobe));
        assert_eq!((picture.width(), picture.height()), (32, 8));
        for (block, light) in light.iter().enumerate() {
            let seen = pixel(&picture, 8 * block as u32 + 3, 4);
            assert!(seen.iter().zip(light).all(|(seen, light)| seen.abs_diff(*light) <= 1), "{seen:?} {light:?}");
        }
    }
}

#[test]
fn ycck_becomes_rgb() {
    // Luma 105, neutral Cb, maximal Cr: inks of 105 + 1.402 × 127 and 105 - 0.714 × 127. Then with half the black.
    let blocks = [[105, 128, 255, 255], [105, 128, 255, 128], [255, 128, 128, 255], [0, 128, 128, 255]];
    let picture = read(&jpeg_of_blocks(&blocks, Some(2)));
    let expected = [[0, 241, 150], [0, 121, 75], [0, 0, 0], [255, 255, 255]];
    for (block, light) in expected.iter().enumerate() {
        let seen = pixel(&picture, 8 * block as u32 + 3, 4);
        assert!(seen.iter().zip(light).all(|(seen, light)| seen.abs_diff(*light) <= 1), "{seen:?} {light:?}");
    }
}

#[test]
fn a_jpeg_marked_as_untransformed_is_read_as_rgb() {
    let picture = read(&jpeg_of_blocks(&[[250, 10, 99], [1, 2, 3]], Some(0)));
    assert_eq!(pixel(&picture, 4, 4), [250, 10, 99, 255]);
    assert_eq!(pixel(&picture, 12, 4), [1, 2, 3, 255]);
}

/// Where the upright pixel (`x`, `y`) is in a stored picture of `width` × `height`, according to the EXIF standard.
fn stored_at(orientation: u16, (width, height): (u32, u32), x: u32, y: u32) -> (u32, u32) {
    match orientation {
        // The stored first row is at the top, the first column on the left; and so on.
        1 => (x, y),
        2 => (width - 1 - x, y),
        3 => (width - 1 - x, height - 1 - y),
        4 => (x, height - 1 - y),
        // From here on, the stored first row is on the left or on the right.
        5 => (y, x),
        6 => (y, height - 1 - x),
        7 => (width - 1 - y, height - 1 - x),
        8 => (width - 1 - y, x),
        _ => unreachable!(),
    }
}

#[test]
fn every_orientation_is_applied_in_every_format() {
    const SIZE: (u32, u32) = (5, 3);
    let stored = pattern(SIZE.0, SIZE.1);
    for orientation in 1..=8 {
        let exif = exif(orientation, orientation % 2 == 0);
        let extras = Extras { exif: Some(&exif), icc: None };
        let with_introduction = [b"Exif\0\0", &exif[..]].concat();
        let files = [
            png(stored.clone(), extras),
            with_last_chunk(&png(stored.clone(), NO_EXTRAS), *b"eXIf", &exif),
            webp(stored.clone(), extras),
            webp(stored.clone(), Extras { exif: Some(&with_introduction), icc: None }),
            tiff::<colortype::RGB8>(SIZE, stored.as_raw(), &[(Tag::Orientation, orientation)]),
        ];
        for (index, file) in files.iter().enumerate() {
            let picture = read(file);
            let upright = if orientation < 5 { SIZE } else { (SIZE.1, SIZE.0) };
            assert_eq!((picture.width(), picture.height()), upright, "{orientation} of file {index}");
            for (x, y) in (0..upright.1).flat_map(|y| (0..upright.0).map(move |x| (x, y))) {
                let (stored_x, stored_y) = stored_at(orientation, SIZE, x, y);
                let expected = stored.get_pixel(stored_x, stored_y).0;
                assert_eq!(pixel(&picture, x, y)[..3], expected, "{orientation} of file {index} at {x}, {y}");
            }
        }
    }
}

#[test]
fn every_orientation_is_applied_to_jpeg() {
    // Three blocks in a row, so that compression cannot mix the colours.
    let colours = [[230_u8, 128, 128], [120, 128, 128], [20, 128, 128]];
    let file = jpeg_of_blocks(&colours, None);
    for orientation in 1..=8 {
        let content = [b"Exif\0\0", &exif(orientation, orientation > 4)[..]].concat();
        let picture = read(&with_segment(&file, 0xE1, &content));
        let upright = if orientation < 5 { (24, 8) } else { (8, 24) };
        assert_eq!((picture.width(), picture.height()), upright);
        for (x, y) in [(0, 0), (upright.0 - 1, upright.1 - 1), (upright.0 / 2, upright.1 / 2)] {
            let (stored_x, _) = stored_at(orientation, (24, 8), x, y);
            let expected = colours[stored_x as usize / 8][0];
            assert_eq!(pixel(&picture, x, y), [expected, expected, expected, 255], "{orientation} at {x}, {y}");
        }
    }
}

#[test]
fn an_invalid_orientation_is_ignored() {
    let stored = pattern(5, 3);
    let damaged = [exif(6, false)[..12].to_vec(), exif(9, false), exif(0, true), vec![1, 2, 3], Vec::new()];
    for exif in damaged {
        let extras = Extras { exif: Some(&exif), icc: None };
        assert_eq!(read(&png(stored.clone(), extras)).pixels(), &DynamicImage::from(stored.clone()));
        let content = [b"Exif\0\0", &exif[..]].concat();
        assert_eq!(read(&with_segment(&jpeg(stored.clone(), NO_EXTRAS), 0xE1, &content)).width(), 5);
    }
}

/// A TIFF file of one row, whose pixels are indices of `bits` bits into the palette `colours`.
pub(crate) fn palette_tiff(bits: u16, colours: &[[u16; 3]], indices: &[u8], width: u16) -> Vec<u8> {
    let mut file = raw_grey_tiff((width, 1), &[bits], &[(Tag::ColorMap, 0)], indices);
    let entry = |file: &[u8], tag: Tag| {
        let tag = tag.to_u16().to_le_bytes();
        file.windows(4).position(|window| window == [tag[0], tag[1], 3, 0]).unwrap()
    };
    let interpretation = entry(&file, Tag::PhotometricInterpretation);
    file[interpretation + 8] = 3;
    let (map, place) = (entry(&file, Tag::ColorMap), file.len() as u32);
    file[map + 4..map + 8].copy_from_slice(&(3 * colours.len() as u32).to_le_bytes());
    file[map + 8..map + 12].copy_from_slice(&place.to_le_bytes());
    for channel in 0..3 {
        file.extend(colours.iter().flat_map(|colour| colour[channel].to_le_bytes()));
    }
    file
}

#[test]
fn tiff_palettes_are_read() {
    let colours = [[0xFF00, 0, 0x1000], [0, 0x8080, 0xFFFF], [0x1234, 0x5678, 0x9ABC], [0xFFFF; 3]];
    let expected = [[0xFF, 0, 0x10, 255], [0, 0x80, 0xFF, 255], [0x12, 0x56, 0x9A, 255], [255; 4]];
    let seen = |file: &[u8]| {
        let picture = read(file);
        (0..4).map(|x| pixel(&picture, x, 0)).collect::<Vec<_>>()
    };
    assert_eq!(seen(&palette_tiff(8, &colours, &[0, 1, 2, 3], 4)), expected);
    assert_eq!(seen(&palette_tiff(4, &colours, &[0x01, 0x23], 4)), expected);
    assert_eq!(seen(&palette_tiff(2, &colours, &[0b0001_1011], 4)), expected);
    // Some programs write 8-bit palettes. An index beyond the palette is read as its last colour.
    let dim = colours.map(|colour| colour.map(|value| value >> 8));
    assert_eq!(seen(&palette_tiff(8, &dim, &[0, 1, 2, 200], 4)), expected);
    let damaged = "the picture is damaged; copy or export it again";
    assert_eq!(refusal(&palette_tiff(8, &[], &[0, 1, 2, 3], 4)), damaged);
}
