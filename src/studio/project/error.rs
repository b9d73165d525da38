//! Errors of projects, as sentences for the user.

use std::io;
use std::path::Path;

use crate::picture::{PictureError, Problem};
use crate::reason::{reason, without_numbers};
use crate::studio::settings::SettingError;

/// Why a project could not be opened or saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// The file does not exist or cannot be read.
    #[error("the project cannot be read ({}); check its disk or choose another", reason(.0))]
    Unreadable(io::Error),
    /// A folder, a device or a pipe.
    #[error("this is not a file; choose a project file")]
    NotAFile,
    /// A file that is not a project.
    #[error("this is not an Impasto project")]
    NotAProject,
    /// The file is truncated or inconsistent.
    #[error("the project is damaged; open an older copy of it")]
    Damaged,
    /// Written by a newer version of the program.
    #[error("the project was written by {program}, which is newer than this version; update Impasto to open it")]
    Newer {
        /// The program and its version.
        program: String,
    },
    /// A setting outside its range.
    #[error("a setting in the project cannot be used: {0}")]
    Setting(#[from] SettingError),
    /// The disk or the user's quota is full.
    #[error("the project was not saved, because the disk is full; free some space or choose another folder")]
    DiskFull,
    /// The operating system failed to write.
    #[error("the project was not saved ({0}); check the disk or choose another folder")]
    NotWritten(String),
    /// An error in a picture of the project, or in the file to write.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Any other error, with the file it happened to.
    #[error("{problem}: {path}")]
    InFile {
        /// The error.
        problem: Box<ProjectError>,
        /// The file.
        path: String,
    },
}

impl ProjectError {
    /// The error for a failed write of a project file, from that of the shared writing code, whose messages are about
    /// pictures.
    pub(super) fn writing(error: PictureError) -> Self {
        match error.problem() {
            Problem::DiskFull(_) => Self::DiskFull,
            Problem::WriteFailed(cause) => {
                Self::NotWritten(cause.downcast_ref().map_or_else(|| without_numbers(cause), reason))
            }
            _ => Self::Picture(error),
        }
    }

    /// Adds the file's path to the message. Messages of pictures contain it already.
    pub(super) fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Picture(_) | Self::InFile { .. } => self,
            problem => Self::InFile { problem: Box::new(problem), path: path.display().to_string() },
        }
    }
}
