//! Work that replaces what is open: a project, the settings in a finished picture, or recovered work. It is read as a
//! whole first, and pictures that have moved are asked for, before any of it is used.

use std::path::Path;
use std::sync::Arc;

use super::card::LoadedPicture;
use super::document::ProjectFile;
use super::mask::Sheet;
use crate::picture::{Checksum, Picture};
use crate::studio::project::{PastResult, Setup, Source, StoredPicture, Unfinished};
use crate::studio::{Settings, Start, Style};

/// Work that was read, with all its pictures as far as they were found.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Where it comes from.
    pub origin: ArrivalOrigin,
    /// The pictures that it names, each once.
    pub pictures: Vec<ArrivalPicture>,
    /// The next run, as it is set up.
    pub ready: LoadedSetup,
    /// What was painted, oldest first.
    pub results: Vec<LoadedResult>,
    /// A run to continue.
    pub unfinished: Option<Unfinished>,
    /// Whether other files are being searched for pictures.
    pub searching: bool,
}

/// Where work comes from.
#[derive(Clone, Debug)]
pub enum ArrivalOrigin {
    /// A project.
    Project(ProjectFile),
    /// The settings in a finished picture of that name.
    Picture(String),
    /// A program that did not end well; with the project that the work belonged to.
    Recovery(Option<ProjectFile>),
}

/// A picture that work names.
#[derive(Clone, Debug)]
pub struct ArrivalPicture {
    /// What is known of it.
    pub source: Source,
    /// What the search for it found.
    pub found: SearchResult,
    /// Whether the next run needs it; only earlier results need the others.
    pub is_needed: bool,
}

/// What the search for a picture found.
#[derive(Clone, Debug)]
pub enum SearchResult {
    /// The picture.
    Found(Box<LoadedPicture>),
    /// Another picture in its place.
    Changed(Box<LoadedPicture>),
    /// Nothing.
    Missing,
    /// A file that cannot be read, in one sentence.
    Unreadable(String),
}

/// A setup with its masks read; its sources are among the [`Arrival::pictures`].
#[derive(Clone, Debug, Default)]
pub struct LoadedSetup {
    /// The setup.
    pub setup: Setup,
    /// Where the photo is left as it is.
    pub protection: Option<Arc<Sheet>>,
    /// Where each style applies.
    pub masks: Vec<Option<Arc<Sheet>>>,
    /// The picture to continue from.
    pub start: Option<Arc<Picture>>,
}

/// A picture that was painted before, read.
#[derive(Clone, Debug)]
pub struct LoadedResult {
    /// What the project says of it.
    pub past: PastResult,
    /// What it was painted from.
    pub ready: LoadedSetup,
    /// The picture.
    pub picture: Arc<Picture>,
    /// A small copy.
    pub thumbnail: Arc<Picture>,
}

impl SearchResult {
    fn found(&self) -> Option<&LoadedPicture> {
        match self {
            Self::Found(loaded) => Some(loaded),
            Self::Changed(_) | Self::Missing | Self::Unreadable(_) => None,
        }
    }
}

impl Arrival {
    /// The pictures to ask for, with their indices.
    pub fn missing(&self) -> impl Iterator<Item = (usize, &ArrivalPicture)> {
        let is_missing = |(_, picture): &(usize, &ArrivalPicture)| picture.is_needed && picture.found.found().is_none();
        self.pictures.iter().enumerate().filter(is_missing)
    }

    /// The missing picture that a file may be: the one of its name, or else the first.
    pub(in crate::app) fn missing_for(&self, path: &Path) -> Option<usize> {
        let has_its_name = |(_, picture): &(usize, &ArrivalPicture)| {
            path.file_name().is_some_and(|name| name == &*picture.source.name)
        };
        self.missing().find(has_its_name).or_else(|| self.missing().next()).map(|(index, _)| index)
    }

    /// Whether a picture of the next run is not where the work says.
    pub(in crate::app) fn has_moved(&self) -> bool {
        let is_there =
            |picture: &ArrivalPicture| picture.found.found().is_some_and(|found| found.source == picture.source);
        self.pictures.iter().any(|picture| picture.is_needed && !is_there(picture))
    }

    /// The photo of a setup, if it was found.
    pub(in crate::app) fn photo(&self, setup: &Setup) -> Option<LoadedPicture> {
        setup.content.as_ref().and_then(|content| self.loaded(content))
    }

    /// The paintings of a setup that were found.
    pub(in crate::app) fn paintings(&self, ready: &LoadedSetup) -> Vec<Style<LoadedPicture, Arc<Sheet>>> {
        let painting = |(index, style): (usize, &Style<Source, StoredPicture>)| {
            let source = self.loaded(&style.source)?;
            let mask = ready.masks.get(index).cloned().flatten();
            Some(style.with(source, mask))
        };
        ready.setup.styles.iter().enumerate().filter_map(painting).collect()
    }

    fn loaded(&self, source: &Source) -> Option<LoadedPicture> {
        self.pictures.iter().find(|picture| picture.source == *source)?.found.found().cloned()
    }
}

/// A run of a project or of recovered work that has not ended, and waits for Start.
#[derive(Clone, Debug)]
pub struct UnfinishedRun {
    /// Its progress.
    pub(in crate::app) progress: Unfinished,
    settings: Settings,
    checksums: Vec<Option<Checksum>>,
    /// The picture that it started from.
    pub(in crate::app) start: Option<Arc<Picture>>,
}

impl UnfinishedRun {
    pub(in crate::app) fn new(progress: Unfinished, ready: LoadedSetup) -> Self {
        let LoadedSetup { setup, start, .. } = ready;
        Self { progress, checksums: checksums(&setup), settings: setup.settings, start }
    }

    /// Whether a run with this setup would be the same run.
    pub(in crate::app) fn fits(&self, setup: &Setup) -> bool {
        let start = self.settings.start;
        let settings = Settings { start, ..setup.settings.clone().with_live_of(&self.settings) };
        self.checksums == checksums(setup) && settings == self.settings
    }

    /// What it started from.
    pub(in crate::app) fn started_from(&self) -> Start {
        self.settings.start
    }

    /// Its setup, with all but the start taken from `rest`.
    pub(in crate::app) fn setup(&self, rest: Setup) -> Setup {
        let settings = Settings { start: self.settings.start, ..rest.settings };
        Setup { start: self.start.clone().map(StoredPicture::of), settings, ..rest }
    }
}

fn checksums(setup: &Setup) -> Vec<Option<Checksum>> {
    let styles = setup.styles.iter().map(|style| &style.source);
    setup.content.iter().chain(styles).map(|source| source.checksum).collect()
}
