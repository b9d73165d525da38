//! What a project holds.

use std::path::PathBuf;
use std::sync::Arc;

use super::held::Held;
use crate::engine::snapshot::Snapshot;
use crate::picture::Checksum;
use crate::studio::settings::Settings;
use crate::studio::style::Style;

/// Everything that makes a picture, and the picture so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Project {
    /// What to paint from, and how.
    pub setup: Setup,
    /// The finished or stopped picture.
    pub picture: Option<Held>,
    /// Pictures painted before, oldest first.
    pub history: Vec<Past>,
    /// A run to go on with.
    pub unfinished: Option<Unfinished>,
}

/// What a picture is painted from, and how.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Setup {
    /// The photo, once there is one.
    pub content: Option<Source>,
    /// The paintings.
    pub styles: Vec<Style<Source, Held>>,
    /// Where the photo is to stay as it is: white there, black elsewhere.
    pub protection: Option<Held>,
    /// The picture to go on from, where the settings say that painting does.
    pub start: Option<Held>,
    /// How to paint.
    pub settings: Settings,
}

impl Setup {
    /// What the photo and the paintings are called, the photo first.
    pub fn source_names(&self) -> impl Iterator<Item = &str> {
        let sources = self.content.iter().chain(self.styles.iter().map(|style| &style.source));
        sources.map(|source| source.name.as_str())
    }
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

/// A picture painted before.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// The picture.
    pub picture: Held,
    /// What it was painted from, as far as that is known, and how.
    pub setup: Setup,
    /// Seconds that painting took.
    pub seconds: f64,
    /// Long side in pixels of the scale that was painted last; the picture's own when not given.
    pub reached: Option<u32>,
    /// It was stopped before its end.
    pub stopped: bool,
    /// Its person wants to keep it, however many others there are.
    pub kept: bool,
}

/// A run that has not ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// Where it stands.
    pub snapshot: Arc<Snapshot>,
    /// Seconds painted so far.
    pub seconds: f64,
}
