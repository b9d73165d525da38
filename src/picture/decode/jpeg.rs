//! JPEG files: whether they are whole, and their inks when they come from a print shop.
//!
//! The decoder fills what is missing with grey and reports success, so that a photo whose download
//! stopped would be painted with a grey half. The format has an end marker; looking for it in the
//! file's structure tells cut files from whole ones, whatever follows the picture (phones append
//! depth maps and second pictures).

use image::ImageFormat;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::{Decoded, check_dimensions, decode_with_image, orientation};
use crate::picture::error::Problem;
use crate::picture::metadata::Exif;
use crate::picture::profile;
use crate::picture::sample::Sample;

const MARKER: u8 = 0xFF;
const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Problem> {
    check_density(bytes)?;
    match inks_of(bytes) {
        Some(colours) => decode_inks(bytes, colours),
        None => decode_with_image(ImageFormat::Jpeg, "JPEG", bytes),
    }
}

/// Refuses a file that is far too short for its pixels, which the decoder would make up one by one, for minutes. Each block
/// of 8 x 8 takes a bit at least, and the channel with the most blocks has one for every four blocks of the picture.
fn check_density(bytes: &[u8]) -> Result<(), Problem> {
    const MOST_PIXELS_A_BYTE: u64 = 8 * 64 * 4;
    let mut decoder = decoder_to(ColorSpace::RGB, bytes);
    // What is wrong with the headers is told by those who read them for the picture.
    let Some(info) = decoder.decode_headers().ok().and_then(|()| decoder.info()) else { return Ok(()) };
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_dimensions((width, height))?;
    if u64::from(width) * u64::from(height) > MOST_PIXELS_A_BYTE * bytes.len() as u64 {
        return Err(Problem::damaged("fewer bytes than its pixels can have"));
    }
    Ok(())
}

/// How the file stores the inks of a picture for print; none for the usual picture of light.
fn inks_of(bytes: &[u8]) -> Option<ColorSpace> {
    let mut decoder = decoder_to(ColorSpace::RGB, bytes);
    decoder.decode_headers().ok()?;
    let colours = decoder.input_colorspace()?;
    let has_inks = matches!(colours, ColorSpace::CMYK | ColorSpace::YCCK);
    // A picture of three channels can be marked as one of inks too, wrongly.
    (has_inks && decoder.info()?.components == 4).then_some(colours)
}

/// Decodes without the decoder's own conversion to RGB, which knows no profile.
fn decode_inks(bytes: &[u8], colours: ColorSpace) -> Result<Decoded, Problem> {
    let mut decoder = decoder_to(colours, bytes);
    decoder.decode_headers().map_err(Problem::damaged)?;
    let info = decoder.info().ok_or_else(|| Problem::damaged("no header"))?;
    let (width, height) = (info.width.into(), info.height.into());
    check_dimensions((width, height))?;
    let exif = decoder.exif().map(Vec::as_slice);
    let orientation = orientation::in_exif(exif);
    let exif = exif.and_then(Exif::from_photo);
    let xmp = decoder.xmp().cloned();
    let icc = decoder.icc_profile();
    let mut inks = decoder.decode().map_err(Problem::damaged)?;
    for pixel in inks.as_chunks_mut().0 {
        *pixel = match colours {
            ColorSpace::YCCK => inks_of_ycck(*pixel),
            // Every program stores inks inverted, as Photoshop did first.
            _ => pixel.map(|value| 255 - value),
        };
    }
    let pixels = u8::image(width, height, 3, profile::inks_to_srgb(&inks, icc.as_deref()));
    let pixels = pixels.ok_or_else(|| Problem::damaged("too few pixels"))?;
    Ok(Decoded { pixels, orientation, icc: None, exif, xmp })
}

/// The inks, 0 for bare paper, of a YCCK pixel: the inks coded as if they were red, green and blue,
/// and black inverted.
fn inks_of_ycck([luma, blueness, redness, black]: [u8; 4]) -> [u8; 4] {
    let [luma, blueness, redness] = [luma, blueness, redness].map(f32::from);
    let (blueness, redness) = (blueness - 128.0, redness - 128.0);
    let cyan = luma + 1.402 * redness;
    let magenta = luma - 0.344_136 * blueness - 0.714_136 * redness;
    let yellow = luma + 1.772 * blueness;
    let [cyan, magenta, yellow] = [cyan, magenta, yellow].map(|ink| u8::from_unit(ink / 255.0));
    [cyan, magenta, yellow, 255 - black]
}

fn decoder_to(colours: ColorSpace, bytes: &[u8]) -> JpegDecoder<ZCursor<&[u8]>> {
    let options =
        DecoderOptions::default().jpeg_set_out_colorspace(colours).set_max_width(usize::MAX).set_max_height(usize::MAX);
    JpegDecoder::new_with_options(ZCursor::new(bytes), options)
}

/// Whether the JPEG file `bytes` has an end marker at the level of the picture, not in an embedded
/// thumbnail.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(marker) = rest.iter().position(|&byte| byte == MARKER) {
        rest = &rest[marker + 1..];
        let skipped = match rest.first() {
            None => return false,
            Some(&END_OF_IMAGE) => return true,
            // A fill byte; the marker follows.
            Some(&MARKER) => 0,
            // Inside the compressed pixels, an escaped byte or a restart marker; neither has a
            // length.
            Some(0x00 | 0x01 | 0xD0..=0xD7 | &START_OF_IMAGE) => 1,
            Some(_) => match rest.get(1..3) {
                Some(length) => 1 + usize::from(u16::from_be_bytes([length[0], length[1]])),
                None => return false,
            },
        };
        rest = rest.get(skipped..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn the_end_marker_of_a_thumbnail_does_not_count() {
        let with_thumbnail = [0xFF, 0xD8, 0xFF, 0xE1, 0, 6, 0xFF, 0xD8, 0xFF, 0xD9];
        assert!(!is_whole(&with_thumbnail));
        assert!(is_whole(&[&with_thumbnail[..], &[0xFF, 0xD9]].concat()));
    }

    #[test]
    fn pixels_may_hold_escapes_restarts_and_fill_bytes() {
        let pixels = [0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 7, 0xFF, 0x00, 0xD9, 0xFF, 0xD3, 9, 0xFF, 0xFF];
        assert!(!is_whole(&pixels));
        assert!(is_whole(&[&pixels[..], &[0xD9, 1, 2, 3]].concat()));
    }

    #[test]
    fn a_length_beyond_the_end_is_a_cut() {
        assert!(!is_whole(&[0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF, 0xFF, 0xD9]));
        assert!(!is_whole(&[0xFF, 0xD8, 0xFF, 0xE1, 0]));
    }
}
