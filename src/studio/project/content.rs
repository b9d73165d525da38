//! The content of a project.

use std::path::PathBuf;
use std::sync::Arc;

use super::stored_picture::StoredPicture;
use crate::engine::snapshot::Snapshot;
use crate::picture::Checksum;
use crate::studio::settings::Settings;
use crate::studio::style::Style;

/// The setup for painting a picture, the picture so far, and earlier results.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// What to paint from, and the settings.
    pub setup: Setup,
    /// The picture of the finished or stopped run.
    pub picture: Option<StoredPicture>,
    /// Earlier results, oldest first.
    pub history: Vec<PastResult>,
    /// A run to resume.
    pub unfinished: Option<Unfinished>,
}

/// The pictures that a picture is painted from, and the settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Setup {
    /// The photo, if one is chosen.
    pub content: Option<Source>,
    /// The paintings.
    pub styles: Vec<Style<Source, StoredPicture>>,
    /// A mask that is white where the photo stays unchanged and black elsewhere.
    pub protection: Option<StoredPicture>,
    /// The starting picture, if the settings ask for one.
    pub start: Option<StoredPicture>,
    /// The settings.
    pub settings: Settings,
}

impl Setup {
    /// The same without masks.
    #[must_use]
    pub fn without_masks(self) -> Self {
        let styles = self.styles.into_iter().map(|style| Style { mask: None, ..style }).collect();
        Self { styles, protection: None, ..self }
    }

    /// What the photo and the paintings are called, the photo first.
    pub fn source_names(&self) -> impl Iterator<Item = &str> {
        let sources = self.content.iter().chain(self.styles.iter().map(|style| &style.source));
        sources.map(|source| source.name.as_str())
    }
}

/// A picture to paint from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The name shown to the user.
    pub name: String,
    /// The SHA-256 of its file, to detect whether the file has changed.
    pub checksum: Option<Checksum>,
    /// Where it is.
    pub place: Place,
    /// Of a place on a style map, the names of the nearest paintings and their shares in percent.
    pub near: Vec<(String, u8)>,
}

impl Source {
    /// A picture that is no place on a style map.
    pub fn new(name: String, checksum: Option<Checksum>, place: Place) -> Self {
        Self { name, checksum, place, near: Vec::new() }
    }
}

/// Where a picture to paint from is stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In a file of its own.
    File(PathBuf),
    /// Among the program's built-in samples, under [`Source::name`].
    Sample,
    /// In the project itself, for example a pasted picture, which has no file.
    Inside(StoredPicture),
}

/// An earlier result.
#[derive(Clone, Debug, PartialEq)]
pub struct PastResult {
    /// The picture.
    pub picture: StoredPicture,
    /// What it was painted from, as far as known, and its settings.
    pub setup: Setup,
    /// Time painted, in seconds.
    pub seconds: f64,
    /// Long side in pixels of the last scale that was painted; the picture's own long side if `None`.
    pub reached: Option<u32>,
    /// Whether the run was stopped before its end.
    pub stopped: bool,
    /// Whether the user marked it to be kept, however many other results there are.
    pub kept: bool,
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// The state of the run.
    pub snapshot: Arc<Snapshot>,
    /// Time painted so far, in seconds.
    pub seconds: f64,
}
