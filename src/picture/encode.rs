//! Writes a picture to a file.

use std::borrow::Cow;
use std::io::{Cursor, Seek, Write};
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder, ImageError, ImageResult, RgbImage};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use tiff::TiffResult;
use tiff::encoder::colortype::{self, ColorType};
use tiff::encoder::{Compression, DeflateLevel, Predictor, TiffEncoder, TiffValue};
use tiff::tags::{ExtraSamples, Tag, Type};

use super::error::{Cause, PictureError, Problem};
use super::metadata::{Exif, Metadata, XMP_TAG};
use super::pixels::{Picture, Samples};
use super::profile;

mod camera;
mod error_recorder;
mod rows;
mod target;
mod xmp_writer;

use camera::ExifTags;
use error_recorder::ErrorRecorder;
pub use rows::save_rows;
pub use target::{Existing, check_target, save};
pub(crate) use target::{check_place, discard_unfinished, is_unfinished, move_into_place, write_whole};
use xmp_writer::XmpWriter;
pub(crate) use xmp_writer::png_xmp_text;

/// A format that pictures can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Lossless, 8 or 16 bits, with transparency.
    Png,
    /// Lossy, 8 bits; transparent pixels are blended with white.
    Jpeg,
    /// Lossless, 8 or 16 bits, with transparency.
    Tiff,
    /// Written losslessly, 8 bits, with transparency, at most 16383 pixels on a side.
    WebP,
}

impl Format {
    /// Every format, in menu order.
    pub const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::Tiff, Self::WebP];

    /// The format for the extension of `path`, ignoring case.
    ///
    /// # Errors
    ///
    /// [`Problem::UnknownEnding`] if no format has that extension.
    pub fn from_path(path: &Path) -> Result<Self, PictureError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|format| format.extensions().iter().any(|extension| extension.eq_ignore_ascii_case(ending)))
            .ok_or_else(|| PictureError::new(Problem::UnknownEnding, path))
    }

    /// The format's file name extensions, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Tiff => &["tiff", "tif"],
            Self::WebP => &["webp"],
        }
    }

    /// The usual ending of its file names.
    pub fn ending(self) -> &'static str {
        self.extensions()[0]
    }

    /// The display name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
        }
    }

    /// The longest side that the format can store, in pixels.
    pub fn longest_side(self) -> u32 {
        match self {
            Self::Png | Self::Tiff => u32::MAX,
            Self::Jpeg => 65_535,
            Self::WebP => 16_383,
        }
    }

    /// Checks that a picture of this width and height, with so many bytes for each pixel, can be stored.
    fn check_size(self, (width, height): (u32, u32), bytes: u64) -> Result<(), Problem> {
        let longest_side = self.longest_side();
        if width.max(height) > longest_side {
            return Err(Problem::TooLargeForFormat { format: self.name(), longest_side });
        }
        // Places in the file are numbers of 32 bits.
        if self == Self::Tiff && u64::from(width) * u64::from(height) * bytes >= u64::from(u32::MAX) {
            return Err(Problem::TooLongForTiff);
        }
        Ok(())
    }
}

/// Settings of the file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The format.
    pub format: Format,
    /// JPEG quality, 1..=100; the other formats are lossless.
    pub quality: u8,
    /// Whether PNG and TIFF get 16 bits per channel; the other formats have 8.
    pub sixteen_bit: bool,
    /// Metadata to embed. The sRGB profile is always embedded.
    pub metadata: Metadata,
}

impl Export {
    /// The defaults for `format`: quality 92, 16 bits for TIFF, which people choose for further editing, and no
    /// metadata.
    pub fn new(format: Format) -> Self {
        Self { format, quality: 92, sixteen_bit: format == Format::Tiff, metadata: Metadata::default() }
    }

    /// Bytes of a channel.
    fn bytes(&self) -> u64 {
        if self.sixteen_bit { 2 } else { 1 }
    }

    /// Bytes of memory that [`save_rows`] takes for a picture of this size: PNG files are written while it is painted.
    pub fn held_bytes(&self, (width, height): (u32, u32)) -> u64 {
        let copies = match self.format {
            Format::Png => 0,
            Format::Jpeg | Format::Tiff => 1,
            // The encoder has one of its own.
            Format::WebP => 2,
        };
        copies * 3 * self.bytes() * u64::from(width) * u64::from(height)
    }
}

/// The bytes of the file that [`save`] would write.
///
/// # Errors
///
/// [`Problem::TooLargeForFormat`] if a side is longer than the format can store, [`Problem::WriteFailed`] if the
/// encoder fails.
pub fn encoded(picture: &Picture, export: &Export) -> Result<Vec<u8>, PictureError> {
    let mut file = Cursor::new(Vec::new());
    encode(picture, export, &mut file).map_err(|problem| PictureError::new(problem, "a picture in memory"))?;
    Ok(file.into_inner())
}

/// Writes `picture` with an sRGB profile to `writer`.
fn encode(picture: &Picture, export: &Export, writer: impl Write + Seek) -> Result<(), Problem> {
    let channels = if picture.has_alpha() { 4 } else { 3 };
    export.format.check_size((picture.width(), picture.height()), channels * export.bytes())?;
    let mut writer = ErrorRecorder::new(writer);
    let pixels = exported_pixels(picture, export);
    encode_pixels(&pixels, export, &mut writer).map_err(|cause| match writer.into_first_error() {
        Some(error) => Problem::writing(error),
        None => Problem::WriteFailed(cause),
    })
}

fn encode_pixels(pixels: &DynamicImage, export: &Export, writer: impl Write + Seek) -> Result<(), Cause> {
    let longest = if export.format == Format::Jpeg { xmp_writer::LONGEST_IN_JPEG } else { usize::MAX };
    let packet = export.metadata.provenance.as_ref().map(|provenance| provenance.packet_within(longest));
    let extras = Extras { packet: packet.as_deref(), exif: export.metadata.exif.as_ref() };
    match export.format {
        // The encoder's default is fast compression: for paintings, files are as small and written ten times as fast.
        Format::Png => encode_with(PngEncoder::new(XmpWriter::for_png(writer, extras.packet)), pixels, &extras)?,
        Format::Jpeg => {
            let writer = XmpWriter::for_jpeg(writer, extras.packet);
            encode_with(JpegEncoder::new_with_quality(writer, export.quality), pixels, &extras)?;
        }
        Format::Tiff => encode_tiff(writer, pixels, &extras)?,
        Format::WebP => encode_webp(writer, pixels, &extras)?,
    }
    Ok(())
}

/// Metadata to embed besides the profile.
struct Extras<'a> {
    /// An XMP packet.
    packet: Option<&'a str>,
    /// EXIF data from the camera.
    exif: Option<&'a Exif>,
}

/// The pixels, converted to the bit depth and channels that `export` needs.
fn exported_pixels<'a>(picture: &'a Picture, export: &Export) -> Cow<'a, DynamicImage> {
    let pixels = picture.pixels();
    let sixteen_bit = match export.format {
        Format::Png | Format::Tiff => export.sixteen_bit,
        Format::Jpeg if picture.has_alpha() => return Cow::Owned(over_white(pixels).into()),
        Format::Jpeg | Format::WebP => false,
    };
    let is_sixteen_bit = matches!(Samples::of(pixels), Samples::Rgb16(_) | Samples::Rgba16(_));
    if sixteen_bit == is_sixteen_bit {
        return Cow::Borrowed(pixels);
    }
    Cow::Owned(match (sixteen_bit, picture.has_alpha()) {
        (false, false) => pixels.to_rgb8().into(),
        (false, true) => pixels.to_rgba8().into(),
        (true, false) => pixels.to_rgb16().into(),
        (true, true) => pixels.to_rgba16().into(),
    })
}

/// `pixels` blended with a white background.
fn over_white(pixels: &DynamicImage) -> RgbImage {
    let mut opaque = RgbImage::new(pixels.width(), pixels.height());
    (opaque.par_pixels_mut(), pixels.to_rgba16().par_pixels()).into_par_iter().for_each(|(to, from)| {
        let [red, green, blue, alpha] = from.0.map(u64::from);
        to.0 = [red, green, blue].map(|value| {
            let paper = 65_535 * (65_535 - alpha);
            // The highest sum maps to 255; adding half the divisor rounds to the nearest integer.
            ((value * alpha + paper + 257 * 65_535 / 2) / (257 * 65_535)) as u8
        });
    });
    opaque
}

fn encode_with(mut encoder: impl ImageEncoder, pixels: &DynamicImage, extras: &Extras) -> ImageResult<()> {
    encoder.set_icc_profile(profile::srgb()).map_err(ImageError::Unsupported)?;
    if let Some(exif) = extras.exif {
        encoder.set_exif_metadata(exif.bytes().to_vec()).map_err(ImageError::Unsupported)?;
    }
    encoder.write_image(pixels.as_bytes(), pixels.width(), pixels.height(), pixels.color().into())
}

/// Writes a lossless WebP file from 8-bit pixels.
fn encode_webp(writer: impl Write, pixels: &DynamicImage, extras: &Extras) -> Result<(), Cause> {
    let mut encoder = image_webp::WebPEncoder::new(writer);
    encoder.set_icc_profile(profile::srgb());
    encoder.set_exif_metadata(extras.exif.map(Exif::bytes).unwrap_or_default().to_vec());
    encoder.set_xmp_metadata(extras.packet.unwrap_or_default().as_bytes().to_vec());
    let colour = if pixels.color().has_alpha() { image_webp::ColorType::Rgba8 } else { image_webp::ColorType::Rgb8 };
    Ok(encoder.encode(pixels.as_bytes(), pixels.width(), pixels.height(), colour)?)
}

/// Writes a compressed TIFF file, which the encoder of `image` cannot.
fn encode_tiff(writer: impl Write + Seek, pixels: &DynamicImage, extras: &Extras) -> TiffResult<()> {
    let size = (pixels.width(), pixels.height());
    match Samples::of(pixels) {
        Samples::Rgb8(samples) => encode_tiff_samples::<colortype::RGB8>(writer, size, samples, extras),
        Samples::Rgba8(samples) => encode_tiff_samples::<colortype::RGBA8>(writer, size, samples, extras),
        Samples::Rgb16(samples) => encode_tiff_samples::<colortype::RGB16>(writer, size, samples, extras),
        Samples::Rgba16(samples) => encode_tiff_samples::<colortype::RGBA16>(writer, size, samples, extras),
    }
}

fn encode_tiff_samples<C: ColorType>(
    writer: impl Write + Seek,
    (width, height): (u32, u32),
    samples: &[C::Inner],
    extras: &Extras,
) -> TiffResult<()>
where
    [C::Inner]: TiffValue,
{
    let mut encoder = TiffEncoder::new(writer)?
        .with_compression(Compression::Deflate(DeflateLevel::Fast))
        .with_predictor(Predictor::Horizontal);
    let exif_tags = ExifTags::write(extras.exif, &mut encoder)?;
    let mut image = encoder.new_image::<C>(width, height)?;
    exif_tags.add_to(image.encoder())?;
    image.encoder().write_tag(Tag::IccProfile, Undefined(&profile::srgb()))?;
    if let Some(packet) = extras.packet {
        image.encoder().write_tag(Tag::Unknown(XMP_TAG), packet.as_bytes())?;
    }
    if C::BITS_PER_SAMPLE.len() == 4 {
        // Without this tag, readers must guess what the fourth channel is.
        image.encoder().write_tag(Tag::ExtraSamples, &[ExtraSamples::UnassociatedAlpha][..])?;
    }
    image.write_data(samples)
}

/// Bytes of TIFF's type UNDEFINED, which the ICC specification requires for profiles.
struct Undefined<'a>(&'a [u8]);

impl TiffValue for Undefined<'_> {
    const BYTE_LEN: u8 = 1;
    const FIELD_TYPE: Type = Type::UNDEFINED;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    /// A disk with space for `room` bytes.
    struct LimitedDisk {
        room: usize,
        written: Cursor<Vec<u8>>,
    }

    impl Write for LimitedDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.written.position() as usize + bytes.len() > self.room {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.written.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for LimitedDisk {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            self.written.seek(to)
        }
    }

    #[test]
    fn every_encoder_reports_a_full_disk() {
        let picture = Picture::from_planes(8, 8, &[0.5; 3 * 64]);
        for format in Format::ALL {
            let mut room = 0;
            loop {
                let disk = LimitedDisk { room, written: Cursor::default() };
                match encode(&picture, &Export::new(format), disk) {
                    Ok(()) => break,
                    Err(Problem::DiskFull(_)) => room += 1,
                    Err(problem) => panic!("{format:?} with room for {room} bytes: {problem:?}"),
                }
            }
            assert!(room > 100, "{format:?} was written into {room} bytes");
        }
    }

    #[test]
    fn the_profile_in_a_tiff_file_has_the_type_undefined() {
        let mut file = Cursor::new(Vec::new());
        encode(&Picture::from_planes(8, 8, &[0.5; 3 * 64]), &Export::new(Format::Tiff), &mut file).unwrap();
        let file = file.into_inner();
        let number = |at: usize| u16::from_le_bytes(file[at..at + 2].try_into().unwrap());
        let directory = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
        let entries = (0..usize::from(number(directory))).map(|entry| directory + 2 + 12 * entry);
        let types: Vec<u16> = entries.filter(|at| number(*at) == 34_675).map(|at| number(at + 2)).collect();
        // 7 is UNDEFINED, which the ICC specification requires.
        assert_eq!(types, [7]);
    }

    #[test]
    fn transparent_pixels_are_blended_with_white() {
        let pixels = [[0, 0, 0, 0], [0, 0, 0, 255], [10, 20, 30, 100], [255, 0, 1, 1]].concat();
        let pixels = image::RgbaImage::from_raw(4, 1, pixels).unwrap();
        let opaque = over_white(&pixels.into()).into_raw();
        // (10 × 100 + 255 × 155) / 255 = 158.92, and so on.
        let expected = [[255; 3], [0; 3], [159, 163, 167], [255, 254, 254]];
        assert_eq!(opaque, expected.concat());
    }
}
