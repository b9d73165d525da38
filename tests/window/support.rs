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
use impasto::app::state::State;
use impasto::engine::network::{Architecture, Network};
use impasto::studio::NetworkLoader;
use tempfile::TempDir;

/// Answers dialogs and the clipboard in a person's place.
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Answer>>,
    asked: Mutex<Vec<FileRequest>>,
    clip: Mutex<Option<Result<Clip, String>>>,
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
            Some(Answer::Paths(paths)) => Box::pin(std::future::ready(paths)),
            Some(Answer::When(receiver)) => Box::pin(async move { receiver.recv().unwrap_or_default() }),
            None => Box::pin(std::future::ready(Vec::new())),
        }
    }

    fn clipboard(&self) -> Result<Clip, String> {
        self.clip.lock().unwrap().clone().unwrap_or(Ok(Clip::Nothing))
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
        let script = Arc::new(Script::default());
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let desktop: Arc<dyn Desktop> = Arc::clone(&script) as Arc<dyn Desktop>;
        let harness = builder
            .with_size([1280.0, 800.0])
            .build_eframe(move |creation| App::new(&creation.egui_ctx, files, loader, desktop).unwrap());
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
        self.harness.step();
        self.harness.step();
    }

    /// Opens what is folded away under that name.
    #[track_caller]
    pub(crate) fn unfold(&mut self, name: &str) {
        self.harness.get_by_label(name).click();
        self.harness.step();
        self.harness.step();
    }

    /// Presses a key.
    pub(crate) fn key(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.step();
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
        if self.harness.query_by_label("Iterations per scale, number").is_none() {
            self.unfold("Advanced");
        }
        self.set_number("Iterations per scale, number", iterations);
    }

    /// Sets a number as a screen reader does.
    #[track_caller]
    pub(crate) fn set_number(&mut self, name: &str, value: f64) {
        self.harness.get_by_role_and_label(Role::SpinButton, name).set_value_accesskit(value);
        self.harness.step();
        self.harness.step();
    }

    /// Moves a slider as a screen reader does.
    #[track_caller]
    pub(crate) fn set_slider(&mut self, name: &str, value: f64) {
        self.harness.get_by_role_and_label(Role::Slider, name).set_value_accesskit(value);
        self.harness.step();
        self.harness.step();
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
