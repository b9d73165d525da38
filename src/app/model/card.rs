//! A picture's card: the loaded picture, and the one that is being read to replace it.

use std::path::PathBuf;
use std::sync::Arc;

use super::photo_folder::PhotoFolder;
use crate::clip::ClipSource;
use crate::picture::Picture;
use crate::picture::metadata::Exif;
use crate::picture::path::file_name;
use crate::studio::project::{Place, Source};
use crate::studio::samples;

/// Long side of a thumbnail in pixels: sharp on a card even on a high-density screen.
pub(in crate::app) const THUMBNAIL_SIDE: u32 = 448;

/// Identifies a card, even after its picture was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CardId(pub(super) u64);

/// Identifies a request to read a picture, so that a stale answer can be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request(pub(super) u64);

/// Where a picture is read from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file, or a folder of photos or frames.
    File(PathBuf),
    /// A folder whose pictures are the frames of a clip.
    Frames(PathBuf),
    /// A folder whose pictures are single photos.
    Photos(PathBuf),
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
    /// The name of the picture for the user.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) | Self::Frames(path) | Self::Photos(path) => file_name(path),
            Self::Sample(index) => samples::ALL.get(*index).map_or_else(String::new, |sample| sample.title.to_owned()),
            Self::Pixels { .. } => "Pasted picture".to_owned(),
        }
    }
}

/// Where new pictures go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The first becomes the photo if there is none; the others become paintings.
    Anywhere,
    /// The first becomes the photo; the others become paintings.
    Photo,
    /// The first replaces this painting; the others are added.
    Painting(CardId),
    /// All are added as paintings.
    NewPainting,
}

/// A picture that was read.
#[derive(Clone, Debug)]
pub struct LoadedPicture {
    /// Its name for the user: a file's name, a sample's title.
    pub name: String,
    /// The file it came from.
    pub path: Option<PathBuf>,
    /// The picture.
    pub picture: Arc<Picture>,
    /// Its thumbnail.
    pub thumbnail: Arc<Picture>,
    /// Its record in a project.
    pub source: Source,
    /// The camera data, as far as it may be passed on.
    pub exif: Option<Exif>,
    /// The recipe, if this program painted it.
    pub recipe: Option<String>,
    /// The clip or the folder that the picture is one of.
    pub one_of: Option<OneOf>,
}

/// What a picture is one of, if it was not opened by itself.
#[derive(Clone, Debug)]
pub enum OneOf {
    /// A frame of a clip.
    Clip {
        /// The clip.
        clip: Arc<ClipSource>,
        /// Its time, in seconds from the first frame.
        time: f64,
    },
    /// A photo of a folder.
    Folder {
        /// The folder.
        folder: Arc<PhotoFolder>,
        /// Its index among the photos.
        index: usize,
    },
}

impl LoadedPicture {
    /// A picture that no file was read for, under the name and the path of one; it has no thumbnail.
    pub(in crate::app) fn without_file(path: PathBuf, picture: Arc<Picture>) -> Self {
        let name = file_name(&path);
        let source = Source::new(name.clone(), None, Place::File(path.clone()));
        let thumbnail = Arc::clone(&picture);
        Self { name, path: Some(path), picture, thumbnail, source, exif: None, recipe: None, one_of: None }
    }

    /// The clip that the picture is a frame of.
    pub fn clip(&self) -> Option<&Arc<ClipSource>> {
        match &self.one_of {
            Some(OneOf::Clip { clip, .. }) => Some(clip),
            Some(OneOf::Folder { .. }) | None => None,
        }
    }

    /// The folder that it is a photo of, and its index.
    pub fn folder(&self) -> Option<(&Arc<PhotoFolder>, usize)> {
        match &self.one_of {
            Some(OneOf::Folder { folder, index }) => Some((folder, *index)),
            Some(OneOf::Clip { .. }) | None => None,
        }
    }

    /// Whether both are of one clip or one folder.
    pub(in crate::app) fn is_of_same(&self, other: &Self) -> bool {
        match (&self.one_of, &other.one_of) {
            (Some(OneOf::Clip { clip: this, .. }), Some(OneOf::Clip { clip: that, .. })) => Arc::ptr_eq(this, that),
            (Some(OneOf::Folder { folder: this, .. }), Some(OneOf::Folder { folder: that, .. })) => {
                Arc::ptr_eq(this, that)
            }
            _ => false,
        }
    }
}

/// A frame that was read to be shown.
#[derive(Clone, Debug)]
pub struct ReadFrame {
    /// The frame.
    pub picture: Arc<Picture>,
    /// Its thumbnail.
    pub thumbnail: Arc<Picture>,
}

/// A picture that is being read.
#[derive(Clone, Debug)]
pub struct PendingPicture {
    /// The request to read it.
    pub request: Request,
    /// Its name for the user.
    pub name: String,
    /// The file it comes from.
    pub path: Option<PathBuf>,
}

/// The card of one picture.
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
    /// The name of the picture that is being read for it, or else of the one on it.
    pub fn name(&self) -> &str {
        match (&self.pending, &self.loaded) {
            (Some(pending), _) => &pending.name,
            (None, Some(loaded)) => &loaded.name,
            (None, None) => "",
        }
    }
}
