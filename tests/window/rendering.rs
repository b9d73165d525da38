//! Renders each state of the window at two sizes and in two themes. The layout is asserted (`layout::check`), and the
//! images are saved to `target/tmp/rendering` for visual inspection.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use eframe::egui::{self, Key, Modifiers, Theme, Vec2, ViewportId, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use image::RgbaImage;
use impasto::app::model::question::Question;
use impasto::app::model::run::Phase;
use impasto::engine::compute::Device;
use impasto::engine::error::EngineError;
use impasto::engine::network::{Architecture, Network};

use crate::clips::dance;
use crate::folders::holiday;
use crate::layout;
use crate::maps::with_map;
use crate::screenshot::adapter_is_there;
use crate::support::{Person, painting, photo, tiny_network};

/// The smallest window the design targets, and one that fills a common screen.
const SIZES: [Vec2; 2] = [vec2(1024.0, 700.0), vec2(1920.0, 1080.0)];

#[test]
fn states_from_an_empty_window_to_a_mask() {
    if !adapter_is_there() {
        return;
    }
    // The network is loaded when the window opens and again for the first run; both fail. Later runs paint.
    let loads = AtomicUsize::new(0);
    let loader = Box::new(move |device: &Device| {
        if loads.fetch_add(1, Ordering::Relaxed) < 2 {
            return Err(EngineError::Device("the GPU was lost".to_owned()));
        }
        Network::random(&Architecture::tiny(), 1, device)
    });
    let mut person = Person::with(builder(), |_| Vec::new(), loader);
    person.wait_until("the samples", |state| state.sample_thumbnails.len() == impasto::studio::samples::ALL.len());
    look(&mut person, "empty");
    // Loading takes only a moment, so it is started anew before each image.
    each_dress(&mut person, "loading", |person| {
        person.press("Sample photo Temple");
        person.harness.step();
    });
    person.wait_until("the photo", |state| !state.sources.is_loading());
    person.press("Remove Temple");
    person.press("Try it with samples");
    person.wait_until("the pair", |state| state.start_obstacle().is_none());
    look(&mut person, "ready");
    person.wait_until("the instant picture", |state| state.shown_instant().is_some());
    look(&mut person, "instant");
    person.press("Compare");
    look(&mut person, "instant-compared");
    person.press("Result");
    person.press("Sample painting Vestibule of the asylum");
    person.wait_until("the third picture", |state| state.start_obstacle().is_none());
    person.press("Start");
    person.wait_until("the failure", |state| state.run.phase == Phase::Failed);
    look(&mut person, "failed");
    let notice = format!("Dismiss: {}", person.notices()[0]);
    person.press(&notice);
    person.set_size_and_iterations(256.0, 10_000.0);
    person.press("Start");
    person.wait_until("progress", |state| state.run.pace.is_some());
    person.press("Start next");
    person.press("Show the losses");
    look(&mut person, "painting");
    person.press("Waiting run 1");
    look(&mut person, "queue-menu");
    person.key(Modifiers::NONE, Key::Escape);
    person.key(Modifiers::NONE, Key::Space);
    person.wait_until("the pause", |state| state.run.phase == Phase::Paused);
    person.press("Hide the losses");
    look(&mut person, "paused");
    person.press("Cancel waiting run 1");
    person.press("Stop");
    person.wait_until("the end", |state| !state.run.is_active());
    look(&mut person, "stopped");
    finish(&mut person);
    person.press("Compare");
    look(&mut person, "finished");
    draw(&mut person, "finished-screen-of-4k", vec2(1920.0, 1080.0), 2.0, Theme::Dark);
    draw(&mut person, "finished-wall-of-4k", vec2(3840.0, 2160.0), 1.0, Theme::Light);
    draw(&mut person, "finished-dense", vec2(1024.0, 700.0), 2.0, Theme::Light);
    more_of_the_finished(&mut person);
    person.press("Protect areas…");
    let photo = person.harness.get_by_label("Preview of the photo").rect();
    person.drag(photo.center() - vec2(60.0, 20.0), photo.center() + vec2(60.0, 30.0));
    look(&mut person, "mask");
}

/// Dialogs, menus and notices over a finished picture, and the collapsed settings.
fn more_of_the_finished(person: &mut Person) {
    for (button, close) in
        [("Export…", Some("Cancel")), ("Help", Some("Close")), ("Appearance", None), ("Presets", None)]
    {
        person.press(button);
        look(person, &button.to_lowercase().replace('…', ""));
        match close {
            Some(close) => person.press(close),
            None => person.key(Modifiers::NONE, Key::Escape),
        }
    }
    person.press("More for Church at Auvers");
    look(person, "card-menu");
    person.key(Modifiers::NONE, Key::Escape);
    person.harness.get_all_by_label("More for Result 256 × 170").next().unwrap().click();
    person.harness.run_steps(4);
    look(person, "result-menu");
    person.press("Delete");
    look(person, "deleted");
    person.press("Undo the removal");
    person.harness.input_mut().hovered_files = vec![egui::HoveredFile::default(); 2];
    look(person, "drop");
    person.harness.input_mut().hovered_files.clear();
    // In a window too small for all settings, the panel scrolls to the newly focused control.
    wear(person, SIZES[0], 1.0, Theme::Dark);
    person.harness.get_by_label("Memory, number").focus();
    look(person, "advanced");
}

/// A style map beside the photo.
#[test]
fn a_map_and_its_menu() {
    if !adapter_is_there() {
        return;
    }
    let mut person = with_map(builder(), 8);
    person.wait_until("the thumbnails", |state| {
        state
            .map
            .as_ref()
            .is_some_and(|open| open.chart.order[..4].iter().all(|index| open.thumbnail(*index).is_some()))
    });
    person.press("Surprise me");
    person.wait_until("the place", |state| state.start_obstacle().is_none());
    person.press("Make this place a favourite");
    person.wait_until("the preview", |state| state.shown_instant().is_some());
    look(&mut person, "map");
    person.press("More for the map");
    look(&mut person, "map-menu");
}

/// A clip as the photo, and the sheet that trains a style.
#[test]
fn a_clip_and_a_training() {
    if !adapter_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let files = |folder: &Path| vec![dance(folder, 10), painting(folder)];
    let mut person = Person::built_with_data_folder(builder(), folder, data, files);
    person.wait_until("clip and painting", |state| state.clip.is_some() && state.start_obstacle().is_none());
    look(&mut person, "clip");
    person.press("More for stripes.png");
    person.press("Train a style…");
    look(&mut person, "train");
    person.press("Cancel");
}

/// A folder as the photo: how to paint it, the painting, and the list of pictures.
#[test]
fn a_folder_of_photos() {
    if !adapter_is_there() {
        return;
    }
    let mut person = Person::with(builder(), |_| Vec::new(), tiny_network());
    let folder = holiday(person.folder.path(), 30);
    std::fs::write(folder.join("scan.jpg"), "not a photo").unwrap();
    person.drop_files(&[painting(person.folder.path()), folder]);
    person.wait_until("folder and painting", |state| state.folder.is_some() && state.start_obstacle().is_none());
    person.press("Sample painting Vestibule of the asylum");
    person.wait_until("the second painting", |state| state.start_obstacle().is_none());
    person.wait_until("the instant picture", |state| state.shown_instant().is_some());
    look(&mut person, "folder");
    person.press("Paint folder…");
    look(&mut person, "folder-sheet");
    person.press("Paint");
    person.wait_until("pictures", |state| {
        state.folder_painting.as_ref().is_some_and(|painting| painting.view.canvas.is_some())
    });
    person.press("Pause the folder");
    look(&mut person, "folder-paused");
    person.press("Show the list of pictures");
    person.press("Resume the folder");
    person.wait_for_notice("The folder holiday is painted");
    let notice = format!("Dismiss: {}", person.notices()[0]);
    person.press(&notice);
    look(&mut person, "folder-list");
}

/// Dialogs about projects, presets and pictures.
#[test]
fn project_and_picture_dialogs() {
    if !adapter_is_there() {
        return;
    }
    let mut person = Person::with(builder(), |_| Vec::new(), tiny_network());
    person.harness.run_steps(3);
    person.press("Try it with samples");
    person.wait_until("the pair", |state| state.start_obstacle().is_none());
    finish(&mut person);
    person.press("Project");
    look(&mut person, "project-menu");
    person.key(Modifiers::NONE, Key::Escape);
    person.key(Modifiers::COMMAND, Key::N);
    look(&mut person, "project-unsaved");
    person.press("Cancel");
    person.press("Presets");
    person.press("Save as preset…");
    look(&mut person, "preset-name");
    person.press("Cancel");
    let out = person.file("chelsea, church at auvers.jpg");
    person.script.answer(&[&out]);
    person.export();
    person.wait_for_notice("Saved");
    let project = person.file("an evening by the sea.impasto");
    person.script.answer(&[&project]);
    person.key(Modifiers::COMMAND, Key::S);
    person.wait_for_notice("Saved as");
    let letter = person.file("letter.jpg");
    std::fs::write(&letter, "Dear Theo,").unwrap();
    person.drop_files(&[letter]);
    person.wait_for_notice("letter.jpg");
    look(&mut person, "notices");
    person.drop_files(&[out]);
    person.wait_until("the question", |state| matches!(state.question(), Some(Question::Restore(_))));
    look(&mut person, "project-finished-picture");
    person.press("Cancel");
    // One source file is deleted, and the other now has different content.
    let hill = photo(person.folder.path());
    person.script.answer(&[&hill]);
    person.key(Modifiers::COMMAND, Key::O);
    person.wait_until("the photo", |state| !state.sources.is_loading());
    let stripes = painting(person.folder.path());
    person.drop_files(std::slice::from_ref(&stripes));
    person.wait_until("the painting", |state| !state.sources.is_loading());
    person.key(Modifiers::COMMAND, Key::S);
    person.wait_until("the project to be saved", |state| !state.is_unsaved());
    std::fs::remove_file(&hill).unwrap();
    std::fs::write(&stripes, std::fs::read("assets/icon.png").unwrap()).unwrap();
    person.key(Modifiers::COMMAND, Key::N);
    person.drop_files(&[project]);
    person.wait_until("the question", |state| matches!(state.question(), Some(Question::Missing(_))));
    look(&mut person, "project-missing");
    let reached = layout::reached_by_keyboard(&mut person);
    for control in ["Find hill.png…", "Find stripes.png…", "Use stripes.png as it is", "Cancel", "Leave them out"] {
        assert!(reached.iter().any(|name| name == control), "{control} is not among {reached:?}");
    }
}

fn builder() -> egui_kittest::HarnessBuilder<impasto::app::App> {
    Harness::builder().with_render_cursor(false).wgpu()
}

fn finish(person: &mut Person) {
    person.set_size_and_iterations(256.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    person.wait_until("the thumbnails", |state| state.history.entries().iter().all(|entry| entry.thumbnail.is_some()));
}

/// Renders the window in every variant once it has settled.
fn look(person: &mut Person, name: &str) {
    for _ in 0..12 {
        person.harness.step();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    each_dress(person, name, |_| ());
}

/// Renders the window at each size and in each theme; `before` runs ahead of each image.
fn each_dress(person: &mut Person, name: &str, mut before: impl FnMut(&mut Person)) {
    for size in SIZES {
        for theme in [Theme::Dark, Theme::Light] {
            wear(person, size, 1.0, theme);
            before(person);
            shoot(person, &format!("{name}-{}-{}", size.x, tone(theme)));
        }
    }
}

/// Renders the window in one variant.
fn draw(person: &mut Person, name: &str, points: Vec2, pixels_per_point: f32, theme: Theme) {
    wear(person, points, pixels_per_point, theme);
    let image = shoot(person, &format!("{name}-{}", tone(theme)));
    assert_eq!(vec2(image.width() as f32, image.height() as f32), points * pixels_per_point, "{name}");
}

fn tone(theme: Theme) -> &'static str {
    if theme == Theme::Dark { "dark" } else { "light" }
}

/// Sets the window's size, pixel density and theme.
fn wear(person: &mut Person, points: Vec2, pixels_per_point: f32, theme: Theme) {
    person.harness.set_size(points);
    let window = person.harness.input_mut().viewports.get_mut(&ViewportId::ROOT).unwrap();
    window.native_pixels_per_point = Some(pixels_per_point);
    person.harness.ctx.set_theme(theme);
    // A popup is measured in one pass and placed correctly in the next.
    person.harness.run_steps(4);
}

/// Checks the window and saves an image of it.
fn shoot(person: &mut Person, name: &str) -> RgbaImage {
    person.check_invariants();
    layout::check(person, &["evening by the sea", "chelsea, church"], name);
    let image = person.harness.render().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rendering");
    std::fs::create_dir_all(&folder).unwrap();
    let path: PathBuf = folder.join(format!("{name}.png"));
    image.save(path).unwrap();
    let colours = image.pixels().map(|pixel| pixel.0).collect::<std::collections::HashSet<_>>().len();
    assert!(colours > 100, "{name}: only {colours} colours");
    image
}
