//! From strips or tiles to the samples of the whole picture.

use std::borrow::Cow;

use half::f16;

use super::compression::Compression;
use super::directory::File;
use super::jpeg_strip::JpegStrip;
use super::layout::{Colours, Layout, Number, Predictor};
use crate::picture::error::Problem;
use crate::picture::sample::Sample;

/// The samples of a strip or tile that have whole bytes, or share them.
struct Expanded<'a> {
    bytes: Cow<'a, [u8]>,
    /// Bytes of a row.
    stride: usize,
    is_big_endian: bool,
}

/// The samples of the picture, pixel by pixel: those of the colour, then alpha. `tables` are what the JPEG files of
/// strips share.
///
/// Integers keep their share of the highest one, except in a palette, where they keep their value; floats are clamped
/// to 0..=1.
pub(super) fn read<S: Wide>(file: File, layout: &Layout, tables: Option<&[u8]>) -> Result<Vec<S>, Problem> {
    let (chunk_width, chunk_height) = layout.chunks.size;
    let (across, down) = (layout.width.div_ceil(chunk_width), layout.height.div_ceil(chunk_height));
    let planes = if layout.is_planar { layout.channels } else { 1 };
    let kept = layout.kept();
    // What lies beyond the file is noticed before there is memory for it.
    for index in 0..across * down * planes {
        layout.chunks.bytes(file, index, None)?;
    }
    let mut picture = vec![S::default(); layout.width * layout.height * kept];
    let mut row = Vec::new();
    for plane in 0..planes {
        let channels = layout.places(plane);
        if channels.is_empty() {
            continue;
        }
        for chunk in 0..across * down {
            let (left, top) = (chunk % across * chunk_width, chunk / across * chunk_height);
            let (width, height) = (chunk_width.min(layout.width - left), chunk_height.min(layout.height - top));
            let index = plane * across * down + chunk;
            let expanded =
                expand(file, layout, tables, index, if layout.chunks.are_tiles { chunk_height } else { height })?;
            for y in 0..height {
                let bytes = expanded.bytes.get(y * expanded.stride..).unwrap_or_default();
                row.clear();
                unpack(bytes, layout, expanded.is_big_endian, width * layout.samples_together(), &mut row)?;
                let target = &mut picture[((top + y) * layout.width + left) * kept..][..width * kept];
                if channels.len() == layout.samples_together() && kept == channels.len() {
                    target.copy_from_slice(&row);
                } else {
                    for (pixel, target) in
                        row.chunks_exact(layout.samples_together()).zip(target.chunks_exact_mut(kept))
                    {
                        for &(from, to) in &channels {
                            target[to] = pixel[from];
                        }
                    }
                }
            }
        }
    }
    Ok(picture)
}

impl Layout {
    /// Samples of a pixel that are kept.
    pub(super) fn kept(&self) -> usize {
        self.colours.count() + usize::from(self.alpha.is_some())
    }

    /// Where the samples in the strips of a plane go in a pixel: from which place to which.
    fn places(&self, plane: usize) -> Vec<(usize, usize)> {
        let colours = (0..self.colours.count()).map(|channel| (channel, channel));
        let alpha = self.alpha.map(|alpha| (alpha.channel, self.colours.count()));
        let all = colours.chain(alpha);
        if self.is_planar {
            all.filter(|(from, _)| *from == plane).map(|(_, to)| (0, to)).collect()
        } else {
            all.collect()
        }
    }
}

/// The strip or tile `index`, of `height` rows, decompressed.
fn expand<'a>(
    file: File<'a>,
    layout: &Layout,
    tables: Option<&[u8]>,
    index: usize,
    height: usize,
) -> Result<Expanded<'a>, Problem> {
    let width = layout.chunks.size.0;
    let is_big_endian = file.is_big_endian();
    let (units_across, units_down) = layout.subsampling;
    let is_subsampled = layout.subsampling != (1, 1);
    let across = width.div_ceil(units_across);
    let stride = if is_subsampled {
        across * (units_across * units_down + 2)
    } else {
        (width * layout.samples_together() * layout.bits).div_ceil(8)
    };
    let length = stride * height.div_ceil(units_down);
    let raw = layout.chunks.bytes(file, index, (layout.compression == Compression::None).then_some(length))?;
    let problem = |problem| if raw.is_cut { Problem::CutOff } else { problem };
    if layout.compression == Compression::Jpeg {
        let strip = JpegStrip { raw: raw.bytes, tables, channels: layout.samples_together(), width, height };
        let is_ycbcr = layout.colours == Colours::YCbCr && !layout.is_planar;
        let (bytes, stride) = strip.decode(is_ycbcr).map_err(problem)?;
        return Ok(Expanded { bytes: bytes.into(), stride, is_big_endian });
    }
    let expanded = layout.compression.expand(raw.bytes, layout.is_reversed, width, length);
    let mut bytes = expanded.map_err(problem)?;
    if is_subsampled {
        let bytes = spread(&bytes, layout.subsampling, across, (width, height));
        return Ok(Expanded { bytes: bytes.into(), stride: 3 * width, is_big_endian });
    }
    match layout.predictor {
        Predictor::None => Ok(Expanded { bytes, stride, is_big_endian }),
        Predictor::Horizontal => {
            for row in bytes.to_mut().chunks_exact_mut(stride) {
                add_neighbours(row, layout.bits / 8, layout.samples_together(), is_big_endian);
            }
            Ok(Expanded { bytes, stride, is_big_endian })
        }
        Predictor::FloatingPoint => {
            for row in bytes.to_mut().chunks_exact_mut(stride) {
                add_neighbours(row, 1, layout.samples_together(), false);
                let together = bytes_together(row, layout.bits / 8);
                row.copy_from_slice(&together);
            }
            Ok(Expanded { bytes, stride, is_big_endian: true })
        }
    }
}

/// The bytes of numbers of `size` bytes from a row that has all highest bytes first, then all second ones, and so on.
fn bytes_together(row: &[u8], size: usize) -> Vec<u8> {
    let count = row.len() / size;
    (0..count).flat_map(|index| (0..size).map(move |byte| byte * count + index)).map(|at| row[at]).collect()
}

/// Adds to each sample of so many bytes the one `distance` samples before it.
fn add_neighbours(row: &mut [u8], size: usize, distance: usize, is_big_endian: bool) {
    let step = size * distance;
    if size == 1 {
        for at in step..row.len() {
            row[at] = row[at].wrapping_add(row[at - step]);
        }
        return;
    }
    for at in (step..row.len()).step_by(size) {
        let mut carry = 0;
        for index in 0..size {
            let byte = if is_big_endian { size - 1 - index } else { index };
            let sum = u16::from(row[at + byte]) + u16::from(row[at + byte - step]) + carry;
            row[at + byte] = sum as u8;
            carry = sum >> 8;
        }
    }
}

/// Three samples for each pixel from units of several lumas and the chroma that they share.
fn spread(
    units: &[u8],
    (units_across, units_down): (usize, usize),
    across: usize,
    (width, height): (usize, usize),
) -> Vec<u8> {
    let length = units_across * units_down + 2;
    let mut pixels = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        for x in 0..width {
            let unit = &units[(y / units_down * across + x / units_across) * length..][..length];
            let luma = unit[y % units_down * units_across + x % units_across];
            pixels.extend([luma, unit[length - 2], unit[length - 1]]);
        }
    }
    pixels
}

/// Samples that a file's become: those of 8 bits and fewer 8, the others 16.
pub(super) trait Wide: Sample {
    /// The value for `value` of `bits` bits.
    fn scaled(value: u64, bits: usize) -> Self;

    /// The value for `value` as it is.
    fn index(value: u64) -> Self;

    /// The value as it is.
    fn number(self) -> usize;
}

impl Wide for u8 {
    fn scaled(value: u64, bits: usize) -> Self {
        if bits == 8 { value as Self } else { scaled(value, bits, 8) as Self }
    }

    fn index(value: u64) -> Self {
        value as Self
    }

    fn number(self) -> usize {
        self.into()
    }
}

impl Wide for u16 {
    fn scaled(value: u64, bits: usize) -> Self {
        if bits == 16 { value as Self } else { scaled(value, bits, 16) as Self }
    }

    fn index(value: u64) -> Self {
        value as Self
    }

    fn number(self) -> usize {
        self.into()
    }
}

fn scaled(value: u64, bits: usize, wanted: usize) -> u64 {
    if bits > wanted {
        return value >> (bits - wanted);
    }
    let (highest, wanted) = ((1 << bits) - 1, (1 << wanted) - 1);
    (value * wanted + highest / 2) / highest
}

/// Appends the first `count` samples of a row in the file to `row`.
fn unpack<S: Wide>(
    bytes: &[u8],
    layout: &Layout,
    is_big_endian: bool,
    count: usize,
    row: &mut Vec<S>,
) -> Result<(), Problem> {
    let bits = layout.bits;
    let bytes = bytes.get(..(count * bits).div_ceil(8)).ok_or(Problem::CutOff)?;
    let number = |bytes: &[u8]| {
        let append = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if is_big_endian { bytes.iter().fold(0, append) } else { bytes.iter().rev().fold(0, append) }
    };
    match (layout.number, bits) {
        (Number::Float, 16) => {
            row.extend(bytes.chunks_exact(2).map(|value| S::from_unit(f16::from_bits(number(value) as u16).to_f32())));
        }
        (Number::Float, 32) => {
            row.extend(bytes.chunks_exact(4).map(|value| S::from_unit(f32::from_bits(number(value) as u32))));
        }
        (Number::Float, _) => {
            row.extend(bytes.chunks_exact(8).map(|value| S::from_unit(f64::from_bits(number(value)) as f32)));
        }
        (Number::Unsigned, _) if layout.colours == Colours::Palette => match bits {
            8 => row.extend(bytes.iter().map(|byte| S::index(u64::from(*byte)))),
            16 => row.extend(bytes.chunks_exact(2).map(|value| S::index(number(value)))),
            _ => row.extend((0..count).map(|index| S::index(bits_at(bytes, index * bits, bits)))),
        },
        (Number::Unsigned, 8) => row.extend(bytes.iter().map(|byte| S::scaled(u64::from(*byte), 8))),
        (Number::Unsigned, 16 | 24 | 32 | 64) => {
            row.extend(bytes.chunks_exact(bits / 8).map(|value| S::scaled(number(value), bits)));
        }
        (Number::Unsigned, _) => {
            row.extend((0..count).map(|index| S::scaled(bits_at(bytes, index * bits, bits), bits)));
        }
    }
    Ok(())
}

/// The number of `bits` bits, 16 at most, that begins `at` bits from the highest of the first byte.
fn bits_at(bytes: &[u8], at: usize, bits: usize) -> u64 {
    let byte = |offset| bytes.get(at / 8 + offset).copied().unwrap_or_default();
    let three = u32::from_be_bytes([0, byte(0), byte(1), byte(2)]);
    u64::from(three >> (24 - at % 8 - bits) & ((1 << bits) - 1))
}
