//! What the beginning of a picture file says of its pixels.

use std::path::Path;

use image::{ImageDecoder as _, ImageReader};

/// The width and height of a picture, which may still be turned, and whether it can be transparent. `None` where only
/// decoding shows it.
pub fn head(path: &Path) -> Option<((u32, u32), bool)> {
    let decoder = ImageReader::open(path).ok()?.with_guessed_format().ok()?.into_decoder().ok()?;
    Some((decoder.dimensions(), decoder.color_type().has_alpha()))
}
