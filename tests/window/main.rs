//! End-to-end tests of the window: loading pictures, Start, sliders, Pause, Export…, and error handling. A tiny random
//! network paints; dialogs and the clipboard are scripted. No display is needed, and a graphics adapter only where the
//! window is rendered (`screenshot`, `rendering`, `large`). `real` starts the real program on a display of its own.
#![cfg(feature = "gui")]

mod clips;
mod conventions;
mod errors;
mod folders;
mod instant;
mod large;
mod layout;
mod maps;
mod masks;
mod projects;
mod real;
mod recovery;
mod rendering;
mod results;
mod screenshot;
mod support;
mod training;

use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use impasto::app::model::canvas::CanvasImage;
use impasto::app::model::run::Phase;
use impasto::app::model::view::Side;
use impasto::app::services::desktop::{Clip, FileRequest};
use impasto::app::viewport::Viewport;
use impasto::picture::decode;
use impasto::studio::WrittenRecipe;
use support::{Person, painting, photo};

#[test]
fn from_two_files_to_a_saved_picture() {
    let mut person = Person::new();
    person.harness.check_accessibility();
    assert!(person.harness.query_by_label("Paint a photo in the manner of a painting").is_some());

    // Load both pictures through the dialog.
    let (photo, painting) = (photo(person.folder.path()), painting(person.folder.path()));
    person.script.answer(&[&photo]);
    person.press("Choose a photo…");
    person.wait_until("the photo", |state| state.sources.photo_picture().is_some());
    person.script.answer(&[&painting]);
    person.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::O);
    person.wait_until("the painting", |state| state.start_obstacle().is_none());
    let requests = person.script.requests();
    assert_eq!(requests[0], FileRequest::Open { title: "Choose a photo or a clip", several: false });
    assert_eq!(requests[1], FileRequest::Open { title: "Choose paintings", several: true });
    assert!(person.harness.query_by_label("hill.png").is_some());
    person.wait_until("the time estimate", |state| state.expected_time(&state.settings).is_some());
    person.harness.step();
    assert!(person.harness.query_by_label_contains("Takes ").is_some());

    // Start; frames arrive.
    person.set_size_and_iterations(64.0, 400.0);
    person.press("Start");
    person.wait_until(
        "a frame",
        |state| matches!(&state.canvas, Some(canvas) if matches!(canvas.image, CanvasImage::Frame(_))),
    );
    assert_eq!(person.state().canvas.as_ref().unwrap().size, (64, 43));
    person.harness.check_accessibility();

    // Pause by key, move sliders, resume.
    person.key(Modifiers::NONE, Key::Space);
    person.wait_until("the pause", |state| state.run.phase == Phase::Paused);
    person.set_slider("Strength", 80.0);
    person.set_slider("Brush scale", 2.0);
    assert!((person.state().settings.strength - 80.0).abs() < 1e-3);
    assert!(person.harness.query_by_label("Applies to the next run").is_none());
    person.set_number("Seed, number", 5.0);
    assert!(person.harness.query_by_label("Applies to the next run").is_some());
    person.press("Reset Strength");
    assert!((person.state().settings.strength - 50.0).abs() < 1e-3);
    person.press("Compare");
    assert_eq!(person.state().shown_side(), Side::Compare);
    let paused_at = person.state().run.progress;
    person.harness.run_steps(20);
    assert_eq!(person.state().run.progress, paused_at);
    person.press("Resume");
    person.wait_until("more progress", |state| state.run.progress != paused_at);

    // Stop, and save the unfinished picture.
    person.press("Stop");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Stopped(_)));
    let out = person.file("out.png");
    person.script.answer(&[&out]);
    person.export();
    person.wait_for_notice("Saved 64 × 43 pixels to");
    let saved = decode::open(&out).unwrap();
    assert_eq!((saved.width(), saved.height()), (64, 43));
    let recipe = WrittenRecipe::parse(&decode::read(&out).unwrap().recipe.unwrap()).unwrap();
    assert_eq!(recipe.names().collect::<Vec<_>>(), ["hill.png", "stripes.png"]);
    assert_eq!((recipe.settings.size, recipe.settings.brush_scale), (64, 2.0));
    let suggestion = "hill, stripes.png".to_owned();
    assert_eq!(person.script.requests().last(), Some(&FileRequest::Save { suggestion, folder: None }));
    person.harness.run();
}

#[test]
fn files_given_on_the_command_line_are_loaded_and_a_run_finishes() {
    let builder = egui_kittest::Harness::builder();
    let files = |folder: &std::path::Path| vec![photo(folder), painting(folder), painting(folder)];
    let mut person = Person::with(builder, files, support::tiny_network());
    person.wait_until("the pictures", |state| state.start_obstacle().is_none());
    assert_eq!(person.state().sources.paintings.len(), 2);
    let weights = person.harness.get_all_by_label("Weight of stripes.png").count();
    assert_eq!(weights, 2);
    person.set_size_and_iterations(48.0, 3.0);
    person.key(Modifiers::COMMAND, Key::Enter);
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    assert!(person.harness.query_by_label("Finished").is_some());

    // Start again once the run has finished.
    person.key(Modifiers::COMMAND, Key::Enter);
    // The run may end before the test sees it active.
    person.wait_until("another run's end", |state| state.history.entries().len() == 2 && !state.run.is_active());
}

#[test]
fn samples_are_one_click_away() {
    let mut person = Person::new();
    person.press("Try it with samples");
    person.wait_until("the pair", |state| state.start_obstacle().is_none());
    person.press("Sample photo Flower");
    person.wait_until("another photo", |state| {
        state
            .sources
            .photo
            .as_ref()
            .is_some_and(|card| card.loaded.as_ref().is_some_and(|photo| photo.name == "Flower"))
    });
    person.press("Remove Flower");
    assert!(person.state().sources.photo.is_none());
    person.harness.run();
}

#[test]
fn pictures_are_pasted_and_dropped() {
    let mut person = Person::new();
    let rgba = [10, 20, 30, 255].repeat(20 * 10);
    person.script.set_clipboard(Ok(Clip::Pixels { width: 20, height: 10, rgba }));
    person.press("Paste");
    person.wait_until("the pasted photo", |state| state.sources.photo_picture().is_some());
    assert_eq!(person.state().shown_size(), Some((20, 10)));
    // Ctrl+V arrives as a `Paste` event, not as a key.
    let path = painting(person.folder.path());
    person.script.set_clipboard(Ok(Clip::Files(vec![path.clone()])));
    person.harness.event(eframe::egui::Event::Paste(path.display().to_string()));
    person.wait_until("the pasted painting", |state| state.start_obstacle().is_none());

    // While files hover, the window shows where they will land: on the card under the pointer.
    let card = person.button("Replace the photo Pasted picture").rect().center();
    person.harness.hover_at(card);
    person.harness.step();
    person.harness.input_mut().hovered_files = vec![eframe::egui::HoveredFile::default()];
    person.harness.step();
    let dropped = photo(person.folder.path());
    person.drop_files(&[dropped]);
    person.wait_until("the photo replaced", |state| {
        !state.sources.is_loading()
            && state
                .sources
                .photo
                .as_ref()
                .is_some_and(|card| card.loaded.as_ref().is_some_and(|it| it.name == "hill.png"))
    });
    assert_eq!(person.state().sources.paintings.len(), 1);
    person.harness.remove_cursor();
    person.harness.step();
    let dropped = [photo(person.folder.path()), painting(person.folder.path())];
    person.drop_files(&dropped);
    person.wait_until("two more paintings", |state| state.sources.paintings.len() == 3 && !state.sources.is_loading());
}

#[test]
fn zoom_pan_and_divider_by_mouse_and_keys() {
    let mut person = Person::new();
    person.load_both();
    let preview = person.harness.get_by_label("Preview of the photo").rect();
    let zoom = |person: &Person| match person.state().view.viewport {
        Viewport::Fit => panic!("the viewport is still Fit"),
        Viewport::Free { width, center } => (width, center),
    };
    person.key(Modifiers::NONE, Key::Num1);
    assert!((zoom(&person).0 - 96.0).abs() < 1e-2);
    person.key(Modifiers::NONE, Key::Plus);
    assert!((zoom(&person).0 - 120.0).abs() < 1e-2);
    person.key(Modifiers::NONE, Key::Minus);
    person.key(Modifiers::NONE, Key::Num0);
    assert_eq!(person.state().view.viewport, Viewport::Fit);

    // The wheel zooms in on the pointer; a drag pans.
    person.harness.hover_at(preview.center() + vec2(50.0, 20.0));
    person.harness.step();
    person.harness.event(eframe::egui::Event::MouseWheel {
        unit: eframe::egui::MouseWheelUnit::Point,
        delta: vec2(0.0, 200.0),
        phase: eframe::egui::TouchPhase::Move,
        source: eframe::egui::MouseWheelSource::Wheel,
        modifiers: Modifiers::NONE,
    });
    person.harness.run_steps(10);
    let (width, before) = zoom(&person);
    assert!(width > 600.0, "{width}");
    person.harness.drag_at(preview.center());
    person.harness.step();
    person.harness.hover_at(preview.center() + vec2(-60.0, 0.0));
    person.harness.step();
    person.harness.drop_at(preview.center() + vec2(-60.0, 0.0));
    person.harness.run_steps(3);
    let (_, after) = zoom(&person);
    assert!(after.x > before.x);

    // The divider, during a run and zoomed in.
    person.set_size_and_iterations(64.0, 300.0);
    person.press("Start");
    person.wait_until("a frame", |state| state.canvas.is_some());
    person.press("Compare");
    let divider = person.harness.get_by_label("Divider between photo and result").rect().center();
    person.harness.drag_at(divider);
    person.harness.step();
    person.harness.hover_at(divider + vec2(-150.0, 0.0));
    person.harness.step();
    person.harness.drop_at(divider + vec2(-150.0, 0.0));
    person.harness.step();
    let moved = person.state().view.divider;
    assert!(moved < 0.4, "{moved}");
    person.harness.get_by_label("Divider between photo and result").focus();
    person.harness.step();
    person.key(Modifiers::NONE, Key::ArrowRight);
    person.harness.step();
    assert!(person.state().view.divider > moved);
    assert_eq!(zoom(&person).0.to_bits(), width.to_bits());
    person.press("Stop");
    person.wait_until("the end", |state| !state.run.is_active());
}

#[test]
fn help_lists_the_keys() {
    let mut person = Person::new();
    person.key(Modifiers::NONE, Key::F1);
    person.harness.run();
    assert!(person.harness.query_by_label("Ctrl+Shift+O").is_some());
    person.key(Modifiers::NONE, Key::Escape);
    person.harness.run();
    assert!(!person.state().questions.has_help());
    person.press("Help");
    person.press("Close");
    assert!(!person.state().questions.has_help());
}
