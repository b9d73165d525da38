//! The photo and the paintings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::card::{Card, CardId, LoadedPicture, OneOf, PendingPicture, ReadFrame, Request, Target};
use super::mask::{Mask, MaskFor};
use crate::picture::Picture;
use crate::picture::path::file_name;
use crate::studio::project::{Place, StoredPicture};
use crate::studio::{Settings, Style, StyleBalance};

/// A painting on its card, with its weight among the paintings, its brush scale, and its mask.
pub type Painting = Style<Card, Arc<Mask>>;

/// Weight and brush scale of a new painting.
pub const NEW_PAINTING: StyleBalance = StyleBalance { weight: 50.0, brush_scale: 1.0 };
/// Largest weight on the slider.
pub const LARGEST_SHARE: f32 = 100.0;

/// The photo and the paintings.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The photo.
    pub photo: Option<Card>,
    /// The paintings, in the order of the panel.
    pub paintings: Vec<Painting>,
    /// The mask of where the photo stays unchanged.
    pub protection: Option<Arc<Mask>>,
    /// The photo's card, if its picture is the photo only because it came first of the files that were added last.
    guessed_photo: Option<CardId>,
    /// The last number given to a card or a request.
    last: u64,
}

impl Sources {
    /// The photo with its name and file, once it is read.
    pub fn loaded_photo(&self) -> Option<&LoadedPicture> {
        self.photo.as_ref()?.loaded.as_ref()
    }

    /// The photo, once it is read.
    pub fn photo_picture(&self) -> Option<&Arc<Picture>> {
        self.loaded_photo().map(|loaded| &loaded.picture)
    }

    /// Width and height of the photo in pixels, once it is read.
    pub fn photo_size(&self) -> Option<(u32, u32)> {
        self.photo_picture().map(|photo| (photo.width(), photo.height()))
    }

    /// The paintings that are read.
    pub fn ready_paintings(&self) -> impl Iterator<Item = &LoadedPicture> {
        self.paintings.iter().filter_map(|painting| painting.source.loaded.as_ref())
    }

    /// Whether a picture is being read.
    pub fn is_loading(&self) -> bool {
        self.cards().any(|card| card.pending.is_some())
    }

    /// Whether there is no card at all.
    pub fn is_empty(&self) -> bool {
        self.photo.is_none() && self.paintings.is_empty()
    }

    /// The files that the pictures came from.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.cards().filter_map(|card| card.loaded.as_ref()?.path.clone()).collect()
    }

    /// Follows a file of a painting that was renamed.
    pub(in crate::app) fn follow(&mut self, from: &Path, to: &Path) {
        let loaded = self.paintings.iter_mut().filter_map(|painting| painting.source.loaded.as_mut());
        for loaded in loaded.filter(|loaded| loaded.path.as_deref() == Some(from)) {
            loaded.name = file_name(to);
            loaded.path = Some(to.to_path_buf());
            loaded.source.name.clone_from(&loaded.name);
            loaded.source.place = Place::File(to.to_path_buf());
        }
    }

    /// The painting on a card.
    pub fn painting(&self, id: CardId) -> Option<&Painting> {
        self.paintings.iter().find(|painting| painting.source.id == id)
    }

    pub(in crate::app) fn mask_for(&self, purpose: MaskFor) -> Option<&Arc<Mask>> {
        match purpose {
            MaskFor::Protection => self.protection.as_ref(),
            MaskFor::Painting(id) => self.painting(id)?.mask.as_ref(),
        }
    }

    pub(in crate::app) fn set_mask(&mut self, purpose: MaskFor, mask: Option<Arc<Mask>>) {
        match purpose {
            MaskFor::Protection => self.protection = mask,
            MaskFor::Painting(id) => {
                if let Some(painting) = self.painting_mut(id) {
                    painting.mask = mask;
                }
            }
        }
    }

    /// Removes the masks that do not have the photo's shape; returns whether there were any.
    pub(in crate::app) fn remove_unfit_masks(&mut self) -> bool {
        let Some(size) = self.photo_size() else { return false };
        let masks = self.paintings.iter_mut().map(|painting| &mut painting.mask).chain([&mut self.protection]);
        let mut removed = false;
        for mask in masks {
            removed |= mask.take_if(|mask| !mask.fits(size)).is_some();
        }
        removed
    }

    /// A new card, with its picture if that is read already.
    pub(in crate::app) fn new_card(&mut self, loaded: Option<LoadedPicture>) -> Card {
        Card { id: CardId(self.number()), loaded, pending: None }
    }

    pub(in crate::app) fn new_request(&mut self) -> Request {
        Request(self.number())
    }

    /// Puts a picture that is being read on its card; `first` if it is the first of those for the target.
    pub(in crate::app) fn wait_for(&mut self, pending: PendingPicture, target: Target, first: bool) {
        let as_photo = match target {
            Target::Anywhere => self.photo.is_none() && first,
            Target::Photo => first,
            Target::Painting(_) | Target::NewPainting => false,
        };
        if as_photo {
            let card = self.photo.take().unwrap_or_else(|| self.new_card(None));
            self.guessed_photo = (target == Target::Anywhere).then_some(card.id);
            self.photo = Some(Card { pending: Some(pending), ..card });
            return;
        }
        if let Target::Painting(id) = target
            && first
            && let Some(painting) = self.painting_mut(id)
        {
            painting.source.pending = Some(pending);
            return;
        }
        let mut painting = Painting::new(Card { pending: Some(pending), ..self.new_card(None) });
        painting.set_balance(NEW_PAINTING);
        self.paintings.push(painting);
    }

    /// The same without masks.
    pub(in crate::app) fn without_masks(&self) -> Self {
        let paintings = self.paintings.iter().map(|style| style.with(style.source.clone(), None)).collect();
        Self { paintings, protection: None, ..self.clone() }
    }

    /// The card that waits for the answer to this request.
    pub(in crate::app) fn waiting_card(&mut self, request: Request) -> Option<&mut Card> {
        self.photo
            .iter_mut()
            .chain(self.paintings.iter_mut().map(|painting| &mut painting.source))
            .find(|card| card.pending.as_ref().is_some_and(|pending| pending.request == request))
    }

    pub(in crate::app) fn waits_for(&self, request: Request) -> bool {
        self.cards().any(|card| card.pending.as_ref().is_some_and(|pending| pending.request == request))
    }

    /// Stops waiting for a picture and removes its card unless that shows another; returns the pending picture.
    pub(in crate::app) fn give_up(&mut self, request: Request) -> Option<PendingPicture> {
        let pending = self.waiting_card(request).and_then(|card| card.pending.take());
        let keep = |card: &Card| card.loaded.is_some() || card.pending.is_some();
        self.photo = self.photo.take().filter(keep);
        self.paintings.retain(|painting| keep(&painting.source));
        pending
    }

    /// Files that are added from now on have nothing to do with those before.
    pub(in crate::app) fn accept_photo(&mut self) {
        self.guessed_photo = None;
    }

    /// Lets the photo wait for a clip for which another card waits. A picture that came with the clip, and is the photo only
    /// because it came first, becomes a painting.
    pub(in crate::app) fn move_to_photo(&mut self, request: Request) {
        let is_there = |card: &Card| card.pending.as_ref().is_some_and(|pending| pending.request == request);
        if self.photo.as_ref().is_some_and(is_there) {
            return;
        }
        if let Some(pending) = self.give_up(request) {
            let guessed = self.guessed_photo.take();
            if let Some(card) = self.photo.take_if(|photo| guessed == Some(photo.id)) {
                let mut painting = Painting::new(card);
                painting.set_balance(NEW_PAINTING);
                self.paintings.push(painting);
            }
            self.wait_for(pending, Target::Photo, true);
        }
    }

    /// Shows another frame of the photo's clip.
    pub(in crate::app) fn show_frame(&mut self, frame: ReadFrame, time: f64) {
        let Some(loaded) = self.photo.as_mut().and_then(|card| card.loaded.as_mut()) else { return };
        let Some(OneOf::Clip { time: shown, .. }) = &mut loaded.one_of else { return };
        *shown = time;
        loaded.source.place = Place::Inside(StoredPicture::of(Arc::clone(&frame.picture)));
        (loaded.picture, loaded.thumbnail) = (frame.picture, frame.thumbnail);
    }

    /// Shows another photo of the photo's folder.
    pub(in crate::app) fn show_photo(&mut self, photo: LoadedPicture) {
        let Some(loaded) = self.photo.as_mut().and_then(|card| card.loaded.as_mut()) else { return };
        if loaded.is_of_same(&photo) {
            *loaded = photo;
        }
    }

    /// Moves a painting to another place in the order.
    pub(in crate::app) fn move_painting(&mut self, id: CardId, to: usize) {
        if let Some(from) = self.paintings.iter().position(|painting| painting.source.id == id) {
            let painting = self.paintings.remove(from);
            self.paintings.insert(to.min(self.paintings.len()), painting);
        }
    }

    /// Sets weight and brush scale of a painting, each clamped to its range.
    pub(in crate::app) fn set_balance(&mut self, id: CardId, StyleBalance { weight, brush_scale }: StyleBalance) {
        if let Some(painting) = self.painting_mut(id) {
            let (smallest, largest) = Settings::BRUSH_SCALE.into_inner();
            painting.weight = weight.clamp(0.0, LARGEST_SHARE);
            painting.brush_scale = brush_scale.clamp(smallest, largest);
        }
    }

    /// Removes everything. Numbers are not reused.
    pub(in crate::app) fn clear(&mut self) {
        *self = Self { last: self.last, ..Self::default() };
    }

    fn cards(&self) -> impl Iterator<Item = &Card> {
        self.photo.iter().chain(self.paintings.iter().map(|painting| &painting.source))
    }

    fn painting_mut(&mut self, id: CardId) -> Option<&mut Painting> {
        self.paintings.iter_mut().find(|painting| painting.source.id == id)
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}
