//! Several runs: the queue, continuing from a result, the history, and exporting.

use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Modifiers};
use egui_kittest::kittest::Queryable;
use impasto::app::model::run::Phase;
use impasto::app::model::view::Side;
use impasto::picture::decode;

use crate::support::Person;

/// A window with a finished picture of 48 × 32 pixels.
fn painted() -> Person {
    let mut person = Person::new();
    person.load_both();
    person.set_size_and_iterations(48.0, 2.0);
    paint(&mut person);
    person
}

fn paint(person: &mut Person) {
    person.press("Start");
    person.wait_until("the end", |state| !state.run.is_active());
    assert!(matches!(person.state().run.phase, Phase::Finished(_)));
}

#[test]
fn queued_runs_can_be_reordered_and_cancelled() {
    let mut person = Person::new();
    person.load_both();
    person.set_size_and_iterations(128.0, 2000.0);
    person.press("Start");
    person.wait_until("a frame", |state| state.canvas.is_some());
    person.set_size_and_iterations(48.0, 2.0);
    for strength in [20.0, 40.0, 60.0] {
        person.set_slider("Strength", strength);
        person.press("Start next");
    }
    assert_eq!(person.state().queue.waiting().len(), 3);
    person.press("Waiting run 3");
    person.press("Move earlier");
    let first = person.state().queue.waiting()[1].inputs().settings.strength;
    assert!((first - 60.0).abs() < 1e-3);
    person.press("Cancel waiting run 1");
    assert_eq!(person.state().queue.waiting().len(), 2);
    person.press("Stop");
    person.wait_until("all runs", |state| !state.run.is_active() && state.queue.waiting().is_empty());
    let strengths: Vec<_> =
        person.state().history.entries().iter().map(|entry| entry.inputs.settings.strength.round()).collect();
    assert_eq!(strengths[1..], [60.0, 40.0]);
}

#[test]
fn painting_continues_from_a_result_at_the_same_size_and_larger() {
    let mut person = painted();
    person.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    person.wait_until("the start", |state| !state.run.scales.is_empty());
    assert_eq!(person.state().run.scales, [(48, 32)]);
    person.wait_until("the end", |state| !state.run.is_active());
    assert_eq!(person.state().history.entries().len(), 2);

    person.press("Export…");
    person.press("Paint again at print size, 2048 px");
    person.wait_until("the start", |state| !state.run.scales.is_empty());
    let scales = &person.state().run.scales;
    assert!(scales[0].0 > 48 && scales.last().unwrap().0 == 2048, "{scales:?}");
    person.press("Stop");
    person.wait_until("the end", |state| !state.run.is_active());
}

#[test]
fn results_are_viewed_compared_restored_and_deleted() {
    let mut person = painted();
    person.set_slider("Strength", 90.0);
    paint(&mut person);
    person.wait_until("the thumbnails", |state| state.history.entries().iter().all(|entry| entry.thumbnail.is_some()));
    let older = person.state().history.entries()[0].id;
    // The newest is on the left.
    let tiles: Vec<_> = person.harness.get_all_by_label("Result 48 × 32").map(|tile| tile.rect().center()).collect();
    assert_eq!(tiles.len(), 2);
    let leftmost = if tiles[0].x < tiles[1].x { tiles[0] } else { tiles[1] };
    let other = tiles.iter().copied().find(|tile| *tile != leftmost).unwrap();
    person.harness.hover_at(other);
    person.harness.drag_at(other);
    person.harness.drop_at(other);
    person.harness.run_steps(3);
    assert_eq!(person.state().shown_entry().unwrap().id, older);

    choose(&mut person, 0, "Compare with the shown result");
    assert_eq!(person.state().shown_side(), Side::Compare);
    assert_ne!(person.state().beside().unwrap().id, older);
    choose(&mut person, 1, "Keep");
    assert!(person.state().history.get(older).unwrap().kept);
    choose(&mut person, 1, "Restore settings");
    assert!((person.state().settings.strength - 50.0).abs() < 1e-3);
    choose(&mut person, 1, "Delete");
    assert_eq!(person.state().history.entries().len(), 1);
    person.press("Undo the removal");
    assert_eq!(person.state().shown_entry().unwrap().id, older);
}

/// Chooses an item from the menu of a result; the newest result has number 0.
fn choose(person: &mut Person, number: usize, text: &str) {
    let mut buttons: Vec<_> = person.harness.get_all_by_label("More for Result 48 × 32").collect();
    buttons.sort_by(|one, other| one.rect().left().total_cmp(&other.rect().left()));
    buttons[number].click();
    person.harness.run_steps(3);
    person.press(text);
    person.harness.run_steps(2);
}

#[test]
fn every_format_is_exported_at_the_chosen_size() {
    let mut person = painted();
    for (format, name, size) in [
        ("PNG", "a.png", (48, 32)),
        ("JPEG", "b.jpg", (24, 16)),
        ("TIFF", "c.tiff", (96, 64)),
        ("WebP", "d.webp", (48, 32)),
    ] {
        let out = person.file(name);
        person.script.answer(&[&out]);
        person.press("Export…");
        person.press(format);
        person.set_number("Long side, number", f64::from(size.0));
        person.press("Save as…");
        person.wait_for_notice(name);
        let saved = decode::open(&out).unwrap();
        assert_eq!((saved.width(), saved.height()), size, "{format}");
        let suggestion = format!("hill, stripes.{}", out.extension().unwrap().to_str().unwrap());
        let asked = person.script.requests().pop().unwrap();
        assert!(
            matches!(asked, impasto::app::services::desktop::FileRequest::Save { suggestion: asked, .. } if asked == suggestion)
        );
    }
    // The TIFF file has 16 bits per channel.
    let tiff = decode::open(&person.file("c.tiff")).unwrap();
    assert_eq!(tiff.pixels().color().bytes_per_pixel() / tiff.pixels().color().channel_count(), 2);
    // Cancelling saves nothing.
    person.press("Export…");
    person.press("Cancel");
    assert!(person.state().questions.to_export().is_none());
}

#[test]
fn the_losses_are_shown_and_hidden() {
    let mut person = painted();
    assert!(!person.state().appearance.losses_open);
    person.press("Show the losses");
    assert!(person.harness.query_by_label("Losses").is_some());
    assert!(!person.state().run.losses.points().is_empty());
    person.press("Hide the losses");
    assert!(person.harness.query_by_label("Losses").is_none());
}

#[test]
fn enter_commits_the_long_side_and_only_then_confirms_the_dialog() {
    let mut person = painted();
    person.press("Export…");
    let number = person.harness.get_by_role_and_label(Role::SpinButton, "Long side, number");
    number.click();
    person.harness.run_steps(4);
    person.harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    person.harness.step();
    person.harness.event(egui::Event::Text("24".to_owned()));
    person.harness.step();
    person.key(Modifiers::NONE, Key::Enter);
    person.harness.run_steps(4);
    assert!(person.script.requests().is_empty(), "Enter in the number field saved the picture");
    assert_eq!(person.state().export.long_side, Some(24));
    person.key(Modifiers::NONE, Key::Enter);
    person.harness.run_steps(4);
    assert_eq!(person.script.requests().len(), 1);
}
