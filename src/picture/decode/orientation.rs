//! Which way up a picture is, from what the camera noted in its file.

use image::metadata::Orientation;

/// The orientation that EXIF data states; upright when there is none or it is nonsense.
pub(super) fn in_exif(exif: Option<&[u8]>) -> Orientation {
    // Some programs put JPEG's introduction before the data in PNG and WebP files too.
    exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif))
        .and_then(Orientation::from_exif_chunk)
        .unwrap_or(Orientation::NoTransforms)
}
