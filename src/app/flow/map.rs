//! Style maps: making and changing them, looking at one, and taking places on it as paintings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::message::{Effect, MapAction, MapEffect};
use crate::app::model::card::{Card, LoadedPicture, Origin, Target};
use crate::app::model::dialog::Purpose;
use crate::app::model::map_making::{MapJob, MapMaking};
use crate::app::model::notices::{NoticeKind, RemovedItem, Topic};
use crate::app::model::open_map::{OpenMap, ReadMap, TriedPlace};
use crate::app::model::sources::{NEW_PAINTING, Painting, Sources};
use crate::app::state::State;
use crate::engine::style_map::draw_place;
use crate::picture::MapPlace;
use crate::picture::path::{lower_ending, with_ending};
use crate::picture::style_map::StyleMap;
use crate::studio::map::MapNews;

impl State {
    pub(super) fn map_action(&mut self, action: MapAction) -> Vec<Effect> {
        match action {
            MapAction::ChooseFolder if self.map_obstacle().is_none() => {
                return self.open_dialog(Purpose::MapFolder, String::new(), None);
            }
            MapAction::Choose => return self.open_dialog(Purpose::OpenMap, String::new(), self.maps_folder.clone()),
            MapAction::Open(path) => return vec![Effect::Map(MapEffect::Read(path))],
            MapAction::Read(Ok(read)) => self.show_map(*read),
            MapAction::Read(Err((path, sentence))) => {
                self.recent.forget(&path);
                self.notices.report(Topic::Map, &sentence);
            }
            MapAction::Close => self.map = None,
            MapAction::SetView(view) => {
                if let Some(open) = &mut self.map {
                    open.view = view;
                }
            }
            MapAction::Try { place, is_added } => {
                self.view.leave_photo();
                if let Some(open) = &mut self.map {
                    open.try_place(place, is_added);
                }
            }
            MapAction::Take => return self.take_place(),
            MapAction::GoTo(place) => {
                if let Some(open) = &mut self.map {
                    open.try_place(place, false);
                }
                return self.take_place();
            }
            MapAction::Surprise => return self.map_action(MapAction::GoTo(draw_place(&mut rand::rng()))),
            MapAction::PaintWith => return self.paint_with_place(),
            MapAction::ToggleFavourite => {
                if let Some(open) = &self.map {
                    self.favourites.toggle(open.plane(), open.cursor);
                }
            }
            MapAction::ReadThumbnail(painting) => {
                let open = self.map.as_mut().filter(|open| open.map.paintings.len() > painting);
                if let Some(open) = open
                    && open.ask_for_thumbnail(painting)
                {
                    return vec![Effect::Map(MapEffect::ReadThumbnail(Arc::clone(&open.map), painting))];
                }
            }
            MapAction::Thumbnail(map, painting, thumbnail) => {
                if let Some(open) = self.map.as_mut().filter(|open| Arc::ptr_eq(&open.map, &map)) {
                    open.keep_thumbnail(painting, thumbnail);
                }
            }
            MapAction::ChoosePaintings => return self.open_dialog(Purpose::MapPaintings, String::new(), None),
            MapAction::AddPaintings(added) => return self.change_map(|_| {}, added, false),
            MapAction::Remove(painting) => return self.remove_from_map(painting),
            MapAction::LearnAgain => return self.change_map(|_| {}, Vec::new(), true),
            MapAction::AskWhere => {
                if let Some(path) = self.map.as_ref().map(|open| open.path.clone()) {
                    let suggestion = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    return self.open_dialog(Purpose::ExportMap(path), suggestion, self.export_folder.clone());
                }
            }
            MapAction::Copied(Ok(path)) => {
                self.notices.clear_topic(Topic::Map);
                self.export_folder = path.parent().map(Path::to_path_buf);
                self.notices.notify(NoticeKind::Done, &format!("The map was exported to {}.", path.display()));
            }
            MapAction::Copied(Err(sentence)) => self.notices.report(Topic::Map, &sentence),
            MapAction::News(news) => return self.map_news(news),
            MapAction::Stop => {
                if let Some(making) = &mut self.map_making {
                    making.is_stopping = true;
                    return vec![Effect::Map(MapEffect::Stop)];
                }
            }
            MapAction::ChooseFolder => {}
        }
        Vec::new()
    }

    /// Why no map can be made, as a hint; `None` if one can.
    pub fn map_obstacle(&self) -> Option<&'static str> {
        match (&self.map_making, &self.maps_folder) {
            (Some(_), _) => Some("Another map is being made or changed"),
            (None, None) => Some("Impasto has no folder to keep maps in; use impasto map"),
            (None, Some(_)) => None,
        }
    }

    /// Makes a map of the paintings in a folder.
    pub(super) fn make_map_of(&mut self, paintings: PathBuf) -> Vec<Effect> {
        match (self.map_obstacle(), self.maps_folder.clone()) {
            (None, Some(folder)) => self.begin_map(MapJob::Make { paintings, folder }),
            _ => Vec::new(),
        }
    }

    /// Changes the open map, after `edit`; with `added` paintings, and learned again if `learns_again`.
    fn change_map(&mut self, edit: impl FnOnce(&mut StyleMap), added: Vec<PathBuf>, learns_again: bool) -> Vec<Effect> {
        let Some(open) = &self.map else { return Vec::new() };
        let (path, mut map) = (open.path.clone(), Arc::clone(&open.map));
        edit(Arc::make_mut(&mut map));
        self.begin_map(MapJob::Change { path, map, added, learns_again })
    }

    fn begin_map(&mut self, job: MapJob) -> Vec<Effect> {
        if self.map_making.is_some() {
            self.notices.notify(NoticeKind::Remark, "Another map is being made or changed; try again when it is done.");
            return Vec::new();
        }
        self.notices.clear_topic(Topic::Map);
        self.map_making = Some(MapMaking::new(job.clone()));
        vec![Effect::Map(MapEffect::Make(Box::new(job)))]
    }

    fn remove_from_map(&mut self, painting: usize) -> Vec<Effect> {
        let Some(open) = self.map.as_ref().filter(|_| self.map_making.is_none()) else { return Vec::new() };
        let Some(name) = open.map.paintings.get(painting).map(|painting| painting.name.clone()) else {
            return Vec::new();
        };
        let (path, before) = (open.path.clone(), Arc::clone(&open.map));
        let effects = self.change_map(|map| drop(map.paintings.remove(painting)), Vec::new(), false);
        let text = format!("The painting {name} was removed from the map.");
        self.notices.removed(&text, RemovedItem::MapPainting(path, before));
        effects
    }

    /// Writes a map as it was before a painting was removed.
    pub(super) fn restore_map(&mut self, path: PathBuf, map: Arc<StyleMap>) -> Vec<Effect> {
        self.begin_map(MapJob::Change { path, map, added: Vec::new(), learns_again: false })
    }

    fn map_news(&mut self, news: MapNews) -> Vec<Effect> {
        let Some(making) = &mut self.map_making else { return Vec::new() };
        match news {
            MapNews::Told(event) => {
                if let Some(remark) = making.take(event) {
                    self.notices.notify(NoticeKind::Remark, &remark);
                }
                return Vec::new();
            }
            MapNews::Made { path, paintings } => {
                let (name, left_out) = (making.job.name(), std::mem::take(&mut making.left_out));
                if let MapJob::Make { .. } = making.job {
                    let text = format!("The map {name} is made of {paintings} paintings.");
                    self.notices.notify(NoticeKind::Done, &text);
                }
                if let Some(first) = left_out.first() {
                    let text = match left_out.len() {
                        1 => format!("One painting was left out: {first}"),
                        count => format!("{count} paintings were left out, the first one because {first}"),
                    };
                    self.notices.notify(NoticeKind::Remark, &text);
                }
                self.map_making = None;
                return vec![Effect::Map(MapEffect::Read(path))];
            }
            MapNews::Stopped => {}
            MapNews::Failed(sentence) => {
                // What was to be removed is still there.
                self.notices.take_removed_if(|item| matches!(item, RemovedItem::MapPainting(..)));
                self.notices.report(Topic::Map, &sentence);
            }
        }
        self.map_making = None;
        Vec::new()
    }

    fn show_map(&mut self, read: ReadMap) {
        self.notices.clear_topic(Topic::Map);
        self.recent.map(&read.path);
        let mut open = match self.map.take() {
            Some(open) if open.path == read.path => open.replaced_by(read),
            _ => OpenMap::new(read),
        };
        let place = self.card_on(&open).and_then(|card| card.loaded.as_ref()?.picture.map_place().map(|on| on.place()));
        open.cursor = place.unwrap_or(open.cursor);
        self.map = Some(open);
    }

    /// The last painting that is a place on a map.
    fn card_on(&self, open: &OpenMap) -> Option<&Card> {
        let is_on_map = |card: &&Card| {
            let pending = card.pending.as_ref().and_then(|pending| pending.path.as_ref());
            let path = pending.or_else(|| card.loaded.as_ref()?.path.as_ref());
            path.is_some_and(|path| open.holds(path))
        };
        self.sources.paintings.iter().map(|painting| &painting.source).rev().find(is_on_map)
    }

    /// Puts the place that is tried on a card: on that of the place before, or on one of its own.
    fn take_place(&mut self) -> Vec<Effect> {
        let Some(open) = &self.map else { return Vec::new() };
        let Some(TriedPlace { place, is_added, taken: None, .. }) = open.tried else { return Vec::new() };
        let path = MapPlace::path(&open.path, place);
        let before = self.card_on(open).map(|card| card.id);
        self.keep_step();
        let target = match before {
            Some(id) if !is_added => Target::Painting(id),
            _ => {
                if !is_added && !self.sources.paintings.is_empty() {
                    self.remove_paintings();
                    let text = "The place on the map took the place of the paintings. Undo brings them back; with Shift, a \
                                place is added to them.";
                    self.notices.notify(NoticeKind::Remark, text);
                }
                Target::NewPainting
            }
        };
        let effect = self.load(Origin::File(path), target, true);
        if let (Effect::Load(request, _), Some(tried)) =
            (&effect, self.map.as_mut().and_then(|open| open.tried.as_mut()))
        {
            tried.taken = Some(*request);
        }
        vec![effect]
    }

    /// Starts to paint with the place of the cursor. If no card has it, it is taken first.
    fn paint_with_place(&mut self) -> Vec<Effect> {
        let Some(open) = &mut self.map else { return Vec::new() };
        if self.sources.holds_file(&MapPlace::path(&open.path, open.cursor)) {
            return self.start();
        }
        open.try_place(open.cursor, false);
        let effects = self.take_place();
        if let Some(tried) = self.map.as_mut().and_then(|open| open.tried.as_mut()) {
            tried.starts = true;
        }
        effects
    }

    /// After every action: a place that has arrived on its card is no longer tried.
    pub(super) fn follow_map(&mut self) -> Vec<Effect> {
        let Some(open) = &mut self.map else { return Vec::new() };
        let has_arrived = |tried: &mut TriedPlace| tried.taken.is_some_and(|request| !self.sources.waits_for(request));
        let Some(tried) = open.tried.take_if(has_arrived).filter(|tried| tried.starts) else { return Vec::new() };
        // Reading it may have failed.
        if self.sources.holds_file(&MapPlace::path(&open.path, tried.place)) { self.start() } else { Vec::new() }
    }

    /// The photo and the paintings as they would be if the place that is tried were taken; `None` if none is, or it waits for its
    /// picture.
    pub(super) fn sources_with_tried_place(&self) -> Option<Sources> {
        let open = self.map.as_ref()?;
        let tried = open.tried.as_ref().filter(|tried| tried.taken.is_none())?;
        let loaded = LoadedPicture::without_file(MapPlace::path(&open.path, tried.place), Arc::clone(&tried.picture));
        let mut sources = self.sources.clone();
        let before = self.card_on(open).map(|card| card.id).filter(|_| !tried.is_added);
        let same = sources.paintings.iter_mut().find(|painting| Some(painting.source.id) == before);
        if let Some(painting) = same {
            (painting.source.loaded, painting.source.pending) = (Some(loaded), None);
            return Some(sources);
        }
        if !tried.is_added {
            sources.paintings.clear();
        }
        let mut painting = Painting::new(sources.new_card(Some(loaded)));
        painting.set_balance(NEW_PAINTING);
        sources.paintings.push(painting);
        Some(sources)
    }
}

/// Whether a file is a style map, by its name; places on maps have other names.
pub(super) fn is_map(origin: &Origin) -> bool {
    matches!(origin, Origin::File(path) if lower_ending(path) == StyleMap::ENDING)
}

/// Copies a map to a chosen file. The dialog has asked whether it may be replaced, unless an ending is added now.
pub(super) fn export_map_to(from: PathBuf, chosen: PathBuf) -> Vec<Effect> {
    let is_named = lower_ending(&chosen) == StyleMap::ENDING;
    let to = if is_named { chosen } else { with_ending(&chosen, StyleMap::ENDING) };
    vec![Effect::Map(MapEffect::Copy { from, to, may_replace: is_named })]
}
