//! JPEG files. There are two decoders: `zune-jpeg`, which is fast and handles nearly all files, and the slower one in
//! [`scans`] and [`samples`] for every other sampling and scan order, and for files on which the fast one fails.
//!
//! The fast decoder invents missing pixels and reports success. So an invalid code is inserted after the bits of every
//! scan: a decoder that reaches it has run out of bits too early and fails.

use image::DynamicImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use self::segments::{JpegColours, JpegFile, Process};
use super::decoded_image::DecodedImage;
use super::limits::check_dimensions;
use super::orientation;
use crate::picture::error::Problem;
use crate::picture::metadata::Exif;
use crate::picture::profile;
use crate::picture::sample::Sample;

mod bits;
mod samples;
mod scans;
mod segments;

/// 64 one bits, each 255 followed by its stuffing byte. No Huffman code is that long.
const INVALID_CODE: [u8; 16] = [0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0];

/// Width and height in pixels that a file states, without a look at its pixels.
pub(super) fn dimensions(bytes: &[u8]) -> Result<(u32, u32), Problem> {
    let frame = JpegFile::read(bytes)?.frame;
    Ok((frame.width as u32, frame.height as u32))
}

pub(super) fn decode(bytes: &[u8]) -> Result<DecodedImage, Problem> {
    let file = JpegFile::read(bytes)?;
    // The casts are exact: the file states each in two bytes.
    let (width, height) = (file.frame.width as u32, file.frame.height as u32);
    check_dimensions((width, height))?;
    check_density(&file)?;
    let exif = file.exif();
    let mut icc = file.icc();
    let pixels = if let Some(samples) = decode_fast(&file, bytes) {
        image(&file, samples, &mut icc)
    } else {
        let planes = scans::decode(&file)?;
        if file.frame.precision == 8 {
            image::<u8>(&file, samples::pixels(&file.frame, file.colours, planes), &mut icc)
        } else {
            image::<u16>(&file, samples::pixels(&file.frame, file.colours, planes), &mut icc)
        }
    };
    Ok(DecodedImage {
        pixels: pixels.ok_or_else(|| Problem::damaged("too few pixels"))?,
        orientation: orientation::in_exif(exif),
        icc,
        exif: exif.and_then(Exif::from_photo),
        xmp: file.xmp().map(Vec::from),
    })
}

/// Decodes an 8-bit JPEG file that is a strip or tile of another file to interleaved samples; also returns its width.
///
/// The other file defines the channels: with `is_ycbcr`, three channels are `YCbCr` and become RGB. `fits` gets the
/// width, height and number of channels; if it returns false, the strip is refused without decoding.
pub(super) fn strip(
    bytes: &[u8],
    is_ycbcr: bool,
    fits: impl FnOnce(usize, usize, usize) -> bool,
) -> Result<(Vec<u8>, usize), Problem> {
    let mut file = JpegFile::read(bytes)?;
    let (width, height, channels) = (file.frame.width, file.frame.height, file.frame.components.len());
    if !fits(width, height, channels) || file.frame.precision != 8 {
        return Err(Problem::damaged("a strip that does not match the picture's size or format"));
    }
    check_density(&file)?;
    file.colours = match channels {
        1 => JpegColours::Grey,
        3 if is_ycbcr => JpegColours::YCbCr,
        3 => JpegColours::Rgb,
        _ => JpegColours::Cmyk,
    };
    let samples = match decode_fast(&file, bytes) {
        Some(samples) => samples,
        None => samples::pixels(&file.frame, file.colours, scans::decode(&file)?),
    };
    Ok((samples, width))
}

/// The image of interleaved `samples`. Inks are converted to sRGB by the profile `icc`, which is then taken.
fn image<S: Sample>(file: &JpegFile, mut samples: Vec<S>, icc: &mut Option<Vec<u8>>) -> Option<DynamicImage> {
    let (width, height) = (file.frame.width as u32, file.frame.height as u32);
    if !matches!(file.colours, JpegColours::Cmyk | JpegColours::Ycck) {
        return S::image(width, height, file.frame.components.len(), samples);
    }
    for pixel in samples.as_chunks_mut().0 {
        let unit = pixel.map(S::to_unit);
        let inks = match file.colours {
            JpegColours::Ycck => inks_of_ycck(unit),
            // All programs store inks inverted, following Photoshop.
            _ => unit.map(|value| 1.0 - value),
        };
        *pixel = inks.map(S::from_unit);
    }
    S::image(width, height, 3, profile::inks_to_srgb(&samples, icc.take().as_deref()))
}

/// The inks, 0 for bare paper, of a YCCK pixel, which codes cyan, magenta and yellow as if they were RGB in `YCbCr`,
/// and black inverted.
fn inks_of_ycck([luma, blueness, redness, black]: [f32; 4]) -> [f32; 4] {
    const MIDDLE: f32 = 128.0 / 255.0;
    let (blueness, redness) = (blueness - MIDDLE, redness - MIDDLE);
    let cyan = luma + 1.402 * redness;
    let magenta = luma - 0.344_136 * blueness - 0.714_136 * redness;
    let yellow = luma + 1.772 * blueness;
    [cyan, magenta, yellow, 1.0 - black]
}

/// Refuses a file that is far too short for its pixels, because filling them in would take minutes. Each block of 8 × 8
/// samples takes at least one bit, and the channel with the most blocks has at least one for every four of the picture.
fn check_density(file: &JpegFile) -> Result<(), Problem> {
    const MOST_PIXELS_PER_BYTE: usize = 8 * 64 * 4;
    let bytes: usize = file.scans().map(|scan| scan.pixels.len()).sum();
    if file.frame.width * file.frame.height > MOST_PIXELS_PER_BYTE * bytes {
        return Err(if file.ended { Problem::damaged("fewer bytes than its pixels need") } else { Problem::CutOff });
    }
    Ok(())
}

/// The interleaved samples of the file by the fast decoder; `None` if it fails or would decode the file wrongly.
fn decode_fast(file: &JpegFile, bytes: &[u8]) -> Option<Vec<u8>> {
    // In narrower pictures, it blends the last pixels with the padding of a block.
    const LEAST_SIDE: usize = 32;
    let frame = &file.frame;
    let (first, others) = frame.components.split_first()?;
    let is_usual = file.ended
        && frame.precision == 8
        && frame.width.min(frame.height) >= LEAST_SIDE
        && first.sampling.iter().all(|factor| *factor <= if others.len() == 2 { 2 } else { 1 })
        && others.iter().all(|other| other.sampling == [1, 1])
        && file.reserves_all_ones();
    let is_complete = match frame.process {
        Process::Sequential => {
            let mut scans = file.scans();
            // The first byte of a scan's header is the number of its channels.
            let has_all_channels = scans.next()?.content.first() == Some(&(frame.components.len() as u8));
            has_all_channels && scans.next().is_none()
        }
        Process::Progressive => is_usual && scans::are_complete(file),
    };
    if !is_usual || !is_complete {
        return None;
    }
    let [input, output] = match file.colours {
        JpegColours::Grey => [ColorSpace::Luma; 2],
        JpegColours::Rgb => [ColorSpace::RGB; 2],
        JpegColours::YCbCr => [ColorSpace::YCbCr, ColorSpace::RGB],
        JpegColours::Cmyk => [ColorSpace::CMYK; 2],
        JpegColours::Ycck => [ColorSpace::YCCK; 2],
    };
    let marked = with_ends_marked(file, bytes)?;
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(output)
        .set_strict_mode(true)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&marked), options);
    decoder.decode_headers().ok()?;
    if decoder.input_colorspace() != Some(input) {
        return None;
    }
    let samples = decoder.decode().ok()?;
    (samples.len() == frame.width * frame.height * frame.components.len()).then_some(samples)
}

/// The file with [`INVALID_CODE`] at the end of each scan and before its restart markers; `None` if those are out of
/// order.
fn with_ends_marked(file: &JpegFile, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut marked = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 64);
    let mut copied = 0;
    for (place, scan) in file.scans().enumerate() {
        // In a progressive picture, the decoder requires a marker right after the first scan; that scan has already
        // been checked.
        if place == 0 && file.frame.process == Process::Progressive {
            continue;
        }
        let mut number = 0;
        let pairs = scan.pixels.windows(2).enumerate();
        for (at, pair) in pairs.filter(|(_, pair)| pair[0] == 0xFF && matches!(pair[1], 0xD0..=0xD7)) {
            if pair[1] != 0xD0 + number {
                return None;
            }
            number = (number + 1) % 8;
            marked.extend_from_slice(&bytes[copied..scan.start + at]);
            marked.extend_from_slice(&INVALID_CODE);
            copied = scan.start + at;
        }
        let end = scan.start + scan.pixels.len();
        marked.extend_from_slice(&bytes[copied..end]);
        marked.extend_from_slice(&INVALID_CODE);
        copied = end;
    }
    // Leave out what follows the picture, which may be another picture.
    marked.extend_from_slice(&bytes[copied..file.end]);
    marked.extend_from_slice(&[0xFF, 0xD9]);
    Some(marked)
}
