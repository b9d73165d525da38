//! A folder of photos as the photo: the photo that is shown, and how all of them are to be painted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::card::Request;
use super::photo_folder::PhotoFolder;
use super::run::RunInputs;
use crate::picture::Format;
use crate::picture::metadata::Disclosure;
use crate::picture::path::file_name;
use crate::studio::batch::Pairing;
use crate::studio::{Hardware, Method, Settings};

/// The folder of photos that is open.
#[derive(Clone, Debug)]
pub struct OpenFolder {
    /// The folder.
    pub folder: Arc<PhotoFolder>,
    /// Index of the photo to show.
    pub index: usize,
    /// How to paint it.
    pub choices: FolderChoices,
    /// The photo that is being read, and its index.
    pub(in crate::app) reading: Option<(Request, usize)>,
}

impl OpenFolder {
    /// A folder of which the photo at `index` is shown.
    pub(in crate::app) fn new(folder: Arc<PhotoFolder>, index: usize) -> Self {
        let choices = FolderChoices::of(&folder.path);
        Self { folder, index, choices, reading: None }
    }

    /// Whether another photo is being read to be shown.
    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }
}

/// How the photos of a folder are to be painted, and where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderChoices {
    /// The folder for the painted pictures.
    pub output: PathBuf,
    /// How to paint them.
    pub method: Method,
    /// Which paintings each photo gets.
    pub pairing: Pairing,
    /// Whether each picture has the size of its photo; otherwise that of the settings.
    pub has_own_size: bool,
    /// The format of the pictures; that of each photo if `None`.
    pub format: Option<Format>,
}

impl FolderChoices {
    /// The usual ones for a folder: a folder beside it, a moment for each photo, and the style that the preview shows.
    fn of(folder: &Path) -> Self {
        let output = folder.with_file_name(format!("{} painted", file_name(folder)));
        Self { output, method: Method::Instant, pairing: Pairing::Mix, has_own_size: true, format: None }
    }

    /// With another method. Optimisation at the size of photos takes hours and much memory, so it begins with that of the
    /// settings.
    #[must_use]
    pub(in crate::app) fn with_method(self, method: Method) -> Self {
        Self { method, has_own_size: method == Method::Instant, ..self }
    }
}

/// A folder to paint.
#[derive(Clone, Debug)]
pub struct FolderJob {
    /// The folder.
    pub folder: Arc<PhotoFolder>,
    /// How its photos are painted, and where to.
    pub choices: FolderChoices,
    /// The settings.
    pub settings: Settings,
    /// Where to paint.
    pub hardware: Hardware,
    /// What the window remembers of paintings and settings.
    pub inputs: RunInputs,
    /// How much metadata the files contain.
    pub disclosure: Disclosure,
}
