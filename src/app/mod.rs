//! The window. [`State`] is a plain machine under it; the panels draw it and say what the person
//! did; [`App`] carries out what the state asks for. Nothing slow happens on the window's thread.

pub mod action;
mod adapter;
mod background;
pub mod desktop;
mod display;
mod icon;
mod open;
mod panel;
mod perform;
pub mod samples;
mod shortcut;
pub mod state;
mod theme;
mod thumbnail;
pub mod viewport;
mod wording;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use self::action::{Action, Origin, Target};
use self::background::{Background, Lane};
use self::desktop::Desktop;
use self::display::{Display, Side};
use self::state::{Shown, State};
use self::thumbnail::Thumbnails;
use crate::studio::project::Project;
use crate::studio::recovery::{OwnWork, Recovery, Session};
use crate::studio::{NetworkLoader, Worker};

pub use self::adapter::graphics_adapters;
pub use self::open::run;

/// The window and everything that works for it.
pub struct App {
    state: State,
    worker: Worker,
    background: Background,
    answers: Receiver<Action>,
    display: Display,
    thumbnails: Thumbnails,
    desktop: Arc<dyn Desktop>,
    frame_taken: Option<Instant>,
    to_open: Vec<PathBuf>,
    /// Where work in progress is kept.
    recovery: Option<Recovery>,
    /// This window's place there. After the worker, which writes to the end before this is dropped.
    own_work: Option<OwnWork>,
    /// The place of a program that did not end well.
    left_behind: Option<Session>,
}

/// News that arrives faster than this is shown in the next pass, so that the window stays quick.
const BUDGET: Duration = Duration::from_millis(4);
/// Pictures of a run are taken over at most this often.
const FRAME_INTERVAL: Duration = Duration::from_millis(66);

impl App {
    /// Makes the window's inside: `files` are opened, the first as the photo, the others as paintings.
    ///
    /// # Errors
    /// One sentence, when the system gives no threads.
    pub fn new(
        ctx: &egui::Context,
        files: Vec<PathBuf>,
        loader: NetworkLoader,
        desktop: Arc<dyn Desktop>,
    ) -> Result<Self, String> {
        theme::apply(ctx);
        let wake = |ctx: &egui::Context| {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let no_thread = |error: std::io::Error| {
            format!("Impasto cannot start its threads ({error}); close other programs and try again")
        };
        let worker = Worker::spawn(loader, wake(ctx)).map_err(no_thread)?;
        let (background, answers) = Background::spawn(wake(ctx)).map_err(no_thread)?;
        let display = Display::spawn(wake(ctx)).map_err(no_thread)?;
        let recovery = desktop.data_folder().map(|folder| Recovery::in_folder(folder.join("recovery")));
        let app = Self {
            state: State::default(),
            worker,
            background,
            answers,
            display,
            thumbnails: Thumbnails::default(),
            desktop,
            frame_taken: None,
            to_open: files,
            left_behind: recovery.as_ref().and_then(|recovery| recovery.left_behind().into_iter().next()),
            recovery,
            own_work: None,
        };
        app.worker.prepare();
        app.look_for_work();
        app.prepare_samples();
        Ok(app)
    }

    /// What the window knows, for tests.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Reads the work that a program left behind which did not end well.
    fn look_for_work(&self) {
        if let Some(session) = &self.left_behind {
            let path = session.file();
            // Work that cannot be read is not worth a question, and may be read by another version.
            let found = move || Project::open(&path).map_or(Action::Cancel, |found| Action::WorkFound(Box::new(found)));
            self.background.run(Lane::Files, found, Action::Cancel);
        }
    }

    fn prepare_samples(&self) {
        for index in 0..samples::ALL.len() {
            // A tile without a picture still says what is wrong when it is pressed.
            let ready = move |thumbnail| Action::SampleReady { index, thumbnail };
            let work = move || ready(perform::read(&Origin::Sample(index)).ok().map(|loaded| loaded.thumbnail));
            self.background.run(Lane::Small, work, ready(None));
        }
    }

    fn perform(&mut self, action: Action, ctx: &egui::Context, frame: &eframe::Frame) {
        for effect in self.state.apply(action) {
            if let Some(next) = self.carry_out(effect, ctx, frame) {
                self.perform(next, ctx, frame);
            }
        }
    }

    /// Takes in what the threads have to say, for a limited time.
    fn listen(&mut self, ctx: &egui::Context, frame: &eframe::Frame) {
        let began = Instant::now();
        while began.elapsed() < BUDGET {
            let news = self.answers.try_recv().ok().or_else(|| self.worker.try_event().map(Action::Painter));
            let Some(action) = news else {
                self.take_frame(ctx, frame);
                return;
            };
            self.perform(action, ctx, frame);
        }
        ctx.request_repaint();
    }

    /// Takes the latest picture of the run, unless the last one is not on the screen yet.
    fn take_frame(&mut self, ctx: &egui::Context, frame: &eframe::Frame) {
        if !self.display.is_idle(Side::Result) {
            return;
        }
        let since = self.frame_taken.map_or(FRAME_INTERVAL, |taken| taken.elapsed());
        if let Some(early) = FRAME_INTERVAL.checked_sub(since).filter(|early| !early.is_zero()) {
            if self.state.run.is_active() {
                ctx.request_repaint_after(early);
            }
            return;
        }
        if let Some(painted) = self.worker.take_frame() {
            self.frame_taken = Some(Instant::now());
            self.perform(Action::Painted(painted), ctx, frame);
        }
    }

    fn prepare_display(&mut self, ctx: &egui::Context) {
        let longest_side = ctx.input(|input| input.max_texture_side);
        self.display.update();
        let result = self.state.canvas.as_ref().map(|canvas| &canvas.shown);
        self.display.want(Side::Result, result, longest_side);
        let photo = self.state.shown_photo().map(|photo| Shown::Picture(Arc::clone(photo)));
        self.display.want(Side::Photo, photo.as_ref(), longest_side);
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        if !self.to_open.is_empty() {
            let origins = std::mem::take(&mut self.to_open).into_iter().map(Origin::File).collect();
            self.perform(Action::Add { origins, target: Target::Anywhere }, ctx, frame);
        }
        if ctx.input(|input| input.viewport().close_requested()) {
            self.perform(Action::CloseRequested, ctx, frame);
        }
        self.listen(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.prepare_display(ui.ctx());
        let ctx = ui.ctx().clone();
        for action in panel::show(ui, &self.state, &mut self.thumbnails, &mut self.display) {
            self.perform(action, &ctx, frame);
        }
        self.thumbnails.forget_unused();
    }
}
