//! Clips by the programs ffmpeg and ffprobe, which are found on the search path and work through pipes.

mod child;
mod codec;
mod matroska;
mod probe;
mod program;
mod reader;
mod sidecar;
mod writer;

pub use codec::VideoCodec;
pub use program::Ffmpeg;
pub use reader::FfmpegReader;
pub(super) use sidecar::lost_tracks;
pub use sidecar::{CopiedMetadata, Sidecar};
pub use writer::FfmpegWriter;
