//! How much is read, so that no file can take all memory.

use crate::picture::error::Problem;

/// A gibibyte.
pub(super) const GIB: u64 = 1 << 30;

/// The longest side of a picture that is read, in pixels.
pub const LONGEST_SIDE: u32 = 32_768;

/// The most pixels of a picture that is read, a square of more than 17 000; at 16 bits with alpha
/// they take 2.4 GB.
pub const MOST_PIXELS: u64 = 300_000_000;

/// The largest file that is read, in bytes; [`MOST_PIXELS`] of uncompressed 16-bit RGB fit.
pub const LARGEST_FILE: u64 = 2 * GIB;

/// What a decoder may allocate, in bytes: [`MOST_PIXELS`] at 16 bits with alpha twice over, as some
/// decoders need it.
pub(super) const DECODER_MEMORY: u64 = 5 * GIB;

/// What profiles, texts and other data beside the pixels may take, in bytes.
pub(super) const METADATA_MEMORY: u64 = 64 << 20;

/// Refuses a picture with a side of 0 pixels, or with more pixels than are read.
pub(super) fn check_dimensions((width, height): (u32, u32)) -> Result<(), Problem> {
    if width == 0 || height == 0 {
        return Err(Problem::damaged("a side of 0 pixels"));
    }
    if width.max(height) > LONGEST_SIDE || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Problem::TooManyPixels {
            width,
            height,
            longest_side: LONGEST_SIDE,
            most_millions: MOST_PIXELS / 1_000_000,
        });
    }
    Ok(())
}
