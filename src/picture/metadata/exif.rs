//! EXIF data from the camera that is copied from the photo to the picture painted from it.

use std::io::Cursor;

use ::exif::experimental::Writer;
use ::exif::{Context, Field, In, Reader, Tag, Value};

use super::excerpt;

/// The most EXIF data that is copied, in bytes; cameras write less, and JPEG files hold at most 64 KiB.
const LARGEST: usize = 60_000;

/// The tags copied from the first directory, which in TIFF files also describes the layout of the pixels.
const DESCRIPTIONS: [Tag; 6] =
    [Tag::ImageDescription, Tag::Make, Tag::Model, Tag::DateTime, Tag::Artist, Tag::Copyright];

/// The tags not copied from the EXIF directory: the size of the photo, and the maker note, which has a proprietary
/// format and may repeat the position.
const EXCLUDED: [Tag; 3] = [Tag::PixelXDimension, Tag::PixelYDimension, Tag::MakerNote];

/// EXIF data for a picture made from a photo: with upright orientation and without the photo's thumbnail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exif {
    with_position: Vec<u8>,
    without_position: Vec<u8>,
}

impl Exif {
    /// The fields to copy from `data`, a photo's EXIF data or a TIFF file; `None` if there are none or the data is
    /// damaged.
    pub(in crate::picture) fn from_photo(data: &[u8]) -> Option<Self> {
        let data = data.strip_prefix(b"Exif\0\0").unwrap_or(data);
        let (fields, is_little_endian) = excerpt::fields(data, is_copied, LARGEST)?;
        if fields.is_empty() {
            return None;
        }
        let written = |with_position: bool| {
            let kept = fields.iter().filter(|field| with_position || field.tag.context() != Context::Gps);
            write(kept, is_little_endian)
        };
        Some(Self { with_position: written(true)?, without_position: written(false)? })
    }

    /// The data without the position where the photo was taken.
    #[must_use]
    pub fn without_position(self) -> Self {
        Self { with_position: self.without_position.clone(), ..self }
    }

    /// The fields of the data.
    pub(in crate::picture) fn fields(&self) -> Vec<Field> {
        // This does not fail: the data was written by this module.
        let read = Reader::new().read_raw(self.with_position.clone());
        read.map(|read| read.fields().map(copy).collect()).unwrap_or_default()
    }

    /// The data, beginning with its TIFF header.
    pub(in crate::picture) fn bytes(&self) -> &[u8] {
        &self.with_position
    }
}

fn copy(field: &Field) -> Field {
    Field { tag: field.tag, ifd_num: field.ifd_num, value: field.value.clone() }
}

/// Whether fields with this tag are copied.
fn is_copied(tag: Tag) -> bool {
    match tag.context() {
        Context::Tiff => DESCRIPTIONS.contains(&tag),
        Context::Exif => !EXCLUDED.contains(&tag),
        Context::Gps => true,
        _ => false,
    }
}

/// EXIF data with `fields` and upright orientation; `None` if it has more than [`LARGEST`] bytes.
fn write<'a>(fields: impl Iterator<Item = &'a Field>, little_endian: bool) -> Option<Vec<u8>> {
    // The pixels are already upright.
    let upright = Field { tag: Tag::Orientation, ifd_num: In::PRIMARY, value: Value::Short(vec![1]) };
    let mut writer = Writer::new();
    writer.push_field(&upright);
    let mut seen: Vec<Tag> = Vec::new();
    for field in fields {
        // The writer allows each field only once; damaged data may repeat one.
        if !seen.contains(&field.tag) {
            seen.push(field.tag);
            writer.push_field(field);
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    writer.write(&mut bytes, little_endian).ok()?;
    let bytes = bytes.into_inner();
    (bytes.len() <= LARGEST).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::exif::Rational;

    fn photo() -> Vec<u8> {
        let ascii = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
        let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
        let fields = [
            field(Tag::Make, ascii("Camera & Sons")),
            field(Tag::Orientation, Value::Short(vec![6])),
            field(Tag::ImageWidth, Value::Long(vec![4000])),
            field(Tag::ExposureTime, Value::Rational(vec![Rational { num: 1, denom: 250 }])),
            field(Tag::PixelXDimension, Value::Long(vec![4000])),
            field(Tag::MakerNote, Value::Undefined(b"secret place".to_vec(), 0)),
            field(Tag::GPSLatitude, Value::Rational(vec![Rational { num: 52, denom: 1 }; 3])),
        ];
        let mut writer = Writer::new();
        for field in &fields {
            writer.push_field(field);
        }
        let mut bytes = Cursor::new(Vec::new());
        writer.write(&mut bytes, false).unwrap();
        bytes.into_inner()
    }

    fn tags(bytes: &[u8]) -> Vec<(Tag, String)> {
        let read = Reader::new().read_raw(bytes.to_vec()).unwrap();
        read.fields().map(|field| (field.tag, field.display_value().to_string())).collect()
    }

    #[test]
    fn tags_about_the_shot_are_kept_and_tags_about_the_file_are_dropped() {
        let exif = Exif::from_photo(&photo()).unwrap();
        let kept = tags(exif.bytes());
        assert!(kept.contains(&(Tag::Make, "\"Camera & Sons\"".to_owned())));
        assert!(kept.contains(&(Tag::ExposureTime, "1/250".to_owned())));
        assert!(kept.iter().any(|(tag, _)| *tag == Tag::GPSLatitude));
        let (_, orientation) = kept.iter().find(|(tag, _)| *tag == Tag::Orientation).unwrap();
        assert_eq!(orientation, "row 0 at top and column 0 at left");
        for gone in [Tag::ImageWidth, Tag::PixelXDimension, Tag::MakerNote] {
            assert!(kept.iter().all(|(tag, _)| *tag != gone), "{gone}");
        }
    }

    #[test]
    fn the_position_can_be_removed() {
        let exif = Exif::from_photo(&photo()).unwrap().without_position();
        let kept = tags(exif.bytes());
        assert!(kept.iter().all(|(tag, _)| tag.context() != Context::Gps), "{kept:?}");
        assert!(kept.iter().any(|(tag, _)| *tag == Tag::Make));
        let has_pointer = exif.bytes().windows(2).any(|pair| pair == [0x88, 0x25]);
        assert!(!has_pointer, "an empty GPS directory is left");
    }

    #[test]
    fn missing_and_damaged_exif_data_gives_none() {
        for data in [&b""[..], b"II*\0", b"no camera wrote this", &photo()[..20], &[0xFF; 300]] {
            assert!(Exif::from_photo(data).is_none());
        }
        assert!(Exif::from_photo(&[b"Exif\0\0", &photo()[..]].concat()).is_some());
    }
}
