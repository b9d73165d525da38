//! Projects in the window: saving, opening, resuming, and the dialogs about unsaved work and missing pictures; and
//! settings restored from finished pictures.

use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers, ViewportCommand};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use impasto::app::model::document::Next;
use impasto::app::model::question::Question;
use impasto::app::model::run::Phase;
use impasto::app::preferences::StoredPreferences;
use impasto::app::services::desktop::FileRequest;
use impasto::picture::decode;
use impasto::studio::WrittenRecipe;
use impasto::studio::project::Project;
use tempfile::TempDir;

use crate::support::{Person, tiny_network};

/// Opens a window after a restart: the preferences are those in `folder`, and `files` are opened.
fn another_day(folder: TempDir, files: Vec<PathBuf>) -> Person {
    let memory = StoredPreferences::read(folder.path().join("preferences.json"));
    Person::with_preferences(Harness::builder(), folder, |_| files, tiny_network(), memory)
}

/// A window with a mask and a small finished picture, saved as a project; and the project's path.
fn saved() -> (Person, PathBuf) {
    let mut person = Person::new();
    person.load_both();
    person.press("Protect areas…");
    person.press("Fill");
    person.press("Invert");
    let place = person.harness.get_by_label("Preview of the photo").rect();
    person.drag(place.center(), place.center() + eframe::egui::vec2(60.0, 20.0));
    person.press("Done");
    person.set_slider("Strength", 71.0);
    person.set_size_and_iterations(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    let project = person.file("evening.impasto");
    let typed = person.file("evening");
    person.script.answer(&[&typed]);
    person.key(Modifiers::COMMAND, Key::S);
    person.wait_for_notice("Saved as");
    (person, project)
}

fn title(person: &mut Person) -> Option<String> {
    person.harness.step();
    person.state().document.name()
}

#[test]
fn a_saved_project_opens_unchanged_after_a_restart() {
    let (mut person, project) = saved();
    let suggestion = "hill, stripes.impasto".to_owned();
    assert_eq!(person.script.requests().last(), Some(&FileRequest::SaveProject { suggestion, folder: None }));
    assert_eq!(title(&mut person).as_deref(), Some("evening"));
    assert!(!person.state().is_unsaved());
    let painted = person.state().history.entries()[0].stored.open().unwrap();
    assert!(person.close_window(), "everything is saved in the project");
    let folder = person.close();

    // Opened from the command line.
    let mut person = another_day(folder, vec![project.clone()]);
    person.wait_until("the project", |state| state.document.file.is_some());
    let state = person.state();
    assert!((state.settings.strength - 71.0).abs() < 1e-3 && state.settings.size == 48);
    assert_eq!(state.start_obstacle(), None);
    assert!(state.sources.protection.is_some() && !state.is_unsaved());
    assert_eq!(state.history.entries().len(), 1);
    assert_eq!(state.history.entries()[0].stored.open().unwrap().pixels(), painted.pixels());
    assert_eq!(state.continue_obstacle(), None);
    person.harness.check_accessibility();

    // A change is marked in the title; reverting it removes the mark.
    person.set_slider("Strength", 20.0);
    assert_eq!(person.state().title(), "• evening – Impasto");
    let commands = person.commands();
    assert!(commands.contains(&ViewportCommand::Title("• evening – Impasto".to_owned())), "{commands:?}");
    person.set_slider("Strength", 71.0);
    assert_eq!(person.state().title(), "evening – Impasto");
    person.set_slider("Strength", 30.0);
    person.key(Modifiers::COMMAND, Key::S);
    person.wait_until("the project to be saved", |state| !state.is_unsaved());
    assert!((Project::open(&project).unwrap().setup.settings.strength - 30.0).abs() < 1e-3);

    // After New, the project opens from the recent projects, by drop and through the dialog.
    person.key(Modifiers::COMMAND, Key::N);
    assert!(person.state().sources.is_empty() && person.state().history.entries().is_empty());
    person.press("Project");
    person.press("evening");
    person.wait_until("the recent project", |state| state.document.file.is_some());
    person.key(Modifiers::COMMAND, Key::N);
    person.drop_files(std::slice::from_ref(&project));
    person.wait_until("the dropped project", |state| state.document.file.is_some());
    person.key(Modifiers::COMMAND, Key::N);
    person.script.answer(&[&project]);
    person.press("Project");
    person.press("Open…");
    person.wait_until("the chosen project", |state| state.document.file.is_some());
}

#[test]
fn a_project_saved_while_painting_is_resumed() {
    let (mut person, project) = saved();
    person.set_size_and_iterations(48.0, 5000.0);
    person.press("Start");
    person.wait_until("progress", |state| state.run.progress.is_some());
    assert!(!person.close_window());
    person.harness.run_steps(3);
    person.press("Save project");
    person.wait_until("the project to be saved", |state| state.document.saving.is_none());
    assert!(person.close_window(), "{:?}", person.notices());
    let folder = person.close();
    let kept = Project::open(&project).unwrap().unfinished.unwrap();

    let mut person = another_day(folder, vec![project]);
    person.wait_for_notice("is not finished");
    person.press("Start");
    person.wait_until("progress", |state| state.run.progress.is_some());
    let progress = person.state().run.progress.unwrap();
    assert!(progress.scale >= kept.snapshot.scale && progress.elapsed.as_secs_f64() >= kept.seconds);
    assert!(progress.scale > 0 || progress.iteration > kept.snapshot.iteration);
    person.press("Stop");
    person.wait_until("the end", |state| !state.run.is_active());
}

#[test]
fn unsaved_work_is_asked_about() {
    let mut person = Person::new();
    person.load_both();
    assert!(person.close_window(), "there is nothing to save yet");
    person.set_size_and_iterations(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    assert!(!person.close_window());
    person.harness.run_steps(3);
    assert!(matches!(person.state().question(), Some(Question::Unsaved(Next::Close))));
    person.press("Cancel");
    person.key(Modifiers::COMMAND, Key::N);
    person.harness.run_steps(3);
    // The file dialog is cancelled: nothing is lost.
    person.press("Save project");
    person.harness.run_steps(3);
    assert_eq!(person.state().history.entries().len(), 1);
    person.key(Modifiers::COMMAND, Key::N);
    person.harness.run_steps(3);
    person.press("Don’t save");
    assert!(person.state().history.entries().is_empty());
}

#[test]
fn moved_pictures_are_asked_for() {
    let (person, project) = saved();
    let folder = person.close();
    let moved = folder.path().join("moved");
    std::fs::create_dir(&moved).unwrap();
    std::fs::rename(folder.path().join("hill.png"), moved.join("mountain.png")).unwrap();
    std::fs::rename(folder.path().join("stripes.png"), moved.join("stripes.png")).unwrap();
    // The recent files must give no hint either.
    std::fs::remove_file(folder.path().join("preferences.json")).unwrap();

    let mut person = another_day(folder, vec![project.clone()]);
    person.wait_until("the question", |state| matches!(state.question(), Some(Question::Missing(_))));
    person.harness.check_accessibility();
    assert!(person.state().document.file.is_none());
    person.script.answer(&[&moved.join("mountain.png")]);
    person.press("Find hill.png…");
    // The other picture is found beside it.
    person.wait_until("both pictures", |state| match state.question() {
        Some(Question::Missing(arrival)) => arrival.missing().next().is_none() && !arrival.searching,
        _ => false,
    });
    person.press("Load");
    assert_eq!(person.state().start_obstacle(), None);
    assert!(person.state().is_unsaved(), "the project does not have the new paths yet");
    person.key(Modifiers::COMMAND, Key::S);
    person.wait_until("the project to be saved", |state| !state.is_unsaved());

    // A picture is left out: the rest is there.
    std::fs::remove_file(moved.join("mountain.png")).unwrap();
    person.key(Modifiers::COMMAND, Key::N);
    person.drop_files(&[project]);
    person.wait_until("the question", |state| matches!(state.question(), Some(Question::Missing(_))));
    person.press("Leave it out");
    person.wait_for_notice("Left out, because not found: mountain.png");
    assert_eq!((person.state().sources.photo.is_none(), person.state().sources.paintings.len()), (true, 1));
}

#[test]
fn two_windows_do_not_write_over_each_others_project() {
    let (mut first, project) = saved();
    let folder = tempfile::tempdir().unwrap();
    let mut second = another_day(folder, vec![project.clone()]);
    second.wait_until("the project", |state| state.document.file.is_some());
    second.set_slider("Strength", 10.0);
    second.key(Modifiers::COMMAND, Key::S);
    second.wait_until("the project to be saved", |state| !state.is_unsaved());
    let after = std::fs::read(&project).unwrap();

    first.set_slider("Strength", 90.0);
    first.key(Modifiers::COMMAND, Key::S);
    first.wait_until("the question", |state| {
        matches!(state.question(), Some(Question::ReplaceProject { changed_outside: true, .. }))
    });
    assert_eq!(std::fs::read(&project).unwrap(), after);
    let other = first.file("mine.impasto");
    first.script.answer(&[&other]);
    first.press("Save as…");
    first.wait_until("the other file", |state| !state.is_unsaved());
    assert_eq!(std::fs::read(&project).unwrap(), after);
    assert!((Project::open(&other).unwrap().setup.settings.strength - 90.0).abs() < 1e-3);
}

#[test]
fn a_project_that_cannot_be_saved_or_read_is_reported() {
    let (mut person, project) = saved();
    let nowhere = person.file("nowhere").join("evening.impasto");
    person.script.answer(&[&nowhere]);
    person.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    person.wait_for_notice("nowhere");
    let hill = person.file("hill.png");
    person.script.answer(&[&hill]);
    person.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::S);
    person.wait_until("the project under another name", |state| state.document.name().as_deref() == Some("hill.png"));
    assert!(decode::open(&hill).is_ok(), "the photo is unchanged");

    std::fs::write(&project, "PK\x03\x04 no project").unwrap();
    person.drop_files(std::slice::from_ref(&project));
    person.wait_for_notice("The project is damaged");
    let folder = person.file("folder.impasto");
    std::fs::create_dir(&folder).unwrap();
    person.drop_files(&[folder]);
    person.wait_for_notice("This is not a file");
    assert_eq!(person.state().history.entries().len(), 1);
}

#[test]
fn pictures_that_change_or_vanish_on_disk_stay_as_loaded_and_are_missing_on_reopening() {
    let mut person = Person::new();
    person.load_both();
    std::fs::write(person.file("hill.png"), "cut").unwrap();
    std::fs::remove_file(person.file("stripes.png")).unwrap();
    person.set_size_and_iterations(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    assert!(person.notices().is_empty(), "{:?}", person.notices());
    let project = person.file("evening.impasto");
    person.script.answer(&[&project]);
    person.key(Modifiers::COMMAND, Key::S);
    person.wait_for_notice("Saved as");
    // On reopening, neither file is the one that was painted from.
    person.key(Modifiers::COMMAND, Key::N);
    person.drop_files(&[project]);
    person.wait_until("the question", |state| match state.question() {
        Some(Question::Missing(arrival)) => arrival.missing().count() == 2,
        _ => false,
    });
    person.press("Leave them out");
    assert_eq!(person.state().history.entries().len(), 1);
}

#[test]
fn a_finished_picture_restores_its_settings() {
    let (mut person, _) = saved();
    let out = person.file("out.jpg");
    person.script.answer(&[&out]);
    person.export();
    person.wait_for_notice("out.jpg");
    let mask = person.state().sources.protection.clone().unwrap();
    let folder = person.close();

    let mut person = another_day(folder, vec![out.clone()]);
    person.wait_until("the question", |state| matches!(state.question(), Some(Question::Restore(_))));
    person.harness.check_accessibility();
    person.set_slider("Strength", 5.0);
    person.press("Restore settings");
    person.wait_for_notice("Settings restored from out.jpg");
    let state = person.state();
    assert!((state.settings.strength - 71.0).abs() < 1e-3 && state.settings.size == 48);
    assert_eq!((state.start_obstacle(), state.sources.paintings.len()), (None, 1));
    assert_eq!(state.sources.protection.as_ref().unwrap().values(), mask.values());

    // Or it is added like any other picture.
    person.drop_files(&[out]);
    person.wait_until("the question", |state| matches!(state.question(), Some(Question::Restore(_))));
    person.press("Add the picture");
    assert_eq!(person.state().sources.paintings.len(), 2);
}

#[test]
fn the_metadata_of_an_export_is_chosen_in_its_dialog() {
    let mut person = Person::new();
    let phone = person.file("phone.jpg");
    phone_photo(&phone);
    let painting = crate::support::painting(person.folder.path());
    person.script.answer(&[&phone]);
    person.key(Modifiers::COMMAND, Key::O);
    person.wait_until("the photo", |state| state.sources.photo_picture().is_some());
    person.drop_files(&[painting]);
    person.wait_until("the painting", |state| state.start_obstacle().is_none());
    person.set_size_and_iterations(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    let whole = decode::read(&phone).unwrap().exif.unwrap();
    let said = "Record in the file how it was painted";
    let camera = "Camera data of the photo";
    let place = "Where the photo was taken";
    let mut export = |name: &str, clicks: &[&str]| {
        let out = person.file(name);
        person.script.answer(&[&out]);
        person.press("Export…");
        for click in clicks {
            person.harness.get_by_label(click).click();
            person.harness.run_steps(2);
        }
        person.press("Save as…");
        person.wait_for_notice(name);
        let file = decode::read(&out).unwrap();
        (file.recipe.map(|recipe| WrittenRecipe::parse(&recipe).is_ok()), file.exif)
    };
    assert_eq!(export("usual.png", &[]), (Some(true), None));
    assert_eq!(export("camera.png", &[camera]), (Some(true), Some(whole.clone().without_position())));
    assert_eq!(export("place.png", &[place]), (Some(true), Some(whole.clone())));
    // The location must be chosen each time; the other choices are remembered.
    assert_eq!(export("again.png", &[]), (Some(true), Some(whole.without_position())));
    assert_eq!(export("nothing.png", &[said]), (None, None));
}

/// Writes a photo with Exif metadata as a phone records it: the model and the latitude.
fn phone_photo(path: &Path) {
    use exif::{Field, In, Rational, Tag, Value};
    use image::ImageEncoder as _;
    let latitude = Value::Rational(vec![Rational { num: 52, denom: 1 }; 3]);
    let fields = [(Tag::Model, Value::Ascii(vec![b"Phone 7".to_vec()])), (Tag::GPSLatitude, latitude)]
        .map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value });
    let mut writer = exif::experimental::Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut notes = std::io::Cursor::new(Vec::new());
    writer.write(&mut notes, false).unwrap();
    let pixels = image::RgbImage::from_fn(60, 40, |x, y| image::Rgb([(x * 4) as u8, (y * 6) as u8, 90]));
    let mut encoder = image::codecs::jpeg::JpegEncoder::new(std::fs::File::create(path).unwrap());
    encoder.set_exif_metadata(notes.into_inner()).unwrap();
    encoder.write_image(&pixels, 60, 40, image::ExtendedColorType::Rgb8).unwrap();
}
