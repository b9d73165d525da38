//! The open project: its file, and what is saved in it.

use std::path::PathBuf;
use std::time::SystemTime;

use super::fingerprint::Fingerprint;
use crate::studio::project::Project;

/// When a file was written, and its length in bytes.
pub type Stamp = (SystemTime, u64);

/// A project's file, as it was when it was last read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFile {
    /// The file.
    pub path: PathBuf,
    /// Its stamp, if the system reports it.
    pub stamp: Option<Stamp>,
}

/// A project to be written.
#[derive(Clone, Debug)]
pub struct ProjectJob {
    /// The file.
    pub path: PathBuf,
    /// The project, without the progress of the run.
    pub project: Project,
    /// Whether a run is active whose progress belongs in the file.
    pub with_run: bool,
    /// The file's stamp when it was last read or written; it must not have changed since.
    pub known: Option<Stamp>,
    /// Whether the user agreed to replace the file.
    pub replace: bool,
    /// Files that must not be replaced.
    pub inputs: Vec<PathBuf>,
}

/// What follows once the open work is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Close the window.
    Close,
    /// Start a new project.
    New,
    /// Open another project.
    Open(PathBuf),
    /// Use the recovered work that [`super::question::Question::Recovered`] holds.
    RecoveredWork,
}

/// A save in progress.
#[derive(Clone, Debug)]
pub struct Saving {
    /// Its file.
    pub path: PathBuf,
    pub(in crate::app) content: Fingerprint,
    pub(in crate::app) next: Option<Next>,
}

/// The open project.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Its file, once it has one.
    pub file: Option<ProjectFile>,
    /// Set while it is being written.
    pub saving: Option<Saving>,
    /// Name of the project or picture that is being read to replace the open work, or its settings.
    pub reading: Option<String>,
    pub(in crate::app) saved: Fingerprint,
}

impl Document {
    /// The project's name: its file's name without the extension.
    pub fn name(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        Some(file.path.file_stem().unwrap_or(file.path.as_os_str()).to_string_lossy().into_owned())
    }
}
