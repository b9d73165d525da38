//! A picture on its way to a file.

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
    /// The long side it is written with, in pixels; its own when not given.
    pub long_side: Option<u32>,
    /// How it is encoded.
    pub encoding: encode::Export,
    /// How it was painted.
    pub setup: Setup,
    /// What the camera recorded with the photo.
    pub exif: Option<Exif>,
    /// How much of that the file says.
    pub disclosure: Disclosure,
    /// Files that must not be replaced.
    pub inputs: Vec<PathBuf>,
    /// Whether the person agreed to replace the file.
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
    /// A file of that name exists, and the person was not asked about it yet.
    Exists(PathBuf),
    /// Another program changed the file since it was read or written here; projects only.
    ChangedOutside(PathBuf),
    /// Anything else, in one sentence.
    Refused(String),
}
