//! Projects: all of the user's work in one file. `docs/project-format.md` describes the file for other programs.

mod archive;
mod content;
mod error;
mod file;
mod manifest;
mod place;
mod snapshot_file;
mod stored_picture;

pub use content::{PastResult, Place, Project, Setup, Source, Unfinished};
pub use error::ProjectError;
pub use stored_picture::StoredPicture;

/// The extension of a project's file name.
pub const EXTENSION: &str = "impasto";

/// Whether a file's name is that of a project.
pub fn is_project(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(EXTENSION))
}

#[cfg(test)]
mod tests;
