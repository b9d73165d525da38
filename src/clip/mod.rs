//! Moving pictures in files: their frames with time stamps, and what is written beside them.
//!
//! [`ClipSource::open`] opens every clip, and [`ClipTarget::create`] begins to write one.

mod animation;
mod coded;
mod error;
mod ffmpeg;
mod format;
mod frame;
mod info;
mod sequence;
mod source;
mod target;

pub use animation::{AnimationFormat, AnimationReader, AnimationWriter};
pub use error::ClipError;
pub use ffmpeg::{CopiedMetadata, Ffmpeg, FfmpegReader, FfmpegWriter, Sidecar, VideoCodec};
pub use format::ClipFormat;
pub use frame::{ClipFrame, FrameReader, FrameWriter};
pub use info::{ClipColor, ClipInfo, TimeBase};
pub use sequence::{NamePattern, PictureSequence, SequenceReader, SequenceWriter, is_numbered};
pub use source::{ClipSource, FILM_ENDINGS, has_film_ending};
pub use target::ClipTarget;
