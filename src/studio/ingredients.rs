//! The parts of a recipe: the pictures, the settings, and the hardware.

use std::sync::Arc;
use std::time::Duration;

use super::hardware::Hardware;
use super::settings::Settings;
use super::style::Style;
use crate::engine::extent::Extent;
use crate::engine::pyramid::Size;
use crate::picture::Picture;
use crate::picture::resize::fit_size;

/// What the picture shows.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A photo.
    Photo {
        /// The photo.
        picture: Arc<Picture>,
        /// Light where the photo stays unchanged, dark where it is painted, with the photo's proportions.
        protect: Option<Arc<Picture>>,
    },
    /// A texture in the style of the paintings, without a photo.
    Texture {
        /// Width of the result in pixels.
        width: u32,
        /// Height of the result in pixels.
        height: u32,
        /// Whether it tiles seamlessly.
        seamless: bool,
    },
}

impl Subject {
    /// A photo without a protection mask.
    pub fn photo(picture: Arc<Picture>) -> Self {
        Self::Photo { picture, protect: None }
    }
}

/// The unchecked parts of a recipe.
#[derive(Clone, Debug)]
pub struct Ingredients {
    /// What the picture shows.
    pub subject: Subject,
    /// The paintings, at least one.
    pub styles: Vec<Style<Arc<Picture>>>,
    /// The starting picture, for [`super::Start::Picture`] and [`super::Start::Continue`].
    pub start_picture: Option<Arc<Picture>>,
    /// How to paint.
    pub settings: Settings,
    /// Where to paint.
    pub hardware: Hardware,
    /// How long painting may take. The number of iterations is reduced so that every scale still gets its share.
    pub time_limit: Option<Duration>,
}

impl Ingredients {
    /// Whether the photo is protected by a mask, or any style has a mask.
    pub(super) fn has_masks(&self) -> bool {
        let is_protected = matches!(self.subject, Subject::Photo { protect: Some(_), .. });
        is_protected || self.styles.iter().any(|style| style.mask.is_some())
    }

    /// Width and height of the result in pixels.
    pub(super) fn result_size(&self) -> (u32, u32) {
        match &self.subject {
            Subject::Photo { picture, .. } => fit_size(picture.width(), picture.height(), self.settings.size),
            Subject::Texture { width, height, .. } => (*width, *height),
        }
    }

    /// The size of the result, and whether it is seamless.
    pub(super) fn extent(&self) -> Extent {
        let (width, height) = self.result_size();
        let seamless = matches!(self.subject, Subject::Texture { seamless: true, .. });
        Extent { size: Size { width: width as usize, height: height as usize }, seamless }
    }
}
