//! Why a clip cannot be painted, each one sentence.

use std::path::PathBuf;

use crate::clip::ClipError;
use crate::engine::compute::ComputeError;
use crate::engine::error::EngineError;
use crate::picture::PictureError;
use crate::studio::recipe::RecipeError;

impl From<ComputeError> for VideoError {
    fn from(error: ComputeError) -> Self {
        Self::Engine(error.into())
    }
}

/// Why a clip cannot be painted.
#[derive(Debug, thiserror::Error)]
pub enum VideoError {
    /// It cannot be read or written.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// A frame cannot be kept or read again.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Pictures and settings do not fit together.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// No processor can paint, or painting was stopped.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Steadiness outside its range.
    #[error("the steadiness is {0}, but must be between 0 and 100")]
    Steadiness(f32),
    /// A part of the clip that begins after it ends.
    #[error("the part to paint ends at {to} seconds, before it begins at {from} seconds; give other times")]
    Range {
        /// Where it begins, in seconds.
        from: f64,
        /// Where it ends, in seconds.
        to: f64,
    },
    /// A part of the clip without frames.
    #[error("the clip has no frames between these times; choose other times: {}", .0.display())]
    NoFrames(PathBuf),
    /// The folder of frames cannot be written to.
    #[error("the folder for painted frames cannot be used ({reason}): {}", path.display())]
    WorkFolder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Another process uses the folder of frames.
    #[error("this clip is being painted already; wait for it, or choose another name for the output: {}", .0.display())]
    InUse(PathBuf),
    /// The folder of frames is of another painting.
    #[error(
        "the folder holds painted frames of another clip, style or setting; name the same ones to go on, \
         choose another name for the output, or allow overwriting: {}",
        .0.display()
    )]
    OtherFrames(PathBuf),
    /// The output is the clip to paint.
    #[error("the output is the clip itself; choose another name, because the clip would be lost: {}", .0.display())]
    SameFile(PathBuf),
    /// The folder for pictures has files in it.
    #[error("the folder is not empty; choose another, or allow overwriting: {}", .0.display())]
    FolderNotEmpty(PathBuf),
    /// The folder for pictures is that of the pictures to paint, whose names they may have.
    #[error("the output is the folder of the pictures to read; choose another: {}", .0.display())]
    SameFolder(PathBuf),
}
