//! Decodes HEVC still pictures.
//!
//! The decoder reports neither the size before cropping, on which its memory use depends, nor the colour description in
//! the bitstream, so both are read from the sequence parameter set here.

use heic_rs::Error;
use heic_rs::hevc::{self, Frame};
use heic_rs::props::colr::Nclx;
use heic_rs::props::hvcc::{HevcConfig, NAL_SPS};

use super::boxes::{nclx, problem, unsupported};
use super::chroma::{Filter, upsample};
use crate::picture::error::Problem;

/// Decodes a picture of at most `most_pixels` pixels. Also returns the colour description in the bitstream.
pub(super) fn decode(configuration: &HevcConfig, data: &[u8], most_pixels: u64) -> Result<(Frame, Nclx), Problem> {
    let parameters = configuration.parameter_sets();
    let mut colours = None;
    for set in configuration.arrays.iter().filter(|array| array.nal_type == NAL_SPS).flat_map(|array| &array.nals) {
        let sequence = Sequence::parse(set).ok_or_else(|| Problem::damaged("an incomplete parameter set"))?;
        if sequence.width * sequence.height > most_pixels {
            return Err(Problem::damaged("a stream of more pixels than the picture has"));
        }
        // The decoder does not support these.
        if sequence.chroma > 1 {
            let files = if sequence.chroma == 2 {
                "HEIC pictures with 4:2:2 colour"
            } else {
                "HEIC pictures with 4:4:4 colour"
            };
            return Err(Problem::NotRead { files, advice: "export it as JPEG or PNG" });
        }
        if sequence.depths[0] != sequence.depths[1] && sequence.chroma != 0 {
            return Err(unsupported("different bit depths of luma and chroma"));
        }
        colours.get_or_insert(sequence.colours);
    }
    let colours = colours.ok_or_else(|| Problem::damaged("no parameter sets"))?;
    let units = configuration.split_nals(data).map_err(problem)?;
    // The data is complete, so missing data means damage, not truncation.
    let frame = hevc::decode_still(&parameters, &units).map_err(|error| match error {
        Error::Unsupported(cause) => unsupported(cause),
        error => Problem::damaged(error),
    })?;
    frame.validate().map_err(problem)?;
    Ok((upsample(frame, Filter::Nearest), colours))
}

/// The fields of a sequence parameter set that are needed here.
#[derive(Debug)]
struct Sequence {
    width: u64,
    height: u64,
    /// 0 for grey, 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4.
    chroma: u32,
    /// Bits per sample of luma and of chroma.
    depths: [u32; 2],
    colours: Nclx,
}

impl Sequence {
    /// Parses the NAL unit `bytes`; `None` if it is truncated or invalid.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bits = PayloadBits::of(bytes.get(2..)?);
        bits.skip(4)?;
        let sublayers = bits.take(3)?;
        bits.skip(1)?;
        skip_profile(&mut bits, sublayers)?;
        bits.exponential()?;
        let chroma = bits.exponential()?;
        if chroma > 3 {
            return None;
        }
        if chroma == 3 {
            bits.skip(1)?;
        }
        let width = u64::from(bits.exponential()?);
        let height = u64::from(bits.exponential()?);
        if bits.flag()? {
            bits.exponentials(4)?;
        }
        let depths = [bits.exponential()?.checked_add(8)?, bits.exponential()?.checked_add(8)?];
        let order_bits = bits.exponential()?.checked_add(4)?;
        let sublayer_orders = if bits.flag()? { sublayers + 1 } else { 1 };
        bits.exponentials(3 * sublayer_orders)?;
        bits.exponentials(6)?;
        if bits.flag()? && bits.flag()? {
            skip_scaling_lists(&mut bits)?;
        }
        bits.skip(2)?;
        if bits.flag()? {
            bits.skip(8)?;
            bits.exponentials(2)?;
            bits.skip(1)?;
        }
        skip_reference_sets(&mut bits)?;
        if bits.flag()? {
            let pictures = bits.exponential()?;
            for _ in 0..pictures {
                bits.skip(order_bits + 1)?;
            }
        }
        bits.skip(2)?;
        let colours = if bits.flag()? { colours(&mut bits)? } else { UNSPECIFIED };
        let [primaries, transfer, matrix] = colours.codes;
        let colours = nclx(primaries, transfer, matrix, colours.is_full);
        Some(Self { width, height, chroma, depths, colours })
    }
}

/// Code points of primaries, transfer and matrix, and whether samples are full-range.
struct Signal {
    codes: [u16; 3],
    is_full: bool,
}

/// The default where the bitstream has no colour description.
const UNSPECIFIED: Signal = Signal { codes: [2; 3], is_full: false };

/// Parses the start of the video usability information (VUI), up to the colour description.
fn colours(bits: &mut PayloadBits) -> Option<Signal> {
    const EXTENDED_ASPECT_RATIO: u32 = 255;
    if bits.flag()? && bits.take(8)? == EXTENDED_ASPECT_RATIO {
        bits.skip(32)?;
    }
    if bits.flag()? {
        bits.skip(1)?;
    }
    let mut signal = UNSPECIFIED;
    if bits.flag()? {
        bits.skip(3)?;
        signal.is_full = bits.flag()?;
        if bits.flag()? {
            for code in &mut signal.codes {
                *code = bits.take(8)? as u16;
            }
        }
    }
    Some(signal)
}

fn skip_profile(bits: &mut PayloadBits, sublayers: u32) -> Option<()> {
    const PROFILE: u32 = 88;
    const LEVEL: u32 = 8;
    const MOST_SUBLAYERS: u32 = 8;
    bits.skip(PROFILE + LEVEL)?;
    let mut present = 0;
    for _ in 0..sublayers {
        present += PROFILE * bits.take(1)? + LEVEL * bits.take(1)?;
    }
    if sublayers > 0 {
        bits.skip(2 * (MOST_SUBLAYERS - sublayers))?;
    }
    bits.skip(present)
}

fn skip_scaling_lists(bits: &mut PayloadBits) -> Option<()> {
    for size in 0..4_u32 {
        // The largest blocks have only two lists, one per kind of prediction.
        let lists = if size == 3 { 2 } else { 6 };
        for _ in 0..lists {
            if bits.flag()? {
                let coefficients = 64.min(1 << (4 + 2 * size));
                bits.exponentials(coefficients + u32::from(size > 1))?;
            } else {
                bits.exponentials(1)?;
            }
        }
    }
    Some(())
}

fn skip_reference_sets(bits: &mut PayloadBits) -> Option<()> {
    const MOST: u32 = 64;
    let sets = bits.exponential()?;
    if sets > MOST {
        return None;
    }
    let mut pictures = 0_u32;
    for set in 0..sets {
        if set > 0 && bits.flag()? {
            bits.skip(1)?;
            bits.exponentials(1)?;
            let mut kept = 0;
            for _ in 0..=pictures {
                let is_used = bits.flag()?;
                if is_used || bits.flag()? {
                    kept += 1;
                }
            }
            pictures = kept;
        } else {
            let (before, after) = (bits.exponential()?, bits.exponential()?);
            pictures = before.checked_add(after).filter(|&pictures| pictures <= MOST)?;
            for _ in 0..pictures {
                bits.exponentials(1)?;
                bits.skip(1)?;
            }
        }
    }
    Some(())
}

/// A bit reader, most significant bit first.
struct PayloadBits {
    bytes: Vec<u8>,
    at: usize,
}

impl PayloadBits {
    /// The bits of a NAL unit's `bytes` without emulation prevention bytes.
    fn of(bytes: &[u8]) -> Self {
        let mut plain = Vec::with_capacity(bytes.len());
        let mut zeros = 0;
        for &byte in bytes {
            if zeros >= 2 && byte == 3 {
                zeros = 0;
                continue;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            plain.push(byte);
        }
        Self { bytes: plain, at: 0 }
    }

    fn flag(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.flag()?);
        }
        Some(value)
    }

    fn skip(&mut self, count: u32) -> Option<()> {
        self.at = self.at.checked_add(count as usize).filter(|&at| at <= 8 * self.bytes.len())?;
        Some(())
    }

    /// A number in Exp-Golomb code.
    fn exponential(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1 << zeros) - 1 + self.take(zeros)?)
    }

    /// Skips `count` numbers in Exp-Golomb code.
    fn exponentials(&mut self, count: u32) -> Option<()> {
        (0..count).try_for_each(|_| self.exponential().map(drop))
    }
}
