//! Strips and tiles of TIFF files that are JPEG files, of which the tables may lie elsewhere.

use super::refusal::unsupported;
use crate::picture::decode::jpeg;
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
    /// The samples, pixel by pixel, and the bytes of a row. With `is_ycbcr`, luma and chroma become red, green and blue.
    pub(super) fn decode(&self, is_ycbcr: bool) -> Result<(Vec<u8>, usize), Problem> {
        // It may be padded to whole blocks.
        let is_near = |size: usize, wanted: usize| (wanted..=wanted + 64).contains(&size);
        let fits = |width, height, channels| {
            channels == self.channels && is_near(width, self.width) && is_near(height, self.height)
        };
        let strip = jpeg::strip(&self.whole_file(), is_ycbcr, fits);
        let (samples, width) = strip.map_err(|problem| match problem {
            Problem::UnsupportedKind { cause, .. } => unsupported(cause),
            problem => problem,
        })?;
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
