//! What the window knows, as a plain machine: [`State::apply`] takes what happened and returns
//! what is to be done. Nothing here draws, reads a file or waits.

mod export;
mod notice;
mod project;
mod run;
mod sources;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use export::{Canvas, Shown};
pub use notice::{Kind, Notice, NoticeId};
pub use run::{Phase, Run};
pub(super) use sources::name_of;
pub use sources::{Card, CardId, Loaded, Painting, Request, Sources};

use super::action::{Action, Effect, Purpose, SaveJob, Target};
use super::samples;
use super::viewport::Viewport;
use crate::picture::Picture;
use crate::studio::project::Project;
use crate::studio::{Hardware, Settings};

/// Which side of the picture is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// What is painted.
    #[default]
    Result,
    /// What it is painted from.
    Photo,
    /// Both, with a divider between them.
    Compare,
}

/// A question that keeps everything else waiting.
#[derive(Clone, Debug)]
pub enum Question {
    /// The window was asked to close while a run goes on.
    Close,
    /// The file to save to is there already.
    Overwrite(SaveJob),
    /// Work was found that was not finished.
    GoOn(Box<Project>),
}

/// Everything the window knows.
#[derive(Debug)]
pub struct State {
    /// The photo and the paintings.
    pub sources: Sources,
    /// How to paint.
    pub settings: Settings,
    /// Where to paint.
    pub hardware: Hardware,
    /// The run that goes on, or the last one.
    pub run: Run,
    /// What is painted so far.
    pub canvas: Option<Canvas>,
    /// The side of the picture that was asked for; see [`State::shown_view`].
    pub view: View,
    /// Where the divider stands, from 0 to 1.
    pub divider: f32,
    /// Zoom and pan.
    pub viewport: Viewport,
    /// What there is to say.
    pub notices: Vec<Notice>,
    /// The dialog that is open.
    pub dialog: Option<Purpose>,
    /// The clipboard is being read.
    pub pasting: bool,
    /// The picture that is being written.
    pub saving: Option<SaveJob>,
    /// The question that is open.
    pub question: Option<Question>,
    /// The list of shortcuts is open.
    pub help_open: bool,
    /// Small pictures of the samples, as far as they are ready.
    pub sample_thumbnails: Vec<Option<Arc<Picture>>>,
    /// The window closes as soon as nothing is being written.
    closing: bool,
    /// What the open save dialog is about.
    export: Option<Canvas>,
    /// A run to go on with.
    unfinished: Option<project::Waiting>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            sources: Sources::default(),
            settings: Settings::default(),
            hardware: Hardware::default(),
            run: Run::default(),
            canvas: None,
            view: View::default(),
            divider: 0.5,
            viewport: Viewport::Fit,
            notices: Vec::new(),
            dialog: None,
            pasting: false,
            saving: None,
            question: None,
            help_open: false,
            sample_thumbnails: vec![None; samples::ALL.len()],
            closing: false,
            export: None,
            unfinished: None,
        }
    }
}

impl State {
    /// Takes in what happened; returns what is to be done, in order.
    pub fn apply(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Add { origins, target } => self.add(origins, target),
            Action::Loaded { request, result } => self.loaded(request, result),
            Action::SampleReady { index, thumbnail } => {
                if let Some(slot) = self.sample_thumbnails.get_mut(index) {
                    *slot = thumbnail;
                }
                Vec::new()
            }
            Action::Choose(target) => self.open_dialog(Purpose::Open(target), String::new()),
            Action::Paste => self.paste(),
            Action::Pasted(clip) => self.pasted(clip),
            Action::RemovePhoto => {
                self.sources.photo = None;
                Vec::new()
            }
            Action::RemovePainting(id) => {
                self.sources.paintings.retain(|painting| painting.card.id != id);
                Vec::new()
            }
            Action::SetWeight(id, weight) => self.set_weight(id, weight),
            Action::SetSettings(settings) => self.set_settings(settings),
            Action::SetHardware(hardware) => {
                self.hardware = hardware;
                Vec::new()
            }
            Action::ResetAll => {
                self.hardware = Hardware::default();
                self.set_settings(Settings::default())
            }
            Action::Start => self.start(),
            Action::Began(job) => {
                self.run.began(job);
                Vec::new()
            }
            Action::TogglePause => self.toggle_pause(),
            Action::Stop => self.stop(),
            Action::Painter(event) => {
                self.hear(event);
                Vec::new()
            }
            Action::Painted(frame) => {
                self.show_frame(frame);
                Vec::new()
            }
            Action::Export => self.ask_where_to_export(),
            Action::Chosen(answer) => self.chosen(answer),
            Action::Saved(result) => self.saved(result),
            Action::Overwrite => self.overwrite(),
            Action::SetView(view) => {
                self.view = view;
                Vec::new()
            }
            Action::SetDivider(divider) => {
                self.divider = divider.clamp(0.0, 1.0);
                Vec::new()
            }
            Action::SetViewport(viewport) => {
                self.viewport = viewport;
                Vec::new()
            }
            Action::Dismiss(id) => {
                self.notices.retain(|notice| notice.id != id);
                Vec::new()
            }
            Action::ToggleHelp => {
                self.help_open = !self.help_open;
                Vec::new()
            }
            Action::WorkFound(project) => {
                self.question.get_or_insert(Question::GoOn(project));
                Vec::new()
            }
            Action::GoOn => self.go_on(),
            Action::CloseRequested => self.asked_to_close(),
            Action::ConfirmClose => self.close(),
            Action::Cancel => {
                self.question = None;
                Vec::new()
            }
        }
    }

    /// The side that is shown: the photo as long as nothing is painted, else the one asked for.
    pub fn shown_view(&self) -> View {
        if self.canvas.is_some() { self.view } else { View::Photo }
    }

    /// The photo to look at: the one to paint next, or the one the picture was painted from.
    pub fn shown_photo(&self) -> Option<&Arc<Picture>> {
        let of_run = self.canvas.as_ref().map(|canvas| &canvas.photo);
        match self.shown_view() {
            View::Photo => self.sources.photo_picture().or(of_run),
            View::Result | View::Compare => of_run,
        }
    }

    /// Width and height of what is shown, in pixels of the finished picture.
    pub fn shown_size(&self) -> Option<(u32, u32)> {
        match (self.shown_view(), &self.canvas) {
            (View::Result | View::Compare, Some(canvas)) => Some(canvas.size),
            _ => self.shown_photo().map(|photo| (photo.width(), photo.height())),
        }
    }

    /// Everything but the pictures is as it is when the program starts.
    pub fn settings_are_default(&self) -> bool {
        self.settings == Settings::default() && self.hardware == Hardware::default()
    }

    /// The window closes as soon as the picture is written.
    pub fn closes_after_saving(&self) -> bool {
        self.closing && self.saving.is_some()
    }

    fn open_dialog(&mut self, purpose: Purpose, suggestion: String) -> Vec<Effect> {
        if self.dialog.is_some() {
            self.notify(Kind::Remark, "A file dialog is open already; close that one first.");
            return Vec::new();
        }
        self.dialog = Some(purpose);
        vec![Effect::OpenDialog { purpose, suggestion }]
    }

    fn chosen(&mut self, answer: super::action::Answer) -> Vec<Effect> {
        self.dialog = None;
        let export = self.export.take();
        match (answer.purpose, answer.paths) {
            (purpose, paths) if paths.is_empty() => {
                if answer.at_once {
                    self.notify(Kind::Problem, no_dialog(purpose));
                }
                Vec::new()
            }
            (Purpose::Open(target), paths) => self.add_files(paths, target),
            (Purpose::Export, paths) => match (paths.first(), export) {
                (Some(path), Some(canvas)) => self.export_to(path, canvas),
                _ => Vec::new(),
            },
        }
    }

    fn asked_to_close(&mut self) -> Vec<Effect> {
        if self.closing && self.saving.is_none() {
            return Vec::new();
        }
        if self.saving.is_some() {
            self.closing = true;
            return vec![Effect::StayOpen];
        }
        if self.run.is_active() {
            self.question = Some(Question::Close);
            return vec![Effect::StayOpen];
        }
        Vec::new()
    }

    fn close(&mut self) -> Vec<Effect> {
        self.question = None;
        self.closing = true;
        if self.saving.is_some() {
            return vec![Effect::Stop];
        }
        vec![Effect::Stop, Effect::Close]
    }

    fn add_files(&mut self, paths: Vec<std::path::PathBuf>, target: Target) -> Vec<Effect> {
        self.add(paths.into_iter().map(super::action::Origin::File).collect(), target)
    }
}

fn no_dialog(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Open(_) => {
            "No file dialog seems to be installed. Drop the picture on this window or paste it; for a dialog, install \
             zenity or xdg-desktop-portal."
        }
        Purpose::Export => {
            "No file dialog seems to be installed, so there is no way to ask where to save. Install zenity or \
             xdg-desktop-portal, then export again; the picture is kept."
        }
    }
}
