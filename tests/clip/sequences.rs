//! Clips as numbered pictures.

use std::path::Path;

use image::{DynamicImage, ImageBuffer, Rgb, RgbImage, Rgba, RgbaImage};
use impasto::clip::{ClipError, ClipFormat, ClipSource, ClipTarget, FrameReader, TimeBase};
use impasto::picture::Format;
use impasto::picture::metadata::{Metadata, Provenance};

use super::{Reel, frames};

/// Writes a grey picture.
fn grey(path: &Path, (width, height): (u32, u32), value: u8) {
    RgbImage::from_pixel(width, height, Rgb([value; 3])).save(path).unwrap();
}

/// The first value of each frame.
fn values(source: &ClipSource) -> Vec<u8> {
    frames(source).iter().map(|frame| frame.picture.to_rgba8()[0]).collect()
}

#[test]
fn the_pictures_of_a_folder_are_frames_in_the_order_of_their_numbers() {
    let reel = Reel::new();
    for (name, value) in [("frame-10.png", 30), ("frame-2.png", 20), ("Frame-1.bmp", 10), (".frame-0.png", 99)] {
        grey(&reel.path(name), (12, 9), value);
    }
    std::fs::write(reel.path("notes.txt"), "no picture").unwrap();
    std::fs::create_dir(reel.path("frame-3.png")).unwrap();
    let source = ClipSource::open(reel.0.path(), None, None).unwrap();
    assert!(source.is_sequence() && !source.is_coded());
    assert_eq!(source.names(), ["Frame-1.bmp", "frame-2.png", "frame-10.png"]);
    assert_eq!(values(&source), [10, 20, 30]);
    let info = source.info();
    assert_eq!((info.size, info.frames, info.sounds.len()), ((12, 9), Some(3), 0));
    assert_eq!((info.time_base, info.has_alpha), (TimeBase::one_in(25), false));
    let times: Vec<_> = frames(&source).iter().map(|frame| (frame.time, frame.duration)).collect();
    assert_eq!(times, [(0, 1), (1, 1), (2, 1)]);
    let rate = TimeBase { numerator: 1001, denominator: 24_000 };
    assert_eq!(ClipSource::open(reel.0.path(), None, Some(rate)).unwrap().info().time_base, rate);
}

#[test]
fn a_pattern_finds_the_pictures_whose_names_fit() {
    let reel = Reel::new();
    for number in [8, 9, 10, 11] {
        grey(&reel.path(&format!("f-{number:03}.png")), (4, 4), number);
        grey(&reel.path(&format!("g{number}.png")), (4, 4), number);
    }
    grey(&reel.path("f-1.png"), (4, 4), 1);
    for pattern in ["f-%03d.png", "f-###.png", "g%d.png"] {
        let source = ClipSource::open(&reel.path(pattern), None, None).unwrap();
        assert_eq!(values(&source), [8, 9, 10, 11], "{pattern}");
    }
    let error = |name: &str| ClipSource::open(&reel.path(name), None, None).unwrap_err();
    assert!(matches!(error("h%d.png"), ClipError::NoPictures(_)));
    assert!(matches!(error("f-%d.png"), ClipError::OnePicture(_)));
    assert!(matches!(error("missing/f-%d.png"), ClipError::Missing(_)));
}

#[test]
fn sixteen_bits_and_transparency_survive() {
    let reel = Reel::new();
    let deep: ImageBuffer<Rgb<u16>, _> =
        ImageBuffer::from_fn(8, 6, |x, y| Rgb([(x * 8191) as u16, (y * 9001) as u16, 77]));
    DynamicImage::from(deep.clone()).save(reel.path("1.png")).unwrap();
    let clear = RgbaImage::from_fn(8, 6, |x, _| Rgba([9, 8, 7, (x * 30) as u8]));
    clear.save(reel.path("2.png")).unwrap();
    let source = ClipSource::open(reel.0.path(), None, None).unwrap();
    assert!(source.info().has_alpha);
    let provenance =
        Provenance { program: "Impasto".to_owned(), sources: Vec::new(), recipe: Some("{}".to_owned()), brief: None };
    let mut target = ClipTarget::new(&reel.path("out"), ClipFormat::Pictures(Format::Png), source.info());
    target.names = source.names();
    target.export.sixteen_bit = true;
    target.export.metadata = Metadata { provenance: Some(provenance), exif: None };
    let given = frames(&source);
    let mut writer = target.create().unwrap();
    for frame in &given {
        writer.write(frame).unwrap();
    }
    writer.finish().unwrap();
    let copy = ClipSource::open(&reel.path("out"), None, None).unwrap();
    assert_eq!(copy.names(), ["1.png", "2.png"]);
    assert_eq!(frames(&copy)[0].picture.pixels(), &DynamicImage::from(deep));
    assert_eq!(frames(&copy)[1].picture.to_rgba8(), clear.into_raw());
    let read = impasto::picture::decode::read(&copy.files()[0]).unwrap();
    assert_eq!(read.recipe.as_deref(), Some("{}"));
}

#[test]
fn pictures_are_named_by_a_pattern_or_numbered() {
    let reel = Reel::new();
    std::fs::create_dir(reel.path("in")).unwrap();
    for number in 1..4 {
        grey(&reel.path(&format!("in/{number}.png")), (5, 5), number);
    }
    let source = ClipSource::open(&reel.path("in"), None, None).unwrap();
    for (to, names) in [
        ("new/a", ["000001.png", "000002.png", "000003.png"]),
        ("b/x-%02d.tif", ["x-01.tif", "x-02.tif", "x-03.tif"]),
        ("c/###.JPG", ["001.JPG", "002.JPG", "003.JPG"]),
        ("d/##.webp", ["01.webp", "02.webp", "03.webp"]),
    ] {
        let format = ClipFormat::of(&reel.path(to), None).unwrap();
        let mut writer = ClipTarget::new(&reel.path(to), format, source.info()).create().unwrap();
        for frame in frames(&source) {
            writer.write(&frame).unwrap();
        }
        writer.finish().unwrap();
        let copy = ClipSource::open(&reel.path(to), None, None).unwrap();
        assert_eq!((copy.names(), values(&copy)), (names.map(str::to_owned).to_vec(), vec![1, 2, 3]), "{to}");
    }
}

#[test]
fn pictures_of_other_sizes_and_damaged_ones_are_named() {
    let reel = Reel::new();
    for (name, size) in [("1.png", (12, 9)), ("2.png", (12, 9)), ("3.png", (12, 8))] {
        grey(&reel.path(name), size, 1);
    }
    let sentence = ClipSource::open(reel.0.path(), None, None).unwrap_err().to_string();
    let expected = "this picture is 12 × 8 pixels, but the first of its clip is 12 × 9; make them one size: ";
    assert_eq!(sentence, format!("{expected}{}", reel.path("3.png").display()));
    // Turned by a quarter: only decoding shows whether it is.
    grey(&reel.path("3.png"), (9, 12), 1);
    let first_error = |reader: &mut dyn FrameReader| loop {
        match reader.read() {
            Ok(frame) => assert!(frame.is_some(), "no error"),
            Err(error) => break error.to_string(),
        }
    };
    let source = ClipSource::open(reel.0.path(), None, None).unwrap();
    let sentence = first_error(&mut *source.frames().unwrap());
    assert!(sentence.starts_with("this picture is 9 × 12 pixels, but the first of its clip is 12 × 9"), "{sentence}");
    std::fs::write(reel.path("3.png"), &std::fs::read(reel.path("2.png")).unwrap()[..50]).unwrap();
    let source = ClipSource::open(reel.0.path(), None, None).unwrap();
    let sentence = first_error(&mut *source.frames().unwrap());
    assert!(sentence.starts_with("the picture is cut off") && sentence.ends_with("3.png"), "{sentence}");
}
