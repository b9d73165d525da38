//! JPEG files, by two decoders: a quick one for what nearly all files are, and a thorough one for every other sampling
//! and order of scans, and for files that the quick one stumbles over.
//!
//! The quick decoder makes up the pixels that are missing, and reports success. So the bits of a file are followed by
//! bits that are no code: whoever takes one of them has come to the end too early.

use image::DynamicImage;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use self::segments::{Colours, File, Process};
use super::decoded::Decoded;
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

/// 64 bits of one, with the byte that escapes each 255. No Huffman code is that long.
const NO_CODE: [u8; 16] = [0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0, 0xFF, 0];

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Problem> {
    let file = File::read(bytes)?;
    // Stated in two bytes each.
    let (width, height) = (file.frame.width as u32, file.frame.height as u32);
    check_dimensions((width, height))?;
    check_density(&file)?;
    let exif = file.exif();
    let mut icc = file.icc();
    let pixels = if let Some(samples) = quick(&file, bytes) {
        image(&file, samples, &mut icc)
    } else {
        let planes = scans::decode(&file)?;
        if file.frame.precision == 8 {
            image::<u8>(&file, samples::pixels(&file.frame, file.colours, planes), &mut icc)
        } else {
            image::<u16>(&file, samples::pixels(&file.frame, file.colours, planes), &mut icc)
        }
    };
    Ok(Decoded {
        pixels: pixels.ok_or_else(|| Problem::damaged("too few pixels"))?,
        orientation: orientation::in_exif(exif),
        icc,
        exif: exif.and_then(Exif::from_photo),
        xmp: file.xmp().map(Vec::from),
    })
}

/// The interleaved samples of a JPEG file of 8 bits that is a strip or tile of another file, which says what its channels
/// are: `is_ycbcr` when three are luma and chroma, which become red, green and blue. `fits` tells from its width, height
/// and number of channels whether it is worth decoding.
pub(super) fn strip(
    bytes: &[u8],
    is_ycbcr: bool,
    fits: impl FnOnce(usize, usize, usize) -> bool,
) -> Result<(Vec<u8>, usize), Problem> {
    let mut file = File::read(bytes)?;
    let (width, height, channels) = (file.frame.width, file.frame.height, file.frame.components.len());
    if !fits(width, height, channels) || file.frame.precision != 8 {
        return Err(Problem::damaged("a strip of another size or kind than the picture"));
    }
    check_density(&file)?;
    file.colours = match channels {
        1 => Colours::Grey,
        3 if is_ycbcr => Colours::YCbCr,
        3 => Colours::Rgb,
        _ => Colours::Cmyk,
    };
    let samples = match quick(&file, bytes) {
        Some(samples) => samples,
        None => samples::pixels(&file.frame, file.colours, scans::decode(&file)?),
    };
    Ok((samples, width))
}

/// The image of interleaved `samples`; inks become sRGB at once, by way of the profile `icc`, which that uses up.
fn image<S: Sample>(file: &File, mut samples: Vec<S>, icc: &mut Option<Vec<u8>>) -> Option<DynamicImage> {
    let (width, height) = (file.frame.width as u32, file.frame.height as u32);
    if !matches!(file.colours, Colours::Cmyk | Colours::Ycck) {
        return S::image(width, height, file.frame.components.len(), samples);
    }
    for pixel in samples.as_chunks_mut().0 {
        let unit = pixel.map(S::to_unit);
        let inks = match file.colours {
            Colours::Ycck => inks_of_ycck(unit),
            // Every program stores inks inverted, as Photoshop did first.
            _ => unit.map(|value| 1.0 - value),
        };
        *pixel = inks.map(S::from_unit);
    }
    S::image(width, height, 3, profile::inks_to_srgb(&samples, icc.take().as_deref()))
}

/// The inks, 0 for bare paper, of a YCCK pixel: the inks coded as if they were red, green and blue, and black inverted.
fn inks_of_ycck([luma, blueness, redness, black]: [f32; 4]) -> [f32; 4] {
    const MIDDLE: f32 = 128.0 / 255.0;
    let (blueness, redness) = (blueness - MIDDLE, redness - MIDDLE);
    let cyan = luma + 1.402 * redness;
    let magenta = luma - 0.344_136 * blueness - 0.714_136 * redness;
    let yellow = luma + 1.772 * blueness;
    [cyan, magenta, yellow, 1.0 - black]
}

/// Refuses a file that is far too short for its pixels, which would take minutes to make up. Each block of 8 x 8 takes a
/// bit at least, and the channel with the most blocks has one for every four blocks of the picture.
fn check_density(file: &File) -> Result<(), Problem> {
    const MOST_PIXELS_A_BYTE: usize = 8 * 64 * 4;
    let bytes: usize = file.scans().map(|scan| scan.pixels.len()).sum();
    if file.frame.width * file.frame.height > MOST_PIXELS_A_BYTE * bytes {
        return Err(if file.ended {
            Problem::damaged("fewer bytes than its pixels can have")
        } else {
            Problem::CutOff
        });
    }
    Ok(())
}

/// The samples of the file, interleaved, by the quick decoder; none where it is known to fail, and where it does fail.
fn quick(file: &File, bytes: &[u8]) -> Option<Vec<u8>> {
    // Of narrower pictures it blends the last pixels with those that only fill a block.
    const LEAST_SIDE: usize = 32;
    let frame = &file.frame;
    let (first, others) = frame.components.split_first()?;
    let is_usual = file.ended
        && frame.precision == 8
        && frame.width.min(frame.height) >= LEAST_SIDE
        && first.sampling.iter().all(|factor| *factor <= if others.len() == 2 { 2 } else { 1 })
        && others.iter().all(|other| other.sampling == [1, 1])
        && file.leaves_code_free();
    let is_complete = match frame.process {
        Process::Sequential => {
            let mut scans = file.scans();
            // The first byte of a scan's header is the number of its channels.
            let is_for_all = scans.next()?.content.first() == Some(&(frame.components.len() as u8));
            is_for_all && scans.next().is_none()
        }
        Process::Progressive => is_usual && scans::are_complete(file),
    };
    if !is_usual || !is_complete {
        return None;
    }
    let [input, output] = match file.colours {
        Colours::Grey => [ColorSpace::Luma; 2],
        Colours::Rgb => [ColorSpace::RGB; 2],
        Colours::YCbCr => [ColorSpace::YCbCr, ColorSpace::RGB],
        Colours::Cmyk => [ColorSpace::CMYK; 2],
        Colours::Ycck => [ColorSpace::YCCK; 2],
    };
    let followed = with_ends_marked(file, bytes)?;
    let options = DecoderOptions::default()
        .jpeg_set_out_colorspace(output)
        .set_strict_mode(true)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&followed), options);
    decoder.decode_headers().ok()?;
    if decoder.input_colorspace() != Some(input) {
        return None;
    }
    let samples = decoder.decode().ok()?;
    (samples.len() == frame.width * frame.height * frame.components.len()).then_some(samples)
}

/// The file with [`NO_CODE`] at the end of each scan and before its restart markers; none when those are out of order.
fn with_ends_marked(file: &File, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut marked = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 64);
    let mut copied = 0;
    for (place, scan) in file.scans().enumerate() {
        // Of a progressive picture the decoder wants to find a marker right after the first scan, which has been
        // looked at already.
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
            marked.extend_from_slice(&NO_CODE);
            copied = scan.start + at;
        }
        let end = scan.start + scan.pixels.len();
        marked.extend_from_slice(&bytes[copied..end]);
        marked.extend_from_slice(&NO_CODE);
        copied = end;
    }
    // What follows the picture, another picture perhaps, is none of the decoder's business.
    marked.extend_from_slice(&bytes[copied..file.end]);
    marked.extend_from_slice(&[0xFF, 0xD9]);
    Some(marked)
}
