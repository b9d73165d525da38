//! Strips and tiles of TIFF files that are JPEG files, of which the tables may lie elsewhere.

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::unsupported;
use crate::picture::error::Problem;

/// A strip or tile and what it must become.
pub(super) struct JpegStrip<'a> {
    pub(super) raw: &'a [u8],
    /// The tables that all strips share, a JPEG file without a picture.
    pub(super) tables: Option<&'a [u8]>,
    /// Samples of a pixel.
    pub(super) channels: usize,
    /// Width in pixels.
    pub(super) width: usize,
    /// Height in pixels.
    pub(super) height: usize,
}

impl JpegStrip<'_> {
    /// The samples, pixel by pixel, and the bytes of a row. With `to_rgb`, luma and chroma become red, green and blue.
    pub(super) fn decode(&self, to_rgb: bool) -> Result<(Vec<u8>, usize), Problem> {
        let file = self.whole_file();
        let mut decoder = decoder(ColorSpace::RGB, &file);
        decoder.decode_headers().map_err(problem)?;
        let info = decoder.info().ok_or_else(|| Problem::damaged("no header"))?;
        let (width, height) = (usize::from(info.width), usize::from(info.height));
        let coded = decoder.input_colorspace().ok_or_else(|| Problem::damaged("no colours"))?;
        let is_other = usize::from(info.components) != self.channels;
        // The size is checked before memory is spent: it may lie about what the file can hold.
        if is_other || width < self.width || height < self.height || width > self.width + 64 || height > self.height + 64 {
            return Err(Problem::damaged("a strip of another size or kind than the picture"));
        }
        let wanted = if to_rgb { ColorSpace::RGB } else { coded };
        let mut decoder = self::decoder(wanted, &file);
        let samples = decoder.decode().map_err(problem)?;
        Ok((samples, width * self.channels))
    }

    /// The strip with the tables in it.
    fn whole_file(&self) -> Vec<u8> {
        const START: [u8; 2] = [0xFF, 0xD8];
        const END: [u8; 2] = [0xFF, 0xD9];
        let tables = self.tables.and_then(|tables| tables.strip_prefix(&START)).unwrap_or_default();
        let tables = tables.strip_suffix(&END).unwrap_or(tables);
        let pixels = self.raw.strip_prefix(&START).unwrap_or(self.raw);
        [&START, tables, pixels].concat()
    }
}

/// A decoder that fails when pixels are missing, instead of filling them with grey.
fn decoder(colours: ColorSpace, file: &[u8]) -> JpegDecoder<ZCursor<&[u8]>> {
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(colours);
    JpegDecoder::new_with_options(ZCursor::new(file), options)
}

fn problem(error: DecodeErrors) -> Problem {
    match error {
        DecodeErrors::Unsupported(_) => unsupported("a kind of JPEG compression"),
        error => Problem::damaged(error),
    }
}
