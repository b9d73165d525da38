//! GIF.

mod dither;
mod encoder;
mod indexed;
mod palette;
mod parts;
mod scan;

pub(super) use encoder::GifFrames;
pub(super) use parts::GifParts;
pub(super) use scan::scan;
