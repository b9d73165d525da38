//! Animated WebP.

mod encoder;
mod parts;
mod scan;

pub(super) use encoder::WebPFrames;
pub(super) use parts::WebPParts;
pub(super) use scan::scan;

/// The flags in the header: which parts there are.
const HAS_XMP: u8 = 0x04;
const IS_ANIMATED: u8 = 0x02;
const HAS_ALPHA: u8 = 0x10;

/// The flags of a frame: its pixels replace what is there; its place is cleared before the next.
const REPLACES: u8 = 0x02;
const IS_CLEARED: u8 = 0x01;

/// A number of three bytes.
fn number([low, middle, high]: [u8; 3]) -> u32 {
    u32::from_le_bytes([low, middle, high, 0])
}
