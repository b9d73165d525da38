//! Formats that the `image` crate decodes.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::decoded::Decoded;
use super::limits::{DECODER_MEMORY, METADATA_MEMORY, check_dimensions};
use super::orientation;
use crate::picture::error::Problem;
use crate::picture::metadata::Exif;

/// Decodes with the `image` crate; `name` is the format's, as artists know it, and `exif` what the caller has found that
/// the crate would not.
pub(super) fn decode_with_image(
    format: ImageFormat,
    name: &'static str,
    bytes: &[u8],
    exif: Option<Vec<u8>>,
) -> Result<Decoded, Problem> {
    let problem = |error| match error {
        ImageError::Unsupported(cause) => Problem::UnsupportedKind { format: name, cause: cause.into() },
        ImageError::Limits(cause) => Problem::TooMuchMemory(cause.into()),
        // The trailer of GIF files; many lack it and are whole.
        _ if format == ImageFormat::Gif && bytes.last() != Some(&b';') => Problem::CutOff,
        ImageError::IoError(cause) => Problem::damaged(cause),
        error => Problem::damaged(error),
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(match format {
        // Its decoder does not count the pixels, and could be made to unpack a profile of any size.
        ImageFormat::Png => METADATA_MEMORY,
        _ => DECODER_MEMORY,
    });
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(problem)?;
    check_dimensions(decoder.dimensions())?;
    // All before the pixels, which use the decoder up; none is worth losing the picture for
    // when it is damaged.
    let exif = exif.or_else(|| decoder.exif_metadata().ok().flatten());
    let orientation = orientation::in_exif(exif.as_deref());
    let exif = exif.as_deref().and_then(Exif::from_photo);
    let icc = decoder.icc_profile().ok().flatten();
    let xmp = decoder.xmp_metadata().ok().flatten();
    let pixels = DynamicImage::from_decoder(decoder).map_err(problem)?;
    Ok(Decoded { pixels, orientation, icc, exif, xmp })
}
