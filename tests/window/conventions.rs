//! Desktop conventions: reordering, undo, presets, persistent preferences, theme, zoom, keyboard and screen readers.

use eframe::egui::accesskit::{Action, ActionRequest, Live, Role};
use eframe::egui::{Event, Key, Modifiers, Theme, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use impasto::app::model::run::Phase;
use impasto::app::preferences::{StoredPreferences, ThemeChoice};
use impasto::app::services::desktop::Clip;

use crate::support::{Person, painting, photo, tiny_network};

#[test]
fn paintings_are_reordered_by_dragging_or_by_menu() {
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
    // The menu does the same without dragging.
    person.press("More for stripes.png");
    person.press("Move up");
    assert_eq!(names(&person), ["stripes.png", "waves.png"]);
    person.press("More for stripes.png");
    person.press("Remove");
    assert_eq!(names(&person), ["waves.png"]);
}

#[test]
fn while_a_run_is_stopping_exactly_one_start_button_is_enabled() {
    let mut person = Person::new();
    person.load_both();
    // At this size an iteration takes long enough for the Stopping phase to be drawn.
    person.set_size_and_iterations(2048.0, 500.0);
    person.press("Start");
    person.wait_until("the run", |state| state.run.progress.is_some());
    person.button("Stop").click();
    let mut seen = 0;
    for _ in 0..4 {
        person.harness.step();
        if person.state().run.phase == Phase::Stopping {
            let enabled = ["Start", "Start next"].map(|name| {
                person
                    .harness
                    .query_all_by_role_and_label(Role::Button, name)
                    .filter(|button| !button.accesskit_node().is_disabled())
                    .count()
            });
            seen += usize::from(enabled == [0, 1]);
            assert!(enabled.iter().sum::<usize>() <= 1, "{enabled:?}");
        }
    }
    assert!(seen > 0, "the run stopped before the Stopping phase was drawn");
    person.wait_until("the end", |state| !state.run.is_active());
}

#[test]
fn settings_are_undone_redone_and_saved_as_a_preset() {
    let mut person = Person::new();
    person.harness.run_steps(3);
    person.set_slider("Strength", 80.0);
    person.key(Modifiers::COMMAND, Key::Z);
    assert!((person.state().settings.strength - 50.0).abs() < 1e-3);
    person.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!((person.state().settings.strength - 80.0).abs() < 1e-3);

    person.press("Presets");
    person.press("Save as preset…");
    let field = person.harness.get_by_label("Preset name");
    field.focus();
    field.type_text("Storm");
    person.harness.run_steps(2);
    person.press("Save preset");
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
fn settings_appearance_and_recent_files_survive_a_restart() {
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

    let memory = StoredPreferences::read(file.clone());
    let mut person = Person::with_preferences(Harness::builder(), folder, |_| Vec::new(), tiny_network(), memory);
    person.harness.run_steps(3);
    assert!((person.state().settings.strength - 71.0).abs() < 1e-3);
    assert_eq!(person.state().appearance.theme, ThemeChoice::Light);
    person.press("Recent");
    person.press("hill.png");
    person.wait_until("the photo", |state| state.sources.photo_picture().is_some());
    person.key(Modifiers::COMMAND, Key::Num0);
    assert!((person.state().appearance.zoom - 1.0).abs() < 1e-3);
    let folder = person.close();

    // Unreadable preferences are moved aside and reported.
    std::fs::write(&file, "{ no settings").unwrap();
    let memory = StoredPreferences::read(file.clone());
    let mut person = Person::with_preferences(Harness::builder(), folder, |_| Vec::new(), tiny_network(), memory);
    person.wait_for_notice("preferences.broken.json");
    assert!(person.state().settings_are_default());
}

#[test]
fn the_theme_is_light_dark_or_the_systems() {
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
fn the_interface_zoom_is_limited_by_the_window_size() {
    let mut person = Person::new();
    person.harness.run_steps(3);
    for _ in 0..9 {
        person.key(Modifiers::COMMAND, Key::Plus);
        person.harness.run_steps(2);
    }
    // 1280 x 800 points have room for 960 x 620 points at this zoom.
    assert!((person.harness.ctx.zoom_factor() - 1.2).abs() < 1e-3, "{}", person.harness.ctx.zoom_factor());
    person.key(Modifiers::COMMAND, Key::Minus);
    person.harness.run_steps(2);
    assert!((person.harness.ctx.zoom_factor() - 1.1).abs() < 1e-3);
    // In a smaller window the zoom is reduced, but the chosen zoom is kept for when there is room again.
    person.harness.set_size(vec2(1000.0, 640.0) / 1.1);
    person.harness.run_steps(4);
    assert!((person.harness.ctx.zoom_factor() - 1.0).abs() < 1e-3);
    assert!((person.state().appearance.zoom - 1.1).abs() < 1e-3);
}

#[test]
fn a_missing_recent_file_is_reported_and_removed_from_the_list() {
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
fn keys_switch_the_view() {
    let mut person = Person::new();
    person.load_both();
    person.set_size_and_iterations(48.0, 2.0);
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

#[test]
fn a_held_key_starts_one_run() {
    let mut person = Person::new();
    person.load_both();
    person.set_size_and_iterations(64.0, 4000.0);
    person.key(Modifiers::COMMAND, Key::Enter);
    person.wait_until("the run", |state| state.run.is_active());
    let hold = |person: &mut Person, modifiers, key| {
        for _ in 0..40 {
            person.harness.event(Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers });
            person.harness.step();
        }
        let modifiers = Modifiers::NONE;
        person.harness.event(Event::Key { key, physical_key: None, pressed: false, repeat: false, modifiers });
        person.harness.step();
    };
    hold(&mut person, Modifiers::COMMAND, Key::Enter);
    assert_eq!(person.state().queue.waiting().len(), 1);
    // A focused button is pressed only once, too.
    person.button("Start next").focus();
    person.harness.run_steps(2);
    for key in [Key::Enter, Key::Space] {
        let before = person.state().queue.waiting().len();
        hold(&mut person, Modifiers::NONE, key);
        assert_eq!(person.state().queue.waiting().len(), before + 1, "{key:?}");
    }
    person.press("Stop");
    person.wait_until("the end", |state| !state.run.is_active() || state.queue.waiting().len() < 3);
}

#[test]
fn a_larger_interface_leaves_the_picture_at_100_percent() {
    let mut person = Person::new();
    person.load_both();
    person.key(Modifiers::NONE, Key::Num1);
    person.harness.run_steps(3);
    let shown = |person: &Person| person.harness.query_all_by_label("100 %").count();
    assert_eq!(shown(&person), 2, "the button and the zoom readout");
    person.key(Modifiers::COMMAND, Key::Plus);
    person.harness.run_steps(3);
    assert!((person.harness.ctx.zoom_factor() - 1.1).abs() < 1e-3);
    assert_eq!(shown(&person), 2);
    person.key(Modifiers::COMMAND, Key::Num0);
}

#[test]
fn number_fields_accept_a_decimal_comma() {
    let mut person = Person::new();
    person.harness.run_steps(3);
    let type_in = |person: &mut Person, name: &str, text: &str| {
        person.harness.get_by_role_and_label(Role::SpinButton, name).focus();
        person.harness.run_steps(2);
        for letter in text.chars() {
            person.harness.event(Event::Text(letter.to_string()));
            person.harness.step();
        }
        person.key(Modifiers::NONE, Key::Enter);
        person.harness.run_steps(2);
    };
    for (text, value) in [("2,5", 2.5), ("0,7", 0.7), ("1.5", 1.5), ("nan", 1.5), ("-", 1.5)] {
        type_in(&mut person, "Brush scale, number", text);
        assert!((person.state().settings.brush_scale - value).abs() < 1e-4, "{text}: {:?}", person.state().settings);
    }
    type_in(&mut person, "Strength, number", "33,3");
    assert!((person.state().settings.strength - 33.3).abs() < 0.5, "{:?}", person.state().settings);
}

#[test]
fn screen_readers_hear_the_status_and_notices_and_move_the_divider() {
    let mut person = Person::new();
    person.load_both();
    person.set_size_and_iterations(48.0, 2.0);
    let is_announced = |person: &Person, text: &str| {
        person.harness.get_all_by_label(text).any(|node| node.accesskit_node().live() == Live::Polite)
    };
    assert!(is_announced(&person, "Ready to paint"));
    person.press("Start");
    person.wait_until("the end", |state| !state.run.is_active());
    person.harness.run_steps(2);
    assert!(is_announced(&person, "Finished"));
    person.press("Compare");
    let divider = |person: &Person| person.state().view.divider;
    person.set_slider("Divider between photo and result", 0.25);
    assert!((divider(&person) - 0.25).abs() < 1e-4);
    for (action, expected) in [(Action::Increment, 0.27), (Action::Decrement, 0.25)] {
        let divider_node = person.harness.get_by_label("Divider between photo and result");
        let (target_node, target_tree) = divider_node.accesskit_node().locate();
        let request = ActionRequest { action, target_node, target_tree, data: None };
        person.harness.event(Event::AccessKitActionRequest(request));
        person.harness.run_steps(2);
        assert!((divider(&person) - expected).abs() < 1e-4, "{action:?}: {}", divider(&person));
    }
    person.script.set_clipboard(Ok(Clip::Nothing));
    person.press("Paste");
    person.wait_for_notice("no picture on the clipboard");
    person.harness.run_steps(2);
    let notice = person.notices().pop().unwrap();
    assert!(is_announced(&person, &notice), "{notice}");
}

#[test]
fn relative_paths_are_remembered_as_absolute_paths() {
    let files = |_: &std::path::Path| vec!["assets/icon.png".into(), "./assets/icon.png".into()];
    let mut person = Person::with(Harness::builder(), files, tiny_network());
    person.wait_until("the pictures", |state| state.start_obstacle().is_none());
    let recent = &person.state().recent;
    assert!(
        recent.photos.iter().chain(&recent.paintings).all(|path| path.is_absolute() && path.exists()),
        "{recent:?}"
    );
}

#[test]
fn dropping_is_not_mentioned_where_it_is_unsupported() {
    let mut person = Person::without_drops();
    person.harness.run_steps(3);
    let mentions_of_dropping = |person: &Person| person.harness.query_all_by_label_contains("rop ").count();
    assert_eq!(mentions_of_dropping(&person), 0);
    assert_ne!(mentions_of_dropping(&Person::new()), 0);
    person.press("Choose a photo…");
    person.wait_for_notice("No file dialog can be shown");
    assert_eq!(mentions_of_dropping(&person), 0);
}

#[test]
fn a_partial_paste_loads_the_files_and_reports_the_rest() {
    let mut person = Person::new();
    let files = vec![photo(person.folder.path())];
    let problem = "this is not a file on this machine: sftp://h/b.png".to_owned();
    person.script.set_clipboard(Ok(Clip::Partly { files, problem }));
    person.press("Paste");
    person.wait_for_notice("This is not a file on this machine");
    person.wait_until("the photo", |state| state.sources.photo_picture().is_some());
}

fn waves(person: &Person) -> std::path::PathBuf {
    let path = person.file("waves.png");
    std::fs::copy(painting(person.folder.path()), &path).unwrap();
    path
}
