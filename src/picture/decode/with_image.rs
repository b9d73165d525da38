//! Decodes the formats that are left to the `image` crate.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::decoded_image::DecodedImage;
use super::limits::{DECODER_MEMORY, METADATA_MEMORY, check_dimensions};
use super::orientation;
use crate::picture::error::Problem;
use crate::picture::metadata::Exif;

/// Decodes `bytes` with the `image` crate. `name` is the format's name for messages; `exif` is EXIF data that the
/// caller found because the crate would not.
pub(super) fn decode_with_image(
    format: ImageFormat,
    name: &'static str,
    bytes: &[u8],
    exif: Option<Vec<u8>>,
) -> Result<DecodedImage, Problem> {
    let problem = |error| match error {
        ImageError::Unsupported(cause) => Problem::UnsupportedKind { format: name, cause: cause.into() },
        ImageError::Limits(cause) => Problem::TooMuchMemory(cause.into()),
        // A GIF file that fails without its trailer is truncated; many files without it are complete and do not fail.
        _ if format == ImageFormat::Gif && bytes.last() != Some(&b';') => Problem::CutOff,
        ImageError::IoError(cause) => Problem::damaged(cause),
        error => Problem::damaged(error),
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(match format {
        // PNG's decoder does not count the pixels against the limit, but could be made to unpack a profile of any size.
        ImageFormat::Png => METADATA_MEMORY,
        _ => DECODER_MEMORY,
    });
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(problem)?;
    check_dimensions(decoder.dimensions())?;
    // Read the metadata before the pixels, which consume the decoder. Damaged metadata is ignored, to keep the picture.
    let exif = exif.or_else(|| decoder.exif_metadata().ok().flatten());
    let orientation = orientation::in_exif(exif.as_deref());
    let exif = exif.as_deref().and_then(Exif::from_photo);
    let icc = decoder.icc_profile().ok().flatten();
    let xmp = decoder.xmp_metadata().ok().flatten();
    let pixels = DynamicImage::from_decoder(decoder).map_err(problem)?;
    Ok(DecodedImage { pixels, orientation, icc, exif, xmp })
}
