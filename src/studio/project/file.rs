//! Reads and writes project files.

use std::io::{Cursor, Read, Seek};
use std::path::Path;

use super::archive::{self, Entries, MANIFEST};
use super::content::Project;
use super::error::ProjectError;
use super::manifest::Manifest;
use crate::picture::encode::{Existing, write_whole};

impl Project {
    /// Reads the project in the file `path`.
    ///
    /// # Errors
    /// When the file cannot be read, is not a project, is damaged, or was written by a newer version of the program.
    pub fn open(path: &Path) -> Result<Self, ProjectError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        archive::open(path).and_then(|file| Self::from_archive(file, folder)).map_err(|error| error.in_file(path))
    }

    /// Reads the project in `bytes`, the content of a file in `folder`.
    ///
    /// # Errors
    /// When the bytes are not a project, are damaged, or were written by a newer version of the program.
    pub fn from_bytes(bytes: &[u8], folder: &Path) -> Result<Self, ProjectError> {
        Self::from_archive(Cursor::new(bytes), folder)
    }

    fn from_archive(file: impl Read + Seek, folder: &Path) -> Result<Self, ProjectError> {
        let mut archive = Entries::new(file)?;
        let manifest = Manifest::parse(&archive.text(MANIFEST)?)?;
        manifest.into_project(&mut archive, folder)
    }

    /// Writes the project to the file `path` atomically: on an error the file is unchanged.
    ///
    /// # Errors
    /// When the file cannot be written, exists although `existing` refuses that, or a picture cannot be encoded.
    pub fn save(&self, path: &Path, existing: Existing) -> Result<(), ProjectError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let (manifest, entries) = Manifest::of(self, folder)?;
        let written = write_whole(path, existing, |file| archive::write(file, &manifest.to_json(), &entries));
        written.map_err(|error| ProjectError::writing(error).in_file(path))
    }
}
