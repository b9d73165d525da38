//! The photos that a network is trained on.

use std::path::Path;
use std::sync::Arc;

use crate::engine::compute::{ComputeResult, Device, Tensor};
use crate::engine::pyramid::Size;
use crate::engine::training::Photos;
use crate::picture::path::lower_ending;
use crate::picture::resize::thumbnail;
use crate::picture::{Checksum, Picture, decode};
use crate::studio::samples::{self, SampleKind};

/// Long side in pixels of the copies that are kept: crops are hardly ever larger than this in the photo.
const SIDE: u32 = 1024;

/// The most photos that are kept; their copies take 3 MB each.
const MOST: usize = 200;

/// Photos, each at most 1024 pixels long.
#[derive(Clone)]
pub struct TrainingPhotos {
    photos: Vec<Arc<Picture>>,
    /// Whether the program's samples are among them.
    has_samples: bool,
}

/// Why a folder has no photos to train on.
#[derive(Debug, thiserror::Error)]
pub enum PhotosError {
    /// The folder cannot be read.
    #[error("the folder of photos cannot be read ({}); choose another: {name}", crate::reason::reason(.reason))]
    Unreadable {
        /// The operating system's error.
        reason: std::io::Error,
        /// The folder's path.
        name: String,
    },
    /// No file in it is a picture.
    #[error("the folder has no pictures that Impasto can read; choose a folder with photos: {0}")]
    Empty(String),
}

impl TrainingPhotos {
    /// The program's sample photos.
    pub fn samples() -> Self {
        let photos = samples::of_kind(SampleKind::Photo).filter_map(|index| {
            let sample = &samples::ALL[index];
            Some(Arc::new(thumbnail(&decode::from_bytes(sample.bytes, sample.title).ok()?, SIDE)))
        });
        Self { photos: photos.collect(), has_samples: true }
    }

    /// The same photos and another one.
    #[must_use]
    pub fn with(mut self, photo: &Picture) -> Self {
        self.photos.push(Arc::new(thumbnail(photo, SIDE)));
        self
    }

    /// The pictures in a folder, without those in folders within it. Other files are passed over. Of more than
    /// 200 pictures, 200 that are evenly distributed over the sorted names are used.
    ///
    /// # Errors
    /// When the folder cannot be read or has no picture.
    pub fn in_folder(folder: &Path) -> Result<Self, PhotosError> {
        let name = || folder.display().to_string();
        let entries = std::fs::read_dir(folder).map_err(|reason| PhotosError::Unreadable { reason, name: name() })?;
        let is_picture = |path: &Path| decode::is_picture_name(path) && lower_ending(path) != "style";
        let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| is_picture(path)).collect();
        files.sort();
        let count = files.len().min(MOST);
        let chosen = (0..count).map(|index| &files[index * files.len() / count]);
        let photos: Vec<_> =
            chosen.filter_map(|path| Some(Arc::new(thumbnail(&decode::open(path).ok()?, SIDE)))).collect();
        if photos.is_empty() { Err(PhotosError::Empty(name())) } else { Ok(Self { photos, has_samples: false }) }
    }

    /// Whether the program's samples are among them.
    pub fn has_samples(&self) -> bool {
        self.has_samples
    }

    /// A checksum of all photos, which tells whether a training goes on with the same.
    pub(super) fn checksum(&self) -> Checksum {
        let sizes: Vec<u8> =
            self.photos.iter().flat_map(|photo| [photo.width(), photo.height()]).flat_map(u32::to_le_bytes).collect();
        let pixels = self.photos.iter().map(|photo| photo.pixels().as_bytes());
        Checksum::of_parts(std::iter::once(sizes.as_slice()).chain(pixels))
    }
}

impl Photos for TrainingPhotos {
    fn count(&self) -> usize {
        self.photos.len()
    }

    fn size(&self, index: usize) -> Size {
        let photo = &self.photos[index];
        Size { width: photo.width() as usize, height: photo.height() as usize }
    }

    fn square(&self, index: usize, left: usize, top: usize, side: usize) -> ComputeResult<Tensor> {
        let part = self.photos[index].part(left as u32, top as u32, side as u32, side as u32);
        Tensor::from_vec(part.to_planes(), (3, side, side), &Device::cpu())
    }
}
