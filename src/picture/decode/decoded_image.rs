//! The result of every decoder.

use image::DynamicImage;
use image::metadata::Orientation;

use crate::picture::metadata::Exif;

/// The pixels and metadata of a file.
pub(super) struct DecodedImage {
    pub(super) pixels: DynamicImage,
    /// The transform that turns `pixels` upright.
    pub(super) orientation: Orientation,
    /// The ICC profile of the colours of `pixels`; `None` for sRGB.
    pub(super) icc: Option<Vec<u8>>,
    pub(super) exif: Option<Exif>,
    /// An XMP packet.
    pub(super) xmp: Option<Vec<u8>>,
}
