//! Errors of clips, each one sentence.

use std::io;
use std::path::{Path, PathBuf};

use crate::reason::reason;

/// Why a clip cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// ffmpeg is not installed.
    #[error(
        "{program} is needed for this clip but was not found; install ffmpeg (on Debian: apt install ffmpeg), or name its folder"
    )]
    NoProgram {
        /// The program that is missing.
        program: &'static str,
    },
    /// The system cannot start ffmpeg.
    #[error("{program} cannot be started ({}); install ffmpeg again", reason(cause))]
    NotStarted {
        /// The program.
        program: String,
        /// Why.
        cause: io::Error,
    },
    /// The file has no frames that ffmpeg can decode.
    #[error("ffmpeg cannot read this clip ({said}); convert it to another format: {}", path.display())]
    Unreadable {
        /// The clip.
        path: PathBuf,
        /// The last line that ffmpeg wrote.
        said: String,
    },
    /// The file has sound only, or a cover picture.
    #[error("this file has no moving picture; choose another: {}", .0.display())]
    NoPicture(PathBuf),
    /// The clip ends in the middle, or is damaged there.
    #[error("ffmpeg stopped after frame {frames} ({said}); the frames before are good: {}", path.display())]
    Broken {
        /// The clip.
        path: PathBuf,
        /// Frames that were read.
        frames: u64,
        /// The last line that ffmpeg wrote.
        said: String,
    },
    /// ffmpeg gives no answer.
    #[error("ffmpeg has not answered for {seconds} seconds and was ended; try again, or convert the clip: {}", path.display())]
    Hangs {
        /// The clip.
        path: PathBuf,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The clip cannot be written.
    #[error("ffmpeg cannot write this clip ({said}); choose another codec, or free disk space: {}", path.display())]
    NotWritten {
        /// The clip.
        path: PathBuf,
        /// The last line that ffmpeg wrote.
        said: String,
    },
}

impl ClipError {
    pub(super) fn unreadable(path: &Path, said: String) -> Self {
        Self::Unreadable { path: path.to_path_buf(), said }
    }
}
