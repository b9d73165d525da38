//! What the beginning of a picture file says of its pixels.

use std::path::Path;

use image::{ImageDecoder as _, ImageReader};

/// The width and height of a picture, which may still be turned, and whether it can be transparent. `None` where only
/// decoding shows it.
pub(super) fn head(path: &Path) -> Option<((u32, u32), bool)> {
    let decoder = ImageReader::open(path).ok()?.with_guessed_format().ok()?.into_decoder().ok()?;
    Some((decoder.dimensions(), decoder.color_type().has_alpha()))
}

/// Whether two pictures have the same sides, one of them perhaps turned.
pub(super) fn is_alike((width, height): (u32, u32), other: (u32, u32)) -> bool {
    other == (width, height) || other == (height, width)
}
