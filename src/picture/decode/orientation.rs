//! The orientation of a picture from its EXIF data.

use image::metadata::Orientation;

/// The orientation stated in EXIF data; upright if there is none or it is invalid.
pub(super) fn in_exif(exif: Option<&[u8]>) -> Orientation {
    // Some programs put JPEG's EXIF prefix before the data in PNG and WebP files, too.
    exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif))
        .and_then(Orientation::from_exif_chunk)
        .unwrap_or(Orientation::NoTransforms)
}
