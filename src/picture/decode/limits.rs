//! Size limits, so that no file can exhaust memory.

use crate::picture::error::Problem;

/// A gibibyte, in bytes.
pub(super) const GIB: u64 = 1 << 30;

/// The longest side of a picture that can be read, in pixels.
pub const LONGEST_SIDE: u32 = 32_768;

/// The most pixels of a picture that can be read: a square of more than 17 000 × 17 000. As 16-bit RGBA they take
/// 2.4 GB.
pub const MOST_PIXELS: u64 = 300_000_000;

/// The largest file that can be read, in bytes; it holds [`MOST_PIXELS`] of uncompressed 16-bit RGB.
pub const LARGEST_FILE: u64 = 2 * GIB;

/// What a decoder may allocate, in bytes: twice [`MOST_PIXELS`] of 16-bit RGBA, as some decoders need two copies.
pub(super) const DECODER_MEMORY: u64 = 5 * GIB;

/// The most bytes that profiles, texts and other metadata may take.
pub(super) const METADATA_MEMORY: u64 = 64 << 20;

/// Refuses a picture with a side of 0 pixels or more pixels than the limits allow.
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
