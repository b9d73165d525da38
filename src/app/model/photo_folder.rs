//! A folder of photos on disk.

use std::path::PathBuf;

use crate::picture::path::file_name;

/// A folder of photos.
#[derive(Clone, Debug)]
pub struct PhotoFolder {
    /// The folder.
    pub path: PathBuf,
    /// The photos in it and in its folders, in the order in which they are painted.
    pub photos: Vec<PathBuf>,
    /// Whether its pictures are numbered and may be the frames of a clip.
    pub may_be_clip: bool,
}

impl PhotoFolder {
    /// Its name.
    pub fn name(&self) -> String {
        file_name(&self.path)
    }
}
