//! The picture in the middle of the window, with the inputs that it was painted from.

use std::path::PathBuf;
use std::sync::Arc;

use crate::picture::Picture;
use crate::picture::metadata::Exif;
use crate::studio::Frame;
use crate::studio::project::Setup;

/// A picture that is being painted, or a result.
#[derive(Clone, Debug)]
pub struct Canvas {
    /// The pixels so far.
    pub image: CanvasImage,
    /// Width and height of the finished picture.
    pub size: (u32, u32),
    /// Long side in pixels of the last scale that was painted.
    pub reached: u32,
    /// The photo it is painted from.
    pub photo: Arc<Picture>,
    /// Its name, without an extension.
    pub name: String,
    /// The files it is painted from.
    pub inputs: Vec<PathBuf>,
    /// How it was painted, for the metadata of its file.
    pub setup: Setup,
    /// The camera data of the photo.
    pub exif: Option<Exif>,
}

/// Pixels to show.
#[derive(Clone, Debug)]
pub enum CanvasImage {
    /// A finished picture.
    Picture(Arc<Picture>),
    /// A frame of the active run.
    Frame(Arc<Frame>),
}

impl CanvasImage {
    /// Whether both share one allocation.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Picture(this), Self::Picture(that)) => Arc::ptr_eq(this, that),
            (Self::Frame(this), Self::Frame(that)) => Arc::ptr_eq(this, that),
            _ => false,
        }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        match self {
            Self::Picture(picture) => (picture.width(), picture.height()),
            Self::Frame(frame) => (frame.width, frame.height),
        }
    }
}

/// Whether two pictures have the same aspect ratio within 2 %, so that a divider between them makes sense.
pub(in crate::app) fn have_same_shape(one: (u32, u32), other: (u32, u32)) -> bool {
    let shape = |(width, height): (u32, u32)| f64::from(width) / f64::from(height);
    (shape(one) / shape(other) - 1.0).abs() <= 0.02
}
