//! Adding, replacing and removing pictures.

use std::path::PathBuf;
use std::sync::Arc;

use super::map::is_map;
use crate::app::message::{Effect, MapAction};
use crate::app::model::card::{CardId, LoadedPicture, Origin, PendingPicture, Request, Target};
use crate::app::model::dialog::Purpose;
use crate::app::model::document::Next;
use crate::app::model::mask::{MaskAction, MaskFor};
use crate::app::model::notices::{NoticeKind, Topic};
use crate::app::model::question::{FinishedPicture, Question};
use crate::app::model::view::Side;
use crate::app::services::desktop::Clip;
use crate::app::state::State;
use crate::clip::has_film_ending;
use crate::picture::camera_name::is_camera_name;
use crate::studio::WrittenRecipe;
use crate::studio::project::is_project;

impl State {
    pub(super) fn choose_pictures(&mut self, target: Target) -> Vec<Effect> {
        self.open_dialog(Purpose::Open(target), String::new(), None)
    }

    /// Adds pictures, or opens the project among them.
    pub(super) fn add(&mut self, mut origins: Vec<Origin>, target: Target) -> Vec<Effect> {
        if let (Some(Question::Missing(arrival)), Some(Origin::File(path))) = (self.question(), origins.first()) {
            return match arrival.missing_for(path) {
                Some(index) => self.search(index, path.clone()),
                None => Vec::new(),
            };
        }
        let project = origins.iter().find_map(|origin| match origin {
            Origin::File(path) => is_project(path).then(|| path.clone()),
            _ => None,
        });
        if let Some(project) = project {
            if origins.len() > 1 {
                let text = "Only the project was opened; add the other files afterwards.";
                self.notices.notify(NoticeKind::Remark, text);
            }
            return self.leave_for(Next::Open(project));
        }
        if let Some(index) = origins.iter().rposition(is_map)
            && let Origin::File(path) = origins.remove(index)
        {
            origins.retain(|origin| !is_map(origin));
            let mut effects = self.map_action(MapAction::Open(path));
            if !origins.is_empty() {
                effects.extend(self.add(origins, target));
            }
            return effects;
        }
        // A clip is always the photo.
        let is_film = |origin: &Origin| matches!(origin, Origin::File(path) if has_film_ending(path));
        let film = origins.iter().position(is_film).map(|index| origins.remove(index));
        if film.is_none() && target == Target::Anywhere && self.sources.photo.is_none() {
            // File managers pass files in any order.
            if let Some(index) = origins.iter().position(|origin| looks_like_a_photo(&origin.name())) {
                origins[..=index].rotate_right(1);
            }
        }
        // Help would cover what is added.
        self.questions.take(|question| matches!(question, Question::Help));
        self.notices.clear_topic(Topic::Reading);
        self.keep_step();
        self.sources.accept_photo();
        let film = film.map(|film| self.load(film, Target::Photo, true));
        let others = origins.into_iter().enumerate();
        let others: Vec<Effect> = others.map(|(index, origin)| self.load(origin, target, index == 0)).collect();
        film.into_iter().chain(others).collect()
    }

    /// Makes a card wait for a picture; `first` if it is the first of those for the target.
    pub(super) fn load(&mut self, origin: Origin, target: Target, first: bool) -> Effect {
        let request = self.sources.new_request();
        let path = match &origin {
            Origin::File(path) | Origin::Frames(path) | Origin::Photos(path) => Some(path.clone()),
            Origin::Sample(_) | Origin::Pixels { .. } => None,
        };
        self.sources.wait_for(PendingPicture { request, name: origin.name(), path }, target, first);
        Effect::Load(request, origin)
    }

    pub(super) fn add_files(&mut self, paths: Vec<PathBuf>, target: Target) -> Vec<Effect> {
        self.add(paths.into_iter().map(Origin::File).collect(), target)
    }

    /// Receives a picture. For a finished picture, asks whether to restore its settings instead.
    pub(super) fn loaded(&mut self, request: Request, result: Result<Box<LoadedPicture>, String>) {
        // By now, the card may have been removed, or wait for another picture.
        if !self.sources.waits_for(request) {
            return;
        }
        let mut loaded = match result {
            Ok(loaded) => loaded,
            Err(reason) => {
                if let Some(path) = self.sources.give_up(request).and_then(|pending| pending.path) {
                    self.recent.forget(&path);
                }
                return self.notices.report(Topic::Reading, &reason);
            }
        };
        if loaded.one_of.is_some() {
            // Only its content tells an animation or a folder from a picture.
            self.sources.move_to_photo(request);
        }
        let recipe = loaded.recipe.take().filter(|_| loaded.path.is_some());
        match recipe.map(|recipe| WrittenRecipe::parse(&recipe)) {
            // Only one of several finished pictures is asked about; the others are added.
            Some(Ok(recipe)) if !self.questions.iter().any(|asked| matches!(asked, Question::Restore(_))) => {
                let finished = FinishedPicture { request, loaded, recipe: Box::new(recipe) };
                self.questions.push_behind(Question::Restore(Box::new(finished)));
            }
            Some(Err(error)) => {
                self.notices.notify(NoticeKind::Remark, &format!("{error}: {}", loaded.name));
                self.put_on_card(request, *loaded);
            }
            _ => self.put_on_card(request, *loaded),
        }
    }

    /// Puts a picture on the card that waits for it.
    pub(super) fn put_on_card(&mut self, request: Request, loaded: LoadedPicture) {
        let Some(card) = self.sources.waiting_card(request) else { return };
        let (id, replaces) = (card.id, card.loaded.is_some());
        let is_photo = self.sources.photo.as_ref().is_some_and(|photo| photo.id == id);
        if is_photo {
            // The mask being edited belongs to the old photo.
            self.mask(MaskAction::Done);
        }
        if replaces {
            self.keep_step();
        }
        match &loaded.path {
            Some(path) if is_photo => {
                self.recent.photo(loaded.folder().map_or(path, |(folder, _)| &folder.path));
            }
            // Those are in a list of their own.
            Some(path) if self.styles.find(path).is_some() => {}
            // So are the maps of these.
            Some(_) if loaded.picture.map_place().is_some() => {}
            Some(path) => self.recent.painting(path),
            None => {}
        }
        if let Some(card) = self.sources.waiting_card(request) {
            (card.pending, card.loaded) = (None, Some(loaded));
        }
        if is_photo {
            // A new photo is shown, unless it would hide the picture being painted.
            if self.canvas.is_some() && !self.run.is_active() {
                self.view.side = Side::Photo;
            }
            self.remove_unfit_masks();
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
        self.sources.paintings.retain(|painting| painting.source.id != id);
    }

    pub(super) fn remove_paintings(&mut self) {
        if self.easel.as_ref().is_some_and(|easel| matches!(easel.purpose, MaskFor::Painting(_))) {
            self.mask(MaskAction::Done);
        }
        self.keep_step();
        self.sources.paintings.clear();
    }

    pub(super) fn paste(&mut self) -> Vec<Effect> {
        if std::mem::replace(&mut self.pasting, true) { Vec::new() } else { vec![Effect::ReadClipboard] }
    }

    pub(super) fn pasted(&mut self, clip: Result<Clip, String>) -> Vec<Effect> {
        self.pasting = false;
        if matches!(clip, Ok(Clip::Pixels { .. } | Clip::Files(_))) {
            self.notices.clear_topic(Topic::Clipboard);
        }
        match clip {
            Ok(Clip::Pixels { width, height, rgba }) => {
                self.add(vec![Origin::Pixels { width, height, rgba: Arc::new(rgba) }], Target::Anywhere)
            }
            Ok(Clip::Files(paths)) => self.add_files(paths, Target::Anywhere),
            Ok(Clip::Partly { files, problem }) => {
                self.notices.notify(NoticeKind::Remark, &problem);
                self.add_files(files, Target::Anywhere)
            }
            Ok(Clip::Nothing) => {
                self.notices.notify(NoticeKind::Remark, "There is no picture on the clipboard; copy one first.");
                Vec::new()
            }
            Err(reason) => {
                self.notices.report(Topic::Clipboard, &reason);
                Vec::new()
            }
        }
    }
}

/// Whether the name looks like one given by a camera, is that of an animation, or contains "photo".
fn looks_like_a_photo(name: &str) -> bool {
    let name = name.to_lowercase();
    let is_animation = [".gif", ".apng"].iter().any(|ending| name.ends_with(ending));
    is_animation || name.contains("photo") || is_camera_name(&name)
}
