//! A style map that is being made or changed.

use std::path::PathBuf;
use std::sync::Arc;

use crate::picture::path::file_name;
use crate::picture::style_map::StyleMap;
use crate::studio::map::MapEvent;

/// A map that is being made or changed.
#[derive(Clone, Debug)]
pub struct MapMaking {
    /// What is made of it.
    pub job: MapJob,
    /// Paintings that were looked at, of so many.
    pub described: (usize, usize),
    /// Steps of the training, of so many.
    pub steps: (usize, usize),
    /// Why paintings were left out.
    pub left_out: Vec<String>,
    /// Whether it was asked to stop.
    pub is_stopping: bool,
}

/// A map to make or to change.
#[derive(Clone, Debug)]
pub enum MapJob {
    /// Make one of the paintings in a folder, as a file in the folder of maps.
    Make {
        /// The folder of paintings.
        paintings: PathBuf,
        /// The folder of maps.
        folder: PathBuf,
    },
    /// Change the one in a file.
    Change {
        /// The file.
        path: PathBuf,
        /// Its paintings, as they are to stay.
        map: Arc<StyleMap>,
        /// Files and folders of paintings to add.
        added: Vec<PathBuf>,
        /// Whether the plane is learned again.
        learns_again: bool,
    },
}

impl MapJob {
    /// The name of the map.
    pub fn name(&self) -> String {
        match self {
            Self::Make { paintings, .. } => file_name(paintings),
            Self::Change { path, .. } => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }
}

impl MapMaking {
    pub(in crate::app) fn new(job: MapJob) -> Self {
        Self { job, described: (0, 0), steps: (0, 0), left_out: Vec::new(), is_stopping: false }
    }

    /// Takes in what was told; returns a sentence for the user.
    pub(in crate::app) fn take(&mut self, event: MapEvent) -> Option<String> {
        match event {
            MapEvent::Described { number, of } => self.described = (number, of),
            MapEvent::LeftOut(sentence) => self.left_out.push(sentence),
            MapEvent::Learning { step, of } => self.steps = (step, of),
            MapEvent::Remark(sentence) => return Some(sentence),
        }
        None
    }

    /// The share that is done, from 0 to 1: mostly that of the paintings.
    pub fn fraction(&self) -> f32 {
        let share = |(done, of): (usize, usize)| done as f32 / of.max(1) as f32;
        0.8 * share(self.described) + 0.2 * share(self.steps)
    }
}
