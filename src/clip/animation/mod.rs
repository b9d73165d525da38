//! Animated GIF, PNG and WebP files, without ffmpeg.

mod apng;
mod canvas;
mod changes;
mod delays;
mod encoder;
mod format;
mod gif;
mod probe;
mod reader;
mod scan;
mod scanner;
mod webp;
mod writer;

pub use format::AnimationFormat;
pub use reader::AnimationReader;
pub use writer::AnimationWriter;
