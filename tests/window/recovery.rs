//! Work that a program left behind is offered by the next window, and painted on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui_kittest::kittest::Queryable;
use impasto::app::App;
use impasto::app::desktop::{Choice, Clip, Desktop, FileRequest};
use impasto::app::preferences::Memory;
use impasto::app::state::Phase;
use impasto::picture::{Checksum, decode};
use impasto::studio::project::{Place, Project, Source, Style};
use impasto::studio::recovery::Recovery;
use impasto::studio::{
    Continuity, EventKind, Hardware, Ingredients, Keeping, Recipe, Settings, StyleSource, Subject, Worker,
};

use crate::support::{painting, photo, tiny_network};

/// A desktop with nothing but a folder.
struct Folder(PathBuf);

impl Desktop for Folder {
    fn choose(&self, _: &FileRequest, _: &eframe::Frame) -> Choice {
        Box::pin(std::future::ready(Vec::new()))
    }

    fn clipboard(&self) -> Result<Clip, String> {
        Ok(Clip::Nothing)
    }

    fn data_folder(&self) -> Option<PathBuf> {
        Some(self.0.clone())
    }
}

fn source(path: &Path) -> Source {
    let checksum = Some(Checksum::of(&std::fs::read(path).unwrap()));
    Source { name: "a picture".to_owned(), checksum, place: Place::File(path.to_path_buf()) }
}

/// Paints until the first work is kept, and ends without clearing it away, as a program that crashes.
fn leave_work_behind(folder: &Path) {
    let (photo, painting) = (photo(folder), painting(folder));
    let settings = Settings { size: 64, iterations: 5000, ..Settings::default() };
    let open = |path: &Path| Arc::new(decode::open(path).unwrap());
    let recipe = Recipe::new(Ingredients {
        subject: Subject::photo(open(&photo)),
        styles: vec![StyleSource::new(open(&painting))],
        start_picture: None,
        settings: settings.clone(),
        hardware: Hardware::default(),
        time_limit: None,
    });
    let style = Style { source: source(&painting), weight: 50.0, brush_scale: 1.0, mask: None };
    let project = Project { content: Some(source(&photo)), styles: vec![style], settings, ..Project::default() };
    let session = Recovery::in_folder(folder.join("recovery")).begin().unwrap();
    let mut painter = Worker::spawn(tiny_network(), || {}).unwrap();
    let keeping = Some(Keeping { path: session.file(), project });
    painter.start_with(recipe.unwrap(), Continuity { unfinished: None, keeping });
    while session.saved_at().is_none() {
        let event = painter.wait_event(Duration::from_mins(1)).expect("it paints");
        assert!(!matches!(event.kind, EventKind::Failed(_)));
    }
}

#[test]
fn unfinished_work_is_offered_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    leave_work_behind(folder.path());
    let desktop = Arc::new(Folder(folder.path().to_path_buf()));
    let mut harness = egui_kittest::Harness::builder().with_size([1280.0, 800.0]).build_eframe(move |creation| {
        App::new(&creation.egui_ctx, Vec::new(), tiny_network(), desktop, Memory::default()).unwrap()
    });
    let wait = |harness: &mut egui_kittest::Harness<'_, App>, what: &str, is_so: &dyn Fn(&App) -> bool| {
        for _ in 0..4000 {
            harness.step();
            if is_so(harness.state()) {
                harness.step();
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("waited in vain for {what}");
    };
    wait(&mut harness, "the question", &|app| app.state().question.is_some());
    assert!(harness.query_by_label("Go on with your picture?").is_some());
    harness.get_by_label("Go on").click();
    wait(&mut harness, "the run", &|app| app.state().run.phase == Phase::Painting);
    assert!(app_is_of_the_work(harness.state()));
    wait(&mut harness, "progress", &|app| app.state().run.progress.is_some());
    drop(harness);
    // The window was closed by its person, so nothing is offered again.
    assert!(Recovery::in_folder(folder.path().join("recovery")).left_behind().is_empty());
}

fn app_is_of_the_work(app: &App) -> bool {
    let state = app.state();
    state.settings.size == 64 && state.sources.photo_picture().is_some() && state.sources.paintings.len() == 1
}
