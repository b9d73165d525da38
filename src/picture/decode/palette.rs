//! TIFF files whose pixels are numbers of colours in a table, which the `tiff` crate does not read (0.11.3).
//!
//! Declared grey, such a file is read like any other: what it gives as brightness are the numbers.

use image::{DynamicImage, Rgb, RgbImage};
use tiff::tags::{ByteOrder, PhotometricInterpretation, Tag};

use super::tiff::{File, problem};
use crate::picture::error::Problem;

/// The colours that a file's pixels are numbers of.
pub(super) struct Palette {
    colours: Vec<Rgb<u8>>,
    /// What one number more is as brightness of 8 bits.
    step: u8,
}

impl Palette {
    /// The palette of a file, where it has one.
    pub(super) fn of(file: &mut File) -> Result<Option<Self>, Problem> {
        let interpretation = file.find_tag_unsigned::<u16>(Tag::PhotometricInterpretation).map_err(problem)?;
        if interpretation != Some(PhotometricInterpretation::RGBPalette.to_u16()) {
            return Ok(None);
        }
        // All reds, all greens, all blues.
        let values = file.get_tag_u16_vec(Tag::ColorMap).map_err(problem)?;
        let (count, rest) = (values.len() / 3, values.len() % 3);
        if count == 0 || rest > 0 {
            return Err(Problem::damaged("a palette that is not whole"));
        }
        // They have 16 bits, though some programs write 8.
        let shift = if values.iter().all(|value| *value < 256) { 0 } else { 8 };
        let colour = |index| Rgb([index, count + index, 2 * count + index].map(|at| (values[at] >> shift) as u8));
        let bits = file.find_tag_unsigned::<u32>(Tag::BitsPerSample).map_err(problem)?.unwrap_or(1);
        let step = if bits < 8 { 255 / ((1 << bits) - 1).max(1) } else { 1 };
        Ok(Some(Self { colours: (0..count).map(colour).collect(), step }))
    }

    /// The picture whose brightness is the numbers; none when it has other channels too. Numbers beyond the palette stand
    /// for its last colour.
    pub(super) fn colours(&self, numbers: &DynamicImage) -> Option<DynamicImage> {
        let colour = |number: usize| self.colours[number.min(self.colours.len() - 1)];
        let (width, height) = (numbers.width(), numbers.height());
        let picture = match numbers {
            DynamicImage::ImageLuma8(numbers) => {
                RgbImage::from_fn(width, height, |x, y| colour((numbers.get_pixel(x, y).0[0] / self.step).into()))
            }
            DynamicImage::ImageLuma16(numbers) => {
                RgbImage::from_fn(width, height, |x, y| colour(numbers.get_pixel(x, y).0[0].into()))
            }
            _ => return None,
        };
        Some(picture.into())
    }
}

/// The bytes of a file with its pixels declared grey.
pub(super) fn as_grey(bytes: &[u8], file: &mut File) -> Option<Vec<u8>> {
    let is_little_endian = file.byte_order() == ByteOrder::LittleEndian;
    let directory = usize::try_from(file.ifd_pointer()?.0).ok()?;
    let short = |at: usize| {
        let value = *bytes.get(at..)?.first_chunk()?;
        Some(if is_little_endian { u16::from_le_bytes(value) } else { u16::from_be_bytes(value) })
    };
    // A large file (BigTIFF) has longer entries, and a longer number of them.
    let is_large = short(2)? == 43;
    let (before, length, value_at) = if is_large { (8, 20, 12) } else { (2, 12, 8) };
    let is_it = |at: &usize| short(*at) == Some(Tag::PhotometricInterpretation.to_u16());
    let places = (0..usize::from(u16::MAX)).map(|index| directory + before + index * length);
    let entry = places.take_while(|at| at + length <= bytes.len()).find(is_it)?;
    let mut bytes = bytes.to_vec();
    let grey = PhotometricInterpretation::BlackIsZero.to_u16();
    let grey = if is_little_endian { grey.to_le_bytes() } else { grey.to_be_bytes() };
    bytes[entry + value_at..][..2].copy_from_slice(&grey);
    Some(bytes)
}
