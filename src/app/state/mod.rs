//! What the window knows, as a plain machine: [`State::apply`] takes what happened and returns
//! what is to be done. Nothing here draws, reads a file or waits.

mod arrival;
mod export;
mod history;
mod losses;
mod mark;
mod mask;
mod notice;
mod presets;
mod project;
mod question;
mod queue;
mod recent;
mod restore;
mod run;
mod sources;
#[cfg(test)]
mod tests;
mod undo;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) use arrival::sheet;
pub use arrival::{Arrival, Found, From, PaintedBefore, Ready, Wanted};
pub use export::{Canvas, Shown};
pub use history::{Entry, History, ResultId};
pub use losses::{LossCurve, LossPoint};
pub(super) use mark::Mark;
pub use mask::{Brush, Easel, MaskAction, MaskFor, Sheet};
use notice::Removed;
pub use notice::{Kind, Notice, NoticeId, Topic};
pub use presets::OwnPreset;
pub use project::{Document, Next};
pub use question::{Question, Questions};
pub use queue::{Queue, QueueId, Queued};
pub use recent::Recent;
pub use restore::Finished;
pub use run::{BeganWith, Order, Phase, Run, Used};
pub(super) use sources::name_of;
pub use sources::{Card, CardId, Loaded, Painting, Request, Sources};

use super::action::{Action, Effect, Purpose, SaveJob, Target};
use super::preferences::{Appearance, ExportChoice, Preferences};
use super::samples;
use super::viewport::Viewport;
use crate::engine::device::Processors;
use crate::picture::Picture;
use crate::studio::project::Unfinished;
use crate::studio::{Hardware, Pace, Settings};

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

/// Whether the window is about to close.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Closing {
    /// It stays.
    #[default]
    No,
    /// It was asked to close while something is written; what else would be lost is asked about afterwards.
    AskWhenWritten,
    /// It closes as soon as everything is written, as the person agreed to.
    WhenWritten,
    /// It closes.
    Now,
}

/// Everything the window knows.
#[derive(Debug)]
pub struct State {
    /// The photo and the paintings.
    pub sources: Sources,
    /// The mask that is being painted by hand.
    pub easel: Option<Easel>,
    /// The brush that masks are painted with.
    brush: Brush,
    /// How to paint.
    pub settings: Settings,
    /// Where to paint.
    pub hardware: Hardware,
    /// The processors that can paint and those that cannot, once they are known.
    pub processors: Option<Processors>,
    /// The run that goes on, or the last one.
    pub run: Run,
    /// The runs that wait for their turn.
    pub queue: Queue,
    /// What is painted so far, or was painted last.
    pub canvas: Option<Canvas>,
    /// What was painted.
    pub history: History,
    /// The side of the picture that was asked for; see [`State::shown_view`].
    pub view: View,
    /// Where the divider stands, from 0 to 1.
    pub divider: f32,
    /// Zoom and pan.
    pub viewport: Viewport,
    /// What there is to say.
    pub notices: Vec<Notice>,
    /// Seconds since the window opened.
    pub now: f64,
    /// The dialog that is open.
    pub dialog: Option<Purpose>,
    /// How often another dialog was asked for while this one is open.
    more_dialogs: u32,
    /// Files can be dropped on the window.
    pub takes_drops: bool,
    /// The clipboard is being read.
    pub pasting: bool,
    /// The picture that is being written.
    pub saving: Option<Box<SaveJob>>,
    /// The questions that wait for an answer.
    pub questions: Questions,
    /// The list of shortcuts is open.
    pub help_open: bool,
    /// How the window looks.
    pub appearance: Appearance,
    /// The person's own presets.
    pub presets: Vec<OwnPreset>,
    /// The files opened last.
    pub recent: Recent,
    /// How to save.
    pub export: ExportChoice,
    /// The picture that is about to be saved: the person is being asked how and where.
    pub exporting: Option<Canvas>,
    /// Small pictures of the samples, as far as they are ready.
    pub sample_thumbnails: Vec<Option<Arc<Picture>>>,
    /// How fast this machine paints, as far as is known.
    pub pace: Option<Pace>,
    /// The project that is open.
    pub document: Document,
    /// What is being read to be taken up whole, as a person calls it.
    pub arriving: Option<String>,
    /// Whether the window is about to close.
    closing: Closing,
    /// The folder saved to last.
    export_folder: Option<PathBuf>,
    /// The earlier result that is looked at.
    looking_at: Option<ResultId>,
    /// The result on the left of the divider.
    beside: Option<ResultId>,
    /// What was taken away last.
    removed: Option<Removed>,
    /// What can be undone.
    steps: undo::Steps,
    /// A run to go on with.
    unfinished: Option<arrival::Waiting>,
    /// What the run that was just begun goes on with.
    resumes: Option<Unfinished>,
    /// Why work in progress cannot be kept, from when that was said until it can be again.
    unkept: HashMap<Topic, String>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            sources: Sources::default(),
            easel: None,
            brush: Brush::default(),
            settings: Settings::default(),
            hardware: Hardware::default(),
            processors: None,
            run: Run::default(),
            queue: Queue::default(),
            canvas: None,
            history: History::default(),
            view: View::default(),
            divider: 0.5,
            viewport: Viewport::Fit,
            notices: Vec::new(),
            now: 0.0,
            dialog: None,
            more_dialogs: 0,
            takes_drops: true,
            pasting: false,
            saving: None,
            questions: Questions::default(),
            help_open: false,
            appearance: Appearance::default(),
            presets: Vec::new(),
            recent: Recent::default(),
            export: ExportChoice::default(),
            exporting: None,
            sample_thumbnails: vec![None; samples::ALL.len()],
            pace: None,
            document: Document::default(),
            arriving: None,
            closing: Closing::No,
            export_folder: None,
            looking_at: None,
            beside: None,
            removed: None,
            steps: undo::Steps::default(),
            unfinished: None,
            resumes: None,
            unkept: HashMap::new(),
        }
    }
}

impl State {
    /// A state that takes up what was remembered; `trouble` is what there is to say about that.
    pub fn remembering(preferences: Preferences, trouble: Option<&str>) -> Self {
        let Preferences { appearance, window: _, settings, hardware, presets, recent, export, export_folder } =
            preferences;
        let mut state =
            Self { settings, hardware, appearance, presets, recent, export, export_folder, ..Self::default() };
        if let Some(trouble) = trouble {
            state.notify(Kind::Problem, trouble);
        }
        state
    }

    /// What is to be remembered, but for the window's place.
    pub fn to_remember(&self) -> Preferences {
        Preferences {
            appearance: self.appearance,
            window: None,
            settings: self.settings.clone(),
            hardware: self.hardware,
            presets: self.presets.clone(),
            recent: self.recent.clone(),
            export: self.export,
            export_folder: self.export_folder.clone(),
        }
    }

    /// Takes in what happened; returns what is to be done, in order.
    pub fn apply(&mut self, action: Action) -> Vec<Effect> {
        let effects = self.act(action);
        self.drop_stale_questions();
        effects
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Add { origins, target } => return self.add(origins, target),
            Action::Loaded { request, result } => return self.loaded(request, result),
            Action::SampleReady { index, thumbnail } => {
                if let Some(slot) = self.sample_thumbnails.get_mut(index) {
                    *slot = thumbnail;
                }
            }
            Action::Choose(target) => return self.open_dialog(Purpose::Open(target), String::new(), None),
            Action::Paste => return self.paste(),
            Action::Pasted(clip) => return self.pasted(clip),
            Action::RemovePhoto => self.remove_photo(),
            Action::RemovePainting(id) => self.remove_painting(id),
            Action::RemovePaintings => self.remove_paintings(),
            Action::Mask(action) => self.mask(action),
            Action::MovePainting(id, to) => self.move_painting(id, to),
            Action::SetPart(id, part) => return self.set_part(id, part),
            Action::SetSettings(settings) => return self.set_settings(settings),
            Action::SetHardware(hardware) => self.hardware = hardware,
            Action::ProcessorsFound(processors) => self.processors = Some(processors),
            Action::ResetAll => {
                self.hardware = Hardware::default();
                return self.set_settings(Settings::default());
            }
            Action::Undo => return self.undo(),
            Action::Redo => return self.redo(),
            Action::Preset(action) => return self.preset(action),
            Action::SetAppearance(appearance) => self.appearance = appearance.zoomed(appearance.zoom),
            Action::Tick(time) => {
                self.let_notices_fade(time);
                self.tick(time);
            }
            Action::Paced(pace) => self.pace = pace,
            Action::Start => return self.start(),
            Action::Continue => return self.paint_on(),
            Action::PaintLarger(long_side) => return self.paint_larger(long_side),
            Action::Began(job) => self.run.began(job),
            Action::TogglePause => return self.toggle_pause(),
            Action::Stop => return self.stop(),
            Action::Painter(event) => return self.hear(event),
            Action::Painted(frame) => self.show_frame(frame),
            Action::Queue(action) => self.queue_action(action),
            Action::History(action) => return self.history_action(action),
            Action::Export => self.ask_how_to_export(),
            Action::SetExport(choice) => self.export = choice,
            Action::ChooseFile => return self.ask_where_to_export(),
            Action::Chosen(answer) => return self.chosen(answer),
            Action::Saved(result) => return self.saved(result),
            Action::Overwrite => return self.overwrite(),
            Action::SetView(view) => {
                self.view = view;
                self.beside = None;
                if view == View::Compare && self.shown_canvas().is_some() && !self.can_compare() {
                    self.notify(
                        Kind::Remark,
                        "The photo and this result have different shapes, so no divider can go between them.",
                    );
                }
            }
            Action::SetDivider(divider) => self.divider = divider.clamp(0.0, 1.0),
            Action::SetViewport(viewport) => self.viewport = viewport,
            Action::Dismiss(id) => self.dismiss(id),
            Action::PutBack => return self.put_back(),
            Action::ToggleHelp => self.help_open = !self.help_open,
            Action::ToggleLosses => self.appearance.losses_open = !self.appearance.losses_open,
            Action::WorkFound(None) | Action::Nothing => {}
            Action::Remembered(Ok(())) => self.works(Topic::Preferences),
            Action::Remembered(Err(reason)) => self.complain(Topic::Preferences, &reason),
            Action::Project(action) => return self.project_action(action),
            Action::Arrived(result) => return self.arrived(result),
            Action::Looked(found) => self.looked(found),
            Action::ProjectSaved(result) => return self.project_saved(result),
            Action::WorkFound(Some(arrival)) => self.ask_later(Question::GoOn(arrival)),
            Action::Kept(kept) => self.kept(Topic::KeepingReady, kept),
            Action::CloseRequested => return self.asked_to_close(),
            Action::ConfirmClose => {
                if self.questions.pop_if(|question| matches!(question, Question::Close)).is_some() {
                    return self.close();
                }
            }
            Action::Cancel => self.cancel(),
        }
        Vec::new()
    }

    /// The side that is shown: the photo as long as nothing is painted, else the one asked for.
    pub fn shown_view(&self) -> View {
        match (self.shown_canvas(), self.view) {
            _ if self.easel.is_some() => View::Photo,
            (None, _) => View::Photo,
            (Some(_), View::Compare) if !self.can_compare() => View::Result,
            (Some(_), view) => view,
        }
    }

    /// Whether a divider can go between the picture that is shown and what stands on the left of it: they need the same
    /// shape.
    pub fn can_compare(&self) -> bool {
        let Some(canvas) = self.shown_canvas() else { return false };
        let photo = (canvas.photo.width(), canvas.photo.height());
        self.beside().is_some() || history::has_shape_of(photo, canvas.size)
    }

    /// The photo to look at: the one to paint next, or the one the picture was painted from.
    pub fn shown_photo(&self) -> Option<&Arc<Picture>> {
        let of_run = self.shown_canvas().map(|canvas| &canvas.photo);
        match self.shown_view() {
            View::Photo => self.sources.photo_picture().or(of_run),
            View::Result | View::Compare => of_run,
        }
    }

    /// What stands on the left of the divider, or alone when the photo is looked at.
    pub fn shown_other(&self) -> Option<Shown> {
        match self.beside().filter(|_| self.shown_view() == View::Compare) {
            Some(entry) => Some(entry.canvas.shown.clone()),
            None => self.shown_photo().map(|photo| Shown::Picture(Arc::clone(photo))),
        }
    }

    /// Width and height of what is shown, in pixels of the finished picture.
    pub fn shown_size(&self) -> Option<(u32, u32)> {
        match (self.shown_view(), self.shown_canvas()) {
            (View::Result | View::Compare, Some(canvas)) => Some(canvas.size),
            _ => self.shown_photo().map(|photo| (photo.width(), photo.height())),
        }
    }

    /// Everything but the pictures is as it is when the program starts.
    pub fn settings_are_default(&self) -> bool {
        self.settings == Settings::default() && self.hardware == Hardware::default()
    }

    /// The window closes as soon as the picture or the project is written.
    pub fn closes_after_saving(&self) -> bool {
        self.closing != Closing::No && self.is_writing()
    }

    fn is_writing(&self) -> bool {
        self.saving.is_some() || self.document.saving.is_some()
    }

    fn open_dialog(&mut self, purpose: Purpose, suggestion: String, folder: Option<PathBuf>) -> Vec<Effect> {
        if self.dialog.is_some() {
            self.more_dialogs += 1;
            if self.more_dialogs == 1 {
                self.notify(Kind::Remark, "A file dialog is already open. If you cannot see it, try again.");
                return Vec::new();
            }
            self.give_up_dialog();
        }
        self.dialog = Some(purpose);
        vec![Effect::OpenDialog { purpose, suggestion, folder }]
    }

    /// Gives up the dialog that is open, as if it had been cancelled: it hangs, or nobody wants its answer any more.
    fn give_up_dialog(&mut self) {
        if let Some(purpose) = self.dialog {
            self.chosen(super::action::Answer { purpose, paths: Vec::new(), at_once: false });
        }
    }

    fn chosen(&mut self, answer: super::action::Answer) -> Vec<Effect> {
        if self.dialog != Some(answer.purpose) {
            // It was given up.
            return Vec::new();
        }
        self.dialog = None;
        self.more_dialogs = 0;
        match (answer.purpose, answer.paths) {
            (purpose, paths) if paths.is_empty() => {
                if purpose == Purpose::SaveProject {
                    self.document.forget_dialog();
                }
                if answer.at_once {
                    // What there is to say would stand behind the question.
                    self.exporting = None;
                    self.complain(Topic::Dialogs, &no_dialog(purpose, self.takes_drops));
                }
                Vec::new()
            }
            (Purpose::Open(target), paths) => {
                self.works(Topic::Dialogs);
                self.add_files(paths, target)
            }
            (purpose, paths) => paths.first().map_or_else(Vec::new, |path| match purpose {
                Purpose::Export => self.export_to(path),
                Purpose::SaveProject => self.save_project_to(path),
                Purpose::Find(index) => self.look_there(index, path),
                Purpose::OpenProject | Purpose::Open(_) => self.leave_for(Next::Open(path.clone())),
            }),
        }
    }

    fn asked_to_close(&mut self) -> Vec<Effect> {
        if self.is_writing() {
            if self.closing == Closing::No {
                self.closing = Closing::AskWhenWritten;
            }
            return vec![Effect::StayOpen];
        }
        if self.closing == Closing::Now || !self.asks_before_closing() {
            return Vec::new();
        }
        vec![Effect::StayOpen]
    }

    /// Asks about what would be lost when the window closes now; nothing is asked when nothing would be.
    fn asks_before_closing(&mut self) -> bool {
        if self.run.is_active() {
            self.ask(Question::Close);
        } else if self.is_unsaved() {
            self.ask(Question::Unsaved(Next::Close));
        } else {
            return false;
        }
        true
    }

    /// Closes the window as the person agreed to, as soon as nothing is being written.
    fn close(&mut self) -> Vec<Effect> {
        if self.is_writing() {
            self.closing = Closing::WhenWritten;
            return vec![Effect::Stop];
        }
        self.closing = Closing::Now;
        vec![Effect::Stop, Effect::Close]
    }

    /// Something was written: a window that waited for that closes, or asks about what else would be lost.
    fn after_writing(&mut self) -> Vec<Effect> {
        if self.is_writing() {
            return Vec::new();
        }
        if matches!(self.closing, Closing::No | Closing::Now) {
            return Vec::new();
        }
        if self.closing == Closing::AskWhenWritten && self.asks_before_closing() {
            self.closing = Closing::No;
            return Vec::new();
        }
        self.closing = Closing::Now;
        vec![Effect::Close]
    }

    /// Something could not be written, so the window stays and the runs that wait have their turn again.
    fn stay_open(&mut self) -> Vec<Effect> {
        self.closing = Closing::No;
        if self.run.is_active() { Vec::new() } else { self.begin_next().into_iter().collect() }
    }

    fn add_files(&mut self, paths: Vec<PathBuf>, target: Target) -> Vec<Effect> {
        self.add(paths.into_iter().map(super::action::Origin::File).collect(), target)
    }
}

/// What there is to say, and to do, where no file dialog can be shown.
fn no_dialog(purpose: Purpose, takes_drops: bool) -> String {
    const REMEDY: &str = "For a dialog, install zenity or xdg-desktop-portal";
    let other_way = match purpose {
        Purpose::Export => "so there is no way to ask where to save; the picture is kept",
        Purpose::SaveProject => "so there is no way to ask where to save; nothing is lost",
        Purpose::Open(_) if takes_drops => "but the picture can be dropped on this window or pasted",
        Purpose::Open(_) => "but the picture can be pasted, or named on the command line (impasto photo.jpg)",
        Purpose::OpenProject | Purpose::Find(_) if takes_drops => "but the file can be dropped on this window",
        Purpose::OpenProject | Purpose::Find(_) => "but the file can be copied in a file manager and pasted here",
    };
    format!("No file dialog can be shown, {other_way}. {REMEDY}.")
}
