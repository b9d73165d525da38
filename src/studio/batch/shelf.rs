//! The paintings of a batch, each read once as long as there are not too many.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::engine::balance::StyleBalance;
use crate::lock::lock;
use crate::picture::decode::{self, PictureFile};
use crate::picture::path::file_name;
use crate::picture::{Checksum, MapPlace, Picture, PictureError};
use crate::studio::style::Style;
use crate::studio::written::WrittenSource;

/// How many paintings are kept in memory.
const KEPT: usize = 32;

/// A painting or a trained style to paint a batch with.
#[derive(Clone, Debug)]
pub enum BatchPainting {
    /// A file to read.
    File(PathBuf),
    /// One that was read already.
    Read {
        /// The name of its file, or what it is called if it has none.
        name: String,
        /// Of its file, if it has one.
        checksum: Option<Checksum>,
        /// The painting.
        picture: Arc<Picture>,
    },
}

/// A painting of a batch.
#[derive(Clone, Debug)]
pub(super) struct ShelfStyle {
    source: BatchPainting,
    /// Of its file, or of its pixels if it has no file.
    pub(super) checksum: Checksum,
    /// As it is written in the files of results.
    pub(super) written: WrittenSource,
    /// How often it is drawn, or how much it counts in a mixture, relative to the others; and the size of its strokes.
    pub(super) balance: StyleBalance,
}

impl ShelfStyle {
    /// Its file name.
    pub(super) fn name(&self) -> String {
        self.written.name.clone()
    }

    /// Its file name without the ending; of a place on a style map with the place.
    pub(super) fn stem(&self) -> OsString {
        let path = match &self.source {
            BatchPainting::File(path) => path.as_path(),
            BatchPainting::Read { name, .. } => Path::new(name),
        };
        let stem = |path: &Path| path.file_stem().unwrap_or(path.as_os_str()).to_owned();
        match MapPlace::in_path(path) {
            Some((map, place)) => MapPlace::path(Path::new(&stem(&map)), place).into_os_string(),
            None => stem(path),
        }
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
    pub(super) fn read(named: Vec<Style<BatchPainting>>) -> Result<Self, PictureError> {
        let (mut styles, mut kept) = (Vec::new(), VecDeque::new());
        for style in named {
            let (written, checksum) = match &style.source {
                BatchPainting::File(path) => {
                    let PictureFile { picture, checksum, .. } = decode::read(path)?;
                    let written = WrittenSource::new(file_name(path), Some(checksum)).near_paintings_of(&picture);
                    if kept.len() < KEPT {
                        kept.push_back((styles.len(), Arc::new(picture)));
                    }
                    (written, checksum)
                }
                BatchPainting::Read { name, checksum, picture } => {
                    let written = WrittenSource::new(name.clone(), *checksum).near_paintings_of(picture);
                    (written, checksum.unwrap_or_else(|| Checksum::of(picture.pixels().as_bytes())))
                }
            };
            let balance = style.balance();
            styles.push(ShelfStyle { source: style.source, written, checksum, balance });
        }
        Ok(Self { styles, kept: Mutex::new(kept) })
    }

    /// A painting.
    ///
    /// # Errors
    /// When it must be read again and cannot.
    pub(super) fn picture(&self, index: usize) -> Result<Arc<Picture>, PictureError> {
        let path = match &self.styles[index].source {
            BatchPainting::File(path) => path,
            BatchPainting::Read { picture, .. } => return Ok(Arc::clone(picture)),
        };
        let mut kept = lock(&self.kept);
        if let Some((_, picture)) = kept.iter().find(|(own, _)| *own == index) {
            return Ok(Arc::clone(picture));
        }
        let picture = Arc::new(decode::open(path)?);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((index, Arc::clone(&picture)));
        Ok(picture)
    }
}
