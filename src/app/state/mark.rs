//! What tells whether anything has changed since a project was saved.

use std::sync::{Arc, Weak};

use super::{CardId, Loaded, MaskFor, Painting, ResultId, Sheet, State};
use crate::picture::Picture;
use crate::studio::{Settings, StyleBalance};

/// What a project holds, in a form that two of can be compared at no cost. The pictures themselves are not kept.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Mark {
    photo: Option<Weak<Picture>>,
    paintings: Vec<MarkedPainting>,
    protection: Option<Weak<Sheet>>,
    settings: Settings,
    results: Vec<(ResultId, bool)>,
}

#[derive(Clone, Debug)]
struct MarkedPainting {
    card: CardId,
    picture: Option<Weak<Picture>>,
    part: StyleBalance,
    mask: Option<Weak<Sheet>>,
}

impl PartialEq for Mark {
    fn eq(&self, other: &Self) -> bool {
        let same_painting = |(this, that): (&MarkedPainting, &MarkedPainting)| {
            this.card == that.card
                && this.part == that.part
                && is_same(this.picture.as_ref(), that.picture.as_ref())
                && is_same(this.mask.as_ref(), that.mask.as_ref())
        };
        self.settings == other.settings
            && self.results == other.results
            && is_same(self.photo.as_ref(), other.photo.as_ref())
            && is_same(self.protection.as_ref(), other.protection.as_ref())
            && self.paintings.len() == other.paintings.len()
            && self.paintings.iter().zip(&other.paintings).all(same_painting)
    }
}

fn is_same<T>(this: Option<&Weak<T>>, that: Option<&Weak<T>>) -> bool {
    match (this, that) {
        (Some(this), Some(that)) => this.ptr_eq(that),
        (this, that) => this.is_none() && that.is_none(),
    }
}

impl State {
    /// What a project would hold now.
    pub(in crate::app) fn mark(&self) -> Mark {
        let picture = |loaded: &Loaded| Arc::downgrade(&loaded.picture);
        let painting = |painting: &Painting| MarkedPainting {
            card: painting.card.id,
            picture: painting.card.loaded.as_ref().map(picture),
            part: painting.part,
            mask: self.mask_for(MaskFor::Painting(painting.card.id)).map(Arc::downgrade),
        };
        Mark {
            photo: self.sources.photo_picture().map(Arc::downgrade),
            paintings: self.sources.paintings.iter().map(painting).collect(),
            protection: self.mask_for(MaskFor::Protection).map(Arc::downgrade),
            settings: self.settings.clone(),
            results: self.history.entries().iter().map(|entry| (entry.id, entry.kept)).collect(),
        }
    }
}
