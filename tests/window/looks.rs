//! Each state that a person meets, drawn at the smallest size: nothing overlaps, nothing is cut off, and
//! the pictures lie in the target folder to be looked at.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers, Rect, Theme, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use impasto::app::state::Phase;
use impasto::engine::error::EngineError;
use impasto::engine::network::{Architecture, Network};

use crate::screenshot::{adapter_is_there, shot};
use crate::support::Person;

/// Buttons that have their place in the bar at the bottom and in the strips above.
const FIXED: [&str; 17] = [
    "Project",
    "Save",
    "Start",
    "Pause",
    "Resume",
    "Stop",
    "Start next",
    "Continue",
    "Export…",
    "Show the losses",
    "Hide the losses",
    "Result",
    "Photo",
    "Compare",
    "Appearance",
    "Help",
    "Presets",
];

#[test]
fn every_state_is_drawn_whole() {
    if !adapter_is_there() {
        return;
    }
    walk(Theme::Light, (1024.0, 700.0));
}

fn walk(theme: Theme, (width, height): (f32, f32)) {
    let builder = Harness::builder().with_theme(theme).with_render_cursor(false).wgpu();
    // The network is asked for when the window opens and at the first run, which fails; the others paint.
    let asked = AtomicUsize::new(0);
    let loader = Box::new(move |device: &candle_core::Device| {
        if asked.fetch_add(1, Ordering::Relaxed) < 2 {
            return Err(EngineError::Device("the card fell out".to_owned()));
        }
        Network::random(&Architecture::tiny(), 1, device)
    });
    let mut person = Person::with(builder, |_| Vec::new(), loader);
    person.harness.set_size(vec2(width, height));
    let name = |state: &str| format!("{state}-{width}-{}", if theme == Theme::Dark { "dark" } else { "light" });
    person.wait_until("the samples", |state| state.sample_thumbnails.iter().all(Option::is_some));
    look(&mut person, &name("empty"));
    person.press("Try it with samples");
    look_now(&mut person, &name("loading"));
    person.wait_until("the pair", |state| state.start_obstacle().is_none());
    look(&mut person, &name("ready"));
    person.press("Sample painting Langlois bridge");
    person.wait_until("the third", |state| state.start_obstacle().is_none());
    person.press("Start");
    person.wait_until("the failure", |state| state.run.phase == Phase::Failed);
    look(&mut person, &name("failed"));
    let notice = format!("Dismiss: {}", person.notices()[0]);
    person.press(&notice);
    person.make_it_quick(256.0, 10_000.0);
    person.press("Start");
    person.wait_until("progress", |state| state.run.pace.is_some());
    person.press("Start next");
    person.press("Show the losses");
    look(&mut person, &name("painting"));
    person.key(Modifiers::NONE, Key::Space);
    person.wait_until("the pause", |state| state.run.phase == Phase::Paused);
    person.press("Hide the losses");
    look(&mut person, &name("paused"));
    person.press("Cancel waiting run 1");
    person.press("Stop");
    person.wait_until("the end", |state| !state.run.is_active());
    person.make_it_quick(256.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    person
        .wait_until("its small picture", |state| state.history.entries().iter().all(|entry| entry.thumbnail.is_some()));
    person.press("Compare");
    look(&mut person, &name("finished"));
    person.press("Export…");
    look(&mut person, &name("export"));
    person.press("Cancel");
    person.press("Help");
    look(&mut person, &name("help"));
    person.press("Close");
    person.press("Appearance");
    look(&mut person, &name("appearance"));
    person.key(Modifiers::NONE, Key::Escape);
    person.press("Protect parts…");
    let photo = person.harness.get_by_label("Preview of the photo").rect();
    person.drag(photo.center() - vec2(60.0, 20.0), photo.center() + vec2(60.0, 30.0));
    look(&mut person, &name("mask"));
}

/// Draws the window once it has settled.
fn look(person: &mut Person, name: &str) {
    for _ in 0..12 {
        person.harness.step();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    look_now(person, name);
}

fn look_now(person: &mut Person, name: &str) {
    person.check();
    nothing_overlaps(person, name);
    let image = shot(person);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("looks");
    std::fs::create_dir_all(&folder).unwrap();
    image.save(folder.join(format!("{name}.png"))).unwrap();
    let colours = image.pixels().map(|pixel| pixel.0).collect::<std::collections::HashSet<_>>().len();
    assert!(colours > 100, "{name}: only {colours} colours");
}

/// The buttons in the bar at the bottom and in the strip above stand in the window and beside each other.
fn nothing_overlaps(person: &Person, name: &str) {
    let whole = person.harness.ctx.content_rect();
    let fixed: Vec<(String, Rect)> = person
        .harness
        .root()
        .children_recursive()
        .filter(|node| node.accesskit_node().role() == Role::Button)
        .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
        .filter(|(label, _)| FIXED.contains(&label.as_str()))
        .collect();
    for (index, (one, rect)) in fixed.iter().enumerate() {
        assert!(whole.expand(0.5).contains_rect(*rect), "{name}: {one} is cut off: {rect:?}");
        for (other, place) in &fixed[index + 1..] {
            assert!(!rect.shrink(1.0).intersects(place.shrink(1.0)), "{name}: {one} lies over {other}");
        }
    }
}
