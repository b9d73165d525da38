//! What was prepared for an instant picture, kept for the next one of the same pictures.

use std::sync::{Arc, Weak};

use super::ingredients::{Ingredients, Subject};
use super::settings::Palette;
use crate::engine::instant::StyleVectors;
use crate::engine::pyramid::Size;
use crate::engine::transfer::Job;
use crate::picture::Picture;

/// Pixels of the largest result that is kept: memory should not stay taken because of a large one.
const MOST_PIXELS: usize = 2048 * 2048;

/// A job, and what the predictor made of its pictures.
pub(super) struct Prepared {
    key: Key,
    pub(super) job: Job,
    pub(super) vectors: Option<StyleVectors>,
}

/// What a job depends on, apart from settings that act later.
struct Key {
    /// The photo, the protection mask, and each painting and its mask.
    pictures: Vec<Option<Weak<Picture>>>,
    size: Size,
    palette: Palette,
}

impl Prepared {
    pub(super) fn new(ingredients: &Ingredients, job: Job) -> Self {
        let weak = |picture: Option<&Arc<Picture>>| picture.map(Arc::downgrade);
        let pictures = pictures(ingredients).into_iter().map(weak).collect();
        let key = Key { pictures, size: ingredients.extent().size, palette: ingredients.settings.palette };
        Self { key, job, vectors: None }
    }

    /// Whether it is of these pictures at this size.
    pub(super) fn fits(&self, ingredients: &Ingredients) -> bool {
        let now = pictures(ingredients);
        let is_same = |(kept, now): (&Option<Weak<Picture>>, Option<&Arc<Picture>>)| match (kept, now) {
            (Some(kept), Some(now)) => std::ptr::eq(kept.as_ptr(), Arc::as_ptr(now)),
            (None, None) => true,
            _ => false,
        };
        self.key.pictures.len() == now.len()
            && self.key.pictures.iter().zip(now).all(is_same)
            && self.key.size == ingredients.extent().size
            && self.key.palette == ingredients.settings.palette
    }

    /// Whether it is small enough to be kept.
    pub(super) fn is_small(&self) -> bool {
        self.key.size.pixels() <= MOST_PIXELS
    }
}

fn pictures(ingredients: &Ingredients) -> Vec<Option<&Arc<Picture>>> {
    let mut pictures = Vec::new();
    if let Subject::Photo { picture, protect } = &ingredients.subject {
        pictures.extend([Some(picture), protect.as_ref()]);
    }
    pictures.extend(ingredients.styles.iter().flat_map(|style| [Some(&style.source), style.mask.as_ref()]));
    pictures
}
