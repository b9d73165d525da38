//! A picture to be written to a file.

use std::path::PathBuf;

use super::canvas::CanvasImage;
use crate::picture::encode;
use crate::picture::metadata::{Disclosure, Exif};
use crate::studio::project::Setup;

/// A picture to be written.
#[derive(Clone, Debug)]
pub struct ExportJob {
    /// The file.
    pub path: PathBuf,
    /// The picture.
    pub image: CanvasImage,
    /// Long side in pixels of the written picture; if absent, its own.
    pub long_side: Option<u32>,
    /// Its encoding.
    pub encoding: encode::Export,
    /// How it was painted.
    pub setup: Setup,
    /// The camera data of the photo.
    pub exif: Option<Exif>,
    /// How much of that the file contains.
    pub disclosure: Disclosure,
    /// Files that must not be replaced.
    pub inputs: Vec<PathBuf>,
    /// Whether the user agreed to replace the file.
    pub replace: bool,
}

/// A picture that was written.
#[derive(Clone, Debug)]
pub struct ExportedFile {
    /// The file.
    pub path: PathBuf,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// Why a file was not written.
#[derive(Clone, Debug)]
pub enum SaveError {
    /// The file exists, and the user has not agreed to replace it.
    Exists(PathBuf),
    /// Another program has changed the file since it was read or written here; projects only.
    ChangedOutside(PathBuf),
    /// Anything else, in one sentence.
    Failed(String),
}
