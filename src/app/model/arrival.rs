//! Work that replaces the open work: a project, the settings in a finished picture, or recovered work. It is read
//! completely, and missing pictures are asked for, before any of it is used.

use std::path::Path;
use std::sync::Arc;

use super::card::LoadedPicture;
use super::document::ProjectFile;
use super::mask::Mask;
use crate::picture::{Checksum, MapPlace, Picture};
use crate::studio::project::{PastResult, Setup, Source, StoredPicture, Unfinished};
use crate::studio::{Settings, Start, Style};

/// Work that was read, with the pictures that were found.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Where it comes from.
    pub origin: ArrivalOrigin,
    /// The pictures that it names, each once.
    pub pictures: Vec<ArrivalPicture>,
    /// The setup of the next run.
    pub ready: LoadedSetup,
    /// The results, oldest first.
    pub results: Vec<LoadedResult>,
    /// A run to continue.
    pub unfinished: Option<Unfinished>,
    /// Whether a search for missing pictures is running.
    pub searching: bool,
}

/// An unfinished painting of a clip or of a folder that was read.
#[derive(Clone, Debug)]
pub struct UnfinishedWork {
    /// The paintings, the masks and the settings; without the photo.
    pub setup: Arrival,
    /// The clip or the folder.
    pub photo: LoadedPicture,
}

/// Where work comes from.
#[derive(Clone, Debug)]
pub enum ArrivalOrigin {
    /// A project.
    Project(ProjectFile),
    /// The settings in a finished picture of that name.
    Picture(String),
    /// A crashed program, with the project that the work belonged to.
    Recovery(Option<ProjectFile>),
}

/// A picture that work names.
#[derive(Clone, Debug)]
pub struct ArrivalPicture {
    /// Its name, checksum and place.
    pub source: Source,
    /// The outcome of the search for it.
    pub found: SearchResult,
    /// Whether the next run needs it; only earlier results need the others.
    pub is_needed: bool,
}

/// The outcome of the search for a picture.
#[derive(Clone, Debug)]
pub enum SearchResult {
    /// The picture.
    Found(Box<LoadedPicture>),
    /// A different picture in its place.
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
    /// The mask of where the photo stays unchanged.
    pub protection: Option<Arc<Mask>>,
    /// For each style, the mask of where it applies.
    pub masks: Vec<Option<Arc<Mask>>>,
    /// The picture to continue from.
    pub start: Option<Arc<Picture>>,
}

/// An earlier result that was read.
#[derive(Clone, Debug)]
pub struct LoadedResult {
    /// Its record in the project.
    pub past: PastResult,
    /// The setup that it was painted with.
    pub ready: LoadedSetup,
    /// The picture.
    pub picture: Arc<Picture>,
    /// Its thumbnail.
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
    /// The needed pictures that were not found, with their indices.
    pub fn missing(&self) -> impl Iterator<Item = (usize, &ArrivalPicture)> {
        let is_missing = |(_, picture): &(usize, &ArrivalPicture)| picture.is_needed && picture.found.found().is_none();
        self.pictures.iter().enumerate().filter(is_missing)
    }

    /// The missing picture that a file may be: the one with its name, or a place on the map of its name, or else the first.
    pub(in crate::app) fn missing_for(&self, path: &Path) -> Option<usize> {
        let has_its_name = |(_, picture): &(usize, &ArrivalPicture)| {
            let name = Path::new(&picture.source.name);
            let map = MapPlace::in_path(name).map(|(map, _)| map);
            path.file_name().is_some_and(|own| own == name || map.is_some_and(|map| own == map))
        };
        self.missing().find(has_its_name).or_else(|| self.missing().next()).map(|(index, _)| index)
    }

    /// Whether a picture of the next run was found elsewhere than in its recorded place, or not at all.
    pub(in crate::app) fn has_moved(&self) -> bool {
        let is_there =
            |picture: &ArrivalPicture| picture.found.found().is_some_and(|found| found.source == picture.source);
        self.pictures.iter().any(|picture| picture.is_needed && !is_there(picture))
    }

    pub(in crate::app) fn photo(&self, setup: &Setup) -> Option<LoadedPicture> {
        setup.content.as_ref().and_then(|content| self.loaded(content))
    }

    pub(in crate::app) fn paintings(&self, ready: &LoadedSetup) -> Vec<Style<LoadedPicture, Arc<Mask>>> {
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

/// An unfinished run of a project or of recovered work, which waits for Start.
#[derive(Clone, Debug)]
pub struct UnfinishedRun {
    pub(in crate::app) progress: Unfinished,
    settings: Settings,
    checksums: Vec<Option<Checksum>>,
    pub(in crate::app) start: Option<Arc<Picture>>,
}

impl UnfinishedRun {
    pub(in crate::app) fn new(progress: Unfinished, ready: LoadedSetup) -> Self {
        let LoadedSetup { setup, start, .. } = ready;
        Self { progress, checksums: checksums(&setup), settings: setup.settings, start }
    }

    /// Whether a run with this setup would continue it.
    pub(in crate::app) fn fits(&self, setup: &Setup) -> bool {
        let start = self.settings.start;
        let settings = Settings { start, ..setup.settings.clone().with_steerable_settings_of(&self.settings) };
        self.checksums == checksums(setup) && settings == self.settings
    }

    pub(in crate::app) fn started_from(&self) -> Start {
        self.settings.start
    }

    /// Its setup: the start of this run, everything else from `rest`.
    pub(in crate::app) fn setup(&self, rest: Setup) -> Setup {
        let settings = Settings { start: self.settings.start, ..rest.settings };
        Setup { start: self.start.clone().map(StoredPicture::of), settings, ..rest }
    }
}

fn checksums(setup: &Setup) -> Vec<Option<Checksum>> {
    let styles = setup.styles.iter().map(|style| &style.source);
    setup.content.iter().chain(styles).map(|source| source.checksum).collect()
}
