//! Decompresses strips and tiles.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::ZlibDecoder;
use ruzstd::decoding::StreamingDecoder;
use tiff::tags::Tag;
use weezl::BitOrder;
use weezl::decode::Decoder as LzwDecoder;

use super::directory::Directory;
use super::fax::{self, Coding};
use super::refusal::unsupported;
use crate::picture::error::Problem;

/// How the strips or tiles of a picture are compressed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Zstd,
    Fax(Coding),
    /// Each strip is a JPEG file without the tables shared by all strips.
    Jpeg,
}

impl Compression {
    /// The compression that `page` states.
    pub(super) fn of(page: &Directory) -> Result<Self, Problem> {
        let options = page.integer(Tag::Unknown(292))?.unwrap_or(0);
        let name = match page.integer(Tag::Compression)?.unwrap_or(1) {
            1 => return Ok(Self::None),
            2 => return Ok(Self::Fax(Coding::Runs { aligned: 8 })),
            32771 => return Ok(Self::Fax(Coding::Runs { aligned: 16 })),
            3 => return Ok(Self::Fax(Coding::Group3 { two_dimensional: options & 1 == 1 })),
            4 => return Ok(Self::Fax(Coding::Group4)),
            5 => return Ok(Self::Lzw),
            7 => return Ok(Self::Jpeg),
            8 | 32946 => return Ok(Self::Deflate),
            32773 => return Ok(Self::PackBits),
            50000 => return Ok(Self::Zstd),
            6 => "old-style JPEG compression".to_owned(),
            34925 => "LZMA compression".to_owned(),
            50001 => "WebP compression".to_owned(),
            34887 => "LERC compression".to_owned(),
            33003..=33005 | 34712 => "JPEG 2000 compression".to_owned(),
            50002 | 52546 => "JPEG XL compression".to_owned(),
            other => format!("compression {other}"),
        };
        Err(unsupported(name))
    }

    /// Decompresses the strip or tile `raw`, whose rows have `width` samples, to `length` bytes.
    ///
    /// With `reversed`, the bits of each byte in the file are in reverse order (`FillOrder`). [`Compression::Jpeg`] is
    /// not supported here.
    pub(super) fn expand(
        self,
        raw: &[u8],
        reversed: bool,
        width: usize,
        length: usize,
    ) -> Result<Cow<'_, [u8]>, Problem> {
        let raw = if reversed {
            Cow::Owned(raw.iter().map(|byte| byte.reverse_bits()).collect())
        } else {
            Cow::Borrowed(raw)
        };
        if self == Self::None {
            return match raw {
                Cow::Borrowed(raw) => raw.get(..length).map(Cow::Borrowed).ok_or(Problem::CutOff),
                Cow::Owned(mut raw) => {
                    let has_all = raw.len() >= length;
                    raw.truncate(length);
                    if has_all { Ok(raw.into()) } else { Err(Problem::CutOff) }
                }
            };
        }
        let mut samples = vec![0; length];
        let read = match self {
            Self::Lzw => unpack_lzw(&raw, &mut samples),
            Self::Deflate => fill(ZlibDecoder::new(&*raw), &mut samples)?,
            Self::PackBits => unpack_bits(&raw, &mut samples),
            Self::Zstd => {
                // A window is never larger than the data, which bounds its memory.
                let decoder = StreamingDecoder::new_with_max_window_size(&*raw, (length as u64).max(8 << 20));
                fill(decoder.map_err(|error| Problem::damaged(error.to_string()))?, &mut samples)?
            }
            Self::Fax(coding) => fax::decode(&raw, coding, width, &mut samples).map(|()| length)?,
            Self::None | Self::Jpeg => 0,
        };
        if read == length { Ok(samples.into()) } else { Err(Problem::damaged("a strip of too few samples")) }
    }
}

/// Reads until `samples` is full or the reader ends. Returns the number of bytes read.
fn fill(mut reader: impl Read, samples: &mut [u8]) -> Result<usize, Problem> {
    let mut read = 0;
    while read < samples.len() {
        match reader.read(&mut samples[read..]).map_err(|error| Problem::damaged(error.to_string()))? {
            0 => break,
            more => read += more,
        }
    }
    Ok(read)
}

/// Decompresses LZW data. Returns the number of bytes written to `samples`.
fn unpack_lzw(raw: &[u8], samples: &mut [u8]) -> usize {
    // Old files (from the 1980s) pack codes from the least significant bit; the first code, "clear", shows which order.
    let is_old = raw.len() > 1 && raw[0] == 0 && raw[1] & 1 == 1;
    let mut decoder =
        if is_old { LzwDecoder::new(BitOrder::Lsb, 8) } else { LzwDecoder::with_tiff_size_switch(BitOrder::Msb, 8) };
    let (mut read, mut written) = (0, 0);
    while written < samples.len() {
        let result = decoder.decode_bytes(&raw[read..], &mut samples[written..]);
        read += result.consumed_in;
        written += result.consumed_out;
        if result.status.is_err() || (result.consumed_in == 0 && result.consumed_out == 0) {
            break;
        }
    }
    written
}

/// Decompresses `PackBits`: n ≥ 0 is followed by n + 1 bytes, n < 0 by a byte to repeat 1 − n times; −128 is skipped.
/// Returns the number of bytes written to `samples`.
fn unpack_bits(mut raw: &[u8], samples: &mut [u8]) -> usize {
    let mut written = 0;
    while let [number, rest @ ..] = raw {
        raw = rest;
        let space = &mut samples[written..];
        match number.cast_signed() {
            -128 => {}
            number @ 0.. => {
                let length = usize::from(number.unsigned_abs()) + 1;
                let length = length.min(raw.len()).min(space.len());
                space[..length].copy_from_slice(&raw[..length]);
                raw = &raw[length..];
                written += length;
            }
            number => {
                let Some((value, rest)) = raw.split_first() else { break };
                raw = rest;
                let length = (usize::from(number.unsigned_abs()) + 1).min(space.len());
                space[..length].fill(*value);
                written += length;
            }
        }
        if written == samples.len() {
            break;
        }
    }
    written
}
