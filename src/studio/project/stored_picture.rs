//! A picture inside a project.

use std::sync::{Arc, OnceLock};

use crate::picture::encode::{Export, Format, encoded};
use crate::picture::metadata::Metadata;
use crate::picture::{Picture, PictureError, decode};

/// A picture inside a project: the bytes of a PNG file, or a picture that is encoded when it is first saved. It is
/// encoded only once, and not while the user waits. Clones share the picture.
#[derive(Clone)]
pub struct StoredPicture(Arc<Inner>);

struct Inner {
    bytes: OnceLock<Vec<u8>>,
    /// `None` if the picture came as bytes.
    picture: Option<Arc<Picture>>,
}

impl StoredPicture {
    /// Stores a picture. It is encoded with 16 bits per channel if it has more than 8.
    pub fn of(picture: Arc<Picture>) -> Self {
        Self(Arc::new(Inner { bytes: OnceLock::new(), picture: Some(picture) }))
    }

    /// Stores the bytes of an entry of a project's file, or of any picture file.
    pub fn in_bytes(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Inner { bytes: bytes.into(), picture: None }))
    }

    /// The picture, decoded if necessary.
    ///
    /// # Errors
    /// When the bytes cannot be decoded.
    pub fn open(&self) -> Result<Arc<Picture>, PictureError> {
        match &self.0.picture {
            Some(picture) => Ok(Arc::clone(picture)),
            None => decode::from_bytes(self.0.bytes.get().map_or(&[], Vec::as_slice), "a picture in the project")
                .map(Arc::new),
        }
    }

    /// Whether both are clones of the same picture, not just equal.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The bytes of the file, encoded as PNG if necessary.
    ///
    /// # Errors
    /// When the picture cannot be encoded.
    pub(in crate::studio) fn bytes(&self) -> Result<&[u8], PictureError> {
        if let (None, Some(picture)) = (self.0.bytes.get(), &self.0.picture) {
            let pixels = picture.pixels().color();
            let export = Export {
                sixteen_bit: pixels.bytes_per_pixel() / pixels.channel_count() > 1,
                metadata: Metadata::default(),
                ..Export::new(Format::Png)
            };
            let bytes = encoded(picture, &export)?;
            return Ok(self.0.bytes.get_or_init(|| bytes));
        }
        Ok(self.0.bytes.get().map_or(&[], Vec::as_slice))
    }
}

impl PartialEq for StoredPicture {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || matches!((self.bytes(), other.bytes()), (Ok(these), Ok(those)) if these == those)
    }
}

impl std::fmt::Debug for StoredPicture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.bytes.get() {
            Some(bytes) => write!(formatter, "StoredPicture({} bytes)", bytes.len()),
            None => write!(formatter, "StoredPicture(not encoded yet)"),
        }
    }
}
