//! Metadata: written in every format, and read back.

use std::path::Path;

use exif::experimental::Writer;
use exif::{Context, Field, In, Rational, Reader, Tag, Value};
use impasto::picture::decode::{self, PictureFile};
use impasto::picture::encode::{Existing, Export, Format, save};
use impasto::picture::metadata::{Exif, Metadata, Provenance};
use impasto::picture::{Checksum, Picture};

use crate::fixtures::{Extras, jpeg, pattern, png, transparent_pattern, webp};

const RECIPE: &str = r#"{"version":1,"note":"<ünï> & \"quotes\""}"#;

fn provenance() -> Provenance {
    Provenance {
        program: "Impasto 0.1.0".to_owned(),
        sources: vec!["photo of me.jpg".to_owned(), "wave & sea.png".to_owned()],
        recipe: Some(RECIPE.to_owned()),
        brief: None,
    }
}

/// EXIF data like a phone's: with an orientation, a location and a maker note.
fn phone() -> Vec<u8> {
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let latitude = Value::Rational(vec![Rational { num: 52, denom: 1 }; 3]);
    let fields = [
        field(Tag::Model, Value::Ascii(vec![b"Phone 7".to_vec()])),
        field(Tag::Orientation, Value::Short(vec![6])),
        field(Tag::FNumber, Value::Rational(vec![Rational { num: 18, denom: 10 }])),
        field(Tag::MakerNote, Value::Undefined(b"secret".to_vec(), 0)),
        field(Tag::GPSLatitude, latitude),
    ];
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut bytes = std::io::Cursor::new(Vec::new());
    writer.write(&mut bytes, true).unwrap();
    bytes.into_inner()
}

/// The EXIF data of an opened phone photo.
fn phone_exif(folder: &Path) -> Exif {
    let path = folder.join("phone.jpg");
    std::fs::write(&path, jpeg(pattern(16, 8), Extras { exif: Some(&phone()), icc: None })).unwrap();
    let file = decode::read(&path).unwrap();
    assert_eq!((file.picture.width(), file.picture.height()), (8, 16), "the picture is upright");
    file.exif.unwrap()
}

fn save_and_read(folder: &Path, format: Format, metadata: Metadata, picture: &Picture) -> (Vec<u8>, PictureFile) {
    let path = folder.join("out").with_extension(format.extensions()[0]);
    save(&path, picture, &Export { metadata, ..Export::new(format) }, Existing::Replace).unwrap();
    (std::fs::read(&path).unwrap(), decode::read(&path).unwrap())
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn every_format_stores_the_recipe() {
    let folder = tempfile::tempdir().unwrap();
    for picture in [Picture::new(pattern(21, 13).into()), Picture::new(transparent_pattern(21, 13).into())] {
        for format in Format::ALL {
            let metadata = Metadata { provenance: Some(provenance()), exif: None };
            let (bytes, file) = save_and_read(folder.path(), format, metadata, &picture);
            assert_eq!(file.recipe.as_deref(), Some(RECIPE), "{format:?}");
            assert_eq!(file.checksum, Checksum::of(&bytes));
            assert!(holds(&bytes, "newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"), "{format:?}");
            assert!(holds(&bytes, "Impasto 0.1.0") && holds(&bytes, "wave &amp; sea.png"), "{format:?}");
            let (_, plain) = save_and_read(folder.path(), format, Metadata::default(), &picture);
            assert_eq!(plain.picture.pixels(), file.picture.pixels(), "{format:?}");
        }
    }
}

#[test]
fn without_metadata_only_the_pixels_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture::new(pattern(21, 13).into());
    for format in Format::ALL {
        let (bytes, file) = save_and_read(folder.path(), format, Metadata::default(), &picture);
        assert!(file.recipe.is_none() && (file.exif.is_none() || format == Format::Tiff), "{format:?}");
        for trace in ["xmp", "XMP", "Exif", "EXIF", "eXIf", "Impasto", "impasto"] {
            assert!(!holds(&bytes, trace), "{format:?}: {trace}");
        }
    }
}

#[test]
fn camera_data_is_copied_with_or_without_the_location() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture::new(pattern(21, 13).into());
    for format in [Format::Png, Format::Jpeg, Format::WebP, Format::Tiff] {
        let exif = || phone_exif(folder.path());
        for (exif, has_location) in [(exif(), true), (exif().without_position(), false)] {
            let metadata = Metadata { provenance: Some(provenance()), exif: Some(exif) };
            let (bytes, file) = save_and_read(folder.path(), format, metadata, &picture);
            let read = Reader::new().read_from_container(&mut std::io::Cursor::new(&bytes)).unwrap();
            let text = |tag| read.get_field(tag, In::PRIMARY).map(|field| field.display_value().to_string());
            assert_eq!(text(Tag::Model).as_deref(), Some("\"Phone 7\""), "{format:?}");
            assert_eq!(text(Tag::FNumber).as_deref(), Some("1.8"), "{format:?}");
            let orientation = read.get_field(Tag::Orientation, In::PRIMARY).and_then(|field| field.value.get_uint(0));
            assert!(orientation.is_none_or(|orientation| orientation == 1), "{format:?}");
            assert_eq!(read.fields().any(|field| field.tag.context() == Context::Gps), has_location, "{format:?}");
            assert!(!holds(&bytes, "secret"), "{format:?}");
            // The saved picture is upright, and its metadata could be copied again.
            assert_eq!((file.picture.width(), file.picture.height()), (21, 13), "{format:?}");
            assert!(file.exif.is_some() && file.recipe.is_some(), "{format:?}");
        }
    }
}

#[test]
fn a_picture_with_damaged_exif_data_is_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo");
    let phone = phone();
    for length in 0..phone.len() {
        let mut damaged = phone.clone();
        damaged[length] ^= 0xFF;
        for exif in [&phone[..length], &damaged] {
            let extras = Extras { exif: Some(exif), icc: None };
            for file in [png(pattern(5, 3), extras), webp(pattern(5, 3), extras)] {
                std::fs::write(&path, file).unwrap();
                assert!(decode::read(&path).is_ok(), "{length}");
            }
        }
    }
}

#[test]
fn a_recipe_that_is_too_long_for_jpeg_is_shortened_or_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let picture = Picture::new(pattern(21, 13).into());
    let recipe = "x".repeat(70_000);
    for brief in [None, Some(RECIPE.to_owned())] {
        let provenance = Provenance { recipe: Some(recipe.clone()), brief: brief.clone(), ..provenance() };
        let metadata = Metadata { provenance: Some(provenance), exif: None };
        for format in Format::ALL {
            let (_, file) = save_and_read(folder.path(), format, metadata.clone(), &picture);
            let expected = if format == Format::Jpeg { brief.clone() } else { Some(recipe.clone()) };
            assert_eq!(file.recipe, expected, "{format:?}");
        }
    }
}
