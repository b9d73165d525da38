//! HEIC, AVIF and JPEG XL, compared with the output of the formats' reference decoders.

use std::path::{Path, PathBuf};

use impasto::picture::decode::{self, PictureFile};
use impasto::picture::{Picture, Problem};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::fixtures::{read, refusal};

/// The files that are read, with the lowest allowed peak signal-to-noise ratio in decibels, or 0 where every value must
/// be equal.
const READ: [(&str, f64); 38] = [
    ("full.heic", 60.0),
    ("limited.heic", 60.0),
    ("stream.heic", 60.0),
    ("odd.heic", 60.0),
    ("grey.heic", 60.0),
    ("ten.heic", 60.0),
    ("alpha.heic", 60.0),
    ("premultiplied.heic", 45.0),
    ("profile.heic", 48.0),
    ("grid.heic", 48.0),
    ("turned.heic", 60.0),
    ("400.avif", 60.0),
    ("420.avif", 50.0),
    ("422.avif", 50.0),
    ("444.avif", 50.0),
    ("odd.avif", 50.0),
    ("ten.avif", 60.0),
    ("twelve.avif", 60.0),
    ("alpha.avif", 50.0),
    ("premultiplied.avif", 45.0),
    ("limited.avif", 50.0),
    ("lossless.avif", 0.0),
    ("turned.avif", 50.0),
    ("grid.avif", 50.0),
    ("sequence.avif", 50.0),
    ("p3.avif", 48.0),
    ("profile.avif", 48.0),
    ("lossless.jxl", 0.0),
    ("sixteen.jxl", 0.0),
    ("alpha.jxl", 0.0),
    ("grey.jxl", 0.0),
    ("odd.jxl", 0.0),
    ("animated.jxl", 0.0),
    ("premultiplied.jxl", 60.0),
    ("lossy.jxl", 60.0),
    ("jpeg.jxl", 50.0),
    ("profile.jxl", 48.0),
    ("lossy_p3.jxl", 45.0),
];

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/picture/modern").join(name)
}

fn file(name: &str) -> PictureFile {
    decode::read(&path(name)).unwrap_or_else(|error| panic!("{error}"))
}

/// The content of every test file, with its name.
pub(crate) fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let names = READ.iter().map(|&(name, _)| name).chain(["pq.avif", "hlg.avif", "pq.jxl"]);
    names.map(|name| (name, std::fs::read(path(name)).unwrap())).collect()
}

/// The peak signal-to-noise ratio of two pictures in decibels. Colours count only where neither is fully transparent.
fn decibels(found: &Picture, expected: &Picture) -> f64 {
    let (found, expected) = (found.pixels().to_rgba16(), expected.pixels().to_rgba16());
    let unit = |value: u16| f64::from(value) / f64::from(u16::MAX);
    let mut sum = 0.0;
    for (found, expected) in found.pixels().zip(expected.pixels()) {
        for channel in 0..3 {
            let shown = if found.0[3].min(expected.0[3]) > 0 { 1.0 } else { 0.0 };
            sum += shown * (unit(found.0[channel]) - unit(expected.0[channel])).powi(2);
        }
        sum += (unit(found.0[3]) - unit(expected.0[3])).powi(2);
    }
    -10.0 * (sum / (f64::from(found.width()) * f64::from(found.height()) * 3.0)).log10()
}

#[test]
fn every_kind_matches_its_reference_decoder() {
    let mut wrong = Vec::new();
    for (name, least) in READ {
        let found = file(name).picture;
        let expected = decode::open(&path("expected").join(format!("{name}.png"))).unwrap();
        assert_eq!((found.width(), found.height()), (expected.width(), expected.height()), "{name}");
        let is_same = found.pixels().to_rgba16() == expected.pixels().to_rgba16();
        let decibels = decibels(&found, &expected);
        if !is_same && (least == 0.0 || decibels < least) {
            wrong.push(format!("{name}: {decibels:.1} dB"));
        }
        let is_deep = matches!(found.pixels(), image::DynamicImage::ImageRgb16(_));
        assert_eq!(
            is_deep,
            name.starts_with("ten") || name.starts_with("twelve") || name.starts_with("sixteen"),
            "{name}"
        );
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn hdr_pictures_are_tone_mapped() {
    let stored = file("444.avif").picture.to_planes();
    for name in ["pq.avif", "hlg.avif", "pq.jxl"] {
        let mapped = file(name).picture.to_planes();
        let brightest = mapped.iter().copied().fold(0.0, f32::max);
        assert!(brightest > 0.5, "{name}: {brightest}");
        let change = mapped.iter().zip(&stored).map(|(a, b)| (a - b).abs()).sum::<f32>() / stored.len() as f32;
        assert!(change > 0.02, "{name}: {change}");
    }
}

#[test]
fn a_truncated_file_is_an_error_or_still_the_whole_picture() {
    for (name, file) in samples() {
        let whole = read(&file);
        for length in (0..file.len()).step_by(97) {
            if let Ok(picture) = decode::from_bytes(&file[..length], "cut") {
                assert!(picture.pixels() == whole.pixels(), "{name} cut at {length}");
            }
        }
        let cut_off = "the picture is cut off, its end is missing; copy or export it again";
        // The first frame of an animation is enough.
        if name != "animated.jxl" && name != "sequence.avif" {
            assert_eq!(refusal(&file[..file.len() / 2]), cut_off, "{name}");
        }
    }
}

#[test]
fn damage_is_an_error_or_a_picture() {
    let mut random = StdRng::seed_from_u64(16);
    for (name, file) in samples() {
        for _ in 0..60 {
            let mut damaged = file.clone();
            for _ in 0..random.random_range(1..8) {
                let at = random.random_range(12..damaged.len());
                damaged[at] = random.random();
            }
            if let Err(error) = decode::from_bytes(&damaged, "damaged") {
                assert!(error.to_string().ends_with(": damaged") && error.to_string().lines().count() == 1, "{name}");
                assert!(!matches!(error.problem(), Problem::TooSlow), "{name}");
            }
        }
    }
}

/// The container rotates the picture; orientation 6 of the EXIF data would rotate it again.
#[test]
fn exif_data_are_kept_but_do_not_rotate_the_picture() {
    for (name, size) in [("grid.heic", (90, 120)), ("turned.avif", (30, 40)), ("jpeg.jxl", (48, 64))] {
        let file = file(name);
        assert_eq!((file.picture.width(), file.picture.height()), size, "{name}");
        assert!(file.exif.is_some(), "{name}");
    }
}

#[test]
fn chroma_formats_that_the_decoder_gets_wrong_are_refused_by_name() {
    for (name, kind) in [("422.heic", "4:2:2"), ("444.heic", "4:4:4")] {
        let message = refusal(&std::fs::read(path(name)).unwrap());
        assert_eq!(
            message,
            format!("Impasto does not read HEIC pictures with {kind} colour; export it as JPEG or PNG")
        );
    }
}
