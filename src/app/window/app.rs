//! The eframe application: applies actions from services and panels to the state, and has the services carry out the
//! effects.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::place;
use crate::app::message::{Action, Effect};
use crate::app::model::card::{Origin, Target};
use crate::app::model::fingerprint::Fingerprint;
use crate::app::panel;
use crate::app::preferences::{self, Appearance, Preferences, StoredPreferences, ThemeChoice, WindowPlace};
use crate::app::services::desktop::Desktop;
use crate::app::services::{Incoming, Services, no_thread};
use crate::app::shortcut;
use crate::app::state::State;
use crate::app::texture::{DensityTexture, Display, DisplaySide, MaskTexture, Textures, Thumbnails};
use crate::app::widget::theme;
use crate::studio::NetworkLoader;
use crate::studio::project::Project;

/// The application: the state, the services, and the textures.
pub struct App {
    state: State,
    services: Services,
    textures: Textures,
    incoming: Incoming,
    /// When the latest frame of a run was taken.
    frame_taken: Option<Instant>,
    /// Files from the command line that are not opened yet.
    to_open: Vec<PathBuf>,
    /// The appearance and the title that were applied to the window.
    appearance: Appearance,
    title: String,
    place: Option<WindowPlace>,
    preferences_file: Option<PathBuf>,
    /// What that file contains.
    stored: Preferences,
    /// Whether writing it failed, which was reported.
    unwritable: Arc<AtomicBool>,
    /// When the preferences and the setup were last compared with the stored ones.
    compared: Instant,
    /// The setup of the next run, as last kept.
    kept: Option<Fingerprint>,
}

/// Time per frame for applying actions from services; the rest waits, so that the window stays responsive.
const BUDGET: Duration = Duration::from_millis(4);
/// Frames of a run are taken at most this often.
const FRAME_INTERVAL: Duration = Duration::from_millis(66);
/// Preferences and setup are stored at most this often.
const STORE_INTERVAL: Duration = Duration::from_secs(2);

impl App {
    /// Opens `files`: the first as the photo, the others as paintings.
    ///
    /// # Errors
    /// One sentence, if a thread cannot be started.
    pub fn new(
        ctx: &egui::Context,
        files: Vec<PathBuf>,
        loader: NetworkLoader,
        desktop: Arc<dyn Desktop>,
        stored: StoredPreferences,
    ) -> Result<Self, String> {
        theme::apply(ctx);
        // The window has zoom shortcuts of its own, so that it can remember the zoom.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let wake = {
            let ctx = ctx.clone();
            move || ctx.request_repaint()
        };
        let services = Services::start(loader, Arc::clone(&desktop), wake.clone())?;
        let display = Display::spawn(wake).map_err(|error| no_thread(&error))?;
        let StoredPreferences { file, preferences, problem } = stored;
        let mut app = Self {
            place: preferences.window,
            stored: preferences.clone(),
            unwritable: Arc::default(),
            preferences_file: file,
            state: State::with_preferences(preferences, problem.as_deref()),
            appearance: Appearance::default(),
            compared: Instant::now(),
            services,
            textures: Textures {
                thumbnails: Thumbnails::default(),
                display,
                mask: MaskTexture::default(),
                density: DensityTexture::default(),
            },
            incoming: Incoming::new(desktop),
            frame_taken: None,
            // The paths are remembered, and relative ones would be wrong for a window opened in another folder.
            to_open: files.into_iter().map(|file| std::path::absolute(&file).unwrap_or(file)).collect(),
            kept: None,
            title: String::new(),
        };
        app.state.takes_drops = app.services.takes_drops();
        app.state.styles.folder = app.services.styles_folder().map(PathBuf::from);
        app.state.maps_folder = app.services.maps_folder().map(PathBuf::from);
        app.services.prepare(&app.state);
        Ok(app)
    }

    pub(super) fn take_drops(&mut self, creation: &eframe::CreationContext<'_>) {
        self.incoming.take_drops(creation);
    }

    /// The state, for tests.
    pub fn state(&self) -> &State {
        &self.state
    }

    fn perform(&mut self, action: Action, ctx: &egui::Context, frame: &eframe::Frame) {
        for effect in self.state.apply(action) {
            if matches!(effect, Effect::ForgetWork { .. }) {
                self.kept = None;
            }
            self.services.carry_out(effect, ctx, frame);
        }
    }

    /// Applies actions from the services, for a limited time.
    fn listen(&mut self, ctx: &egui::Context, frame: &eframe::Frame) {
        let began = Instant::now();
        while began.elapsed() < BUDGET {
            let Some(action) = self.services.next_action() else {
                self.take_frame(ctx, frame);
                return;
            };
            self.perform(action, ctx, frame);
        }
        ctx.request_repaint();
    }

    /// Takes the latest frame of the run, unless the one before is still being prepared.
    fn take_frame(&mut self, ctx: &egui::Context, frame: &eframe::Frame) {
        if !self.textures.display.is_idle(DisplaySide::Result) {
            return;
        }
        let since = self.frame_taken.map_or(FRAME_INTERVAL, |taken| taken.elapsed());
        if let Some(wait) = FRAME_INTERVAL.checked_sub(since).filter(|wait| !wait.is_zero()) {
            if self.state.is_painting() {
                ctx.request_repaint_after(wait);
            }
            return;
        }
        if let Some(progress) = self.services.take_clip_progress() {
            self.frame_taken = Some(Instant::now());
            self.perform(progress, ctx, frame);
        }
        if let Some(painted) = self.services.take_frame() {
            self.frame_taken = Some(Instant::now());
            self.perform(Action::Painted(painted), ctx, frame);
        }
    }

    fn prepare_display(&mut self) {
        self.textures.display.update();
        let result = self.state.shown_canvas().map(|canvas| &canvas.image);
        self.textures.display.set(DisplaySide::Result, result);
        self.textures.display.set(DisplaySide::Other, self.state.shown_other().as_ref());
    }

    /// Applies the theme, the zoom and the title of the state to the window.
    fn update_window(&mut self, ctx: &egui::Context) {
        let appearance = self.state.appearance;
        if appearance.theme != self.appearance.theme {
            ctx.set_theme(match appearance.theme {
                ThemeChoice::System => egui::ThemePreference::System,
                ThemeChoice::Light => egui::ThemePreference::Light,
                ThemeChoice::Dark => egui::ThemePreference::Dark,
            });
        }
        // In a small window, the zoom is limited so that everything fits.
        let zoom = appearance.zoom.min(place::largest_zoom(ctx));
        if zoom.to_bits() != ctx.zoom_factor().to_bits() {
            ctx.set_zoom_factor(zoom);
        }
        self.appearance = appearance;
        let title = self.state.title();
        if title != self.title {
            ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    /// Stores the preferences and the setup of the next run if they have changed.
    fn store(&mut self, ctx: &egui::Context) {
        let since = self.compared.elapsed();
        if let Some(wait) = STORE_INTERVAL.checked_sub(since).filter(|wait| !wait.is_zero()) {
            // Without input, nothing else would repaint the window.
            ctx.request_repaint_after(wait);
            return;
        }
        self.compared = Instant::now();
        self.keep_setup();
        let zoom = ctx.zoom_factor();
        self.place = ctx.input(|input| place::of_window(input.viewport(), zoom, self.place));
        let Some((file, preferences)) = self.unwritten_preferences() else { return };
        self.stored = preferences.clone();
        let reported = Arc::clone(&self.unwritable);
        let work = move || {
            let written = preferences::write(&file, &preferences);
            // Every change is written, but a failure is reported only once.
            let is_news = reported.swap(written.is_err(), Ordering::Relaxed) != written.is_err();
            Action::PreferencesSaved(if is_news { written } else { Ok(()) })
        };
        self.services.run_small(work, Action::PreferencesSaved(Ok(())));
    }

    /// Keeps the setup of the next run while none is active, so that it survives a crash.
    fn keep_setup(&mut self) {
        if self.state.run.is_active() || !self.state.is_unsaved() {
            return;
        }
        let fingerprint = self.state.fingerprint();
        if self.kept.as_ref() == Some(&fingerprint) {
            return;
        }
        let ready = Project { setup: self.state.setup(), ..Project::default() };
        let belongs_to = self.state.document.file.as_ref().map(|file| file.path.clone());
        self.services.save_setup(ready, belongs_to);
        self.kept = Some(fingerprint);
    }

    fn unwritten_preferences(&self) -> Option<(PathBuf, Preferences)> {
        let preferences = Preferences { window: self.place, ..self.state.preferences() };
        (preferences != self.stored).then_some((self.preferences_file.clone()?, preferences))
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some((file, preferences)) = self.unwritten_preferences() {
            // The window is gone, so an error cannot be reported.
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
        if self.services.pace() != self.state.pace {
            self.perform(Action::Paced(self.services.pace()), ctx, frame);
        }
        self.update_window(ctx);
        self.store(ctx);
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
