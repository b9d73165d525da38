//! The style map that is open: what is shown of it, and the place that is tried on the photo.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::card::{Card, Request};
use super::map_chart::MapChart;
use crate::app::map_view::MapView;
use crate::picture::path::file_name;
use crate::picture::style_map::{PaintingShare, StyleMap};
use crate::picture::{Checksum, MapPlace, Picture};

/// A map that was read.
#[derive(Clone, Debug)]
pub struct ReadMap {
    /// Its file.
    pub path: PathBuf,
    /// The map.
    pub map: Arc<StyleMap>,
    /// How its paintings are drawn.
    pub chart: Arc<MapChart>,
}

/// The map that is open.
#[derive(Clone, Debug)]
pub struct OpenMap {
    /// Its file.
    pub path: PathBuf,
    /// The map.
    pub map: Arc<StyleMap>,
    /// How its paintings are drawn.
    pub chart: Arc<MapChart>,
    /// The part that is shown.
    pub view: MapView,
    /// The place that was taken or tried last.
    pub cursor: [f32; 2],
    /// The place that is tried on the photo.
    pub tried: Option<TriedPlace>,
    /// Identifies the plane.
    pub plane: Checksum,
    /// The map without the paintings' pictures, which all tried places share.
    light: Arc<StyleMap>,
    thumbnails: MapThumbnails,
}

/// A place that is tried on the photo, until it is on a painting's card.
#[derive(Clone, Debug)]
pub struct TriedPlace {
    /// Its coordinates.
    pub place: [f32; 2],
    /// Whether it is added to the paintings; otherwise it takes the place of the one before.
    pub is_added: bool,
    /// A picture that carries it.
    pub(in crate::app) picture: Arc<Picture>,
    /// The request to read it for a card, once it was taken.
    pub(in crate::app) taken: Option<Request>,
    /// Whether painting starts once it is on its card.
    pub(in crate::app) starts: bool,
}

impl OpenMap {
    pub(in crate::app) fn new(ReadMap { path, map, chart }: ReadMap) -> Self {
        let light = Arc::new(map.without_pictures());
        let cursor = map.paintings.first().map_or([0.0; 2], |painting| painting.place);
        let (view, thumbnails) = (MapView::default(), MapThumbnails::default());
        let plane = light.plane();
        Self { path, map, chart, view, cursor, tried: None, plane, light, thumbnails }
    }

    /// The map as it was read again after a change; the view, the cursor and the place that is tried stay.
    pub(in crate::app) fn replaced_by(self, read: ReadMap) -> Self {
        let Self { view, cursor, tried, .. } = self;
        Self { view, cursor, tried, ..Self::new(read) }
    }

    /// Its name for the user: the file's without its ending.
    pub fn name(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The nearest paintings of the cursor and their shares.
    pub fn shares(&self) -> Vec<PaintingShare> {
        self.map.shares(self.cursor)
    }

    /// The painting whose place the cursor is at, as an index.
    pub fn painting_at_cursor(&self) -> Option<usize> {
        let is_there = |place: [f32; 2]| [0, 1].iter().all(|axis| (place[*axis] - self.cursor[*axis]).abs() < 1e-3);
        self.map.paintings.iter().position(|painting| is_there(painting.place))
    }

    /// Tries a place on the photo.
    pub(in crate::app) fn try_place(&mut self, place: [f32; 2], is_added: bool) {
        let place = MapPlace::rounded(place);
        self.cursor = place;
        let bits = |place: [f32; 2]| place.map(f32::to_bits);
        let is_same = |tried: &TriedPlace| bits(tried.place) == bits(place) && tried.is_added == is_added;
        if self.tried.as_ref().is_some_and(is_same) {
            return;
        }
        let on_map = MapPlace::new(Arc::clone(&self.light), file_name(&self.path), place);
        let tried = |on_map| TriedPlace {
            place,
            is_added,
            picture: Arc::new(Picture::placeholder(on_map)),
            taken: None,
            starts: false,
        };
        self.tried = on_map.map(tried);
    }

    /// Whether this place, as the map is now, is on a card that waits for no other picture.
    pub(in crate::app) fn is_at(&self, card: &Card, place: [f32; 2]) -> bool {
        let loaded = card.loaded.as_ref().filter(|_| card.pending.is_none());
        let path = MapPlace::path(&self.path, place);
        loaded
            .filter(|loaded| loaded.path.as_ref() == Some(&path))
            .is_some_and(|loaded| loaded.picture.map_place().is_some_and(|on_map| **on_map.map() == *self.light))
    }

    /// Whether a picture's file is a place on this map.
    pub(in crate::app) fn holds(&self, path: &Path) -> bool {
        MapPlace::in_path(path).is_some_and(|(map, _)| map == self.path)
    }

    /// The thumbnail of a painting, if it was read.
    pub fn thumbnail(&self, painting: usize) -> Option<&Arc<Picture>> {
        self.thumbnails.read.get(&painting)
    }

    /// Whether the thumbnail of a painting was neither read nor asked for.
    pub(in crate::app) fn lacks_thumbnail(&self, painting: usize) -> bool {
        self.thumbnail(painting).is_none() && !self.thumbnails.asked.contains(&painting)
    }

    /// Asks for the thumbnail of a painting; returns whether it has to be read.
    pub(in crate::app) fn ask_for_thumbnail(&mut self, painting: usize) -> bool {
        self.lacks_thumbnail(painting) && self.thumbnails.asked.insert(painting)
    }

    /// Keeps the thumbnail of a painting; one that could not be read is not asked for again.
    pub(in crate::app) fn keep_thumbnail(&mut self, painting: usize, thumbnail: Option<Arc<Picture>>) {
        if let Some(thumbnail) = thumbnail {
            self.thumbnails.keep(painting, thumbnail);
        }
    }
}

/// Thumbnails of paintings, by index.
#[derive(Clone, Debug, Default)]
struct MapThumbnails {
    read: HashMap<usize, Arc<Picture>>,
    /// Those in the order in which they were read.
    order: VecDeque<usize>,
    /// Those that are being read, or could not be.
    asked: HashSet<usize>,
}

impl MapThumbnails {
    /// How many are kept: more than a large screen has room for.
    const KEPT: usize = 2048;

    fn keep(&mut self, painting: usize, thumbnail: Arc<Picture>) {
        self.asked.remove(&painting);
        self.read.insert(painting, thumbnail);
        self.order.push_back(painting);
        if self.order.len() > Self::KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.read.remove(&oldest);
        }
    }
}
