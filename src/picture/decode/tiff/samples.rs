//! Assembles the samples of the whole picture from strips or tiles.

use std::borrow::Cow;

use half::f16;

use super::compression::Compression;
use super::directory::TiffFile;
use super::jpeg_strip::JpegStrip;
use super::layout::{NumberFormat, Predictor, TiffColours, TiffLayout};
use crate::picture::error::Problem;
use crate::picture::sample::Sample;

/// The decompressed samples of a strip or tile, still packed.
struct DecodedChunk<'a> {
    bytes: Cow<'a, [u8]>,
    /// Row stride in bytes.
    stride: usize,
    is_big_endian: bool,
}

/// The interleaved samples of the picture: the colour's, then alpha. `tables` are the JPEG tables shared by all strips.
///
/// Integers are scaled to the range of `S`, but palette indices keep their value; floats are clamped to 0..=1.
pub(super) fn read<S: TiffSample>(
    file: TiffFile,
    layout: &TiffLayout,
    tables: Option<&[u8]>,
) -> Result<Vec<S>, Problem> {
    let (chunk_width, chunk_height) = layout.chunks.size;
    let (across, down) = (layout.width.div_ceil(chunk_width), layout.height.div_ceil(chunk_height));
    let planes = if layout.is_planar { layout.channels } else { 1 };
    let output_channels = layout.output_channels();
    // Detect chunks beyond the end of the file before allocating memory.
    for index in 0..across * down * planes {
        layout.chunks.bytes(file, index, None)?;
    }
    let mut picture = vec![S::default(); layout.width * layout.height * output_channels];
    let mut row = Vec::new();
    for plane in 0..planes {
        let channels = layout.channel_map(plane);
        if channels.is_empty() {
            continue;
        }
        for chunk in 0..across * down {
            let (left, top) = (chunk % across * chunk_width, chunk / across * chunk_height);
            let (width, height) = (chunk_width.min(layout.width - left), chunk_height.min(layout.height - top));
            let index = plane * across * down + chunk;
            let decoded =
                decode_chunk(file, layout, tables, index, if layout.chunks.are_tiles { chunk_height } else { height })?;
            for y in 0..height {
                let bytes = decoded.bytes.get(y * decoded.stride..).unwrap_or_default();
                row.clear();
                unpack(bytes, layout, decoded.is_big_endian, width * layout.interleaved_samples(), &mut row)?;
                let target =
                    &mut picture[((top + y) * layout.width + left) * output_channels..][..width * output_channels];
                if channels.len() == layout.interleaved_samples() && output_channels == channels.len() {
                    target.copy_from_slice(&row);
                } else {
                    for (pixel, target) in
                        row.chunks_exact(layout.interleaved_samples()).zip(target.chunks_exact_mut(output_channels))
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

impl TiffLayout {
    /// Samples per pixel of the picture: the colour's and alpha.
    pub(super) fn output_channels(&self) -> usize {
        self.colours.count() + usize::from(self.alpha.is_some())
    }

    /// For each sample to copy from the chunks of a plane: its index in the chunk's pixels and in the picture's pixels.
    fn channel_map(&self, plane: usize) -> Vec<(usize, usize)> {
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

/// Decodes the strip or tile `index`, which has `height` rows.
fn decode_chunk<'a>(
    file: TiffFile<'a>,
    layout: &TiffLayout,
    tables: Option<&[u8]>,
    index: usize,
    height: usize,
) -> Result<DecodedChunk<'a>, Problem> {
    let width = layout.chunks.size.0;
    let is_big_endian = file.is_big_endian();
    let (units_across, units_down) = layout.subsampling;
    let is_subsampled = layout.subsampling != (1, 1);
    let across = width.div_ceil(units_across);
    let stride = if is_subsampled {
        across * (units_across * units_down + 2)
    } else {
        (width * layout.interleaved_samples() * layout.bits).div_ceil(8)
    };
    let length = stride * height.div_ceil(units_down);
    let raw = layout.chunks.bytes(file, index, (layout.compression == Compression::None).then_some(length))?;
    let problem = |problem| if raw.is_truncated { Problem::CutOff } else { problem };
    if layout.compression == Compression::Jpeg {
        let strip = JpegStrip { raw: raw.bytes, tables, channels: layout.interleaved_samples(), width, height };
        let is_ycbcr = layout.colours == TiffColours::YCbCr && !layout.is_planar;
        let (bytes, stride) = strip.decode(is_ycbcr).map_err(problem)?;
        return Ok(DecodedChunk { bytes: bytes.into(), stride, is_big_endian });
    }
    let expanded = layout.compression.expand(raw.bytes, layout.is_reversed, width, length);
    let mut bytes = expanded.map_err(problem)?;
    if is_subsampled {
        let bytes = upsample_chroma(&bytes, layout.subsampling, across, (width, height));
        return Ok(DecodedChunk { bytes: bytes.into(), stride: 3 * width, is_big_endian });
    }
    match layout.predictor {
        Predictor::None => Ok(DecodedChunk { bytes, stride, is_big_endian }),
        Predictor::Horizontal => {
            for row in bytes.to_mut().chunks_exact_mut(stride) {
                undo_prediction(row, layout.bits / 8, layout.interleaved_samples(), is_big_endian);
            }
            Ok(DecodedChunk { bytes, stride, is_big_endian })
        }
        Predictor::FloatingPoint => {
            for row in bytes.to_mut().chunks_exact_mut(stride) {
                undo_prediction(row, 1, layout.interleaved_samples(), false);
                let interleaved = interleave_bytes(row, layout.bits / 8);
                row.copy_from_slice(&interleaved);
            }
            Ok(DecodedChunk { bytes, stride, is_big_endian: true })
        }
    }
}

/// Big-endian numbers of `size` bytes from a row that holds all first (highest) bytes, then all second ones, and so on.
fn interleave_bytes(row: &[u8], size: usize) -> Vec<u8> {
    let count = row.len() / size;
    (0..count).flat_map(|index| (0..size).map(move |byte| byte * count + index)).map(|at| row[at]).collect()
}

/// Adds to each sample of `size` bytes the one `distance` samples before it.
fn undo_prediction(row: &mut [u8], size: usize, distance: usize, is_big_endian: bool) {
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

/// Three samples per pixel, from units that hold the luma of several pixels and the chroma that they share.
fn upsample_chroma(
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

/// The type of decoded samples: 8 bits for samples of up to 8 bits in the file, else 16.
pub(super) trait TiffSample: Sample {
    /// A sample from `value` of `bits` bits, scaled to the range of the type.
    fn scaled(value: u64, bits: usize) -> Self;

    /// A palette index, which is not scaled.
    fn from_index(value: u64) -> Self;

    /// The palette index.
    fn to_index(self) -> usize;
}

impl TiffSample for u8 {
    fn scaled(value: u64, bits: usize) -> Self {
        if bits == 8 { value as Self } else { scaled(value, bits, 8) as Self }
    }

    fn from_index(value: u64) -> Self {
        value as Self
    }

    fn to_index(self) -> usize {
        self.into()
    }
}

impl TiffSample for u16 {
    fn scaled(value: u64, bits: usize) -> Self {
        if bits == 16 { value as Self } else { scaled(value, bits, 16) as Self }
    }

    fn from_index(value: u64) -> Self {
        value as Self
    }

    fn to_index(self) -> usize {
        self.into()
    }
}

/// Scales `value` of `bits` bits to `target_bits` bits: rounded if these are more, else without the extra low bits.
fn scaled(value: u64, bits: usize, target_bits: usize) -> u64 {
    if bits > target_bits {
        return value >> (bits - target_bits);
    }
    let (highest, target_highest) = ((1 << bits) - 1, (1 << target_bits) - 1);
    (value * target_highest + highest / 2) / highest
}

/// Appends the first `count` samples of a packed row to `row`.
fn unpack<S: TiffSample>(
    bytes: &[u8],
    layout: &TiffLayout,
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
        (NumberFormat::Float, 16) => {
            row.extend(bytes.chunks_exact(2).map(|value| S::from_unit(f16::from_bits(number(value) as u16).to_f32())));
        }
        (NumberFormat::Float, 32) => {
            row.extend(bytes.chunks_exact(4).map(|value| S::from_unit(f32::from_bits(number(value) as u32))));
        }
        (NumberFormat::Float, _) => {
            row.extend(bytes.chunks_exact(8).map(|value| S::from_unit(f64::from_bits(number(value)) as f32)));
        }
        (NumberFormat::Unsigned, _) if layout.colours == TiffColours::Palette => match bits {
            8 => row.extend(bytes.iter().map(|byte| S::from_index(u64::from(*byte)))),
            16 => row.extend(bytes.chunks_exact(2).map(|value| S::from_index(number(value)))),
            _ => row.extend((0..count).map(|index| S::from_index(bits_at(bytes, index * bits, bits)))),
        },
        (NumberFormat::Unsigned, 8) => row.extend(bytes.iter().map(|byte| S::scaled(u64::from(*byte), 8))),
        (NumberFormat::Unsigned, 16 | 24 | 32 | 64) => {
            row.extend(bytes.chunks_exact(bits / 8).map(|value| S::scaled(number(value), bits)));
        }
        (NumberFormat::Unsigned, _) => {
            row.extend((0..count).map(|index| S::scaled(bits_at(bytes, index * bits, bits), bits)));
        }
    }
    Ok(())
}

/// The number of `bits` bits, at most 16, that begins at bit `at`, counted from the most significant of the first byte.
fn bits_at(bytes: &[u8], at: usize, bits: usize) -> u64 {
    let byte = |offset| bytes.get(at / 8 + offset).copied().unwrap_or_default();
    let three = u32::from_be_bytes([0, byte(0), byte(1), byte(2)]);
    u64::from(three >> (24 - at % 8 - bits) & ((1 << bits) - 1))
}
