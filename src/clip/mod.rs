//! Moving pictures in files: their frames with time stamps, and what is written beside them.

mod error;
mod ffmpeg;
mod frame;
mod info;

pub use error::ClipError;
pub use ffmpeg::{Ffmpeg, FfmpegReader, FfmpegWriter, Sidecar, VideoCodec};
pub use frame::{ClipFrame, FrameReader, FrameWriter};
pub use info::{ClipColor, ClipInfo, TimeBase};
