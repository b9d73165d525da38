//! Detects whether anything has changed since a project was saved.

use std::sync::{Arc, Weak};

use super::card::CardId;
use super::history::ResultId;
use super::mask::Mask;
use crate::picture::Picture;
use crate::studio::{Settings, Style};

/// What a project holds, cheap to compare. The pictures themselves are not kept alive.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fingerprint {
    pub(in crate::app) photo: Option<Identity<Picture>>,
    pub(in crate::app) paintings: Vec<PaintingFingerprint>,
    pub(in crate::app) protection: Option<Identity<Mask>>,
    pub(in crate::app) settings: Settings,
    pub(in crate::app) results: Vec<(ResultId, bool)>,
}

impl Fingerprint {
    /// The photo, the paintings and the masks alone.
    pub(super) fn pictures(&self) -> Self {
        let Self { photo, paintings, protection, .. } = self.clone();
        let painting = |painting| Style { weight: 1.0, brush_scale: 1.0, ..painting };
        Self { photo, paintings: paintings.into_iter().map(painting).collect(), protection, ..Self::default() }
    }
}

/// A painting: its card, its picture once loaded, and its mask.
pub(super) type PaintingFingerprint = Style<(CardId, Option<Identity<Picture>>), Identity<Mask>>;

/// One allocation, equal to itself alone.
#[derive(Clone, Debug)]
pub struct Identity<T>(Weak<T>);

impl<T> Identity<T> {
    pub(in crate::app) fn of(value: &Arc<T>) -> Self {
        Self(Arc::downgrade(value))
    }
}

impl<T> PartialEq for Identity<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}
