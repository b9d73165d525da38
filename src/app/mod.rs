//! The window. [`State`] is a plain machine under it; the panels draw it and say what the person
//! did; [`App`] carries out what the state asks for. Nothing slow happens on the window's thread.

pub mod action;
mod adapter;
mod background;
#[cfg(windows)]
pub mod console;
pub mod desktop;
mod display;
mod hint;
mod icon;
mod incoming;
mod muted;
mod open;
mod panel;
mod perform;
mod place;
pub mod preferences;
mod reading;
pub mod samples;
mod shortcut;
pub mod state;
mod theme;
mod thumbnail;
pub mod viewport;
mod wording;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use self::action::{Action, Origin, Target};
use self::background::{Background, Lane};
use self::desktop::Desktop;
use self::display::{Display, Side};
use self::incoming::Incoming;
use self::panel::{Masks, Textures};
use self::preferences::{Appearance, Memory, Preferences, ThemeChoice, WindowPlace};
use self::state::{Mark, State};
use self::thumbnail::Thumbnails;
use crate::engine::device::Processors;
use crate::reason::reason;
use crate::studio::project::Project;
use crate::studio::recovery::Recovery;
use crate::studio::workplace::{OwnWork, WorkFile, Workplace};
use crate::studio::{NetworkLoader, Worker};

pub use self::adapter::graphics_adapters;
pub use self::open::run;

/// The window and everything that works for it.
pub struct App {
    state: State,
    worker: Worker,
    background: Background,
    answers: Receiver<Action>,
    textures: Textures,
    desktop: Arc<dyn Desktop>,
    incoming: Incoming,
    frame_taken: Option<Instant>,
    to_open: Vec<PathBuf>,
    /// The appearance that the window has.
    appearance: Appearance,
    /// Where things are remembered.
    memory_file: Option<PathBuf>,
    /// What is written there.
    remembered: Preferences,
    /// It could not be written, and that was said.
    unwritable: Arc<AtomicBool>,
    /// Where the window stands.
    place: Option<WindowPlace>,
    looked_for_changes: Instant,
    /// Where work in progress is kept. After the worker, which writes to the end before this is dropped.
    own_work: Option<OwnWork>,
    /// The file that the run is kept in.
    run_file: Option<WorkFile>,
    /// What lies ready to be painted, as it was kept last.
    kept: Option<Mark>,
    /// What stands on the window's frame.
    title: String,
}

/// News that arrives faster than this is shown in the next pass, so that the window stays quick.
const BUDGET: Duration = Duration::from_millis(4);
/// Pictures of a run are taken over at most this often.
const FRAME_INTERVAL: Duration = Duration::from_millis(66);
/// What is to be remembered is written at most this often.
const REMEMBER_INTERVAL: Duration = Duration::from_secs(2);

impl App {
    /// Makes the window's inside: `files` are opened, the first as the photo, the others as paintings; `memory` is
    /// what was remembered.
    ///
    /// # Errors
    /// One sentence, when the system gives no threads.
    pub fn new(
        ctx: &egui::Context,
        files: Vec<PathBuf>,
        loader: NetworkLoader,
        desktop: Arc<dyn Desktop>,
        memory: Memory,
    ) -> Result<Self, String> {
        theme::apply(ctx);
        // The window has keys of its own for that, so that it can remember the size.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let wake = |ctx: &egui::Context| {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let no_thread = |error: std::io::Error| {
            format!("Impasto cannot start its threads ({}); close other programs and try again", reason(&error))
        };
        let worker = Worker::spawn(loader, wake(ctx)).map_err(no_thread)?;
        let (background, answers) = Background::spawn(wake(ctx)).map_err(no_thread)?;
        let display = Display::spawn(wake(ctx)).map_err(no_thread)?;
        let workplace = |folder: PathBuf| Workplace::new(Recovery::in_folder(folder.join("recovery")));
        let own_work = desktop.data_folder().map(|folder| OwnWork::new(workplace(folder)));
        let mut app = Self {
            place: memory.preferences.window,
            remembered: memory.preferences.clone(),
            unwritable: Arc::default(),
            memory_file: memory.file,
            state: State::remembering(memory.preferences, memory.trouble.as_deref()),
            appearance: Appearance::default(),
            looked_for_changes: Instant::now(),
            worker,
            background,
            answers,
            textures: Textures { thumbnails: Thumbnails::default(), display, masks: Masks::default() },
            incoming: Incoming::new(Arc::clone(&desktop)),
            desktop,
            frame_taken: None,
            // They are remembered, and the next window may be opened in another folder.
            to_open: files.into_iter().map(|file| std::path::absolute(&file).unwrap_or(file)).collect(),
            own_work,
            run_file: None,
            kept: None,
            title: String::new(),
        };
        app.state.takes_drops = app.desktop.takes_drops();
        app.worker.prepare(app.state.hardware.device);
        app.look_for_work();
        app.look_for_processors();
        app.prepare_samples();
        Ok(app)
    }

    /// Lets things be dropped on the window that was created.
    fn take_drops(&mut self, creation: &eframe::CreationContext<'_>) {
        self.incoming.take_drops(creation);
    }

    /// What the window knows, for tests.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Reads the work that a program left behind which did not end well.
    fn look_for_work(&self) {
        if let Some(own) = &self.own_work {
            let place = own.place().clone();
            let find = move || {
                let work = place.find().and_then(|kept| reading::left_behind(&kept));
                Action::WorkFound(work.map(Box::new))
            };
            self.background.run(Lane::Keeping, find, Action::WorkFound(None));
        }
    }

    fn look_for_processors(&self) {
        let work = || Action::ProcessorsFound(Processors::look());
        self.background.run(Lane::Small, work, Action::Nothing);
    }

    fn prepare_samples(&self) {
        for index in 0..samples::ALL.len() {
            // A tile without a picture still says what is wrong when it is pressed.
            let ready = move |thumbnail| Action::SampleReady { index, thumbnail };
            let work = move || ready(reading::read(&Origin::Sample(index)).ok().map(|loaded| loaded.thumbnail));
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
        if !self.textures.display.is_idle(Side::Result) {
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

    fn prepare_display(&mut self) {
        self.textures.display.update();
        let result = self.state.shown_canvas().map(|canvas| &canvas.shown);
        self.textures.display.want(Side::Result, result);
        self.textures.display.want(Side::Other, self.state.shown_other().as_ref());
    }

    fn dress(&mut self, ctx: &egui::Context) {
        let wanted = self.state.appearance;
        if wanted.theme != self.appearance.theme {
            ctx.set_theme(match wanted.theme {
                ThemeChoice::System => egui::ThemePreference::System,
                ThemeChoice::Light => egui::ThemePreference::Light,
                ThemeChoice::Dark => egui::ThemePreference::Dark,
            });
        }
        // In a small window everything has room before it is large.
        let zoom = wanted.zoom.min(place::largest_zoom(ctx));
        if zoom.to_bits() != ctx.zoom_factor().to_bits() {
            ctx.set_zoom_factor(zoom);
        }
        self.appearance = wanted;
        let title = self.state.title();
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Keeps what lies ready to be painted, while no run does, so that a crash does not cost what was prepared.
    fn keep_ready(&mut self) {
        let Some(own) = &self.own_work else { return };
        let Some(mark) = self.unkept() else { return };
        let ready = Project { setup: self.state.setup(), ..Project::default() };
        let belongs_to = self.state.document.file.as_ref().map(|file| file.path.clone());
        let place = own.place().clone();
        let work = move || Action::Kept(place.keep_ready(&ready, belongs_to.as_deref()));
        self.background.run(Lane::Keeping, work, Action::Kept(Ok(())));
        self.kept = Some(mark);
    }

    /// What lies ready to be painted and is not kept yet.
    fn unkept(&self) -> Option<Mark> {
        if self.state.run.is_active() || !self.state.is_unsaved() {
            return None;
        }
        Some(self.state.mark()).filter(|mark| self.kept.as_ref() != Some(mark))
    }

    /// Takes notice of where the window stands, and writes what has changed of what is remembered and kept.
    fn remember(&mut self, ctx: &egui::Context) {
        let since = self.looked_for_changes.elapsed();
        if let Some(early) = REMEMBER_INTERVAL.checked_sub(since).filter(|early| !early.is_zero()) {
            // A person who leaves the window alone now moves nothing that would repaint it.
            ctx.request_repaint_after(early);
            return;
        }
        self.looked_for_changes = Instant::now();
        self.keep_ready();
        let zoom = ctx.zoom_factor();
        self.place = ctx.input(|input| place::of_window(input.viewport(), zoom, self.place));
        let Some((file, preferences)) = self.unwritten() else { return };
        self.remembered = preferences.clone();
        let told = Arc::clone(&self.unwritable);
        let work = move || {
            let written = preferences::write(&file, &preferences);
            // It is tried again with every change, but said once.
            let is_news = told.swap(written.is_err(), Ordering::Relaxed) != written.is_err();
            Action::Remembered(if is_news { written } else { Ok(()) })
        };
        self.background.run(Lane::Small, work, Action::Remembered(Ok(())));
    }

    fn unwritten(&self) -> Option<(PathBuf, Preferences)> {
        let preferences = Preferences { window: self.place, ..self.state.to_remember() };
        (preferences != self.remembered).then_some((self.memory_file.clone()?, preferences))
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some((file, preferences)) = self.unwritten() {
            // Nobody is left to be told.
            let _ = preferences::write(&file, &preferences);
        }
    }
}

impl eframe::App for App {
    fn raw_input_hook(&mut self, ctx: &egui::Context, raw: &mut egui::RawInput) {
        self.incoming.put_into(ctx, raw);
    }

    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        shortcut::drop_repeats(ctx);
        if !self.to_open.is_empty() {
            let origins = std::mem::take(&mut self.to_open).into_iter().map(Origin::File).collect();
            self.perform(Action::Add { origins, target: Target::Anywhere }, ctx, frame);
        }
        if ctx.input(|input| input.viewport().close_requested()) {
            self.perform(Action::CloseRequested, ctx, frame);
        }
        while let Some(action) = self.incoming.next_action() {
            self.perform(action, ctx, frame);
        }
        self.listen(ctx, frame);
        self.perform(Action::Tick(ctx.input(|input| input.time)), ctx, frame);
        if self.worker.pace() != self.state.pace {
            self.perform(Action::Paced(self.worker.pace()), ctx, frame);
        }
        self.dress(ctx);
        self.remember(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.prepare_display();
        let ctx = ui.ctx().clone();
        for action in panel::show(ui, &self.state, &mut self.textures) {
            self.perform(action, &ctx, frame);
        }
        self.textures.thumbnails.forget_unused();
    }
}
