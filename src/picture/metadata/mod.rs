//! Metadata of picture files: the picture's provenance, the recipe to paint it again, and EXIF data from the camera.

mod excerpt;
mod exif;
mod xmp;

use serde::{Deserialize, Serialize};

pub use exif::Exif;
pub use xmp::{Provenance, recipe_in};

/// The TIFF tag of an XMP packet.
pub(super) const XMP_TAG: u16 = 700;

/// Metadata to write to a file; none by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// What the picture was made from and how.
    pub provenance: Option<Provenance>,
    /// EXIF data of the photo.
    pub exif: Option<Exif>,
}

/// How much metadata a file discloses; each level includes the previous ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disclosure {
    /// No metadata.
    Nothing,
    /// How the picture was painted, and the names of its source pictures.
    #[default]
    Settings,
    /// EXIF data of the photo, without the position.
    Camera,
    /// The position where the photo was taken.
    Place,
}

impl Metadata {
    /// The metadata that `disclosure` allows.
    #[must_use]
    pub fn limited_to(self, disclosure: Disclosure) -> Self {
        match disclosure {
            Disclosure::Nothing => Self::default(),
            Disclosure::Settings => Self { exif: None, ..self },
            Disclosure::Camera => Self { exif: self.exif.map(Exif::without_position), ..self },
            Disclosure::Place => self,
        }
    }
}
