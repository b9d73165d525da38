//! The layout of samples in a TIFF file: format, strips or tiles.

use tiff::tags::Tag;

use super::compression::Compression;
use super::directory::{Directory, TiffFile};
use super::refusal::unsupported;
use crate::picture::decode::limits::{DECODER_MEMORY, LONGEST_SIDE, check_dimensions};
use crate::picture::error::Problem;

/// The most strips or tiles that are read; even the largest picture has fewer.
const MOST_CHUNKS: usize = 1 << 23;

/// The colour model of the first samples of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TiffColours {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    /// Indices into a table of colours.
    Palette,
    /// Cyan, magenta, yellow and black; 0 is bare paper.
    Inks,
    YCbCr,
    /// Unsigned lightness, signed a and b.
    CieLab,
    /// Unsigned lightness, a and b, as in ICC profiles.
    IccLab,
}

impl TiffColours {
    fn of(page: &Directory, channels: usize) -> Result<Self, Problem> {
        let name = match page.integer(Tag::PhotometricInterpretation)? {
            Some(0) => return Ok(Self::WhiteIsZero),
            Some(1) => return Ok(Self::BlackIsZero),
            Some(3) => return Ok(Self::Palette),
            Some(5) => {
                let is_others = page.integer(Tag::Unknown(332))?.is_some_and(|set| set != 1);
                return if is_others { Err(unsupported("inks other than CMYK")) } else { Ok(Self::Inks) };
            }
            Some(6) => return Ok(Self::YCbCr),
            Some(8) => return Ok(Self::CieLab),
            Some(9) => return Ok(Self::IccLab),
            // The simplest kinds of files lack the tag.
            None if channels < 3 => {
                let is_fax = matches!(Compression::of(page)?, Compression::Fax(_));
                return Ok(if is_fax { Self::WhiteIsZero } else { Self::BlackIsZero });
            }
            Some(2) | None => return Ok(Self::Rgb),
            Some(other) => format!("photometric interpretation {other}"),
        };
        Err(unsupported(name))
    }

    /// Samples per pixel without alpha.
    pub(super) fn count(self) -> usize {
        match self {
            Self::WhiteIsZero | Self::BlackIsZero | Self::Palette => 1,
            Self::Rgb | Self::YCbCr | Self::CieLab | Self::IccLab => 3,
            Self::Inks => 4,
        }
    }
}

/// The alpha channel of a pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Alpha {
    /// Its index among the pixel's samples.
    pub(super) channel: usize,
    /// Whether the colours are premultiplied.
    pub(super) is_premultiplied: bool,
}

/// The number format of samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberFormat {
    Unsigned,
    Float,
}

/// How each sample is predicted from its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    Horizontal,
    FloatingPoint,
}

/// The format and layout of a picture's samples in its file.
pub(super) struct TiffLayout {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples per pixel, including those that are ignored.
    pub(super) channels: usize,
    /// Bits per sample.
    pub(super) bits: usize,
    pub(super) number: NumberFormat,
    pub(super) colours: TiffColours,
    pub(super) alpha: Option<Alpha>,
    /// Whether each channel is stored in separate chunks, rather than interleaved by pixel.
    pub(super) is_planar: bool,
    pub(super) predictor: Predictor,
    pub(super) compression: Compression,
    /// Whether the bits of each byte are in reverse order.
    pub(super) is_reversed: bool,
    /// Pixels that share chroma, horizontally and vertically.
    pub(super) subsampling: (usize, usize),
    pub(super) chunks: Chunks,
}

/// The strips or tiles.
pub(super) struct Chunks {
    /// Width and height in pixels; the last strip may have fewer rows.
    pub(super) size: (usize, usize),
    pub(super) are_tiles: bool,
    offsets: Vec<u64>,
    /// The size of each in bytes; `None` where the file does not state it.
    lengths: Vec<Option<u64>>,
}

impl Chunks {
    fn of(page: &Directory, (width, height): (usize, usize)) -> Result<Self, Problem> {
        let are_tiles = page.has(Tag::TileOffsets);
        let (offsets, lengths) =
            if are_tiles { (Tag::TileOffsets, Tag::TileByteCounts) } else { (Tag::StripOffsets, Tag::StripByteCounts) };
        let side = |tag| {
            let side = page.integer(tag)?.unwrap_or(0);
            let is_valid = (1..=u64::from(LONGEST_SIDE)).contains(&side);
            if is_valid { Ok(side as usize) } else { Err(Problem::damaged("an invalid tile size")) }
        };
        let size = if are_tiles {
            (side(Tag::TileWidth)?, side(Tag::TileLength)?)
        } else {
            let rows = page.integer(Tag::RowsPerStrip)?.filter(|rows| *rows > 0);
            (width, rows.map_or(height, |rows| height.min(usize::try_from(rows).unwrap_or(height))))
        };
        let offsets = page.integers(offsets, MOST_CHUNKS)?.ok_or_else(|| Problem::damaged("no pixels"))?;
        let stated = page.integers(lengths, MOST_CHUNKS)?.unwrap_or_default();
        let lengths = (0..offsets.len()).map(|index| stated.get(index).copied().filter(|length| *length > 0)).collect();
        Ok(Self { size, are_tiles, offsets, lengths })
    }

    /// The bytes of the chunk `index`. If the file does not state their number, they are `expected` bytes or, failing
    /// that, all up to the end of the file.
    pub(super) fn bytes<'a>(
        &self,
        file: TiffFile<'a>,
        index: usize,
        expected: Option<usize>,
    ) -> Result<ChunkBytes<'a>, Problem> {
        let offset = *self.offsets.get(index).ok_or_else(|| Problem::damaged("fewer strips than the picture has"))?;
        let rest = file.rest(offset)?;
        let stated = self.lengths[index].and_then(|length| usize::try_from(length).ok());
        // If the length is unknown, the decompressor finds the end.
        let length = stated.or(expected).unwrap_or(rest.len());
        Ok(ChunkBytes { bytes: &rest[..length.min(rest.len())], is_truncated: length > rest.len() })
    }
}

/// The bytes of a strip or tile in the file.
pub(super) struct ChunkBytes<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether the file ends before the stated or expected number of bytes. Nothing may be missing: the number may just
    /// be too large.
    pub(super) is_truncated: bool,
}

impl TiffLayout {
    pub(super) fn of(page: &Directory) -> Result<Self, Problem> {
        let side = |tag| {
            let side = page.integer(tag)?.ok_or_else(|| Problem::damaged(format!("no {tag:?}")))?;
            Ok(u32::try_from(side).unwrap_or(u32::MAX))
        };
        let size = (side(Tag::ImageWidth)?, side(Tag::ImageLength)?);
        check_dimensions(size)?;
        let (width, height) = (size.0 as usize, size.1 as usize);
        let compression = Compression::of(page)?;
        let channels = page.integer(Tag::SamplesPerPixel)?.unwrap_or(1);
        let channels = usize::try_from(channels).ok().filter(|channels| (1..=1000).contains(channels));
        let channels = channels.ok_or_else(|| Problem::damaged("zero or too many samples per pixel"))?;
        let colours = TiffColours::of(page, channels)?;
        if channels < colours.count() {
            return Err(Problem::damaged("fewer samples per pixel than its colour needs"));
        }
        let number = number(page)?;
        let layout = Self {
            width,
            height,
            channels,
            bits: bits(page)?,
            number,
            colours,
            alpha: alpha(page, colours, channels)?,
            is_planar: channels > 1 && page.integer(Tag::PlanarConfiguration)? == Some(2),
            predictor: match page.integer(Tag::Predictor)?.unwrap_or(1) {
                2 if has_predictor(compression) => Predictor::Horizontal,
                3 if has_predictor(compression) => Predictor::FloatingPoint,
                0..=3 => Predictor::None,
                other => return Err(unsupported(format!("predictor {other}"))),
            },
            compression,
            // `FillOrder` does not apply to JPEG data.
            is_reversed: page.integer(Tag::FillOrder)? == Some(2) && compression != Compression::Jpeg,
            subsampling: subsampling(page, colours, compression)?,
            chunks: Chunks::of(page, (width, height))?,
        };
        layout.check()?;
        Ok(layout)
    }

    /// Refuses unsupported combinations.
    fn check(&self) -> Result<(), Problem> {
        let bits = self.bits;
        let kind = if self.number == NumberFormat::Float && !matches!(bits, 16 | 32 | 64) {
            "floating-point samples of an unusual size"
        } else if !matches!(bits, 1..=16 | 24 | 32 | 64) {
            "samples of an unusual number of bits"
        } else if self.colours == TiffColours::Palette && (bits > 16 || self.number == NumberFormat::Float) {
            "a palette of more than 65536 colours"
        } else if self.colours == TiffColours::Palette && self.alpha.is_some() {
            "a palette with an alpha channel"
        } else if matches!(self.compression, Compression::Fax(_)) && (bits, self.channels) != (1, 1) {
            "fax compression of more than one bit per pixel"
        } else if self.compression == Compression::Jpeg && (bits != 8 || self.number == NumberFormat::Float) {
            "JPEG compression of other than 8 bits"
        } else if self.predictor == Predictor::Horizontal && !matches!(bits, 8 | 16 | 24 | 32 | 64) {
            "prediction of samples that are not whole bytes"
        } else if self.predictor == Predictor::FloatingPoint && self.number != NumberFormat::Float {
            "floating-point prediction of integers"
        } else if self.colours == TiffColours::YCbCr && (bits != 8 || self.number == NumberFormat::Float) {
            "YCbCr of other than 8 bits"
        } else if self.subsampling != (1, 1) && (self.is_planar || self.channels != 3) {
            "YCbCr with subsampled planes"
        } else if matches!(self.colours, TiffColours::CieLab | TiffColours::IccLab)
            && (!matches!(bits, 8 | 16) || self.number == NumberFormat::Float)
        {
            "Lab of other than 8 or 16 bits"
        } else {
            return self.check_memory();
        };
        Err(unsupported(kind))
    }

    /// Refuses strips or tiles that are too large.
    fn check_memory(&self) -> Result<(), Problem> {
        let (width, height) = self.chunks.size;
        let bits = width as u64 * height as u64 * (self.interleaved_samples() * self.bits) as u64;
        let whole = self.width as u64 * self.height as u64 * (self.channels * self.bits) as u64;
        // A tile is rarely larger than the picture, and then not by much.
        if bits / 8 > DECODER_MEMORY || bits / 64 > whole + (64 << 20) {
            return Err(Problem::TooMuchMemory("strips or tiles too large".into()));
        }
        Ok(())
    }

    /// The colour model of decoded samples: the JPEG decoder converts `YCbCr` to RGB.
    pub(super) fn colours_after_decoding(&self) -> TiffColours {
        let is_converted =
            self.colours == TiffColours::YCbCr && self.compression == Compression::Jpeg && !self.is_planar;
        if is_converted { TiffColours::Rgb } else { self.colours }
    }

    /// Samples per pixel within a strip or tile: 1 if planar.
    pub(super) fn interleaved_samples(&self) -> usize {
        if self.is_planar { 1 } else { self.channels }
    }
}

/// Whether samples may be predicted with this compression.
fn has_predictor(compression: Compression) -> bool {
    matches!(compression, Compression::Lzw | Compression::Deflate | Compression::Zstd)
}

fn bits(page: &Directory) -> Result<usize, Problem> {
    let values = page.integers(Tag::BitsPerSample, 1000)?.unwrap_or_default();
    let first = values.first().copied().unwrap_or(1);
    if values.iter().any(|bits| *bits != first) {
        return Err(unsupported("channels of different bit depths"));
    }
    Ok(usize::try_from(first).unwrap_or(usize::MAX))
}

fn number(page: &Directory) -> Result<NumberFormat, Problem> {
    let formats = page.integers(Tag::SampleFormat, 1000)?.unwrap_or_default();
    let first = formats.first().copied().unwrap_or(1);
    match first {
        _ if formats.iter().any(|format| *format != first) => Err(unsupported("channels of different types")),
        // 4 is "undefined", which other programs treat as unsigned integers, too.
        1 | 4 => Ok(NumberFormat::Unsigned),
        3 => Ok(NumberFormat::Float),
        2 => Err(unsupported("signed samples")),
        other => Err(unsupported(format!("sample format {other}"))),
    }
}

fn alpha(page: &Directory, colours: TiffColours, channels: usize) -> Result<Option<Alpha>, Problem> {
    let first = colours.count();
    let Some(extra) = page.integers(Tag::ExtraSamples, 1000)? else {
        // A single undeclared channel after the colours is alpha.
        let is_alpha = channels == first + 1 && colours != TiffColours::Palette;
        return Ok(is_alpha.then_some(Alpha { channel: first, is_premultiplied: false }));
    };
    let index = extra.iter().take(channels - first).position(|meaning| matches!(meaning, 1 | 2));
    Ok(index.map(|index| Alpha { channel: first + index, is_premultiplied: extra[index] == 1 }))
}

/// Pixels that share chroma in the strips or tiles, horizontally and vertically.
fn subsampling(page: &Directory, colours: TiffColours, compression: Compression) -> Result<(usize, usize), Problem> {
    // The JPEG data states its own subsampling.
    if colours != TiffColours::YCbCr || compression == Compression::Jpeg {
        return Ok((1, 1));
    }
    let values = page.integers(Tag::ChromaSubsampling, 2)?.unwrap_or_else(|| vec![2, 2]);
    match values[..] {
        [across @ (1 | 2 | 4), down @ (1 | 2 | 4)] => Ok((across as usize, down as usize)),
        _ => Err(Problem::damaged("chroma subsampling other than 1, 2 or 4")),
    }
}
