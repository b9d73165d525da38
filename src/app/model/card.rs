//! A picture's card: the picture that was read, and the one that is being read to replace it.

use std::path::PathBuf;
use std::sync::Arc;

use crate::app::samples;
use crate::picture::Picture;
use crate::picture::metadata::Exif;
use crate::picture::path::file_name;
use crate::studio::project::Source;

/// Long side of a thumbnail in pixels: sharp on a card, also on a dense screen.
pub(in crate::app) const THUMBNAIL_SIDE: u32 = 448;

/// Identifies a card, also after its picture was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CardId(pub(super) u64);

/// Identifies a request to read a picture, so that a stale answer can be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request(pub(super) u64);

/// Where a picture is read from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file.
    File(PathBuf),
    /// A sample, an index into [`samples::ALL`].
    Sample(usize),
    /// Pixels from the clipboard.
    Pixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// RGBA, 8 bits each, row by row.
        rgba: Arc<Vec<u8>>,
    },
}

impl Origin {
    /// What a person calls the picture.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => file_name(path),
            Self::Sample(index) => samples::ALL.get(*index).map_or_else(String::new, |sample| sample.title.to_owned()),
            Self::Pixels { .. } => "Pasted picture".to_owned(),
        }
    }
}

/// Where new pictures go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The first becomes the photo if there is none; the others are paintings.
    Anywhere,
    /// The first becomes the photo; the others are paintings.
    Photo,
    /// The first replaces this painting; the others are added.
    Painting(CardId),
    /// All are added as paintings.
    NewPainting,
}

/// A picture that was read.
#[derive(Clone, Debug)]
pub struct LoadedPicture {
    /// What a person calls it: a file's name, a sample's title.
    pub name: String,
    /// The file it came from.
    pub path: Option<PathBuf>,
    /// The picture.
    pub picture: Arc<Picture>,
    /// A small copy.
    pub thumbnail: Arc<Picture>,
    /// What a project says of it.
    pub source: Source,
    /// What the camera recorded, as far as it may be passed on.
    pub exif: Option<Exif>,
    /// How it was painted, when this program painted it.
    pub recipe: Option<String>,
}

/// A picture that is being read.
#[derive(Clone, Debug)]
pub struct PendingPicture {
    /// The request that its answer will name.
    pub request: Request,
    /// What a person calls it.
    pub name: String,
    /// The file it comes from.
    pub path: Option<PathBuf>,
}

/// The place of one picture.
#[derive(Clone, Debug)]
pub struct Card {
    /// Its identity.
    pub id: CardId,
    /// The picture, once it is read; it stays while another is read to replace it.
    pub loaded: Option<LoadedPicture>,
    /// The picture that is being read.
    pub pending: Option<PendingPicture>,
}

impl Card {
    /// What a person calls the picture on it, or the one that is being read for it.
    pub fn name(&self) -> &str {
        match (&self.pending, &self.loaded) {
            (Some(pending), _) => &pending.name,
            (None, Some(loaded)) => &loaded.name,
            (None, None) => "",
        }
    }
}
