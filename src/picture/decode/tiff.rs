//! TIFF files.
//!
//! They are read with the `tiff` crate itself: `image` refuses grey with transparency and grey
//! floats, leaves colours multiplied with alpha, and converts inks without their profile.

use std::io::Cursor;

use image::DynamicImage;
use image::metadata::Orientation;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::{ExtraSamples, PlanarConfiguration, Predictor, Tag};
use tiff::{ColorType, TiffError};

use super::palette::{self, Palette};
use super::{DECODER_MEMORY, Decoded, METADATA_MEMORY, check_dimensions, premultiplied};
use crate::picture::error::{Cause, Problem};
use crate::picture::metadata::{Exif, XMP_TAG};
use crate::picture::profile;
use crate::picture::sample::Sample;

pub(super) type File<'a> = Decoder<Cursor<&'a [u8]>>;

pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, Problem> {
    let mut file = open(bytes)?;
    let Some(palette) = Palette::of(&mut file)? else { return decode_colours(bytes) };
    let grey = palette::as_grey(bytes, &mut file).ok_or_else(|| Problem::damaged("a directory that is not whole"))?;
    let numbers = decode_colours(&grey)?;
    let pixels = palette.colours(&numbers.pixels).ok_or_else(|| unsupported("a palette beside other channels"))?;
    Ok(Decoded { pixels, ..numbers })
}

fn open(bytes: &[u8]) -> Result<File<'_>, Problem> {
    let mut file = Decoder::new(Cursor::new(bytes)).map_err(problem)?.with_limits(limits());
    check_dimensions(file.dimensions().map_err(problem)?)?;
    Ok(file)
}

/// Decodes a file without a palette.
fn decode_colours(bytes: &[u8]) -> Result<Decoded, Problem> {
    let mut file = open(bytes)?;
    let size = file.dimensions().map_err(problem)?;
    let layout = Layout::of(&mut file)?;
    let orientation = orientation(&mut file);
    let icc = file.get_tag_u8_vec(Tag::IccProfile).ok();
    let xmp = file.get_tag_u8_vec(Tag::Unknown(XMP_TAG)).ok();
    let exif = Exif::from_photo(bytes);

    let mut samples = DecodingResult::U8(Vec::new());
    file.read_image_to_buffer(&mut samples).map_err(problem)?;
    let icc = icc.as_deref();
    let pixels = match samples {
        DecodingResult::U8(samples) if layout.bits < 8 => layout.pixels(layout.unpack(&samples, size), size, icc),
        DecodingResult::U8(samples) => layout.pixels(samples, size, icc),
        DecodingResult::U16(samples) => layout.pixels(samples, size, icc),
        DecodingResult::U32(samples) => {
            let samples = samples.iter().map(|sample| (sample >> 16) as u16);
            layout.pixels(samples.collect(), size, icc)
        }
        DecodingResult::F16(samples) => {
            let samples = samples.iter().map(|sample| u16::from_unit(sample.to_f32()));
            layout.pixels(samples.collect(), size, icc)
        }
        DecodingResult::F32(samples) => {
            let samples = samples.iter().map(|&sample| u16::from_unit(sample));
            layout.pixels(samples.collect(), size, icc)
        }
        DecodingResult::F64(samples) => {
            let samples = samples.iter().map(|&sample| u16::from_unit(sample as f32));
            layout.pixels(samples.collect(), size, icc)
        }
        _ => return Err(unsupported("signed or 64-bit samples")),
    };
    // Inks have lost their profile; for light it is still to be applied.
    let icc = icc.filter(|_| layout.colours != INKS).map(Vec::from);
    let pixels = pixels.ok_or_else(|| Problem::damaged("too few samples"))?;
    Ok(Decoded { pixels, orientation, icc, exif, xmp })
}

/// The number of colour channels of a picture for print.
const INKS: usize = 4;

/// How the samples of a pixel make a colour.
struct Layout {
    /// Bits of a sample.
    bits: u8,
    /// Channels that make the colour: 1 for grey, 3 for RGB, 4 for inks. They come first.
    colours: usize,
    /// Channels altogether, with those that mean nothing here.
    channels: usize,
    /// What the channel after the colours is.
    extra: ExtraSamples,
    /// Whether each channel stands by itself instead of one pixel after the other.
    is_planar: bool,
}

impl Layout {
    fn of(file: &mut File) -> Result<Self, Problem> {
        let colour_type = file.colortype().map_err(problem)?;
        let (colours, channels) = match colour_type {
            ColorType::Gray(_) => (1, 1),
            // The decoder says so only of grey.
            ColorType::Multiband { num_samples, .. } => (1, num_samples.into()),
            ColorType::RGB(_) => (3, 3),
            ColorType::RGBA(_) => (3, 4),
            ColorType::CMYK(_) => (INKS, 4),
            ColorType::CMYKA(_) => (INKS, 5),
            other => return Err(unsupported(format!("{other:?}"))),
        };
        let mut tag = |tag| file.find_tag_unsigned_vec::<u16>(tag).map_err(problem);
        let extra = match tag(Tag::ExtraSamples)?.unwrap_or_default().first() {
            Some(&extra) => ExtraSamples::from_u16(extra).unwrap_or(ExtraSamples::Unspecified),
            // A fourth channel beside red, green and blue that nobody explains is alpha.
            None => ExtraSamples::UnassociatedAlpha,
        };
        let mut first = |name| Ok(tag(name)?.and_then(|values| values.first().copied()));
        let is_planar = first(Tag::PlanarConfiguration)? == Some(PlanarConfiguration::Planar.to_u16());
        let has_predictor = first(Tag::Predictor)?.is_some_and(|value| value != Predictor::None.to_u16());
        let in_file = first(Tag::SamplesPerPixel)?.map_or(1, usize::from);
        // tiff 0.11.3 takes the wrong neighbours for the prediction once it has left channels out.
        if in_file > channels && has_predictor && !is_planar {
            return Err(unsupported("extra channels with a predictor"));
        }
        let bits = colour_type.bit_depth();
        if bits < 8 && (!matches!(bits, 1 | 2 | 4) || is_planar) {
            return Err(unsupported(format!("{bits} bits a sample")));
        }
        Ok(Self { bits, colours, channels, extra, is_planar })
    }

    /// 8-bit samples from rows in which several samples share a byte.
    fn unpack(&self, packed: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
        let bits = usize::from(self.bits);
        let highest = (1 << bits) - 1;
        let in_row = width as usize * self.channels;
        packed
            .chunks_exact((in_row * bits).div_ceil(8))
            .take(height as usize)
            .flat_map(|row| {
                (0..in_row).map(move |index| {
                    let bit = index * bits;
                    let sample = (row[bit / 8] >> (8 - bits - bit % 8)) & highest;
                    // 255 divides evenly by 1, 3 and 15.
                    sample * (255 / highest)
                })
            })
            .collect()
    }

    /// The image of `samples`, inks converted to sRGB.
    fn pixels<S: Sample>(
        &self,
        mut samples: Vec<S>,
        (width, height): (u32, u32),
        icc: Option<&[u8]>,
    ) -> Option<DynamicImage> {
        let count = width as usize * height as usize;
        samples.truncate(count * self.channels);
        if self.is_planar {
            let plane = |channel| samples.get(channel * count..(channel + 1) * count);
            let planes: Vec<&[S]> = (0..self.channels).map(plane).collect::<Option<_>>()?;
            samples = (0..count).flat_map(|pixel| planes.iter().map(move |plane| plane[pixel])).collect();
        }
        // What is transparent lies over paper anyway when the colours are inks.
        let has_alpha = self.channels > self.colours && self.colours != INKS && self.extra != ExtraSamples::Unspecified;
        let kept = self.colours + usize::from(has_alpha);
        if kept < self.channels {
            samples = samples.chunks_exact(self.channels).flat_map(|pixel| &pixel[..kept]).copied().collect();
        }
        if has_alpha && self.extra == ExtraSamples::AssociatedAlpha {
            premultiplied::undo(&mut samples, kept);
        }
        if self.colours == INKS {
            return S::image(width, height, 3, profile::inks_to_srgb(&samples, icc));
        }
        S::image(width, height, kept, samples)
    }
}

fn orientation(file: &mut File) -> Orientation {
    file.find_tag_unsigned(Tag::Orientation)
        .ok()
        .flatten()
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms)
}

fn limits() -> Limits {
    let memory = usize::try_from(DECODER_MEMORY).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = memory;
    limits.intermediate_buffer_size = memory;
    limits.ifd_value_size = METADATA_MEMORY as usize;
    limits
}

pub(super) fn problem(error: TiffError) -> Problem {
    match error {
        TiffError::UnsupportedError(cause) => unsupported(cause),
        TiffError::LimitsExceeded => Problem::TooMuchMemory(error.into()),
        error => Problem::damaged(error),
    }
}

fn unsupported(cause: impl Into<Cause>) -> Problem {
    Problem::UnsupportedKind { format: "TIFF", cause: cause.into() }
}
