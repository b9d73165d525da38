//! Animated PNG.

mod chunks;
mod encoder;
mod parts;
mod scan;

pub(super) use encoder::ApngFrames;
pub(super) use parts::ApngParts;
pub(super) use scan::scan;
