//! Clips by the programs ffmpeg and ffprobe, which are found on the search path and work through pipes.

mod codec;
mod matroska;
mod probe;
mod program;
mod reader;
mod writer;

pub use codec::VideoCodec;
pub use program::Ffmpeg;
pub use reader::FfmpegReader;
pub use writer::{FfmpegWriter, Sidecar};
