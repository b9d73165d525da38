//! The files opened most recently.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The files opened most recently, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recent {
    /// Files opened as the photo.
    pub photos: Vec<PathBuf>,
    /// Files opened as a painting.
    pub paintings: Vec<PathBuf>,
    /// Projects opened or saved.
    pub projects: Vec<PathBuf>,
    /// Style maps opened or made.
    pub maps: Vec<PathBuf>,
}

/// Most files of each kind; more would make the menu too long.
const MOST: usize = 8;

impl Recent {
    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.photos.is_empty() && self.paintings.is_empty()
    }

    pub(in crate::app) fn photo(&mut self, path: &Path) {
        remember(&mut self.photos, path);
    }

    pub(in crate::app) fn painting(&mut self, path: &Path) {
        remember(&mut self.paintings, path);
    }

    pub(in crate::app) fn project(&mut self, path: &Path) {
        remember(&mut self.projects, path);
    }

    pub(in crate::app) fn map(&mut self, path: &Path) {
        remember(&mut self.maps, path);
    }

    /// Removes a file that can no longer be opened.
    pub(in crate::app) fn forget(&mut self, path: &Path) {
        self.photos.retain(|recent| recent != path);
        self.paintings.retain(|recent| recent != path);
        self.projects.retain(|recent| recent != path);
        self.maps.retain(|recent| recent != path);
    }
}

fn remember(recent: &mut Vec<PathBuf>, path: &Path) {
    recent.retain(|other| other != path);
    recent.insert(0, path.to_path_buf());
    recent.truncate(MOST);
}
