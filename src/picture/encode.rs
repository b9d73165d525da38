//! From a picture to a file.

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
mod inserted;
mod target;
mod watched;

use camera::Notes;
use inserted::Inserted;
pub use target::{Existing, check_target, save};
pub(crate) use target::{check_place, write_whole};
use watched::Watched;

/// A format that pictures are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Lossless, 8 or 16 bits, with transparency.
    Png,
    /// Lossy, 8 bits; transparent parts are laid over white.
    Jpeg,
    /// Lossless, 8 or 16 bits, with transparency.
    Tiff,
    /// Lossless here, 8 bits, with transparency, at most 16383 pixels on a side.
    WebP,
}

impl Format {
    /// Every format, in the order of a menu.
    pub const ALL: [Self; 4] = [Self::Png, Self::Jpeg, Self::Tiff, Self::WebP];

    /// The format that the ending of `path` stands for, in capitals or not.
    pub fn from_path(path: &Path) -> Result<Self, PictureError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|format| format.extensions().iter().any(|extension| extension.eq_ignore_ascii_case(ending)))
            .ok_or_else(|| PictureError::new(Problem::UnknownEnding, path))
    }

    /// The endings of the format's file names, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Tiff => &["tiff", "tif"],
            Self::WebP => &["webp"],
        }
    }

    /// The name to show.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Tiff => "TIFF",
            Self::WebP => "WebP",
        }
    }

    /// The longest side that a file of the format can state, in pixels.
    pub fn longest_side(self) -> u32 {
        match self {
            Self::Png | Self::Tiff => u32::MAX,
            Self::Jpeg => 65_535,
            Self::WebP => 16_383,
        }
    }
}

/// What kind of file to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The format.
    pub format: Format,
    /// JPEG's quality, 1..=100; the other formats lose nothing.
    pub quality: u8,
    /// Whether PNG and TIFF get 16 bits a channel; the other formats have 8.
    pub sixteen_bit: bool,
    /// What to say beside the pixels. The sRGB profile is always there.
    pub metadata: Metadata,
}

impl Export {
    /// The usual choice for `format`: quality 92, and 16 bits for TIFF, the format of those who go
    /// on editing. Nothing beside the pixels.
    pub fn new(format: Format) -> Self {
        Self { format, quality: 92, sixteen_bit: format == Format::Tiff, metadata: Metadata::default() }
    }
}

/// The file that [`save`] would write, in memory.
pub fn encoded(picture: &Picture, export: &Export) -> Result<Vec<u8>, PictureError> {
    let mut file = Cursor::new(Vec::new());
    encode(picture, export, &mut file).map_err(|problem| PictureError::new(problem, "a picture in memory"))?;
    Ok(file.into_inner())
}

/// Writes `picture` with an sRGB profile to `writer`.
fn encode(picture: &Picture, export: &Export, writer: impl Write + Seek) -> Result<(), Problem> {
    let format = export.format;
    let longest_side = format.longest_side();
    if picture.width().max(picture.height()) > longest_side {
        return Err(Problem::TooLargeForFormat { format: format.name(), longest_side });
    }
    let mut writer = Watched::new(writer);
    let pixels = exported_pixels(picture, export);
    encode_pixels(&pixels, export, &mut writer).map_err(|cause| match writer.into_failure() {
        Some(error) => Problem::writing(error),
        None => Problem::WriteFailed(cause),
    })
}

fn encode_pixels(pixels: &DynamicImage, export: &Export, writer: impl Write + Seek) -> Result<(), Cause> {
    let longest = if export.format == Format::Jpeg { inserted::LONGEST_IN_JPEG } else { usize::MAX };
    let packet = export.metadata.provenance.as_ref().map(|provenance| provenance.packet_within(longest));
    let beside = Beside { packet: packet.as_deref(), exif: export.metadata.exif.as_ref() };
    match export.format {
        // Its usual compression is the fast one: of paintings, files are as small and written ten
        // times as fast.
        Format::Png => encode_with(PngEncoder::new(Inserted::into_png(writer, beside.packet)), pixels, &beside)?,
        Format::Jpeg => {
            let writer = Inserted::into_jpeg(writer, beside.packet);
            encode_with(JpegEncoder::new_with_quality(writer, export.quality), pixels, &beside)?;
        }
        Format::Tiff => encode_tiff(writer, pixels, &beside)?,
        Format::WebP => encode_webp(writer, pixels, &beside)?,
    }
    Ok(())
}

/// What goes into a file beside pixels and profile.
struct Beside<'a> {
    /// An XMP packet.
    packet: Option<&'a str>,
    /// What the camera noted.
    exif: Option<&'a Exif>,
}

/// The pixels in the variant that `export` asks for.
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

/// The opaque picture that `pixels` make on white paper.
fn over_white(pixels: &DynamicImage) -> RgbImage {
    let mut opaque = RgbImage::new(pixels.width(), pixels.height());
    (opaque.par_pixels_mut(), pixels.to_rgba16().par_pixels()).into_par_iter().for_each(|(to, from)| {
        let [red, green, blue, alpha] = from.0.map(u64::from);
        to.0 = [red, green, blue].map(|value| {
            let paper = 65_535 * (65_535 - alpha);
            // The highest sum stands for 255; half the divisor rounds to the nearest.
            ((value * alpha + paper + 257 * 65_535 / 2) / (257 * 65_535)) as u8
        });
    });
    opaque
}

fn encode_with(mut encoder: impl ImageEncoder, pixels: &DynamicImage, beside: &Beside) -> ImageResult<()> {
    encoder.set_icc_profile(profile::srgb()).map_err(ImageError::Unsupported)?;
    if let Some(exif) = beside.exif {
        encoder.set_exif_metadata(exif.bytes().to_vec()).map_err(ImageError::Unsupported)?;
    }
    encoder.write_image(pixels.as_bytes(), pixels.width(), pixels.height(), pixels.color().into())
}

/// Writes a WebP file without loss; pixels are of 8 bits.
fn encode_webp(writer: impl Write, pixels: &DynamicImage, beside: &Beside) -> Result<(), Cause> {
    let mut encoder = image_webp::WebPEncoder::new(writer);
    encoder.set_icc_profile(profile::srgb());
    encoder.set_exif_metadata(beside.exif.map(Exif::bytes).unwrap_or_default().to_vec());
    encoder.set_xmp_metadata(beside.packet.unwrap_or_default().as_bytes().to_vec());
    let colour = if pixels.color().has_alpha() { image_webp::ColorType::Rgba8 } else { image_webp::ColorType::Rgb8 };
    Ok(encoder.encode(pixels.as_bytes(), pixels.width(), pixels.height(), colour)?)
}

/// Writes a compressed TIFF file, which the encoder of `image` cannot.
fn encode_tiff(writer: impl Write + Seek, pixels: &DynamicImage, beside: &Beside) -> TiffResult<()> {
    let size = (pixels.width(), pixels.height());
    match Samples::of(pixels) {
        Samples::Rgb8(samples) => encode_tiff_samples::<colortype::RGB8>(writer, size, samples, beside),
        Samples::Rgba8(samples) => encode_tiff_samples::<colortype::RGBA8>(writer, size, samples, beside),
        Samples::Rgb16(samples) => encode_tiff_samples::<colortype::RGB16>(writer, size, samples, beside),
        Samples::Rgba16(samples) => encode_tiff_samples::<colortype::RGBA16>(writer, size, samples, beside),
    }
}

fn encode_tiff_samples<C: ColorType>(
    writer: impl Write + Seek,
    (width, height): (u32, u32),
    samples: &[C::Inner],
    beside: &Beside,
) -> TiffResult<()>
where
    [C::Inner]: TiffValue,
{
    let mut encoder = TiffEncoder::new(writer)?
        .with_compression(Compression::Deflate(DeflateLevel::Fast))
        .with_predictor(Predictor::Horizontal);
    let notes = Notes::write(beside.exif, &mut encoder)?;
    let mut image = encoder.new_image::<C>(width, height)?;
    notes.add_to(image.encoder())?;
    image.encoder().write_tag(Tag::IccProfile, Undefined(&profile::srgb()))?;
    if let Some(packet) = beside.packet {
        image.encoder().write_tag(Tag::Unknown(XMP_TAG), packet.as_bytes())?;
    }
    if C::BITS_PER_SAMPLE.len() == 4 {
        // Without it, readers have to guess what the fourth channel is.
        image.encoder().write_tag(Tag::ExtraSamples, &[ExtraSamples::UnassociatedAlpha][..])?;
    }
    image.write_data(samples)
}

/// Bytes of no type of TIFF's own, which is what the ICC wants its profiles to be.
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

    /// A disk with room for so many bytes.
    struct Disk {
        room: usize,
        written: Cursor<Vec<u8>>,
    }

    impl Write for Disk {
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

    impl Seek for Disk {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            self.written.seek(to)
        }
    }

    #[test]
    fn every_encoder_tells_that_the_disk_is_full() {
        let picture = Picture::from_planes(8, 8, &[0.5; 3 * 64]);
        for format in Format::ALL {
            let mut room = 0;
            loop {
                let disk = Disk { room, written: Cursor::default() };
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
    fn the_profile_in_a_tiff_file_is_of_no_type() {
        let mut file = Cursor::new(Vec::new());
        encode(&Picture::from_planes(8, 8, &[0.5; 3 * 64]), &Export::new(Format::Tiff), &mut file).unwrap();
        let file = file.into_inner();
        let number = |at: usize| u16::from_le_bytes(file[at..at + 2].try_into().unwrap());
        let directory = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
        let entries = (0..usize::from(number(directory))).map(|entry| directory + 2 + 12 * entry);
        let types: Vec<u16> = entries.filter(|at| number(*at) == 34_675).map(|at| number(at + 2)).collect();
        // 7 is UNDEFINED, as the specification of ICC profiles says.
        assert_eq!(types, [7]);
    }

    #[test]
    fn transparent_pixels_lie_over_white() {
        let pixels = [[0, 0, 0, 0], [0, 0, 0, 255], [10, 20, 30, 100], [255, 0, 1, 1]].concat();
        let pixels = image::RgbaImage::from_raw(4, 1, pixels).unwrap();
        let opaque = over_white(&pixels.into()).into_raw();
        // (10 × 100 + 255 × 155) / 255 = 158.92, and so on.
        let expected = [[255; 3], [0; 3], [159, 163, 167], [255, 254, 254]];
        assert_eq!(opaque, expected.concat());
    }
}
