//! How the samples of a TIFF file lie in its strips or tiles.

use tiff::tags::Tag;

use super::compression::Compression;
use super::directory::{Directory, File};
use super::refusal::unsupported;
use crate::picture::decode::limits::{DECODER_MEMORY, LONGEST_SIDE, check_dimensions};
use crate::picture::error::Problem;

/// The most strips or tiles: more than the largest picture has.
const MOST_CHUNKS: usize = 1 << 23;

/// What the first samples of a pixel mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    /// Numbers of colours in a table.
    Palette,
    /// Cyan, magenta, yellow and black; 0 is bare paper.
    Inks,
    YCbCr,
    /// Lightness from 0, the other two signed.
    CieLab,
    /// Lightness from 0, the other two from 0 too, as in ICC profiles.
    IccLab,
}

impl Colours {
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
            // The tag is missing from files of the simplest kinds.
            None if channels < 3 => {
                let is_fax = matches!(Compression::of(page)?, Compression::Fax(_));
                return Ok(if is_fax { Self::WhiteIsZero } else { Self::BlackIsZero });
            }
            Some(2) | None => return Ok(Self::Rgb),
            Some(other) => format!("photometric interpretation {other}"),
        };
        Err(unsupported(name))
    }

    /// The number of samples that make the colour.
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
    /// Its place among the pixel's samples.
    pub(super) channel: usize,
    /// Whether the colours were multiplied with it.
    pub(super) is_multiplied_in: bool,
}

/// What a value is before it is taken for a part of the highest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Unsigned,
    Float,
}

/// How neighbours predict each sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Predictor {
    None,
    Horizontal,
    FloatingPoint,
}

/// How the samples of a picture lie in its file.
pub(super) struct Layout {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Samples of a pixel, those that mean nothing here among them.
    pub(super) channels: usize,
    /// Bits of a sample.
    pub(super) bits: usize,
    pub(super) number: Number,
    pub(super) colours: Colours,
    pub(super) alpha: Option<Alpha>,
    /// Whether each channel stands by itself instead of one pixel after the other.
    pub(super) is_planar: bool,
    pub(super) predictor: Predictor,
    pub(super) compression: Compression,
    /// Whether the bits of each byte are in reverse order.
    pub(super) is_reversed: bool,
    /// Pixels that share their chroma, across and down.
    pub(super) subsampling: (usize, usize),
    pub(super) chunks: Chunks,
}

/// The strips or tiles.
pub(super) struct Chunks {
    /// Width and height in pixels; the last strip may have fewer rows.
    pub(super) size: (usize, usize),
    pub(super) are_tiles: bool,
    offsets: Vec<u64>,
    /// How many bytes each has; none where the file does not say.
    lengths: Vec<Option<u64>>,
}

impl Chunks {
    fn of(page: &Directory, (width, height): (usize, usize)) -> Result<Self, Problem> {
        let are_tiles = page.has(Tag::TileOffsets);
        let (offsets, lengths) =
            if are_tiles { (Tag::TileOffsets, Tag::TileByteCounts) } else { (Tag::StripOffsets, Tag::StripByteCounts) };
        let side = |tag| {
            let side = page.integer(tag)?.unwrap_or(0);
            let is_sound = (1..=u64::from(LONGEST_SIDE)).contains(&side);
            if is_sound { Ok(side as usize) } else { Err(Problem::damaged("tiles of no size")) }
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

    /// The bytes of the chunk `index`, `expected` of them where the file does not say how many.
    pub(super) fn bytes<'a>(&self, file: File<'a>, index: usize, expected: Option<usize>) -> Result<Raw<'a>, Problem> {
        let offset = *self.offsets.get(index).ok_or_else(|| Problem::damaged("fewer strips than the picture has"))?;
        let rest = file.rest(offset)?;
        let stated = self.lengths[index].and_then(|length| usize::try_from(length).ok());
        // Without a length, the coding tells where it ends.
        let length = stated.or(expected).unwrap_or(rest.len());
        Ok(Raw { bytes: &rest[..length.min(rest.len())], is_cut: length > rest.len() })
    }
}

/// The bytes of a strip or tile in the file.
pub(super) struct Raw<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether the file ends before it has all of them, which may only be too large a number of bytes.
    pub(super) is_cut: bool,
}

impl Layout {
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
        let channels = channels.ok_or_else(|| Problem::damaged("no or too many samples a pixel"))?;
        let colours = Colours::of(page, channels)?;
        if channels < colours.count() {
            return Err(Problem::damaged("fewer samples a pixel than its colour needs"));
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
            // The bytes of a JPEG file never are.
            is_reversed: page.integer(Tag::FillOrder)? == Some(2) && compression != Compression::Jpeg,
            subsampling: subsampling(page, colours, compression)?,
            chunks: Chunks::of(page, (width, height))?,
        };
        layout.check()?;
        Ok(layout)
    }

    /// Refuses the combinations that are not read.
    fn check(&self) -> Result<(), Problem> {
        let bits = self.bits;
        let kind = if self.number == Number::Float && !matches!(bits, 16 | 32 | 64) {
            "floating-point samples of an unusual size"
        } else if !matches!(bits, 1..=16 | 24 | 32 | 64) {
            "samples of an unusual number of bits"
        } else if self.colours == Colours::Palette && (bits > 16 || self.number == Number::Float) {
            "a palette of more than 65536 colours"
        } else if self.colours == Colours::Palette && self.alpha.is_some() {
            "a palette beside an alpha channel"
        } else if matches!(self.compression, Compression::Fax(_)) && (bits, self.channels) != (1, 1) {
            "fax compression of more than one bit a pixel"
        } else if self.compression == Compression::Jpeg && (bits != 8 || self.number == Number::Float) {
            "JPEG compression of other than 8 bits"
        } else if self.predictor == Predictor::Horizontal && !matches!(bits, 8 | 16 | 24 | 32 | 64) {
            "prediction of samples that are no whole bytes"
        } else if self.predictor == Predictor::FloatingPoint && self.number != Number::Float {
            "floating-point prediction of integers"
        } else if self.colours == Colours::YCbCr && (bits != 8 || self.number == Number::Float) {
            "YCbCr of other than 8 bits"
        } else if self.subsampling != (1, 1) && (self.is_planar || self.channels != 3) {
            "YCbCr with subsampled planes"
        } else if matches!(self.colours, Colours::CieLab | Colours::IccLab)
            && (!matches!(bits, 8 | 16) || self.number == Number::Float)
        {
            "Lab of other than 8 or 16 bits"
        } else {
            return self.check_memory();
        };
        Err(unsupported(kind))
    }

    fn check_memory(&self) -> Result<(), Problem> {
        let (width, height) = self.chunks.size;
        let bits = width as u64 * height as u64 * (self.samples_together() * self.bits) as u64;
        let whole = self.width as u64 * self.height as u64 * (self.channels * self.bits) as u64;
        // A tile is rarely larger than the picture, and never much.
        if bits / 8 > DECODER_MEMORY || bits / 64 > whole + (64 << 20) {
            return Err(Problem::TooMuchMemory("strips or tiles too large".into()));
        }
        Ok(())
    }

    /// What the samples mean once they are read: JPEG's decoder turns luma and chroma into red, green and blue.
    pub(super) fn colours_once_read(&self) -> Colours {
        let by_decoder = self.colours == Colours::YCbCr && self.compression == Compression::Jpeg && !self.is_planar;
        if by_decoder { Colours::Rgb } else { self.colours }
    }

    /// Samples that follow one another in a strip for each of its pixels.
    pub(super) fn samples_together(&self) -> usize {
        if self.is_planar { 1 } else { self.channels }
    }
}

fn has_predictor(compression: Compression) -> bool {
    matches!(compression, Compression::Lzw | Compression::Deflate | Compression::Zstd)
}

fn bits(page: &Directory) -> Result<usize, Problem> {
    let values = page.integers(Tag::BitsPerSample, 1000)?.unwrap_or_default();
    let first = values.first().copied().unwrap_or(1);
    if values.iter().any(|bits| *bits != first) {
        return Err(unsupported("channels of different numbers of bits"));
    }
    Ok(usize::try_from(first).unwrap_or(usize::MAX))
}

fn number(page: &Directory) -> Result<Number, Problem> {
    let formats = page.integers(Tag::SampleFormat, 1000)?.unwrap_or_default();
    let first = formats.first().copied().unwrap_or(1);
    match first {
        _ if formats.iter().any(|format| *format != first) => Err(unsupported("channels of different types")),
        // 4 is "undefined", which other programs take for unsigned integers too.
        1 | 4 => Ok(Number::Unsigned),
        3 => Ok(Number::Float),
        2 => Err(unsupported("signed samples")),
        other => Err(unsupported(format!("sample format {other}"))),
    }
}

fn alpha(page: &Directory, colours: Colours, channels: usize) -> Result<Option<Alpha>, Problem> {
    let first = colours.count();
    let Some(extra) = page.integers(Tag::ExtraSamples, 1000)? else {
        // A channel after the colours that nobody explains is alpha.
        let is_alpha = channels == first + 1 && colours != Colours::Palette;
        return Ok(is_alpha.then_some(Alpha { channel: first, is_multiplied_in: false }));
    };
    let place = extra.iter().take(channels - first).position(|meaning| matches!(meaning, 1 | 2));
    Ok(place.map(|place| Alpha { channel: first + place, is_multiplied_in: extra[place] == 1 }))
}

/// Pixels that share their chroma in the strips, across and down.
fn subsampling(page: &Directory, colours: Colours, compression: Compression) -> Result<(usize, usize), Problem> {
    // JPEG files say it themselves.
    if colours != Colours::YCbCr || compression == Compression::Jpeg {
        return Ok((1, 1));
    }
    let values = page.integers(Tag::ChromaSubsampling, 2)?.unwrap_or_else(|| vec![2, 2]);
    match values[..] {
        [across @ (1 | 2 | 4), down @ (1 | 2 | 4)] => Ok((across as usize, down as usize)),
        _ => Err(Problem::damaged("chroma subsampling other than 1, 2 or 4")),
    }
}
