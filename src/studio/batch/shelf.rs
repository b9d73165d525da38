//! The paintings of a batch, each read once as long as there are not too many.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::lock::lock;
use crate::picture::decode::{self, PictureFile};
use crate::picture::path::file_name;
use crate::picture::{Checksum, Picture, PictureError};

/// How many paintings are kept in memory.
const KEPT: usize = 32;

/// A painting of a batch.
#[derive(Clone, Debug)]
pub(super) struct ShelfStyle {
    path: PathBuf,
    pub(super) checksum: Checksum,
    /// How often it is drawn, relative to the others.
    pub(super) weight: f32,
}

impl ShelfStyle {
    /// Its file name.
    pub(super) fn name(&self) -> String {
        file_name(&self.path)
    }

    /// Its file name without the ending.
    pub(super) fn stem(&self) -> &Path {
        Path::new(self.path.file_stem().unwrap_or(self.path.as_os_str()))
    }
}

/// The paintings of a batch.
#[derive(Debug)]
pub(super) struct StyleShelf {
    pub(super) styles: Vec<ShelfStyle>,
    /// The latest ones, the last one last.
    kept: Mutex<VecDeque<(usize, Arc<Picture>)>>,
}

impl StyleShelf {
    /// Reads each painting, so that an unusable one is reported before anything is painted.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(super) fn read<'a>(named: impl IntoIterator<Item = (&'a Path, f32)>) -> Result<Self, PictureError> {
        let (mut styles, mut kept) = (Vec::new(), VecDeque::new());
        for (path, weight) in named {
            let PictureFile { picture, checksum, .. } = decode::read(path)?;
            if kept.len() < KEPT {
                kept.push_back((styles.len(), Arc::new(picture)));
            }
            styles.push(ShelfStyle { path: path.to_path_buf(), checksum, weight });
        }
        Ok(Self { styles, kept: Mutex::new(kept) })
    }

    /// A painting.
    ///
    /// # Errors
    /// When it must be read again and cannot.
    pub(super) fn picture(&self, index: usize) -> Result<Arc<Picture>, PictureError> {
        let mut kept = lock(&self.kept);
        if let Some((_, picture)) = kept.iter().find(|(own, _)| *own == index) {
            return Ok(Arc::clone(picture));
        }
        let picture = Arc::new(decode::open(&self.styles[index].path)?);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((index, Arc::clone(&picture)));
        Ok(picture)
    }
}
