//! Saving pictures: what is written, where, and the errors when it cannot be.

use std::fs::{self, File};
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};

use image::{ImageDecoder, ImageFormat, ImageReader};
use impasto::picture::encode::{Existing, Export, Format, check_target, save};
use impasto::picture::metadata::Metadata;
use impasto::picture::{Picture, decode};
use moxcms::{ColorProfile, DataColorSpace};
use tempfile::TempDir;
use tiff::tags::Tag;

use crate::fixtures::{pattern, pixel, transparent_pattern};

/// A 16-bit picture in which no two values are equal.
fn sixteen_bit() -> Picture {
    let planes: Vec<f32> = (0..3 * 23 * 9).map(|index| index as f32 / 640.0).collect();
    Picture::from_planes(23, 9, &planes)
}

fn write(path: &Path, picture: &Picture, export: &Export) {
    save(path, picture, export, Existing::Refuse).unwrap_or_else(|error| panic!("{error}, {error:?}"));
}

/// Saves in a new folder and reads back.
fn round_trip(picture: &Picture, export: &Export) -> Picture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture").with_extension(export.format.extensions()[0]);
    write(&path, picture, export);
    decode::open(&path).unwrap()
}

/// The message of the error when a small PNG is saved at `path`, without the path at its end; and that path.
fn refusal(path: &Path, existing: Existing) -> (String, PathBuf) {
    let picture = Picture::new(pattern(3, 3).into());
    let error = save(path, &picture, &Export::new(Format::Png), existing).expect_err("this cannot be saved");
    let checked = check_target(path, existing).expect_err("this cannot be saved");
    assert_eq!(error.to_string(), checked.to_string());
    let message = error.to_string();
    let sentence = message.strip_suffix(&format!(": {}", error.path().display())).expect("the path is last");
    (sentence.to_owned(), error.path().to_owned())
}

/// The names in `folder`.
fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn lossless_formats_preserve_every_value() {
    let opaque = Picture::new(pattern(23, 9).into());
    let transparent = Picture::new(transparent_pattern(23, 9).into());
    for picture in [opaque, transparent] {
        for format in [Format::Png, Format::Tiff, Format::WebP] {
            let export = Export { sixteen_bit: false, ..Export::new(format) };
            assert_eq!(round_trip(&picture, &export).pixels(), picture.pixels(), "{format:?}");
        }
    }
    let wide = sixteen_bit();
    let stencil = Picture::new(transparent_pattern(23, 9).into());
    for picture in [wide.clone().with_alpha_of(&stencil), wide] {
        for format in [Format::Png, Format::Tiff] {
            let export = Export { sixteen_bit: true, ..Export::new(format) };
            assert_eq!(round_trip(&picture, &export).pixels(), picture.pixels(), "{format:?}");
        }
    }
}

#[test]
fn sixteen_bits_are_rounded_to_eight() {
    let values = [0_u16, 128, 129, 32_767, 32_768, 65_406, 65_407, 65_535];
    let expected = [0_u8, 0, 1, 127, 128, 254, 255, 255];
    let planes: Vec<f32> = values.iter().map(|value| f32::from(*value) / 65_535.0).collect();
    let picture = Picture::from_planes(8, 1, &planes.repeat(3));
    for format in [Format::Png, Format::Tiff, Format::WebP] {
        let export = Export { sixteen_bit: false, ..Export::new(format) };
        let saved = round_trip(&picture, &export);
        for (x, expected) in (0..).zip(expected) {
            assert_eq!(pixel(&saved, x, 0), [expected, expected, expected, 255], "{format:?}");
        }
        assert!(saved.pixels().as_rgb8().is_some());
    }
}

#[test]
fn the_defaults_are_8_bits_for_png_and_16_for_tiff() {
    let default = Export { format: Format::Jpeg, quality: 92, sixteen_bit: false, metadata: Metadata::default() };
    assert_eq!(Export::new(Format::Jpeg), default);
    assert!(round_trip(&sixteen_bit(), &Export::new(Format::Png)).pixels().as_rgb8().is_some());
    assert!(round_trip(&sixteen_bit(), &Export::new(Format::Tiff)).pixels().as_rgb16().is_some());
}

#[test]
fn jpeg_composites_transparent_pixels_over_white() {
    let pixels = image::RgbaImage::from_fn(32, 16, |x, _| {
        if x < 16 { image::Rgba([10, 200, 60, 0]) } else { image::Rgba([10, 200, 60, 255]) }
    });
    let saved = round_trip(&Picture::new(pixels.into()), &Export::new(Format::Jpeg));
    assert!(!saved.has_alpha());
    for (x, expected) in [(2, [255, 255, 255]), (29, [10, 200, 60])] {
        let seen = pixel(&saved, x, 8);
        assert!(seen.iter().zip(expected).all(|(seen, expected)| seen.abs_diff(expected) <= 4), "{seen:?}");
    }
}

#[test]
fn higher_quality_gives_larger_files() {
    let picture = Picture::new(pattern(64, 64).into());
    let folder = tempfile::tempdir().unwrap();
    let sizes: Vec<u64> = [0, 1, 40, 92, 100, 255]
        .into_iter()
        .map(|quality| {
            let path = folder.path().join(format!("{quality}.jpg"));
            write(&path, &picture, &Export { quality, ..Export::new(Format::Jpeg) });
            fs::metadata(&path).unwrap().len()
        })
        .collect();
    // Values outside 1..=100 are clamped.
    assert_eq!((sizes[0], sizes[4]), (sizes[1], sizes[5]));
    assert!(sizes[1..5].is_sorted_by(|lower, higher| lower < higher), "{sizes:?}");
}

#[test]
fn every_file_carries_an_srgb_profile() {
    let folder = tempfile::tempdir().unwrap();
    for format in Format::ALL {
        let path = folder.path().join("picture").with_extension(format.extensions()[0]);
        write(&path, &sixteen_bit(), &Export::new(format));
        let file = BufReader::new(File::open(&path).unwrap());
        let icc = if format == Format::Tiff {
            tiff::decoder::Decoder::new(file).unwrap().get_tag_u8_vec(Tag::IccProfile).unwrap()
        } else {
            let reader = ImageReader::new(file).with_guessed_format().unwrap();
            reader.into_decoder().unwrap().icc_profile().unwrap().unwrap()
        };
        let profile = ColorProfile::new_from_slice(&icc).unwrap();
        assert_eq!(profile.color_space, DataColorSpace::Rgb);
        assert!(profile.cicp.is_none());
        let srgb = ColorProfile::new_srgb();
        let distance = |a: moxcms::Xyzd, b: moxcms::Xyzd| (a.x - b.x).abs() + (a.y - b.y).abs() + (a.z - b.z).abs();
        assert!(distance(profile.red_colorant, srgb.red_colorant) < 1e-3);
        assert!(distance(profile.green_colorant, srgb.green_colorant) < 1e-3);
        assert!(distance(profile.blue_colorant, srgb.blue_colorant) < 1e-3);
    }
}

#[test]
fn the_content_has_the_requested_format() {
    let folder = tempfile::tempdir().unwrap();
    for (format, kind) in
        Format::ALL.into_iter().zip([ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Tiff, ImageFormat::WebP])
    {
        for ending in format.extensions() {
            let path = folder.path().join(format!("picture.{}", ending.to_uppercase()));
            assert_eq!(check_target(&path, Existing::Refuse).unwrap(), format);
            write(&path, &sixteen_bit(), &Export::new(format));
            assert_eq!(image::guess_format(&fs::read(&path).unwrap()).unwrap(), kind);
        }
    }
}

#[test]
fn a_tiff_marks_its_fourth_channel_as_straight_alpha() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.tif");
    write(&path, &Picture::new(transparent_pattern(9, 9).into()), &Export::new(Format::Tiff));
    let mut file = tiff::decoder::Decoder::new(Cursor::new(fs::read(&path).unwrap())).unwrap();
    assert_eq!(file.get_tag_u16_vec(Tag::ExtraSamples).unwrap(), [2]);
}

#[test]
fn an_unknown_extension_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let sentence = "Impasto writes png, jpg, tiff and webp; choose one of these endings";
    for name in ["out.xyz", "out", "png", ".png", "out.png.bak", "out.gif"] {
        let path = folder.path().join(name);
        assert_eq!(refusal(&path, Existing::Replace), (sentence.to_owned(), path));
    }
    let path = folder.path().join("out.jpeg");
    let error = save(&path, &sixteen_bit(), &Export::new(Format::Png), Existing::Refuse).unwrap_err();
    let sentence = "the ending of the name does not fit PNG; change the name or the format";
    assert_eq!(error.to_string(), format!("{sentence}: {}", path.display()));
    assert!(names(&folder).is_empty());
}

#[test]
fn the_folder_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let sentence = "the folder does not exist; create it or choose another";
    assert_eq!(refusal(&missing.join("out.png"), Existing::Refuse), (sentence.to_owned(), missing));
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let sentence = "this is a file, not a folder to save in; choose another folder";
    assert_eq!(refusal(&file.join("out.png"), Existing::Refuse), (sentence.to_owned(), file));
}

#[cfg(unix)]
#[test]
fn the_folder_must_be_writable() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere, so there is nothing to test.
    if File::create(folder.path().join("probe")).is_err() {
        let (sentence, path) = refusal(&folder.path().join("out.png"), Existing::Refuse);
        assert_eq!(sentence, "the folder cannot be written to; choose another");
        assert_eq!(path, folder.path());
    }
}

#[test]
fn an_existing_file_is_kept_unless_it_may_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.png");
    fs::write(&path, "precious").unwrap();
    let sentence = "a file of that name exists already; choose another name or allow overwriting";
    assert_eq!(refusal(&path, Existing::Refuse), (sentence.to_owned(), path.clone()));
    assert_eq!(fs::read(&path).unwrap(), b"precious");

    assert_eq!(check_target(&path, Existing::Replace).unwrap(), Format::Png);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    let picture = Picture::new(pattern(4, 4).into());
    save(&path, &picture, &Export::new(Format::Png), Existing::Replace).unwrap();
    assert_eq!(decode::open(&path).unwrap().pixels(), picture.pixels());
    assert_eq!(names(&folder), ["out.png"]);
}

#[test]
fn a_folder_or_a_protected_file_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("folder.png");
    fs::create_dir(&path).unwrap();
    let sentence = "a folder of that name exists already; choose another name";
    assert_eq!(refusal(&path, Existing::Replace), (sentence.to_owned(), path));

    let path = folder.path().join("protected.png");
    fs::write(&path, "precious").unwrap();
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let sentence = "a write-protected file of that name exists already; choose another name";
    assert_eq!(refusal(&path, Existing::Replace), (sentence.to_owned(), path.clone()));
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

#[test]
fn checking_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(check_target(&folder.path().join("out.webp"), Existing::Refuse).unwrap(), Format::WebP);
    assert!(names(&folder).is_empty());
}

#[test]
fn a_side_too_long_for_webp_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.webp");
    let longest = Picture::from_planes(16_383, 1, &vec![0.5; 3 * 16_383]);
    write(&path, &longest, &Export::new(Format::WebP));
    assert_eq!(decode::open(&path).unwrap().width(), 16_383);
    let longer = Picture::from_planes(16_384, 1, &vec![0.5; 3 * 16_384]);
    let error = save(&path, &longer, &Export::new(Format::WebP), Existing::Replace).unwrap_err();
    let sentence = "a WebP picture has at most 16383 pixels on a side; choose PNG or TIFF";
    assert_eq!(error.to_string(), format!("{sentence}: {}", path.display()));
    assert_eq!(decode::open(&path).unwrap().width(), 16_383);
    assert_eq!(names(&folder), ["wide.webp"]);
}

#[test]
fn an_impossible_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("{}.png", "long".repeat(200)));
    assert_eq!(refusal(&path, Existing::Refuse).0, "a file cannot have this name; choose another");
    assert!(names(&folder).is_empty());
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn a_new_file_gets_default_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let (path, ordinary) = (folder.path().join("out.png"), folder.path().join("ordinary"));
        File::create(&ordinary).unwrap();
        write(&path, &sixteen_bit(), &Export::new(Format::Png));
        assert_eq!(mode(&path), mode(&ordinary));
    }

    #[test]
    fn a_replaced_file_keeps_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.png");
        fs::write(&path, "old").unwrap();
        for permissions in [0o600, 0o640, 0o777] {
            fs::set_permissions(&path, fs::Permissions::from_mode(permissions)).unwrap();
            save(&path, &sixteen_bit(), &Export::new(Format::Png), Existing::Replace).unwrap();
            assert_eq!(mode(&path), permissions);
        }
    }

    #[test]
    fn saving_to_a_link_writes_its_target() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let (link, file) = (folder.path().join("link.png"), elsewhere.path().join("file.png"));
        fs::write(&file, "old").unwrap();
        symlink(&file, &link).unwrap();
        assert!(save(&link, &sixteen_bit(), &Export::new(Format::Png), Existing::Refuse).is_err());
        save(&link, &sixteen_bit(), &Export::new(Format::Png), Existing::Replace).unwrap();
        assert!(link.is_symlink());
        assert_eq!(decode::open(&file).unwrap().width(), 23);
        assert_eq!((names(&folder), names(&elsewhere)), (vec!["link.png".into()], vec!["file.png".into()]));
    }

    #[test]
    fn a_dangling_link_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link.png");
        symlink(folder.path().join("nowhere.png"), &link).unwrap();
        assert!(save(&link, &sixteen_bit(), &Export::new(Format::Png), Existing::Refuse).is_err());
        save(&link, &sixteen_bit(), &Export::new(Format::Png), Existing::Replace).unwrap();
        assert_eq!(names(&folder), ["link.png"]);
        assert!(!link.is_symlink());
    }

    #[test]
    fn a_socket_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket.png");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let sentence = "that name belongs to a device or a pipe; choose another name";
        assert_eq!(refusal(&path, Existing::Replace), (sentence.to_owned(), path));
    }

    #[test]
    fn file_names_need_not_be_valid_unicode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(std::ffi::OsStr::from_bytes(b"\xFFpainting.png"));
        write(&path, &sixteen_bit(), &Export::new(Format::Png));
        assert_eq!(decode::open(&path).unwrap().width(), 23);
    }
}

#[test]
fn a_path_without_a_folder_means_the_current_one() {
    // Checked but not written, so that no file is left in the current folder.
    assert!(check_target(Path::new("no such name.png"), Existing::Refuse).is_ok());
}

#[test]
fn debug_shows_the_size_and_not_the_pixels() {
    assert_eq!(format!("{:?}", sixteen_bit()), "Picture(23 × 9, Rgb16)");
}
