//! Projects: an evening's work in one file. `docs/project-format.md` describes the file for other programs.

mod archive;
mod content;
mod error;
mod file;
mod held;
mod manifest;
mod place;
mod snapshot;

pub use content::{Past, Place, Project, Setup, Source, Unfinished};
pub use error::ProjectError;
pub use held::Held;

/// The ending of a project's file name.
pub const EXTENSION: &str = "impasto";

#[cfg(test)]
mod tests;
