//! Crash recovery: work in progress that a program left behind is offered by the next window and resumed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;
use egui_kittest::kittest::Queryable;
use impasto::app::model::run::Phase;
use impasto::picture::{Checksum, decode};
use impasto::studio::project::{Place, Project, Setup, Source};
use impasto::studio::recovery::Recovery;
use impasto::studio::workplace::WorkFile;
use impasto::studio::{
    Autosave, Continuity, EventKind, Hardware, Ingredients, Recipe, Settings, Style, Subject, Worker,
};

use crate::support::{Person, painting, photo, tiny_network};

fn source(path: &Path) -> Source {
    let checksum = Some(Checksum::of(&std::fs::read(path).unwrap()));
    Source::new("a picture".to_owned(), checksum, Place::File(path.to_path_buf()))
}

/// Paints until work in progress is saved for the first time, then ends without deleting it, as in a crash.
fn leave_work_behind(folder: &Path) {
    let (photo, painting) = (photo(folder), painting(folder));
    let settings = Settings { size: 64, iterations: 5000, ..Settings::default() };
    let open = |path: &Path| Arc::new(decode::open(path).unwrap());
    let recipe = Recipe::new(Ingredients {
        subject: Subject::photo(open(&photo)),
        styles: vec![Style::new(open(&painting))],
        start_picture: None,
        settings: settings.clone(),
        hardware: Hardware::default(),
        time_limit: None,
    });
    let style = Style { source: source(&painting), weight: 50.0, brush_scale: 1.0, mask: None };
    let setup = Setup { content: Some(source(&photo)), styles: vec![style], settings, ..Setup::default() };
    let project = Project { setup, ..Project::default() };
    let session = Recovery::in_folder(folder.join("recovery")).begin().unwrap();
    let mut painter = Worker::spawn(tiny_network(), || {}).unwrap();
    let autosave = Some(Autosave { file: WorkFile::named(session.new_file().unwrap()), project });
    painter.start(recipe.unwrap(), Continuity { autosave, ..Continuity::default() });
    while session.saved_at().is_none() {
        let event = painter.wait_event(Duration::from_mins(1)).expect("an event within a minute");
        assert!(!matches!(event.kind, EventKind::Failed(_)));
    }
}

#[test]
fn unfinished_work_is_offered_and_resumed() {
    let folder = tempfile::tempdir().unwrap();
    leave_work_behind(folder.path());
    let data = folder.path().to_path_buf();
    let mut person = Person::with_data_folder(folder, data.clone(), |_| Vec::new());
    person.wait_until("the question", |state| state.question().is_some());
    assert!(person.harness.query_by_label("Resume your work?").is_some());
    person.press("Resume");
    person.wait_until("the run", |state| state.run.phase == Phase::Painting);
    let state = person.state();
    assert!(state.settings.size == 64 && state.sources.photo_picture().is_some());
    assert_eq!(state.sources.paintings.len(), 1);
    person.wait_until("progress", |state| state.run.progress.is_some());
    let _folder = person.close();
    // The user closed the window, so nothing is offered again.
    assert!(Recovery::in_folder(data.join("recovery")).left_behind().is_empty());
}

/// Copies the work in progress to a new data folder, where no program holds it, as after a crash.
fn after_a_crash(folder: &Path) -> PathBuf {
    let after = folder.join("after");
    for session in std::fs::read_dir(folder.join("recovery")).unwrap().flatten().filter(|entry| entry.path().is_dir()) {
        let copy = after.join("recovery").join(session.file_name());
        std::fs::create_dir_all(&copy).unwrap();
        for file in std::fs::read_dir(session.path()).unwrap().flatten() {
            let (Ok(bytes), Ok(metadata)) = (std::fs::read(file.path()), file.metadata()) else {
                // A file that was still being written, under a temporary name.
                continue;
            };
            let place = copy.join(file.file_name());
            std::fs::write(&place, bytes).unwrap();
            let copied = std::fs::File::options().write(true).open(&place).unwrap();
            copied.set_modified(metadata.modified().unwrap()).unwrap();
        }
    }
    after
}

#[test]
fn results_that_were_not_exported_are_recovered_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_path_buf();
    let mut person = Person::with_data_folder(folder, data.clone(), |folder| vec![photo(folder), painting(folder)]);
    person.wait_until("the pictures", |state| state.start_obstacle().is_none());
    person.set_size_and_iterations(48.0, 2.0);
    for seed in [1.0, 2.0] {
        person.set_number("Seed, number", seed);
        person.press("Start");
        person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    }
    // A mask over the photo that no run has used yet.
    person.press("Protect areas…");
    person.press("Fill");
    person.press("Done");
    let recovery = Recovery::in_folder(data.join("recovery"));
    let is_kept = || {
        let copy = Recovery::in_folder(after_a_crash(&data).join("recovery"));
        let work = copy.left_behind().first().and_then(|session| session.work_files().work());
        work.is_some_and(|work| work.setup.protection.is_some() && work.history.len() == 2)
    };
    person.wait_until("the work to be saved", |_| is_kept());
    assert!(recovery.left_behind().is_empty(), "the open window holds the work");

    let (folder, after) = (tempfile::tempdir().unwrap(), after_a_crash(&data));
    // The work names its pictures by paths relative to its own folder.
    for picture in ["hill.png", "stripes.png"] {
        std::fs::copy(data.join(picture), after.join(picture)).unwrap();
    }
    let mut second = Person::with_data_folder(folder, after, |_| Vec::new());
    second.wait_until("the question", |state| state.question().is_some());
    second.press("Resume");
    let seeds: Vec<u64> = second.state().history.entries().iter().map(|entry| entry.inputs.settings.seed).collect();
    assert_eq!(seeds, [1, 2]);
    assert!(second.state().sources.protection.is_some() && second.state().canvas.is_some());
    assert!(!second.state().run.is_active() && second.state().is_unsaved());
    let shown = |person: &Person, index: usize| {
        let entry = person.state().history.entries()[index].clone();
        entry.stored.open().unwrap().pixels().clone()
    };
    assert_eq!(shown(&second, 1), shown(&person, 1));
}

#[test]
fn a_hanging_disk_blocks_neither_the_window_nor_painting() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_path_buf();
    // Another program holds the lock file while it looks through the folder, and does not finish.
    std::fs::create_dir_all(data.join("recovery")).unwrap();
    let held = std::fs::File::create(data.join("recovery/lock")).unwrap();
    held.lock().unwrap();
    let mut person = Person::with_data_folder(folder, data.clone(), |folder| vec![photo(folder), painting(folder)]);
    person.wait_until("the pictures", |state| state.start_obstacle().is_none());
    person.set_size_and_iterations(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    held.unlock().unwrap();
    let copy = || Recovery::in_folder(after_a_crash(&data).join("recovery"));
    let is_kept = || copy().left_behind().first().and_then(|session| session.work_files().work()).is_some();
    person.wait_until("the work to be saved", |_| is_kept());
}

#[test]
fn a_change_is_saved_without_further_input() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_path_buf();
    let mut person = Person::with_data_folder(folder, data, |folder| vec![photo(folder), painting(folder)]);
    person.wait_until("the pictures", |state| state.start_obstacle().is_none());
    person.harness.run_steps(10);
    person.set_slider("Strength", 80.0);
    person.harness.step();
    let delay = person.harness.output().viewport_output[&egui::ViewportId::ROOT].repaint_delay;
    assert!(delay <= Duration::from_secs(3), "the window sleeps for {delay:?}");
}

#[test]
fn a_failure_to_save_work_in_progress_is_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("file");
    std::fs::write(&data, "in the way").unwrap();
    let mut person = Person::with_data_folder(folder, data, |folder| vec![photo(folder), painting(folder)]);
    person.wait_until("the pictures", |state| state.start_obstacle().is_none());
    person.set_size_and_iterations(48.0, 2.0);
    for _ in 0..2 {
        person.press("Start");
        person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    }
    let said = person.notices().into_iter().filter(|text| text.starts_with("Work in progress cannot be saved")).count();
    assert_eq!(said, 1, "{:?}", person.notices());
}
