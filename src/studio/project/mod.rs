//! Projects: an evening's work in one file. `docs/project-format.md` describes the file for other programs.

mod archive;
mod error;
mod manifest;
mod place;
mod snapshot;

use std::io::{Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::settings::Settings;
use crate::engine::snapshot::Snapshot;
use crate::picture::encode::{Existing, Export, Format, encoded, write_whole};
use crate::picture::metadata::Metadata;
use crate::picture::{Checksum, Picture, PictureError, decode};

pub use error::ProjectError;

/// The ending of a project's file name.
pub const EXTENSION: &str = "impasto";

/// Everything that makes a picture, and the picture so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// The photo, once there is one.
    pub content: Option<Source>,
    /// The paintings.
    pub styles: Vec<Style>,
    /// Where the photo is to stay as it is: white there, black elsewhere.
    pub protection: Option<Held>,
    /// How to paint.
    pub settings: Settings,
    /// The finished or stopped picture.
    pub picture: Option<Held>,
    /// Pictures painted before, oldest first.
    pub history: Vec<Past>,
    /// A run to go on with.
    pub unfinished: Option<Unfinished>,
}

/// A picture to paint from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// What a person calls it.
    pub name: String,
    /// The SHA-256 of its file, to tell whether it is still the same.
    pub checksum: Option<Checksum>,
    /// Where it is.
    pub place: Place,
}

/// Where a picture to paint from is.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In a file of its own.
    File(PathBuf),
    /// Among the samples that come with the program, under [`Source::name`].
    Sample,
    /// In the project itself; pasted pictures are nowhere else.
    Inside(Held),
}

/// A painting and what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// The painting.
    pub source: Source,
    /// Its share among the styles.
    pub weight: f32,
    /// Size of its strokes beside the others'.
    pub brush_scale: f32,
    /// Where its manner goes: white there, black elsewhere.
    pub mask: Option<Held>,
}

/// A picture painted before, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The picture.
    pub picture: Held,
    /// How it was painted.
    pub settings: Settings,
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// Where it stands.
    pub snapshot: Arc<Snapshot>,
    /// Seconds painted so far.
    pub seconds: f64,
}

/// A picture inside a project, kept as a PNG file, so that saving it again costs nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Held(Arc<[u8]>);

impl Held {
    /// Takes in a picture, with 16 bits where it has them.
    pub fn new(picture: &Picture) -> Result<Self, ProjectError> {
        let export = Export {
            sixteen_bit: picture.pixels().color().bytes_per_pixel() / picture.pixels().color().channel_count() > 1,
            metadata: Metadata::default(),
            ..Export::new(Format::Png)
        };
        encoded(picture, &export).map(|bytes| Self(bytes.into())).map_err(ProjectError::Picture)
    }

    /// The picture.
    pub fn open(&self) -> Result<Picture, PictureError> {
        decode::from_bytes(&self.0, "a picture in the project")
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Held({} bytes)", self.0.len())
    }
}

impl Project {
    /// Reads the project in the file `path`.
    pub fn open(path: &Path) -> Result<Self, ProjectError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        archive::open(path).and_then(|file| Self::from_archive(file, folder)).map_err(|error| error.in_file(path))
    }

    /// Reads the project in `bytes`, the content of a file in `folder`.
    pub fn from_bytes(bytes: &[u8], folder: &Path) -> Result<Self, ProjectError> {
        Self::from_archive(Cursor::new(bytes), folder)
    }

    fn from_archive(file: impl Read + Seek, folder: &Path) -> Result<Self, ProjectError> {
        let mut archive = archive::Entries::new(file)?;
        let manifest = manifest::Manifest::parse(&archive.text(archive::MANIFEST)?)?;
        manifest.into_project(&mut archive, folder)
    }

    /// Writes the project to the file `path`, whole or not at all.
    pub fn save(&self, path: &Path, existing: Existing) -> Result<(), ProjectError> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let (manifest, entries) = manifest::Manifest::of(self, folder);
        let written = write_whole(path, existing, |file| archive::write(file, &manifest.to_json(), &entries));
        written.map_err(ProjectError::Picture)
    }
}

#[cfg(test)]
mod tests;
