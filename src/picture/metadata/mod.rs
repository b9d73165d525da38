//! What a picture file says beside its pixels: where the picture comes from, how to paint it again, and what
//! the camera noted.

mod exif;
mod xmp;

pub use exif::Exif;
pub use xmp::{Provenance, recipe_in};

/// TIFF's number for an XMP packet.
pub(super) const XMP_TAG: u16 = 700;

/// What to write beside the pixels; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Where the picture comes from.
    pub provenance: Option<Provenance>,
    /// What the camera noted about the photo.
    pub exif: Option<Exif>,
}
