//! What decoders give.

use image::DynamicImage;
use image::metadata::Orientation;

use crate::picture::metadata::Exif;

/// What a file says, before it becomes a picture.
pub(super) struct Decoded {
    pub(super) pixels: DynamicImage,
    pub(super) orientation: Orientation,
    /// The profile that the colours of `pixels` are in, sRGB when none.
    pub(super) icc: Option<Vec<u8>>,
    pub(super) exif: Option<Exif>,
    /// An XMP packet.
    pub(super) xmp: Option<Vec<u8>>,
}
