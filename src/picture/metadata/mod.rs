//! What a picture file says beside its pixels: where the picture comes from, how to paint it again, and what
//! the camera noted.

mod excerpt;
mod exif;
mod xmp;

use serde::{Deserialize, Serialize};

pub use exif::Exif;
pub use xmp::{Provenance, recipe_in};

/// TIFF's number for an XMP packet.
pub(super) const XMP_TAG: u16 = 700;

/// What to write beside the pixels; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Where the picture comes from.
    pub provenance: Option<Provenance>,
    /// What the camera noted about the photo.
    pub exif: Option<Exif>,
}

/// How much is said beside the pixels; each but the first adds to the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disclosure {
    /// Nothing at all.
    Nothing,
    /// How it was painted, and the names of the pictures it was painted from.
    #[default]
    Settings,
    /// What the camera noted in the photo, all but the place.
    Camera,
    /// The place where the photo was taken, too.
    Place,
}

impl Metadata {
    /// So much of it, and no more.
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
