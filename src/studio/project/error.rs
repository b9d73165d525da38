//! What can go wrong with projects, in sentences for people who paint.

use std::io;
use std::path::Path;

use crate::picture::{PictureError, Problem};
use crate::reason::{reason, without_numbers};
use crate::studio::settings::SettingError;

/// Why a project could not be opened or saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectError {
    /// The file is not there or cannot be read.
    #[error("the project cannot be read ({}); check its disk or choose another", reason(.0))]
    Unreadable(io::Error),
    /// A folder, a device or a pipe.
    #[error("this is no file; choose a project file")]
    NotAFile,
    /// Some other file.
    #[error("this is not an Impasto project")]
    NotAProject,
    /// The file is cut off, or its parts do not fit together.
    #[error("the project is damaged; open an older copy of it")]
    Damaged,
    /// Written by a version of the program that knows more.
    #[error("the project was written by {program}, which is newer than this version; update Impasto to open it")]
    Newer {
        /// The program and its version.
        program: String,
    },
    /// A setting outside its range.
    #[error("a setting in the project cannot be used: {0}")]
    Setting(#[from] SettingError),
    /// The disk, or the user's share of it, is full.
    #[error("the project was not saved, because the disk is full; free some space or choose another folder")]
    DiskFull,
    /// The operating system failed to write.
    #[error("the project was not saved ({0}); check the disk or choose another folder")]
    NotWritten(String),
    /// A picture in it, or the place to write it to.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// Any of these, and the file it happened to.
    #[error("{problem}: {path}")]
    InFile {
        /// What happened.
        problem: Box<ProjectError>,
        /// The file.
        path: String,
    },
}

impl ProjectError {
    /// Why the project could not be written, where pictures could not have been either.
    pub(super) fn writing(error: PictureError) -> Self {
        match error.problem() {
            Problem::DiskFull(_) => Self::DiskFull,
            Problem::WriteFailed(cause) => {
                Self::NotWritten(cause.downcast_ref().map_or_else(|| without_numbers(cause), reason))
            }
            _ => Self::Picture(error),
        }
    }

    /// The same with its file named; the message of a picture names its own.
    pub(super) fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Picture(_) | Self::InFile { .. } => self,
            problem => Self::InFile { problem: Box::new(problem), path: path.display().to_string() },
        }
    }
}
