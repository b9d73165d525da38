//! The state of the window: a struct of models, and queries that need several of them. [`State::apply`] takes an action
//! and returns effects. Nothing here draws, reads a file or blocks; the changes are in [`super::flow`].

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::model::arrival::UnfinishedRun;
use super::model::canvas::{Canvas, CanvasImage, have_same_shape};
use super::model::clip::{ClipPainting, OpenClip};
use super::model::dialog::Dialog;
use super::model::document::Document;
use super::model::export::ExportJob;
use super::model::favourites::Favourites;
use super::model::fingerprint::{Fingerprint, Identity};
use super::model::folder::OpenFolder;
use super::model::folder_painting::FolderPainting;
use super::model::history::{History, HistoryEntry};
use super::model::instant::InstantPicture;
use super::model::map_making::MapMaking;
use super::model::mask::{Brush, Easel, Mask, MaskFor};
use super::model::notices::{NoticeKind, Notices};
use super::model::open_map::OpenMap;
use super::model::presets::OwnPreset;
use super::model::question::{Question, Questions};
use super::model::queue::Queue;
use super::model::recent::Recent;
use super::model::run::Run;
use super::model::sources::Sources;
use super::model::styles::OwnStyles;
use super::model::training::Training;
use super::model::undo::{Steps, Undoable};
use super::model::unfinished_clip::UnfinishedClip;
use super::model::unfinished_folder::UnfinishedFolder;
use super::model::view::{Side, View};
use super::preferences::{Appearance, ExportChoice, Preferences};
use crate::engine::device::Processors;
use crate::picture::{Picture, resize};
use crate::studio::{Hardware, Pace, Settings};

/// Whether the window is about to close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Closing {
    #[default]
    No,
    /// Closing was requested during a write; other losses are asked about afterwards.
    AskWhenWritten,
    /// The user agreed to close; the window closes once everything is written.
    WhenWritten,
    Now,
}

/// The state of the window.
#[derive(Debug, Default)]
pub struct State {
    /// The photo and the paintings.
    pub sources: Sources,
    /// The mask that is being edited.
    pub easel: Option<Easel>,
    pub(super) brush: Brush,
    /// How to paint.
    pub settings: Settings,
    /// Where to paint.
    pub hardware: Hardware,
    pub(super) steps: Steps,
    /// The processors of this machine, once they are known.
    pub processors: Option<Processors>,
    /// The speed at which this machine paints, once it is known.
    pub pace: Option<Pace>,
    /// The active run, or the last one.
    pub run: Run,
    /// The waiting runs.
    pub queue: Queue,
    /// An unfinished run of the open work, which waits for Start.
    pub(super) unfinished: Option<UnfinishedRun>,
    /// The active run's picture, or the latest result.
    pub canvas: Option<Canvas>,
    /// What one pass of a network makes of photo and paintings.
    pub instant: InstantPicture,
    /// The clip that is the photo.
    pub clip: Option<OpenClip>,
    /// The clip that is being painted.
    pub clip_painting: Option<ClipPainting>,
    /// The painting of a clip that has not ended, also that of an earlier session.
    pub unfinished_clip: Option<UnfinishedClip>,
    /// The folder of photos that is the photo.
    pub folder: Option<OpenFolder>,
    /// The folder that is being painted, or was painted last.
    pub folder_painting: Option<FolderPainting>,
    /// The painting of a folder that has not ended, also that of an earlier session.
    pub unfinished_folder: Option<UnfinishedFolder>,
    /// The style map that is open.
    pub map: Option<OpenMap>,
    /// The style map that is being made or changed.
    pub map_making: Option<MapMaking>,
    /// The folder for style maps; `None` where the program stores nothing.
    pub maps_folder: Option<PathBuf>,
    /// Favourite places on style maps.
    pub favourites: Favourites,
    /// Where ffmpeg is looked for first.
    pub ffmpeg_folder: Option<PathBuf>,
    /// The training of a style.
    pub training: Option<Training>,
    /// The trained styles in the program's folder.
    pub styles: OwnStyles,
    /// The results.
    pub history: History,
    /// The part of the picture to show.
    pub view: View,
    /// The notices.
    pub notices: Notices,
    /// The open questions and sheets.
    pub questions: Questions,
    /// The open file dialog.
    pub dialog: Option<Dialog>,
    /// Whether files can be dropped on the window.
    pub takes_drops: bool,
    /// Whether the clipboard is being read.
    pub pasting: bool,
    /// The picture being written.
    pub exporting: Option<Box<ExportJob>>,
    /// How to export.
    pub export: ExportChoice,
    pub(super) export_folder: Option<PathBuf>,
    /// The open project.
    pub document: Document,
    pub(super) closing: Closing,
    /// How the window looks.
    pub appearance: Appearance,
    /// The user's presets.
    pub presets: Vec<OwnPreset>,
    /// The files opened most recently.
    pub recent: Recent,
    /// The thumbnails of samples that are ready, by index.
    pub sample_thumbnails: HashMap<usize, Arc<Picture>>,
}

impl State {
    /// A state with these preferences; `problem` is a problem with their file, which is shown as a notice.
    pub fn with_preferences(preferences: Preferences, problem: Option<&str>) -> Self {
        let Preferences { appearance, window: _, settings, hardware, presets, recent, favourites, export, .. } =
            preferences;
        let (export_folder, ffmpeg_folder) = (preferences.export_folder, preferences.ffmpeg_folder);
        let (unfinished_clip, unfinished_folder) = (preferences.unfinished_clip, preferences.unfinished_folder);
        let mut state = Self {
            settings,
            hardware,
            unfinished_clip,
            unfinished_folder,
            favourites,
            ffmpeg_folder,
            export,
            export_folder,
            appearance,
            presets,
            recent,
            ..Self::default()
        };
        if let Some(problem) = problem {
            state.notices.notify(NoticeKind::Problem, problem);
        }
        state
    }

    /// The preferences to store, without the window's place.
    pub fn preferences(&self) -> Preferences {
        Preferences {
            appearance: self.appearance,
            window: None,
            settings: self.settings.clone(),
            hardware: self.hardware,
            presets: self.presets.clone(),
            recent: self.recent.clone(),
            favourites: self.favourites.clone(),
            export: self.export,
            export_folder: self.export_folder.clone(),
            ffmpeg_folder: self.ffmpeg_folder.clone(),
            unfinished_clip: self.unfinished_clip.clone(),
            unfinished_folder: self.unfinished_folder.clone(),
        }
    }

    /// The question to answer next.
    pub fn question(&self) -> Option<&Question> {
        self.questions.top()
    }

    /// The shown picture: a chosen result, what was painted of these pictures, the instant picture, or the latest.
    pub fn shown_canvas(&self) -> Option<&Canvas> {
        self.tried()
            .or_else(|| self.chosen_result())
            .or_else(|| self.painted_one())
            .or_else(|| self.painted())
            .or(self.instant.canvas.as_ref())
            .or(self.canvas.as_ref())
    }

    /// The latest frame of the clip that is being painted, or a picture of the folder, if that is the photo's.
    fn painted_one(&self) -> Option<&Canvas> {
        if let Some(folder) = &self.folder {
            let is_same = |painting: &&FolderPainting| painting.job.folder.path == folder.folder.path;
            return self.folder_painting.as_ref().filter(is_same)?.view.canvas.as_ref();
        }
        let painting = self.clip_painting.as_ref()?;
        let is_of_photo = self.clip.as_ref().is_some_and(|clip| clip.source.path() == painting.source);
        painting.canvas.as_ref().filter(|_| is_of_photo)
    }

    /// The folder that is being painted.
    pub fn active_folder(&self) -> Option<&FolderPainting> {
        self.folder_painting.as_ref().filter(|painting| painting.is_active())
    }

    /// The instant picture, if it is shown: where no result was chosen and nothing is painted of these pictures yet.
    pub fn shown_instant(&self) -> Option<&Canvas> {
        let is_tried = self.tried().is_some();
        let is_hidden = self.chosen_result().or_else(|| self.painted_one()).or_else(|| self.painted()).is_some();
        self.instant.canvas.as_ref().filter(|_| is_tried || !is_hidden)
    }

    /// Whether a small instant picture of a place on a map is shown, until that of the usual size is there.
    pub fn shows_tried_place(&self) -> bool {
        self.instant.is_tried && self.shown_instant().is_some()
    }

    /// The instant picture, while a place on a map is tried.
    fn tried(&self) -> Option<&Canvas> {
        let is_trying = self.map.as_ref().is_some_and(|open| open.tried.is_some()) && !self.is_painting();
        self.instant.canvas.as_ref().filter(|_| is_trying)
    }

    /// The result that the user chose.
    fn chosen_result(&self) -> Option<&Canvas> {
        self.view.result.and_then(|id| self.history.get(id)).map(|entry| &entry.canvas)
    }

    /// What was painted of the pictures of the next run: the active run's picture, or the newest result.
    pub(super) fn painted(&self) -> Option<&Canvas> {
        let is_of_these = |entry: &&HistoryEntry| !entry.inputs.differ_from(&self.sources);
        let of_canvas = self.canvas.as_ref().filter(|canvas| match (&canvas.image, &self.run.inputs) {
            (CanvasImage::Frame(_), Some(inputs)) => self.run.is_active() || !inputs.differ_from(&self.sources),
            (CanvasImage::Frame(_), None) => false,
            (CanvasImage::Picture(_), _) => self.history.find(&canvas.image).as_ref().is_some_and(is_of_these),
        });
        of_canvas.or_else(|| self.history.entries().iter().rev().find(is_of_these).map(|entry| &entry.canvas))
    }

    /// The shown result, if it is in the history.
    pub fn shown_entry(&self) -> Option<&HistoryEntry> {
        self.history.find(&self.shown_canvas()?.image)
    }

    /// The result left of the divider instead of the photo, if it has the shape of the shown picture.
    pub fn beside(&self) -> Option<&HistoryEntry> {
        let size = self.shown_canvas()?.size;
        self.view.beside.and_then(|id| self.history.get(id)).filter(|entry| have_same_shape(entry.canvas.size, size))
    }

    /// The shown side: the photo if there is no picture or a mask is being edited, otherwise the requested one.
    pub fn shown_side(&self) -> Side {
        match (self.shown_canvas(), self.view.side) {
            _ if self.easel.is_some() => Side::Photo,
            (None, _) => Side::Photo,
            (Some(_), Side::Compare) if !self.can_compare() => Side::Result,
            (Some(_), side) => side,
        }
    }

    /// Whether the shown picture can be compared with the one left of the divider: they need the same shape.
    pub fn can_compare(&self) -> bool {
        let Some(canvas) = self.shown_canvas() else { return false };
        let photo = (canvas.photo.width(), canvas.photo.height());
        self.beside().is_some() || have_same_shape(photo, canvas.size)
    }

    /// The photo to show: that of the next run, or the one that the picture was painted from.
    pub fn shown_photo(&self) -> Option<&Arc<Picture>> {
        let of_canvas = self.shown_canvas().map(|canvas| &canvas.photo);
        match self.shown_side() {
            Side::Photo => self.sources.photo_picture().or(of_canvas),
            Side::Result | Side::Compare => of_canvas,
        }
    }

    /// The image left of the divider, or alone if the photo is shown.
    pub fn shown_other(&self) -> Option<CanvasImage> {
        match self.beside().filter(|_| self.shown_side() == Side::Compare) {
            Some(entry) => Some(entry.canvas.image.clone()),
            None => self.shown_photo().map(|photo| CanvasImage::Picture(Arc::clone(photo))),
        }
    }

    /// Width and height of what is shown, in pixels of the finished picture.
    pub fn shown_size(&self) -> Option<(u32, u32)> {
        match (self.shown_side(), self.shown_canvas()) {
            (Side::Result | Side::Compare, Some(canvas)) => Some(canvas.size),
            _ => self.shown_photo().map(|photo| (photo.width(), photo.height())),
        }
    }

    /// Whether a picture, a clip or a folder is being painted.
    pub fn is_painting(&self) -> bool {
        self.run.is_active() || self.clip_painting.is_some() || self.active_folder().is_some()
    }

    /// Whether settings and hardware have their default values.
    pub fn settings_are_default(&self) -> bool {
        self.settings == Settings::default() && self.hardware == Hardware::default()
    }

    /// The user's preset that equals the settings.
    pub fn own_preset(&self) -> Option<&OwnPreset> {
        self.presets.iter().find(|preset| preset.settings == self.settings)
    }

    /// Why no run can start, as a hint; `None` if one can.
    pub fn start_obstacle(&self) -> Option<&'static str> {
        if self.sources.is_loading() {
            return Some("Loading…");
        }
        match (self.sources.photo_picture().is_some(), self.sources.ready_paintings().next().is_some()) {
            (true, true) => None,
            (true, false) => Some("Add a painting to begin"),
            (false, true) => Some("Add a photo to begin"),
            (false, false) => Some("Add a photo and a painting to begin"),
        }
    }

    /// Why no run can continue from the shown picture; `None` if one can.
    pub fn continue_obstacle(&self) -> Option<&'static str> {
        let Some(canvas) = self.shown_canvas() else { return Some("There is no picture yet") };
        if matches!(canvas.image, CanvasImage::Frame(_)) {
            return Some("This picture is still being painted");
        }
        if self.shows_tried_place() {
            return Some("This is a small preview; the picture comes in a moment");
        }
        if let Some(obstacle) = self.start_obstacle() {
            return Some(obstacle);
        }
        let same_photo = self.sources.photo_picture().is_some_and(|photo| Arc::ptr_eq(photo, &canvas.photo));
        if same_photo { None } else { Some("It was painted from another photo; restore its settings first") }
    }

    /// The expected time to paint the photo with these settings, once the machine's speed is known.
    pub fn expected_time(&self, settings: &Settings) -> Option<Duration> {
        let photo = self.sources.photo_picture()?;
        let size = resize::fit_size(photo.width(), photo.height(), settings.size);
        let paintings = self.sources.ready_paintings().count().max(1);
        self.pace.map(|pace| pace.expected(size, settings, paintings))
    }

    /// Whether photo, paintings or masks differ from those of the active run.
    pub fn sources_changed_since_start(&self) -> bool {
        self.run.active_inputs().is_some_and(|inputs| inputs.differ_from(&self.sources))
    }

    /// What to tell about the mask being edited while a run is active.
    pub fn note_about_mask(&self, easel: &Easel) -> Option<&'static str> {
        Some(self.run.active_inputs()?.note_about_mask(easel.purpose, easel.mask()))
    }

    /// Whether there is a picture to export and none is being written.
    pub fn can_export(&self) -> bool {
        self.shown_canvas().is_some() && self.exporting.is_none() && !self.shows_tried_place()
    }

    /// Width and height in pixels of the file to be written.
    pub fn export_size(&self) -> Option<(u32, u32)> {
        let (width, height) = self.questions.to_export()?.image.size();
        Some(match self.export.long_side {
            Some(long_side) => resize::fit_size(width, height, long_side),
            None => (width, height),
        })
    }

    /// Whether the window closes once the picture or the project is written.
    pub fn closes_after_writing(&self) -> bool {
        self.closing != Closing::No && self.is_writing()
    }

    pub(super) fn is_writing(&self) -> bool {
        self.exporting.is_some() || self.document.saving.is_some()
    }

    /// Whether there is unsaved work: any change of a project; without a project, results that were not exported, and
    /// masks.
    pub fn is_unsaved(&self) -> bool {
        if self.document.file.is_some() {
            return self.fingerprint() != self.document.saved;
        }
        let has_mask = |purpose| self.mask_for(purpose).is_some();
        self.history.entries().iter().any(|entry| !entry.exported)
            || has_mask(MaskFor::Protection)
            || self.sources.paintings.iter().any(|painting| has_mask(MaskFor::Painting(painting.source.id)))
    }

    /// The window's title.
    pub fn title(&self) -> String {
        match (self.document.name(), self.is_unsaved()) {
            (Some(name), true) => format!("• {name} – Impasto"),
            (Some(name), false) => format!("{name} – Impasto"),
            (None, true) => "• Untitled – Impasto".to_owned(),
            (None, false) => "Impasto".to_owned(),
        }
    }

    /// The current mask for a purpose, even while it is being edited.
    pub(super) fn mask_for(&self, purpose: MaskFor) -> Option<&Arc<Mask>> {
        match self.easel.as_ref().filter(|easel| easel.purpose == purpose) {
            Some(easel) => Some(easel.mask()).filter(|mask| !mask.is_bare()),
            None => self.sources.mask_for(purpose),
        }
    }

    pub(super) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint_of(&self.sources)
    }

    /// The same, with the photo and the paintings as they would be.
    pub(super) fn fingerprint_of(&self, sources: &Sources) -> Fingerprint {
        let paintings = sources.paintings.iter().map(|painting| {
            let card = &painting.source;
            let picture = card.loaded.as_ref().map(|loaded| Identity::of(&loaded.picture));
            painting.with((card.id, picture), self.mask_for(MaskFor::Painting(card.id)).map(Identity::of))
        });
        Fingerprint {
            photo: sources.photo_picture().map(Identity::of),
            paintings: paintings.collect(),
            protection: self.mask_for(MaskFor::Protection).map(Identity::of),
            settings: self.settings.clone(),
            results: self.history.entries().iter().map(|entry| (entry.id, entry.kept)).collect(),
        }
    }

    /// Whether there is a change to undo.
    pub fn can_undo(&self) -> bool {
        self.steps.can_undo(self.undoable())
    }

    /// Whether there is a change to redo.
    pub fn can_redo(&self) -> bool {
        self.steps.can_redo(self.undoable())
    }

    fn undoable(&self) -> Undoable<'_> {
        (&self.settings, self.hardware, &self.sources)
    }
}
