//! Strips and tiles of TIFF files that are JPEG files, whose tables may be stored separately.

use super::refusal::unsupported;
use crate::picture::decode::jpeg;
use crate::picture::error::Problem;

/// A JPEG-compressed strip or tile and its expected format.
pub(super) struct JpegStrip<'a> {
    pub(super) raw: &'a [u8],
    /// The tables shared by all strips, as a JPEG file without a picture.
    pub(super) tables: Option<&'a [u8]>,
    /// Samples per pixel.
    pub(super) channels: usize,
    /// Width in pixels.
    pub(super) width: usize,
    /// Height in pixels.
    pub(super) height: usize,
}

impl JpegStrip<'_> {
    /// Decodes to interleaved samples; also returns the row stride in bytes. With `is_ycbcr`, `YCbCr` becomes RGB.
    pub(super) fn decode(&self, is_ycbcr: bool) -> Result<(Vec<u8>, usize), Problem> {
        // The JPEG file may be padded to whole blocks.
        let is_near = |size: usize, expected: usize| (expected..=expected + 64).contains(&size);
        let fits = |width, height, channels| {
            channels == self.channels && is_near(width, self.width) && is_near(height, self.height)
        };
        let strip = jpeg::strip(&self.complete_file(), is_ycbcr, fits);
        let (samples, width) = strip.map_err(|problem| match problem {
            Problem::UnsupportedKind { cause, .. } => unsupported(cause),
            problem => problem,
        })?;
        Ok((samples, width * self.channels))
    }

    /// The strip as a JPEG file that includes the tables.
    fn complete_file(&self) -> Vec<u8> {
        const START: [u8; 2] = [0xFF, 0xD8];
        const END: [u8; 2] = [0xFF, 0xD9];
        let tables = self.tables.and_then(|tables| tables.strip_prefix(&START)).unwrap_or_default();
        let tables = tables.strip_suffix(&END).unwrap_or(tables);
        let pixels = self.raw.strip_prefix(&START).unwrap_or(self.raw);
        [&START, tables, pixels].concat()
    }
}
