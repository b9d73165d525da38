//! TIFF files.
//!
//! The `tiff` crate (0.11.3) supports too few of the variants that scanners, fax machines and microscopes write, and
//! silently misreads some; so directories, strips and colours are read here, with a crate for each compression.

use image::metadata::Orientation;
use tiff::tags::Tag;

use self::directory::{Directory, TiffFile};
use self::layout::{NumberFormat, TiffLayout};
use self::refusal::raw_photo;
use super::decoded_image::DecodedImage;
use super::limits::METADATA_MEMORY;
use crate::picture::error::Problem;
use crate::picture::metadata::{Exif, XMP_TAG};

mod colours;
mod compression;
mod directory;
mod fax;
mod jpeg_strip;
mod layout;
mod page;
mod refusal;
mod samples;

/// Canon's signature of raw photos: its offset and bytes.
const CANON_RAW: (usize, &[u8]) = (8, b"CR");

/// Decodes the main picture of the file.
pub(super) fn decode(bytes: &[u8]) -> Result<DecodedImage, Problem> {
    if bytes.get(CANON_RAW.0..).is_some_and(|rest| rest.starts_with(CANON_RAW.1)) && bytes.starts_with(b"II*\0") {
        return Err(raw_photo());
    }
    let (file, first) = TiffFile::open(bytes)?;
    let page = page::main(file, first)?;
    let mut layout = TiffLayout::of(&page)?;
    let tables = page.bytes(Tag::JPEGTables);
    let metadata = |tag| page.bytes(tag).filter(|bytes| bytes.len() as u64 <= METADATA_MEMORY).map(Vec::from);
    let icc = metadata(Tag::IccProfile);
    let fits_in_bytes = layout.bits <= 8 && layout.number == NumberFormat::Unsigned;
    let (pixels, has_profile) = if fits_in_bytes {
        let samples = samples::read::<u8>(file, &layout, tables)?;
        layout.colours = layout.colours_after_decoding();
        colours::image(&page, &layout, samples, icc.as_deref())?
    } else {
        let samples = samples::read::<u16>(file, &layout, tables)?;
        colours::image(&page, &layout, samples, icc.as_deref())?
    };
    Ok(DecodedImage {
        pixels,
        orientation: orientation(&page),
        icc: icc.filter(|_| has_profile),
        exif: Exif::from_photo(bytes),
        xmp: metadata(Tag::Unknown(XMP_TAG)),
    })
}

fn orientation(page: &Directory) -> Orientation {
    let value = page.integer(Tag::Orientation).ok().flatten();
    value
        .and_then(|value| u8::try_from(value).ok())
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms)
}
