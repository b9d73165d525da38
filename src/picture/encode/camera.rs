//! EXIF data in a TIFF file, where it is not a block of its own as in every other format: its directories are the
//! file's.

use std::io::{Seek, Write};

use exif::{Context, Field, Value};
use tiff::Directory;
use tiff::TiffResult;
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKind};
use tiff::tags::{IfdPointer, Tag, Type};

use crate::picture::metadata::Exif;

/// What a photo's EXIF data adds to the directory of the picture, once its own directories are in the file.
pub(super) struct Notes {
    fields: Vec<Field>,
    directories: Vec<(Tag, u32)>,
}

impl Notes {
    /// Writes the directories.
    pub(super) fn write<W: Write + Seek>(exif: Option<&Exif>, file: &mut TiffEncoder<W>) -> TiffResult<Self> {
        let fields = exif.map(Exif::fields).unwrap_or_default();
        let mut directories = Vec::new();
        for (tag, context) in [(Tag::ExifDirectory, Context::Exif), (Tag::GpsDirectory, Context::Gps)] {
            if fields.iter().any(|field| field.tag.context() == context) {
                let mut directory = file.extra_directory()?;
                add(&fields, context, &mut directory)?;
                let IfdPointer(offset) = directory.finish_with_offsets()?.pointer;
                directories.push((tag, u32::try_from(offset)?));
            }
        }
        Ok(Self { fields, directories })
    }

    /// Adds what belongs to the picture's own directory.
    pub(super) fn add_to<W: Write + Seek, K: TiffKind>(
        &self,
        directory: &mut DirectoryEncoder<'_, W, K>,
    ) -> TiffResult<()> {
        add(&self.fields, Context::Tiff, directory)?;
        self.directories.iter().try_for_each(|(tag, offset)| directory.write_tag(*tag, *offset))
    }
}

fn add<W: Write + Seek, K: TiffKind>(
    fields: &[Field],
    context: Context,
    directory: &mut DirectoryEncoder<'_, W, K>,
) -> TiffResult<()> {
    let mut entries = Directory::empty();
    for field in fields.iter().filter(|field| field.tag.context() == context) {
        if let Some((kind, bytes)) = raw(&field.value) {
            let entry = directory.write_entry_bytes(kind, &bytes)?;
            entries.extend([(Tag::from_u16_exhaustive(field.tag.number()), entry)]);
        }
    }
    directory.extend_from(&entries);
    Ok(())
}

/// A value's type and its bytes in this machine's order, in which the file is written.
fn raw(value: &Value) -> Option<(Type, Vec<u8>)> {
    Some(match value {
        Value::Byte(values) => (Type::BYTE, values.clone()),
        Value::Ascii(lines) => (Type::ASCII, lines.iter().flat_map(|line| [&line[..], &[0]].concat()).collect()),
        Value::Short(values) => (Type::SHORT, values.iter().flat_map(|value| value.to_ne_bytes()).collect()),
        Value::Long(values) => (Type::LONG, values.iter().flat_map(|value| value.to_ne_bytes()).collect()),
        Value::Rational(values) => {
            let bytes = values.iter().flat_map(|value| [value.num.to_ne_bytes(), value.denom.to_ne_bytes()].concat());
            (Type::RATIONAL, bytes.collect())
        }
        Value::Undefined(values, _) => (Type::UNDEFINED, values.clone()),
        Value::SRational(values) => {
            let bytes = values.iter().flat_map(|value| [value.num.to_ne_bytes(), value.denom.to_ne_bytes()].concat());
            (Type::SRATIONAL, bytes.collect())
        }
        // EXIF knows no others.
        _ => return None,
    })
}
