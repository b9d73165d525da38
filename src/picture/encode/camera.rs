//! Writes EXIF data to a TIFF file, where, unlike in other formats, it is not a separate block but directories of the
//! file.

use std::io::{Seek, Write};

use exif::{Context, Field, Value};
use tiff::Directory;
use tiff::TiffResult;
use tiff::encoder::{DirectoryEncoder, TiffEncoder, TiffKind};
use tiff::tags::{IfdPointer, Tag, Type};

use crate::picture::metadata::Exif;

/// EXIF tags for the picture's directory; the EXIF and GPS directories are already in the file.
pub(super) struct ExifTags {
    /// The fields of all directories.
    fields: Vec<Field>,
    /// The pointer tags and byte offsets of the directories written.
    directories: Vec<(Tag, u32)>,
}

impl ExifTags {
    /// Writes the EXIF and GPS directories to `file`.
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

    /// Adds the fields of the picture's directory and the pointers to the others.
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

/// The type and bytes of `value` in the machine's byte order, which the file uses.
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
        // EXIF has no other types.
        _ => return None,
    })
}
