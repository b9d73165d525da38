//! A simulated user of the window: scripted dialogs and clipboard, a tiny network, and waiting with a step limit.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use eframe::egui;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use egui_kittest::{Harness, HarnessBuilder, Node};
use image::{Rgb, RgbImage};
use impasto::app::App;
use impasto::app::model::canvas::CanvasImage;
use impasto::app::preferences::StoredPreferences;
use impasto::app::services::desktop::{Choice, Clip, Desktop, FileRequest};
use impasto::app::state::State;
use impasto::engine::network::{Architecture, Network};
use impasto::studio::NetworkLoader;
use tempfile::TempDir;

/// Scripted answers to file dialogs, and scripted clipboard contents.
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<FileRequest>>,
    clip: Mutex<Option<Result<Clip, String>>>,
    data: Mutex<Option<PathBuf>>,
    refuses_drops: bool,
}

enum Answer {
    Paths(Vec<PathBuf>),
    Pending(mpsc::Receiver<Vec<PathBuf>>),
}

impl Script {
    /// Answers the next dialog with these files.
    pub(crate) fn answer(&self, paths: &[&Path]) {
        let paths = paths.iter().map(|path| path.to_path_buf()).collect();
        self.answers.lock().unwrap().push_back(Answer::Paths(paths));
    }

    /// Leaves the next dialog open until its answer is sent on the returned channel.
    pub(crate) fn leave_open(&self) -> mpsc::Sender<Vec<PathBuf>> {
        let (sender, receiver) = mpsc::channel();
        self.answers.lock().unwrap().push_back(Answer::Pending(receiver));
        sender
    }

    /// Sets what the clipboard holds, or the error that reading it returns.
    pub(crate) fn set_clipboard(&self, clip: Result<Clip, String>) {
        *self.clip.lock().unwrap() = Some(clip);
    }

    /// The dialogs opened so far, in order.
    pub(crate) fn requests(&self) -> Vec<FileRequest> {
        self.requests.lock().unwrap().clone()
    }
}

impl Desktop for Script {
    fn choose(&self, request: &FileRequest, _window: &eframe::Frame) -> Choice {
        self.requests.lock().unwrap().push(request.clone());
        match self.answers.lock().unwrap().pop_front() {
            Some(Answer::Paths(paths)) => Box::pin(std::future::ready(Ok(paths))),
            Some(Answer::Pending(receiver)) => Box::pin(async move { Ok(receiver.recv().unwrap_or_default()) }),
            None => Box::pin(std::future::ready(Ok(Vec::new()))),
        }
    }

    fn clipboard(&self) -> Result<Clip, String> {
        self.clip.lock().unwrap().clone().unwrap_or(Ok(Clip::Nothing))
    }

    fn takes_drops(&self) -> bool {
        !self.refuses_drops
    }

    fn data_folder(&self) -> Option<PathBuf> {
        self.data.lock().unwrap().clone()
    }
}

/// A user of the window, simulated with `egui_kittest`.
pub(crate) struct Person {
    pub(crate) harness: Harness<'static, App>,
    pub(crate) script: Arc<Script>,
    pub(crate) folder: TempDir,
    /// How many steps `wait_until` takes at most; 4000 take about three minutes.
    pub(crate) max_steps: usize,
}

/// Loads a tiny random network: fast, with meaningless pictures.
pub(crate) fn tiny_network() -> NetworkLoader {
    Box::new(|device| Network::random(&Architecture::tiny(), 1, device))
}

impl Person {
    /// Opens an empty window.
    pub(crate) fn new() -> Self {
        Self::with(Harness::builder(), |_| Vec::new(), tiny_network())
    }

    /// Opens a window from `builder`, with `files` given on the command line.
    pub(crate) fn with(
        builder: HarnessBuilder<App>,
        files: impl FnOnce(&Path) -> Vec<PathBuf>,
        loader: NetworkLoader,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let memory = StoredPreferences::read(folder.path().join("preferences.json"));
        Self::with_preferences(builder, folder, files, loader, memory)
    }

    /// Opens a window with the given preferences, such as those of an earlier session.
    pub(crate) fn with_preferences(
        builder: HarnessBuilder<App>,
        folder: TempDir,
        files: impl FnOnce(&Path) -> Vec<PathBuf>,
        loader: NetworkLoader,
        memory: StoredPreferences,
    ) -> Self {
        Self::with_desktop(builder, folder, files, loader, memory, Script::default())
    }

    /// Opens a window that saves work in progress in the folder `data`.
    pub(crate) fn with_data_folder(folder: TempDir, data: PathBuf, files: impl FnOnce(&Path) -> Vec<PathBuf>) -> Self {
        Self::built_with_data_folder(Harness::builder(), folder, data, files)
    }

    /// As [`Self::with_data_folder`], from `builder`.
    pub(crate) fn built_with_data_folder(
        builder: HarnessBuilder<App>,
        folder: TempDir,
        data: PathBuf,
        files: impl FnOnce(&Path) -> Vec<PathBuf>,
    ) -> Self {
        let memory = StoredPreferences::read(folder.path().join("preferences.json"));
        let script = Script { data: Mutex::new(Some(data)), ..Script::default() };
        Self::with_desktop(builder, folder, files, tiny_network(), memory, script)
    }

    /// Opens a window on a desktop without drag and drop.
    pub(crate) fn without_drops() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let memory = StoredPreferences::read(folder.path().join("preferences.json"));
        let script = Script { refuses_drops: true, ..Script::default() };
        Self::with_desktop(Harness::builder(), folder, |_| Vec::new(), tiny_network(), memory, script)
    }

    fn with_desktop(
        builder: HarnessBuilder<App>,
        folder: TempDir,
        files: impl FnOnce(&Path) -> Vec<PathBuf>,
        loader: NetworkLoader,
        memory: StoredPreferences,
        script: Script,
    ) -> Self {
        let script = Arc::new(script);
        let files = files(folder.path());
        let desktop: Arc<dyn Desktop> = Arc::clone(&script) as Arc<dyn Desktop>;
        let harness = builder
            .with_size([1280.0, 800.0])
            .build_eframe(move |creation| App::new(&creation.egui_ctx, files, loader, desktop, memory).unwrap());
        Self { harness, script, folder, max_steps: 4_000 }
    }

    /// The app's state.
    pub(crate) fn state(&self) -> &State {
        self.harness.state().state()
    }

    /// Steps the window until `condition` holds, at most `max_steps` times; during a run the window never settles.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, condition: impl Fn(&State) -> bool) {
        for step in 0..self.max_steps {
            self.harness.step();
            if condition(self.state()) {
                // One more step, so that the output is up to date too.
                self.harness.step();
                return;
            }
            // A long wait is for the painter; leave the processor to it.
            std::thread::sleep(Duration::from_millis(if step < 400 { 5 } else { 50 }));
        }
        panic!("timed out waiting for {what}; notices: {:?}", self.notices());
    }

    /// The button named `name`.
    #[track_caller]
    pub(crate) fn button<'a>(&'a self, name: &'a str) -> Node<'a> {
        self.harness.get_by_role_and_label(Role::Button, name)
    }

    /// Presses the button named `name`.
    #[track_caller]
    pub(crate) fn press(&mut self, name: &str) {
        self.button(name).click();
        // A popup is measured in one pass and visible in the next.
        self.harness.run_steps(4);
        self.check_invariants();
    }

    /// Exports the shown picture; the script must hold an answer for the file dialog.
    #[track_caller]
    pub(crate) fn export(&mut self) {
        self.press("Export…");
        self.press("Save as…");
    }

    /// Expands the collapsed section named `name`.
    #[track_caller]
    pub(crate) fn expand(&mut self, name: &str) {
        self.harness.get_by_label(name).click();
        self.harness.step();
        self.harness.step();
        self.check_invariants();
    }

    /// Presses a key.
    #[track_caller]
    pub(crate) fn key(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.step();
        self.check_invariants();
    }

    /// Drags from one place to another.
    #[track_caller]
    pub(crate) fn drag(&mut self, from: egui::Pos2, to: egui::Pos2) {
        self.harness.hover_at(from);
        self.harness.step();
        self.harness.drag_at(from);
        self.harness.step();
        for share in [0.3, 0.6, 1.0] {
            self.harness.hover_at(from.lerp(to, share));
            self.harness.step();
        }
        self.harness.drop_at(to);
        self.harness.step();
        self.harness.step();
        self.check_invariants();
    }

    /// Asserts the invariants that hold after every action.
    #[track_caller]
    pub(crate) fn check_invariants(&mut self) {
        self.harness.check_accessibility();
        let state = self.state();
        let run = &state.run;
        assert!(!run.is_active() || run.inputs.is_some(), "an active run without the inputs it began with");
        assert!(state.queue.waiting().is_empty() || state.is_painting(), "a run is queued although nothing is painted");
        assert!((0.0..=1.0).contains(&run.fraction) && (0.0..=1.0).contains(&state.view.divider));
        assert!(state.settings.validate().is_ok(), "{:?}", state.settings);
        assert!(state.notices.len() <= 4);
        let has_picture = state.shown_canvas().is_some() && !state.shows_tried_place();
        assert_eq!(state.can_export(), has_picture && state.exporting.is_none());
        assert!(
            state.questions.to_export().is_none() || state.exporting.is_none(),
            "the export dialog is open during a save"
        );
        assert!(state.easel.is_none() || state.sources.photo_picture().is_some(), "a mask without a photo");
        assert_eq!(state.shown_size().is_some(), state.shown_photo().is_some(), "a photo or its size is missing");
        let entries = state.history.entries();
        assert!(entries.iter().all(|entry| matches!(entry.canvas.image, CanvasImage::Picture(_))));
        let mut ids: Vec<_> = state.sources.paintings.iter().map(|painting| painting.source.id).collect();
        ids.extend(state.sources.photo.iter().map(|card| card.id));
        let distinct = ids.iter().collect::<std::collections::HashSet<_>>().len();
        assert_eq!(distinct, ids.len(), "two cards share an id");
    }

    /// Drops files on the window.
    pub(crate) fn drop_files(&mut self, paths: &[PathBuf]) {
        let files = paths.iter().map(|path| -> egui::DroppedFileHandle { Arc::new(DroppedPath(path.clone())) });
        self.harness.input_mut().dropped_files = files.collect();
        self.harness.step();
    }

    /// Requests the window to close; returns whether it agrees.
    pub(crate) fn close_window(&mut self) -> bool {
        let viewports = &mut self.harness.input_mut().viewports;
        viewports.get_mut(&egui::ViewportId::ROOT).unwrap().events.push(egui::ViewportEvent::Close);
        self.harness.step();
        !self.commands().contains(&egui::ViewportCommand::CancelClose)
    }

    /// Closes the window and returns its folder with the files in it.
    pub(crate) fn close(self) -> TempDir {
        drop(self.harness);
        self.folder
    }

    /// The viewport commands of the last pass.
    pub(crate) fn commands(&self) -> Vec<egui::ViewportCommand> {
        self.harness.output().viewport_output[&egui::ViewportId::ROOT].commands.clone()
    }

    /// The texts of the notices.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.state().notices.iter().map(|notice| notice.text.clone()).collect()
    }

    /// Waits for a notice that contains `part`.
    #[track_caller]
    pub(crate) fn wait_for_notice(&mut self, part: &str) {
        let is_there = |state: &State| state.notices.iter().any(|notice| notice.text.contains(part));
        self.wait_until(&format!("a notice containing {part:?}"), is_there);
    }

    /// The path of a file in this test's folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Loads a photo and a painting by dropping them.
    #[track_caller]
    pub(crate) fn load_both(&mut self) {
        let files = [photo(self.folder.path()), painting(self.folder.path())];
        self.drop_files(&files);
        self.wait_until("both pictures", |state| state.start_obstacle().is_none());
    }

    /// Sets the size in pixels and the number of iterations, so that a test can bound how long a run takes.
    pub(crate) fn set_size_and_iterations(&mut self, size: f64, iterations: f64) {
        self.set_number("Size, number", size);
        if self.harness.query_by_label("Iterations, number").is_none() {
            self.expand("Advanced");
        }
        self.set_number("Iterations, number", iterations);
    }

    /// Sets a number through AccessKit, as a screen reader does.
    #[track_caller]
    pub(crate) fn set_number(&mut self, name: &str, value: f64) {
        self.harness.get_by_role_and_label(Role::SpinButton, name).set_value_accesskit(value);
        self.harness.step();
        self.harness.step();
        self.check_invariants();
    }

    /// Moves a slider through AccessKit, as a screen reader does.
    #[track_caller]
    pub(crate) fn set_slider(&mut self, name: &str, value: f64) {
        self.harness.get_by_role_and_label(Role::Slider, name).set_value_accesskit(value);
        self.harness.step();
        self.harness.step();
        self.check_invariants();
    }
}

#[derive(Debug)]
struct DroppedPath(PathBuf);

impl egui::DroppedFile for DroppedPath {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Writes a landscape photo, 96 × 64 pixels.
pub(crate) fn photo(folder: &Path) -> PathBuf {
    let path = folder.join("hill.png");
    RgbImage::from_fn(96, 64, |x, y| Rgb([(x * 2) as u8, 120, (y * 3) as u8])).save(&path).unwrap();
    path
}

/// Writes a portrait painting, 60 × 80 pixels.
pub(crate) fn painting(folder: &Path) -> PathBuf {
    let path = folder.join("stripes.png");
    RgbImage::from_fn(
        60,
        80,
        |x, y| if (x / 6 + y / 9).is_multiple_of(2) { Rgb([200, 60, 30]) } else { Rgb([30, 70, 160]) },
    )
    .save(&path)
    .unwrap();
    path
}
