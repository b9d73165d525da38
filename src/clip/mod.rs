//! Moving pictures in files: their frames with time stamps, and what is written beside them.

mod animation;
mod error;
mod ffmpeg;
mod frame;
mod info;
mod sequence;

pub use animation::{AnimationFormat, AnimationReader, AnimationWriter};
pub use error::ClipError;
pub use ffmpeg::{Ffmpeg, FfmpegReader, FfmpegWriter, Sidecar, VideoCodec};
pub use frame::{ClipFrame, FrameReader, FrameWriter};
pub use info::{ClipColor, ClipInfo, TimeBase};
pub use sequence::{NamePattern, PictureSequence, SequenceReader, SequenceWriter};
