//! Clips as numbered pictures: a folder of them, or files whose names fit a pattern.

mod listing;
mod natural;
mod pattern;
mod reader;
mod writer;

pub use listing::{PictureSequence, is_numbered};
pub use pattern::NamePattern;
pub use reader::SequenceReader;
pub use writer::SequenceWriter;
