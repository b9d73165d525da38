//! What a person expects of any good program: order, undo, names for settings, and that things are remembered.

use eframe::egui::{Key, Modifiers, Theme, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use impasto::app::preferences::{Memory, ThemeChoice};

use crate::support::{Person, painting, photo, tiny_network};

#[test]
fn paintings_are_dragged_into_another_order() {
    let mut person = Person::new();
    let files = [photo(person.folder.path()), painting(person.folder.path()), waves(&person)];
    person.drop_files(&files);
    person.wait_until("the pictures", |state| state.start_obstacle().is_none());
    let names = |person: &Person| -> Vec<String> {
        person.state().sources.ready_paintings().map(|loaded| loaded.name.clone()).collect()
    };
    assert_eq!(names(&person), ["stripes.png", "waves.png"]);
    let from = person.button("Replace the painting stripes.png").rect().center();
    let to = person.button("Replace the painting waves.png").rect().center() + vec2(0.0, 70.0);
    person.drag(from, to);
    assert_eq!(names(&person), ["waves.png", "stripes.png"]);
    // By keyboard and by those who do not drag.
    person.press("More for stripes.png");
    person.press("Move up");
    assert_eq!(names(&person), ["stripes.png", "waves.png"]);
    person.press("More for stripes.png");
    person.press("Remove");
    assert_eq!(names(&person), ["waves.png"]);
}

#[test]
fn settings_are_undone_redone_and_kept_under_a_name() {
    let mut person = Person::new();
    person.harness.run_steps(3);
    person.set_slider("Strength", 80.0);
    person.key(Modifiers::COMMAND, Key::Z);
    assert!((person.state().settings.strength - 50.0).abs() < 1e-3);
    person.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!((person.state().settings.strength - 80.0).abs() < 1e-3);

    person.press("Presets");
    person.press("Keep these settings…");
    let field = person.harness.get_by_label("Name of the preset");
    field.focus();
    field.type_text("Storm");
    person.harness.run_steps(2);
    person.press("Keep");
    assert_eq!(person.state().presets[0].name, "Storm");
    person.press("Reset all");
    assert!(person.state().settings_are_default());
    person.press("Presets");
    person.press("Storm");
    assert!((person.state().settings.strength - 80.0).abs() < 1e-3);
    person.press("Presets");
    person.press("Delete the preset Storm");
    assert!(person.state().presets.is_empty());
    person.key(Modifiers::NONE, Key::Escape);
    person.harness.run_steps(3);
    person.press("Undo the removal");
    assert_eq!(person.state().presets.len(), 1);
}

#[test]
fn what_was_set_is_there_the_next_day() {
    let mut person = Person::new();
    person.load_both();
    person.set_slider("Strength", 71.0);
    person.press("Appearance");
    person.press("Light");
    person.press("Larger interface");
    assert_eq!(person.state().appearance.theme, ThemeChoice::Light);
    assert!(!person.harness.ctx.global_style().visuals.dark_mode);
    assert!((person.harness.ctx.zoom_factor() - 1.1).abs() < 1e-3);
    person.key(Modifiers::NONE, Key::Escape);
    let file = person.file("preferences.json");
    let folder = person.close();
    assert!(file.exists());

    let memory = Memory::of(file.clone());
    let mut person = Person::remembering(Harness::builder(), folder, |_| Vec::new(), tiny_network(), memory);
    person.harness.run_steps(3);
    assert!((person.state().settings.strength - 71.0).abs() < 1e-3);
    assert_eq!(person.state().appearance.theme, ThemeChoice::Light);
    person.press("Recent");
    person.press("hill.png");
    person.wait_until("the photo", |state| state.sources.photo_picture().is_some());
    person.key(Modifiers::COMMAND, Key::Num0);
    assert!((person.state().appearance.zoom - 1.0).abs() < 1e-3);
    let folder = person.close();

    // A file that makes no sense is set aside, and said.
    std::fs::write(&file, "{ no settings").unwrap();
    let memory = Memory::of(file.clone());
    let mut person = Person::remembering(Harness::builder(), folder, |_| Vec::new(), tiny_network(), memory);
    person.wait_for_notice("preferences.broken.json");
    assert!(person.state().settings_are_default());
}

#[test]
fn light_and_dark_are_chosen_or_the_systems() {
    let mut person = Person::new();
    let is_dark = |person: &Person| person.harness.ctx.global_style().visuals.dark_mode;
    person.press("Appearance");
    for (choice, dark) in [("Light", false), ("Dark", true)] {
        person.press(choice);
        assert_eq!(is_dark(&person), dark, "{choice}");
    }
    person.press("System");
    for (theme, dark) in [(Theme::Light, false), (Theme::Dark, true)] {
        person.harness.input_mut().system_theme = Some(theme);
        person.harness.run_steps(2);
        assert_eq!(is_dark(&person), dark, "the system's {theme:?}");
    }
}

#[test]
fn the_interface_grows_only_as_far_as_everything_has_room() {
    let mut person = Person::new();
    person.harness.run_steps(3);
    for _ in 0..9 {
        person.key(Modifiers::COMMAND, Key::Plus);
        person.harness.run_steps(2);
    }
    // 1280 x 800 points hold 960 x 620 of these.
    assert!((person.harness.ctx.zoom_factor() - 1.2).abs() < 1e-3, "{}", person.harness.ctx.zoom_factor());
    person.key(Modifiers::COMMAND, Key::Minus);
    person.harness.run_steps(2);
    assert!((person.harness.ctx.zoom_factor() - 1.1).abs() < 1e-3);
    // A window that was made smaller gives way too, and what was chosen comes back with the room.
    person.harness.set_size(vec2(1000.0, 640.0) / 1.1);
    person.harness.run_steps(4);
    assert!((person.harness.ctx.zoom_factor() - 1.0).abs() < 1e-3);
    assert!((person.state().appearance.zoom - 1.1).abs() < 1e-3);
}

#[test]
fn recent_files_that_are_gone_are_said_once() {
    let mut person = Person::new();
    person.load_both();
    let hill = person.file("hill.png");
    std::fs::remove_file(&hill).unwrap();
    person.press("Recent");
    person.press("hill.png");
    person.wait_for_notice("hill.png");
    assert!(person.state().recent.photos.is_empty());
    assert!(person.state().sources.photo_picture().is_some());
}

#[test]
fn keys_choose_what_is_looked_at() {
    let mut person = Person::new();
    person.load_both();
    person.make_it_quick(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| !state.run.is_active());
    for (key, name) in
        [(Key::C, "Preview of photo and result"), (Key::P, "Preview of the photo"), (Key::R, "Preview of the result")]
    {
        person.key(Modifiers::NONE, key);
        person.harness.run_steps(2);
        assert!(person.harness.query_by_label(name).is_some(), "{name}");
    }
}

fn waves(person: &Person) -> std::path::PathBuf {
    let path = person.file("waves.png");
    std::fs::copy(painting(person.folder.path()), &path).unwrap();
    path
}
