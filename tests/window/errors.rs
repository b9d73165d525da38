//! Every error is reported as one sentence in the window, and nothing else is lost.

use eframe::egui::{Key, Modifiers, ViewportCommand};
use impasto::app::model::question::Question;
use impasto::app::model::run::Phase;
use impasto::app::services::desktop::Clip;
use impasto::app::state::State;
use impasto::engine::compute::Device;
use impasto::engine::error::EngineError;
use impasto::picture::decode;

use crate::support::{self, Person};

#[test]
fn an_unreadable_file_is_reported() {
    let mut person = Person::new();
    person.load_both();
    let text = person.file("letter.jpg");
    std::fs::write(&text, "Dear Theo,").unwrap();
    person.script.answer(&[&text]);
    person.key(Modifiers::COMMAND, Key::O);
    person.wait_for_notice("letter.jpg");
    assert_eq!(person.state().start_obstacle(), None);
    let missing = person.file("missing.png");
    person.drop_files(&[missing]);
    person.wait_for_notice("missing.png");
    assert_eq!(person.state().sources.paintings.len(), 1);
    // The notice stays until it is dismissed; the earlier one was removed by the next attempt.
    person.harness.run_steps(50);
    let texts = person.notices();
    assert_eq!(texts.len(), 1);
    person.press(&format!("Dismiss: {}", texts[0]));
    assert!(person.notices().is_empty());
}

#[test]
fn a_picture_is_never_written_over_an_input() {
    let mut person = painted();
    let input = person.file("hill.png");
    let before = std::fs::read(&input).unwrap();
    // Another path to the same file.
    let detour = person.folder.path().join(".").join("hill.png");
    person.script.answer(&[&detour]);
    person.export();
    person.wait_for_notice("painted from this file");
    assert_eq!(std::fs::read(&input).unwrap(), before);
    assert!(person.state().can_export());
}

#[test]
fn overwriting_is_confirmed_when_the_dialog_could_not_ask() {
    let mut person = painted();
    let existing = person.file("old.png");
    std::fs::write(&existing, "precious").unwrap();
    let typed = person.file("old");
    person.script.answer(&[&typed]);
    person.export();
    person.wait_until("the question", |state| matches!(state.question(), Some(Question::Overwrite(_))));
    person.press("Keep the old file");
    assert_eq!(std::fs::read(&existing).unwrap(), b"precious");

    person.script.answer(&[&typed]);
    person.export();
    person.wait_until("the question", |state| state.question().is_some());
    person.press("Replace");
    person.wait_for_notice("Saved");
    assert!(decode::open(&existing).is_ok());

    // The dialog has already asked about this name.
    std::fs::write(&existing, "precious").unwrap();
    person.script.answer(&[&existing]);
    person.export();
    person.wait_until("the file", |state| state.can_export() && state.dialog.is_none());
    assert!(person.state().question().is_none());
    person.wait_until("the picture", |_| decode::open(&existing).is_ok());
}

#[test]
fn an_unsupported_extension_or_missing_folder_is_reported() {
    let mut person = painted();
    let out = person.file("out.psd");
    person.script.answer(&[&out]);
    person.export();
    person.wait_for_notice("out.psd");
    assert!(!out.exists());
    let nowhere = person.file("nowhere").join("out.png");
    person.script.answer(&[&nowhere]);
    person.export();
    person.wait_for_notice("nowhere");
}

#[test]
fn the_picture_so_far_can_be_saved_while_painting() {
    let mut person = Person::new();
    person.load_both();
    person.set_size_and_iterations(128.0, 2000.0);
    person.press("Start");
    person.wait_until("a frame", State::can_export);
    let out = person.file("so far.jpg");
    person.script.answer(&[&out]);
    person.export();
    person.wait_for_notice("so far.jpg");
    assert!(decode::open(&out).is_ok());
    assert!(person.state().run.is_active());
    person.press("Stop");
    person.wait_until("the end", |state| !state.run.is_active());
}

#[test]
fn a_network_that_cannot_be_loaded_is_reported_and_can_be_retried() {
    let builder = egui_kittest::Harness::builder();
    let loader = Box::new(|_: &Device| Err(EngineError::Device("the GPU was lost".to_owned())));
    let mut person = Person::with(builder, |_| Vec::new(), loader);
    person.load_both();
    person.press("Start");
    person.wait_for_notice("The GPU was lost");
    assert_eq!(person.state().run.phase, Phase::Failed);
    person.press("Start");
    person.wait_until("the second failure", |state| state.run.phase == Phase::Failed);
}

#[test]
fn a_panic_in_the_painter_is_reported() {
    let builder = egui_kittest::Harness::builder();
    let loader = Box::new(|_: &Device| panic!("a deliberate panic"));
    let mut person = Person::with(builder, |_| Vec::new(), loader);
    person.load_both();
    person.press("Start");
    person.wait_for_notice("a deliberate panic");
    assert_eq!(person.state().run.phase, Phase::Failed);
}

#[test]
fn closing_during_a_run_asks_first() {
    let mut person = Person::new();
    assert!(person.close_window());
    person.load_both();
    person.set_size_and_iterations(128.0, 2000.0);
    person.press("Start");
    person.wait_until("a frame", |state| state.canvas.is_some());
    assert!(!person.close_window());
    person.harness.step();
    person.press("Keep painting");
    assert!(person.state().run.is_active() && person.state().question().is_none());
    assert!(!person.close_window());
    person.harness.step();
    person.button("Stop and close").click();
    let mut closed = false;
    for _ in 0..10 {
        person.harness.step();
        closed |= person.commands().contains(&ViewportCommand::Close);
    }
    assert!(closed);
    assert!(person.close_window());
}

#[test]
fn only_one_dialog_opens_at_a_time() {
    let mut person = Person::new();
    let first = person.script.leave_open();
    person.key(Modifiers::COMMAND, Key::O);
    person.key(Modifiers::COMMAND, Key::O);
    assert_eq!(person.script.requests().len(), 1);
    person.wait_for_notice("already open");
    let photo = support::photo(person.folder.path());
    first.send(vec![photo]).unwrap();
    person.wait_until("the photo", |state| state.sources.photo_picture().is_some());
}

#[test]
fn a_missing_dialog_and_an_unusable_clipboard_are_reported() {
    let mut person = Person::new();
    person.press("Choose a photo…");
    person.wait_for_notice("No file dialog can be shown");
    person.script.set_clipboard(Ok(Clip::Nothing));
    person.press("Paste");
    person.wait_for_notice("no picture on the clipboard");
    person.script.set_clipboard(Err("the clipboard cannot be read".to_owned()));
    person.press("Paste");
    person.wait_for_notice("The clipboard cannot be read");
    let rgba = vec![0; 7];
    person.script.set_clipboard(Ok(Clip::Pixels { width: 3, height: 3, rgba }));
    person.press("Paste");
    person.wait_for_notice("damaged");
    assert!(person.state().sources.is_empty());
}

/// A window with a small finished picture.
fn painted() -> Person {
    let mut person = Person::new();
    person.load_both();
    person.set_size_and_iterations(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    person
}
