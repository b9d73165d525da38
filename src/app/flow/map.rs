//! Style maps: making and changing them, looking at one, and taking places on it as paintings.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::app::message::{Effect, MapAction, MapEffect};
use crate::app::model::card::{Card, LoadedPicture, Origin, Target};
use crate::app::model::dialog::Purpose;
use crate::app::model::map_making::{MapChange, MapJob, MapMaking};
use crate::app::model::notices::{NoticeKind, RemovedItem, Topic};
use crate::app::model::open_map::{OpenMap, ReadMap, TriedPlace};
use crate::app::model::question::Question;
use crate::app::model::sources::{NEW_PAINTING, Painting, Sources};
use crate::app::state::State;
use crate::engine::style_map::draw_place;
use crate::picture::MapPlace;
use crate::picture::path::lower_ending;
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
            MapAction::Read(Ok(read)) => {
                let job = self.end_making(&read.path);
                self.map_read(*read, job.as_ref());
            }
            MapAction::Read(Err((path, sentence))) => {
                self.end_making(&path);
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
            MapAction::GoTo { place, is_added } => {
                if let Some(open) = &mut self.map {
                    open.try_place(place, is_added);
                }
                return self.take_place();
            }
            MapAction::Surprise => {
                return self.map_action(MapAction::GoTo { place: draw_place(&mut rand::rng()), is_added: false });
            }
            MapAction::PaintWith => return self.paint_with_place(),
            MapAction::ToggleFavourite => {
                if let Some(open) = &self.map {
                    self.favourites.toggle(open.plane, open.cursor);
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
            MapAction::AddPaintings(added) => return self.change_map(MapChange::Add(added)),
            MapAction::Remove(painting) => {
                let painting = self.map.as_ref().and_then(|open| open.map.paintings.get(painting)).cloned();
                return painting.map_or_else(Vec::new, |own| self.change_map(MapChange::Remove(Box::new(own))));
            }
            MapAction::LearnAgain => return self.change_map(MapChange::LearnAgain),
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

    /// Changes the open map.
    fn change_map(&mut self, change: MapChange) -> Vec<Effect> {
        match self.map.as_ref().map(|open| open.path.clone()) {
            Some(path) => self.begin_map(MapJob::Change { path, change }),
            None => Vec::new(),
        }
    }

    /// Whether a map is being made or changed, which is said.
    pub(super) fn refuses_map_change(&mut self) -> bool {
        if self.map_making.is_some() {
            self.notices.notify(NoticeKind::Remark, "Another map is being made or changed; try again when it is done.");
        }
        self.map_making.is_some()
    }

    pub(super) fn begin_map(&mut self, job: MapJob) -> Vec<Effect> {
        if self.refuses_map_change() {
            return Vec::new();
        }
        self.notices.clear_topic(Topic::Map);
        let before = self.map.as_ref().filter(|open| matches!(&job, MapJob::Change { path, .. } if *path == open.path));
        self.map_making = Some(MapMaking::new(job.clone(), before.map(|open| Arc::clone(&open.map))));
        vec![Effect::Map(MapEffect::Make(Box::new(job)))]
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
                making.written = Some(path.clone());
                self.say_what_was_made(&path, paintings);
                return vec![Effect::Map(MapEffect::Read(path))];
            }
            MapNews::Stopped => {}
            MapNews::Failed(sentence) => self.notices.report(Topic::Map, &sentence),
        }
        self.map_making = None;
        self.drop_close_question();
        Vec::new()
    }

    /// Says what was made or changed, and offers to put back what was removed.
    fn say_what_was_made(&mut self, path: &Path, paintings: usize) {
        let Some(MapMaking { job, left_out, before, .. }) = &self.map_making else { return };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        match left_out.as_slice() {
            [] => {}
            [only] => self.notices.notify(NoticeKind::Remark, &format!("One painting was left out: {only}")),
            [first, ..] => {
                let text = format!("{} paintings were left out, the first one because {first}", left_out.len());
                self.notices.notify(NoticeKind::Remark, &text);
            }
        }
        match (job, before) {
            (MapJob::Make { .. }, _) => {
                let text = format!("The map {name} is made of {paintings} paintings.");
                self.notices.notify(NoticeKind::Done, &text);
            }
            (MapJob::Change { path, change: MapChange::Remove(painting) }, Some(before)) => {
                let text = format!("The painting {} was removed from the map {name}.", painting.name);
                let (path, plane, painting) = (path.clone(), before.plane(), painting.clone());
                self.notices.removed(&text, RemovedItem::MapPainting { path, plane, painting });
            }
            (MapJob::Change { path, change: MapChange::LearnAgain }, Some(before)) => {
                let text = format!("The map {name} was laid out anew.");
                self.notices.removed(&text, RemovedItem::MapLayout(path.clone(), Arc::clone(before)));
            }
            (MapJob::Change { .. }, _) => {}
        }
    }

    /// Ends the making of the map in this file, once it was read.
    fn end_making(&mut self, path: &Path) -> Option<MapJob> {
        let making = self.map_making.take_if(|making| making.written.as_deref() == Some(path))?;
        self.drop_close_question();
        Some(making.job)
    }

    /// Without anything that is lost by closing, drops the question whether to close.
    fn drop_close_question(&mut self) {
        if !self.run.is_active() && self.queue.waiting().is_empty() {
            self.questions.take(|asked| matches!(asked, Question::Close));
        }
    }

    /// Shows a map that was opened, or that was made or changed by a job.
    fn map_read(&mut self, read: ReadMap, job: Option<&MapJob>) {
        self.notices.clear_topic(Topic::Map);
        self.recent.map(&read.path);
        let is_wanted = match job {
            None => true,
            // Nobody is interrupted on another map.
            Some(MapJob::Make { .. }) => self.map.as_ref().is_none_or(|open| open.tried.is_none()),
            Some(MapJob::Change { .. }) => self.map.as_ref().is_some_and(|open| open.path == read.path),
        };
        if !is_wanted {
            return;
        }
        let mut open = match self.map.take() {
            Some(open) if open.path == read.path => open.replaced_by(read),
            _ => OpenMap::new(read),
        };
        let place = self.card_on(&open).and_then(|card| card.loaded.as_ref()?.picture.map_place());
        if let Some(place) = place.filter(|place| place.map().plane() == open.plane) {
            open.cursor = place.place();
        }
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
        if self.sources.paintings.iter().any(|painting| open.is_at(&painting.source, open.cursor)) {
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
        let has_it = self.sources.paintings.iter().any(|painting| open.is_at(&painting.source, tried.place));
        if has_it { self.start() } else { Vec::new() }
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
