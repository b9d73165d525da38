//! A picture inside a project.

use std::sync::{Arc, OnceLock};

use crate::picture::encode::{Export, Format, encoded};
use crate::picture::metadata::Metadata;
use crate::picture::{Picture, PictureError, decode};

/// A picture inside a project: a PNG file's bytes, or a picture that becomes one when it is first written. So taking
/// one in costs nothing where a person waits, and saving it again costs nothing at all.
#[derive(Clone)]
pub struct Held(Arc<Inner>);

struct Inner {
    bytes: OnceLock<Vec<u8>>,
    /// Missing for what was read from a file and never looked at.
    picture: Option<Arc<Picture>>,
}

impl Held {
    /// Takes in a picture, with 16 bits where it has them.
    pub fn of(picture: Arc<Picture>) -> Self {
        Self(Arc::new(Inner { bytes: OnceLock::new(), picture: Some(picture) }))
    }

    /// Takes in what a project's file holds, or any picture file.
    pub fn in_bytes(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Inner { bytes: bytes.into(), picture: None }))
    }

    /// The picture.
    pub fn open(&self) -> Result<Arc<Picture>, PictureError> {
        match &self.0.picture {
            Some(picture) => Ok(Arc::clone(picture)),
            None => decode::from_bytes(self.0.bytes.get().map_or(&[], Vec::as_slice), "a picture in the project")
                .map(Arc::new),
        }
    }

    /// The very same picture, not just an equal one.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The PNG file.
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

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.is(other) || matches!((self.bytes(), other.bytes()), (Ok(these), Ok(those)) if these == those)
    }
}

impl std::fmt::Debug for Held {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0.bytes.get() {
            Some(bytes) => write!(formatter, "Held({} bytes)", bytes.len()),
            None => write!(formatter, "Held(not written yet)"),
        }
    }
}
