//! The photo and the paintings: arriving, replaced, weighed, taken away.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::project::{Next, is_project};
use super::{Finished, Kind, MaskAction, MaskFor, Question, Sheet, State, Topic, View};
use crate::app::action::{Effect, Origin, Target};
use crate::app::desktop::Clip;
use crate::app::samples;
use crate::picture::Picture;
use crate::picture::metadata::Exif;
use crate::studio::project::Source;
use crate::studio::{Settings, StyleBalance, WrittenRecipe};

/// Tells one card from another, also after its picture was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CardId(u64);

/// Tells one reading from another, so that a late one can be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request(u64);

/// A picture that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What a person calls it: a file's name, a sample's title.
    pub name: String,
    /// The file it came from.
    pub path: Option<PathBuf>,
    /// The picture.
    pub picture: Arc<Picture>,
    /// A small copy.
    pub thumbnail: Arc<Picture>,
    /// What a project says of it.
    pub source: Source,
    /// What the camera noted, as far as it may be handed on.
    pub exif: Option<Exif>,
    /// How it was painted, when this program painted it.
    pub recipe: Option<String>,
}

/// A picture that is being read.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The reading.
    pub request: Request,
    /// What a person calls it.
    pub name: String,
    /// The file it comes from.
    pub path: Option<PathBuf>,
}

/// The place of one picture.
#[derive(Clone, Debug)]
pub struct Card {
    /// Which one.
    pub id: CardId,
    /// The picture, once read; stays while another is read to replace it.
    pub loaded: Option<Loaded>,
    /// The picture that is being read.
    pub pending: Option<Pending>,
}

/// A painting and its share.
#[derive(Clone, Debug)]
pub struct Painting {
    /// The picture.
    pub card: Card,
    /// Its share among the paintings, of which only the ratio to the others matters, and the size of its strokes
    /// beside theirs.
    pub part: StyleBalance,
    /// Where its manner goes; everywhere when not given.
    pub mask: Option<Arc<Sheet>>,
}

impl Painting {
    /// The part of a new painting.
    pub const USUAL: StyleBalance = StyleBalance { weight: 50.0, brush_scale: 1.0 };
    /// The share that the slider reaches.
    pub const MOST: f32 = 100.0;
}

/// The photo and the paintings.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The photo.
    pub photo: Option<Card>,
    /// The paintings, in the order they came.
    pub paintings: Vec<Painting>,
    /// Where the photo stays as it is; nowhere when not given.
    pub protection: Option<Arc<Sheet>>,
    next: u64,
}

impl Sources {
    /// The photo, if it is there.
    pub fn photo_picture(&self) -> Option<&Arc<Picture>> {
        Some(&self.photo.as_ref()?.loaded.as_ref()?.picture)
    }

    /// The paintings that are there.
    pub fn ready_paintings(&self) -> impl Iterator<Item = &Loaded> {
        self.paintings.iter().filter_map(|painting| painting.card.loaded.as_ref())
    }

    /// A picture is being read.
    pub fn is_loading(&self) -> bool {
        self.cards().any(|card| card.pending.is_some())
    }

    /// No card at all.
    pub fn is_empty(&self) -> bool {
        self.photo.is_none() && self.paintings.is_empty()
    }

    /// The files that the pictures came from.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.cards().filter_map(|card| card.loaded.as_ref()?.path.clone()).collect()
    }

    fn cards(&self) -> impl Iterator<Item = &Card> {
        self.photo.iter().chain(self.paintings.iter().map(|painting| &painting.card))
    }

    fn card_mut(&mut self, request: Request) -> Option<&mut Card> {
        self.photo
            .iter_mut()
            .chain(self.paintings.iter_mut().map(|painting| &mut painting.card))
            .find(|card| card.pending.as_ref().is_some_and(|pending| pending.request == request))
    }

    /// A card waits for this reading.
    pub(super) fn waits_for(&self, request: Request) -> bool {
        self.cards().any(|card| card.pending.as_ref().is_some_and(|pending| pending.request == request))
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The painting on that card.
    pub(super) fn painting_mut(&mut self, id: CardId) -> Option<&mut Painting> {
        self.paintings.iter_mut().find(|painting| painting.card.id == id)
    }

    pub(super) fn new_card(&mut self) -> Card {
        Card { id: CardId(self.number()), loaded: None, pending: None }
    }

    /// Takes everything away.
    pub(super) fn clear(&mut self) {
        (self.photo, self.protection) = (None, None);
        self.paintings.clear();
    }

    /// Waits no longer for a picture.
    pub(super) fn give_up(&mut self, request: Request) {
        if let Some(card) = self.card_mut(request) {
            card.pending = None;
        }
        self.drop_empty_cards();
    }

    /// Cards whose picture could not be read and that had none before.
    fn drop_empty_cards(&mut self) {
        let keep = |card: &Card| card.loaded.is_some() || card.pending.is_some();
        self.photo = self.photo.take().filter(keep);
        self.paintings.retain(|painting| keep(&painting.card));
    }
}

impl State {
    pub(super) fn add(&mut self, mut origins: Vec<Origin>, target: Target) -> Vec<Effect> {
        let project = origins.iter().find_map(|origin| match origin {
            Origin::File(path) => is_project(path).then(|| path.clone()),
            _ => None,
        });
        if let (Some(Question::Missing(_)), Some(Origin::File(path))) = (self.question(), origins.first()) {
            let path = path.clone();
            return self.look_in_dropped(&path);
        }
        if let Some(project) = project {
            if origins.len() > 1 {
                self.notify(Kind::Remark, "Only the project is opened; add the other files when it is there.");
            }
            return self.leave_for(Next::Open(project));
        }
        if target == Target::Anywhere && self.sources.photo.is_none() {
            // A file manager hands files over in any order.
            if let Some(index) = origins.iter().position(|origin| looks_like_a_photo(&name_of(origin))) {
                let photo = origins.remove(index);
                origins.insert(0, photo);
            }
        }
        // What is added is to be seen.
        self.help_open = false;
        self.works(Topic::Reading);
        self.keep_step();
        let mut effects = Vec::with_capacity(origins.len());
        for (index, origin) in origins.into_iter().enumerate() {
            let request = Request(self.sources.number());
            let path = match &origin {
                Origin::File(path) => Some(path.clone()),
                Origin::Sample(_) | Origin::Pixels { .. } => None,
            };
            let pending = Pending { request, name: name_of(&origin), path };
            self.place(pending, target, index == 0);
            effects.push(Effect::Load(request, origin));
        }
        effects
    }

    fn place(&mut self, pending: Pending, target: Target, first: bool) {
        let as_photo = match target {
            Target::Anywhere => self.sources.photo.is_none() && first,
            Target::Photo => first,
            Target::Painting(_) | Target::NewPainting => false,
        };
        if as_photo {
            let card = match self.sources.photo.take() {
                Some(card) => card,
                None => self.sources.new_card(),
            };
            self.sources.photo = Some(Card { pending: Some(pending), ..card });
            return;
        }
        if let Target::Painting(id) = target
            && first
            && let Some(painting) = self.sources.painting_mut(id)
        {
            painting.card.pending = Some(pending);
            return;
        }
        let card = Card { pending: Some(pending), ..self.sources.new_card() };
        self.sources.paintings.push(Painting { card, part: Painting::USUAL, mask: None });
    }

    pub(super) fn loaded(&mut self, request: Request, result: Result<Box<Loaded>, String>) -> Vec<Effect> {
        // A card that was removed, or replaced again, no longer waits for this one.
        let Some(card) = self.sources.card_mut(request) else { return Vec::new() };
        match result {
            Ok(mut loaded) => {
                let recipe = loaded.recipe.take().filter(|_| loaded.path.is_some());
                match recipe.map(|recipe| WrittenRecipe::parse(&recipe)) {
                    // Of several finished pictures, one is asked about; the others are pictures like any.
                    Some(Ok(recipe)) if !self.questions.iter().any(|asked| matches!(asked, Question::Restore(_))) => {
                        self.offer_to_restore(Finished { request, loaded, recipe: Box::new(recipe) });
                    }
                    Some(Err(error)) => {
                        self.notify(Kind::Remark, &format!("{error}: {}", loaded.name));
                        self.put_on_card(request, *loaded);
                    }
                    _ => self.put_on_card(request, *loaded),
                }
            }
            Err(reason) => {
                if let Some(path) = card.pending.take().and_then(|pending| pending.path) {
                    self.recent.forget(&path);
                }
                self.sources.drop_empty_cards();
                self.complain(Topic::Reading, &reason);
            }
        }
        Vec::new()
    }

    /// Puts a picture where it was to go.
    pub(super) fn put_on_card(&mut self, request: Request, loaded: Loaded) {
        let Some(card) = self.sources.card_mut(request) else { return };
        let (id, replaces) = (card.id, card.loaded.is_some());
        let is_photo = self.sources.photo.as_ref().is_some_and(|photo| photo.id == id);
        if is_photo {
            // The mask that is being painted belongs to the photo before.
            self.mask(MaskAction::Done);
        }
        if replaces {
            self.keep_step();
        }
        let Some(card) = self.sources.card_mut(request) else { return };
        let path = loaded.path.clone();
        (card.pending, card.loaded) = (None, Some(loaded));
        match path {
            Some(path) if is_photo => self.recent.photo(&path),
            Some(path) => self.recent.painting(&path),
            None => {}
        }
        // Whoever brings another photo wants to see it; a running picture keeps its place.
        if is_photo && self.canvas.is_some() && !self.run.is_active() {
            self.view = View::Photo;
        }
        if is_photo {
            self.check_masks();
        }
    }

    pub(super) fn remove_photo(&mut self) {
        self.mask(MaskAction::Done);
        self.keep_step();
        self.sources.photo = None;
    }

    pub(super) fn remove_painting(&mut self, id: CardId) {
        if self.easel.as_ref().is_some_and(|easel| easel.purpose == MaskFor::Painting(id)) {
            self.mask(MaskAction::Done);
        }
        self.keep_step();
        self.sources.paintings.retain(|painting| painting.card.id != id);
    }

    pub(super) fn remove_paintings(&mut self) {
        if matches!(self.easel.as_ref().map(|easel| easel.purpose), Some(MaskFor::Painting(_))) {
            self.mask(MaskAction::Done);
        }
        self.keep_step();
        self.sources.paintings.clear();
    }

    pub(super) fn move_painting(&mut self, id: CardId, to: usize) {
        let paintings = &mut self.sources.paintings;
        if let Some(from) = paintings.iter().position(|painting| painting.card.id == id) {
            let painting = paintings.remove(from);
            paintings.insert(to.min(paintings.len()), painting);
        }
    }

    pub(super) fn set_part(&mut self, id: CardId, part: StyleBalance) -> Vec<Effect> {
        if let Some(painting) = self.sources.painting_mut(id) {
            let (smallest, largest) = Settings::BRUSH_SCALE.into_inner();
            painting.part = StyleBalance {
                weight: part.weight.clamp(0.0, Painting::MOST),
                brush_scale: part.brush_scale.clamp(smallest, largest),
            };
        }
        self.adjust()
    }

    pub(super) fn paste(&mut self) -> Vec<Effect> {
        if std::mem::replace(&mut self.pasting, true) {
            return Vec::new();
        }
        vec![Effect::ReadClipboard]
    }

    pub(super) fn pasted(&mut self, clip: Result<Clip, String>) -> Vec<Effect> {
        self.pasting = false;
        if matches!(clip, Ok(Clip::Pixels { .. } | Clip::Files(_))) {
            self.works(Topic::Clipboard);
        }
        match clip {
            Ok(Clip::Pixels { width, height, rgba }) => {
                self.add(vec![Origin::Pixels { width, height, rgba: Arc::new(rgba) }], Target::Anywhere)
            }
            Ok(Clip::Files(paths)) => self.add_files(paths, Target::Anywhere),
            Ok(Clip::Partly { files, trouble }) => {
                self.notify(Kind::Remark, &trouble);
                self.add_files(files, Target::Anywhere)
            }
            Ok(Clip::Nothing) => {
                self.notify(Kind::Remark, "There is no picture on the clipboard; copy one first.");
                Vec::new()
            }
            Err(reason) => {
                self.complain(Topic::Clipboard, &reason);
                Vec::new()
            }
        }
    }
}

/// What a person calls a picture.
pub(in crate::app) fn name_of(origin: &Origin) -> String {
    match origin {
        Origin::File(path) => file_name(path),
        Origin::Sample(index) => samples::ALL.get(*index).map_or_else(String::new, |sample| sample.title.to_owned()),
        Origin::Pixels { .. } => "Pasted picture".to_owned(),
    }
}

/// The name is one that cameras give, or says that it is a photo.
fn looks_like_a_photo(name: &str) -> bool {
    const CAMERAS: [&str; 8] = ["img", "dsc", "pxl", "mvimg", "dji", "gopr", "pict", "p10"];
    let name = name.to_lowercase();
    name.contains("photo") || CAMERAS.iter().any(|camera| name.starts_with(camera))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
