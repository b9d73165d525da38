//! A person in front of the window: scripted dialogs and clipboard, a tiny network, and patience.

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
use impasto::app::desktop::{Choice, Clip, Desktop, FileRequest};
use impasto::app::preferences::Memory;
use impasto::app::state::{Shown, State};
use impasto::engine::network::{Architecture, Network};
use impasto::studio::NetworkLoader;
use tempfile::TempDir;

/// Answers dialogs and the clipboard in a person's place.
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<FileRequest>>,
    clip: Mutex<Option<Result<Clip, String>>>,
    data: Mutex<Option<PathBuf>>,
    refuses_drops: bool,
}

enum Answer {
    Paths(Vec<PathBuf>),
    When(mpsc::Receiver<Vec<PathBuf>>),
}

impl Script {
    /// The next dialog is answered with these files.
    pub(crate) fn answer(&self, paths: &[&Path]) {
        let paths = paths.iter().map(|path| path.to_path_buf()).collect();
        self.answers.lock().unwrap().push_back(Answer::Paths(paths));
    }

    /// The next dialog stays open until something is sent.
    pub(crate) fn leave_open(&self) -> mpsc::Sender<Vec<PathBuf>> {
        let (sender, receiver) = mpsc::channel();
        self.answers.lock().unwrap().push_back(Answer::When(receiver));
        sender
    }

    /// The clipboard holds this.
    pub(crate) fn hold(&self, clip: Result<Clip, String>) {
        *self.clip.lock().unwrap() = Some(clip);
    }

    /// The dialogs that were opened.
    pub(crate) fn asked(&self) -> Vec<FileRequest> {
        self.asked.lock().unwrap().clone()
    }
}

impl Desktop for Script {
    fn choose(&self, request: &FileRequest, _window: &eframe::Frame) -> Choice {
        self.asked.lock().unwrap().push(request.clone());
        match self.answers.lock().unwrap().pop_front() {
            Some(Answer::Paths(paths)) => Box::pin(std::future::ready(Ok(paths))),
            Some(Answer::When(receiver)) => Box::pin(async move { Ok(receiver.recv().unwrap_or_default()) }),
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

/// A person in front of the window.
pub(crate) struct Person {
    pub(crate) harness: Harness<'static, App>,
    pub(crate) script: Arc<Script>,
    pub(crate) folder: TempDir,
    /// How many steps to wait for something; 4000 take some three minutes.
    pub(crate) patience: usize,
}

/// A network that paints nothing worth looking at, quickly.
pub(crate) fn tiny_network() -> NetworkLoader {
    Box::new(|device| Network::random(&Architecture::tiny(), 1, device))
}

impl Person {
    /// Sits down in front of an empty window.
    pub(crate) fn new() -> Self {
        Self::with(Harness::builder(), |_| Vec::new(), tiny_network())
    }

    /// Sits down in front of a window of some kind, with files given on the command line.
    pub(crate) fn with(
        builder: HarnessBuilder<App>,
        files: impl FnOnce(&Path) -> Vec<PathBuf>,
        loader: NetworkLoader,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::of(folder.path().join("preferences.json"));
        Self::remembering(builder, folder, files, loader, memory)
    }

    /// Sits down in front of a window that remembers something.
    pub(crate) fn remembering(
        builder: HarnessBuilder<App>,
        folder: TempDir,
        files: impl FnOnce(&Path) -> Vec<PathBuf>,
        loader: NetworkLoader,
        memory: Memory,
    ) -> Self {
        Self::at_desktop(builder, folder, files, loader, memory, Script::default())
    }

    /// Sits down in front of a window that keeps its work in a folder.
    pub(crate) fn keeping(folder: TempDir, data: PathBuf, files: impl FnOnce(&Path) -> Vec<PathBuf>) -> Self {
        let memory = Memory::of(folder.path().join("preferences.json"));
        let script = Script { data: Mutex::new(Some(data)), ..Script::default() };
        Self::at_desktop(Harness::builder(), folder, files, tiny_network(), memory, script)
    }

    /// Sits down in front of a window on which nothing can be dropped.
    pub(crate) fn without_drops() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::of(folder.path().join("preferences.json"));
        let script = Script { refuses_drops: true, ..Script::default() };
        Self::at_desktop(Harness::builder(), folder, |_| Vec::new(), tiny_network(), memory, script)
    }

    fn at_desktop(
        builder: HarnessBuilder<App>,
        folder: TempDir,
        files: impl FnOnce(&Path) -> Vec<PathBuf>,
        loader: NetworkLoader,
        memory: Memory,
        script: Script,
    ) -> Self {
        let script = Arc::new(script);
        let files = files(folder.path());
        let desktop: Arc<dyn Desktop> = Arc::clone(&script) as Arc<dyn Desktop>;
        let harness = builder
            .with_size([1280.0, 800.0])
            .build_eframe(move |creation| App::new(&creation.egui_ctx, files, loader, desktop, memory).unwrap());
        Self { harness, script, folder, patience: 4_000 }
    }

    /// What the window knows.
    pub(crate) fn state(&self) -> &State {
        self.harness.state().state()
    }

    /// Waits until something is so; a run never settles, so this steps on and on, but not for ever.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, what: &str, condition: impl Fn(&State) -> bool) {
        for step in 0..self.patience {
            self.harness.step();
            if condition(self.state()) {
                // One more, so that what is drawn is up to date too.
                self.harness.step();
                return;
            }
            // A long wait is for the painter, which needs the processor more.
            std::thread::sleep(Duration::from_millis(if step < 400 { 5 } else { 50 }));
        }
        panic!("{what} did not come about; notices: {:?}", self.notices());
    }

    /// The button of that name.
    #[track_caller]
    pub(crate) fn button<'a>(&'a self, name: &'a str) -> Node<'a> {
        self.harness.get_by_role_and_label(Role::Button, name)
    }

    /// Presses the button of that name.
    #[track_caller]
    pub(crate) fn press(&mut self, name: &str) {
        self.button(name).click();
        // What opens is measured in one pass, and seen in the next.
        self.harness.run_steps(4);
        self.check();
    }

    /// Saves the picture that is shown to the file that the next dialog is answered with.
    #[track_caller]
    pub(crate) fn export(&mut self) {
        self.press("Export…");
        self.press("Save as…");
    }

    /// Opens what is folded away under that name.
    #[track_caller]
    pub(crate) fn unfold(&mut self, name: &str) {
        self.harness.get_by_label(name).click();
        self.harness.step();
        self.harness.step();
        self.check();
    }

    /// Presses a key.
    #[track_caller]
    pub(crate) fn key(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.step();
        self.check();
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
        self.check();
    }

    /// What is true after whatever a person does.
    #[track_caller]
    pub(crate) fn check(&mut self) {
        self.harness.check_accessibility();
        let state = self.state();
        let run = &state.run;
        assert!(!run.is_active() || run.began_with.is_some(), "a run that began with nothing");
        assert!(state.queue.waiting().is_empty() || run.is_active(), "a run waits although nothing is painted");
        assert!((0.0..=1.0).contains(&run.fraction) && (0.0..=1.0).contains(&state.divider));
        assert!(state.settings.validate().is_ok(), "{:?}", state.settings);
        assert!(state.notices.len() <= 4);
        assert_eq!(state.can_export(), state.shown_canvas().is_some() && state.saving.is_none());
        assert!(state.exporting.is_none() || state.saving.is_none(), "one picture is saved at a time");
        assert!(state.easel.is_none() || state.sources.photo_picture().is_some(), "a mask over no photo");
        assert_eq!(state.shown_size().is_some(), state.shown_photo().is_some(), "nothing to show, or no size for it");
        let entries = state.history.entries();
        assert!(entries.iter().all(|entry| matches!(entry.canvas.shown, Shown::Picture(_))));
        let mut ids: Vec<_> = state.sources.paintings.iter().map(|painting| painting.card.id).collect();
        ids.extend(state.sources.photo.iter().map(|card| card.id));
        let unlike = ids.iter().collect::<std::collections::HashSet<_>>().len();
        assert_eq!(unlike, ids.len(), "two cards under one name");
    }

    /// Lets go of files over the window.
    pub(crate) fn drop_files(&mut self, paths: &[PathBuf]) {
        let files = paths.iter().map(|path| -> egui::DroppedFileHandle { Arc::new(Dropped(path.clone())) });
        self.harness.input_mut().dropped_files = files.collect();
        self.harness.step();
    }

    /// Asks the window to close; returns whether it does.
    pub(crate) fn close_window(&mut self) -> bool {
        let viewports = &mut self.harness.input_mut().viewports;
        viewports.get_mut(&egui::ViewportId::ROOT).unwrap().events.push(egui::ViewportEvent::Close);
        self.harness.step();
        !self.commands().contains(&egui::ViewportCommand::CancelClose)
    }

    /// Closes the window; what is in the folder stays.
    pub(crate) fn close(self) -> TempDir {
        drop(self.harness);
        self.folder
    }

    /// What the window asked of the system in the last pass.
    pub(crate) fn commands(&self) -> Vec<egui::ViewportCommand> {
        self.harness.output().viewport_output[&egui::ViewportId::ROOT].commands.clone()
    }

    /// The sentences that stand in the window.
    pub(crate) fn notices(&self) -> Vec<String> {
        self.state().notices.iter().map(|notice| notice.text.clone()).collect()
    }

    /// Waits for a sentence that contains this.
    #[track_caller]
    pub(crate) fn wait_for_notice(&mut self, part: &str) {
        let is_there = |state: &State| state.notices.iter().any(|notice| notice.text.contains(part));
        self.wait_until(&format!("a notice with {part:?}"), is_there);
    }

    /// A file in the folder for this test.
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

    /// Makes the next run short.
    pub(crate) fn make_it_quick(&mut self, size: f64, iterations: f64) {
        self.set_number("Size, number", size);
        if self.harness.query_by_label("Iterations, number").is_none() {
            self.unfold("Advanced");
        }
        self.set_number("Iterations, number", iterations);
    }

    /// Sets a number as a screen reader does.
    #[track_caller]
    pub(crate) fn set_number(&mut self, name: &str, value: f64) {
        self.harness.get_by_role_and_label(Role::SpinButton, name).set_value_accesskit(value);
        self.harness.step();
        self.harness.step();
        self.check();
    }

    /// Moves a slider as a screen reader does.
    #[track_caller]
    pub(crate) fn set_slider(&mut self, name: &str, value: f64) {
        self.harness.get_by_role_and_label(Role::Slider, name).set_value_accesskit(value);
        self.harness.step();
        self.harness.step();
        self.check();
    }
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// Writes a photo, wider than high.
pub(crate) fn photo(folder: &Path) -> PathBuf {
    let path = folder.join("hill.png");
    RgbImage::from_fn(96, 64, |x, y| Rgb([(x * 2) as u8, 120, (y * 3) as u8])).save(&path).unwrap();
    path
}

/// Writes a painting, higher than wide.
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
