//! Moving pictures in files: their frames with time stamps, read and written by ffmpeg, a program of its own that is found
//! on the search path.

mod error;
mod info;
mod matroska;
mod program;
mod reader;
mod writer;

pub use error::ClipError;
pub use info::{ClipColor, ClipInfo, TimeBase};
pub use program::Ffmpeg;
pub use reader::{ClipFrame, ClipReader};
pub use writer::{ClipCodec, ClipWriter};
