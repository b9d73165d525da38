//! A style map that is being made or changed.

use std::path::PathBuf;
use std::sync::Arc;

use crate::picture::Checksum;
use crate::picture::path::file_name;
use crate::picture::style_map::{MapPainting, StyleMap};
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
    /// Its file, once it is written and being read.
    pub written: Option<PathBuf>,
    /// The map before a change, as it was open.
    pub(in crate::app) before: Option<Arc<StyleMap>>,
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
        /// What is changed.
        change: MapChange,
    },
}

/// A change of a map. It is made to the map that is in the file when it begins.
#[derive(Clone, Debug)]
pub enum MapChange {
    /// Add the paintings in these files and folders.
    Add(Vec<PathBuf>),
    /// Remove this painting.
    Remove(Box<MapPainting>),
    /// Put a painting back that was removed, if the plane is still this one.
    PutBack {
        /// The plane.
        plane: Checksum,
        /// The painting.
        painting: Box<MapPainting>,
    },
    /// Learn the plane again.
    LearnAgain,
    /// Use the plane of this map again, if it has the same paintings.
    Layout(Arc<StyleMap>),
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
    pub(in crate::app) fn new(job: MapJob, before: Option<Arc<StyleMap>>) -> Self {
        Self { job, described: (0, 0), steps: (0, 0), left_out: Vec::new(), is_stopping: false, written: None, before }
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
