//! Layout invariants at every window size and in every state: no text is cut off or overlaps another, every control is
//! inside the window, and the keyboard reaches all of them.

use std::collections::HashSet;
use std::path::Path;

use eframe::egui::accesskit::Role;
use eframe::egui::epaint::{ClippedShape, TextShape};
use eframe::egui::{Key, Modifiers, Popup, Rangef, Rect, Shape, Vec2, vec2};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT, Queryable};
use impasto::app::model::run::Phase;
use impasto::app::viewport::Viewport;

use crate::support::{Person, painting, photo};

/// Labels of the controls in the bottom bar.
const IN_BAR: [&str; 9] =
    ["Start", "Pause", "Resume", "Stop", "Start next", "Continue", "Export…", "Show the losses", "Hide the losses"];
/// Widths of the left and right panels in points. They scroll vertically.
const SIDES: [f32; 2] = [256.0, 280.0];
/// Height of the bottom bar in points. The contents of the side panels continue beneath it.
const BAR: f32 = 76.0;

/// Asserts the invariants that hold in every state of the window. Names that the user chose may be shortened: those on
/// cards, those of paintings on a map, and those in `names`.
#[track_caller]
pub(crate) fn check(person: &Person, names: &[&str], what: &str) {
    let window = person.harness.ctx.content_rect();
    let texts = texts(&person.harness.output().shapes);
    assert!(!texts.is_empty(), "{what}: an empty window");
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    names.extend(person.state().sources.ready_paintings().map(|loaded| loaded.name.clone()));
    names.extend(person.state().sources.photo.iter().filter_map(|card| Some(card.loaded.as_ref()?.name.clone())));
    let on_map = person.state().map.iter().flat_map(|open| &open.map.paintings);
    names.extend(on_map.filter_map(|painting| Some(Path::new(&painting.name).file_stem()?.to_str()?.to_owned())));
    for text in &texts {
        let whole = window.intersect(text.clip);
        let within = |inner: Rangef, outer: Rangef| inner.min >= outer.min - 1.0 && inner.max <= outer.max + 1.0;
        let at = text.rect;
        assert!(within(at.x_range(), whole.x_range()), "{what}: {text:?} is cut off at a side");
        assert!(may_scroll(at, window) || within(at.y_range(), whole.y_range()), "{what}: {text:?} is cut off");
        let named = names.iter().any(|name| text.words.contains(name.as_str()));
        assert!(!text.shortened || named, "{what}: {text:?} is shortened");
    }
    controls_are_whole(person, window, what);
    if !something_lies_over_it(person) {
        nothing_overlaps(&texts, what);
    }
}

/// A text on the screen.
#[derive(Debug)]
struct Text {
    words: String,
    rect: Rect,
    clip: Rect,
    shortened: bool,
}

/// Every text that is drawn at least in part.
fn texts(shapes: &[ClippedShape]) -> Vec<Text> {
    fn gather(shape: &Shape, clip: Rect, texts: &mut Vec<Text>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| gather(shape, clip, texts)),
            Shape::Text(TextShape { pos, galley, .. }) if !galley.text().trim().is_empty() => {
                let rect = galley.mesh_bounds.translate(pos.to_vec2());
                if clip.intersects(rect) {
                    texts.push(Text { words: galley.text().to_owned(), rect, clip, shortened: galley.elided });
                }
            }
            _ => {}
        }
    }
    let mut texts = Vec::new();
    for ClippedShape { clip_rect, shape, .. } in shapes {
        gather(shape, *clip_rect, &mut texts);
    }
    texts
}

/// Whether `rect` is on one of the side panels, which scroll vertically.
fn may_scroll(rect: Rect, window: Rect) -> bool {
    rect.right() < SIDES[0] + 1.0 || rect.left() > window.right() - SIDES[1] - 1.0
}

/// Whether a dialog, a menu or a notice is open, which may cover anything.
fn something_lies_over_it(person: &Person) -> bool {
    let state = person.state();
    let asks = state.question().is_some() || state.questions.to_export().is_some() || state.document.reading.is_some();
    asks || state.questions.has_help() || !state.notices.is_empty() || Popup::is_any_open(&person.harness.ctx)
}

#[track_caller]
fn nothing_overlaps(texts: &[Text], what: &str) {
    for (index, one) in texts.iter().enumerate() {
        for other in &texts[index + 1..] {
            let shared = one.rect.intersect(one.clip).intersect(other.rect.intersect(other.clip));
            assert!(shared.width() < 2.0 || shared.height() < 2.0, "{what}: {one:?} overlaps {other:?}");
        }
    }
}

/// The controls: everything that can be pressed, moved or typed into.
fn controls(person: &Person) -> impl Iterator<Item = Node<'_>> {
    const ROLES: [Role; 9] = [
        Role::Button,
        Role::CheckBox,
        Role::ComboBox,
        Role::DisclosureTriangle,
        Role::Link,
        Role::RadioButton,
        Role::Slider,
        Role::SpinButton,
        Role::TextInput,
    ];
    person.harness.root().children_recursive().filter(|node| ROLES.contains(&node.accesskit_node().role()))
}

fn label(node: &Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}

/// Whether this is the name of a row in the list of a folder's pictures. The list scrolls, so its last row may lie under the
/// bar below.
fn is_row_of_list(name: &str) -> bool {
    name.split_once(": ").is_some_and(|(file, outcome)| {
        file.contains("--") && ["painted", "there already", "failed"].iter().any(|word| outcome.starts_with(word))
    })
}

/// Asserts that every control is inside the window and that no two buttons overlap.
#[track_caller]
fn controls_are_whole(person: &Person, window: Rect, what: &str) {
    let mut buttons: Vec<(String, Rect)> = Vec::new();
    for node in controls(person) {
        let (name, rect) = (label(&node), node.rect());
        assert!(rect.is_positive(), "{what}: {name} has no size: {rect:?}");
        assert!(rect.left() >= window.left() - 0.5 && rect.right() <= window.right() + 0.5, "{what}: {name} {rect:?}");
        let below = if may_scroll(rect, window) { window.bottom() - BAR } else { window.bottom() };
        let is_seen = rect.top() >= window.top() - 0.5 && rect.bottom() <= below + 0.5;
        assert!(is_seen || may_scroll(rect, window), "{what}: {name} is not inside the window: {rect:?}");
        if is_seen && node.accesskit_node().role() == Role::Button && !is_row_of_list(&name) {
            buttons.push((name, rect));
        }
    }
    if something_lies_over_it(person) {
        return;
    }
    for (index, (one, place)) in buttons.iter().enumerate() {
        for (other, there) in &buttons[index + 1..] {
            // A small button may be inside a large one, such as the cross on a picture.
            let apart = !place.shrink(1.0).intersects(there.shrink(1.0));
            let on_it = place.contains_rect(*there) || there.contains_rect(*place);
            assert!(apart || on_it, "{what}: {one} overlaps {other}");
        }
    }
}

/// Presses Tab until the focus has cycled through the window; returns the names of the focused controls in order.
/// Asserts that each is visible while it has the focus.
#[track_caller]
pub(crate) fn reached_by_keyboard(person: &mut Person) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut names = Vec::new();
    for _ in 0..400 {
        person.harness.key_press(Key::Tab);
        person.harness.run_steps(3);
        let Some(focused) = controls(person).find(|node| node.accesskit_node().is_focused()) else { continue };
        let (name, rect) = (label(&focused), focused.rect());
        let window = person.harness.ctx.content_rect();
        let is_above_bar = may_scroll(rect, window) && !IN_BAR.contains(&name.as_str());
        let room = Rect::from_min_max(window.min, window.max - vec2(0.0, if is_above_bar { BAR } else { 0.0 }));
        assert!(room.expand(1.0).contains_rect(rect), "{name} has the focus but is not visible: {rect:?}");
        if !seen.insert(focused.accesskit_node().id()) {
            return names;
        }
        names.push(name);
    }
    panic!("the focus does not cycle: {names:?}");
}

/// Asserts that the keyboard reaches every enabled control.
#[track_caller]
fn everything_is_reached(person: &mut Person, what: &str) {
    let reached: HashSet<String> = reached_by_keyboard(person).into_iter().collect();
    let missed: Vec<String> = controls(person)
        .filter(|node| !node.accesskit_node().is_disabled())
        .map(|node| label(&node))
        .filter(|name| !reached.contains(name))
        .collect();
    assert!(missed.is_empty(), "{what}: the keyboard does not reach {missed:?}");
}

const LONG_NAME: &str = "a painting by an unknown master with a very long title, found in the attic, front side.png";

/// A window with pictures, one of which has a long name, and a small result.
fn painted() -> Person {
    let mut person = Person::new();
    let long = person.file(LONG_NAME);
    std::fs::copy(painting(person.folder.path()), &long).unwrap();
    let files = [photo(person.folder.path()), painting(person.folder.path()), long];
    person.drop_files(&files);
    person.wait_until("the pictures", |state| state.start_obstacle().is_none() && !state.sources.is_loading());
    person.set_size_and_iterations(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| matches!(state.run.phase, Phase::Finished(_)));
    person
}

#[test]
fn the_keyboard_reaches_every_control() {
    let mut person = Person::new();
    person.harness.run_steps(3);
    everything_is_reached(&mut person, "empty");

    let mut person = painted();
    person.press("Compare");
    person.press("Show the losses");
    everything_is_reached(&mut person, "finished");
    person.set_size_and_iterations(48.0, 10_000.0);
    person.press("Start");
    person.wait_until("progress", |state| state.run.pace.is_some());
    person.press("Start next");
    everything_is_reached(&mut person, "painting");
    person.press("Cancel waiting run 1");
    person.press("Stop");
    person.wait_until("the end", |state| !state.run.is_active());
    person.press("Protect areas…");
    everything_is_reached(&mut person, "mask");
    person.press("Done");

    // A dialog traps the focus.
    person.press("Export…");
    let reached = reached_by_keyboard(&mut person);
    let dialog = [
        "PNG",
        "JPEG",
        "TIFF",
        "WebP",
        "16 bits per channel",
        "Long side, number",
        "Paint again at print size, 2048 px",
        "Record in the file how it was painted",
        "Cancel",
        "Save as…",
    ];
    let (reached, dialog): (HashSet<&str>, HashSet<&str>) =
        (reached.iter().map(String::as_str).collect(), dialog.into());
    assert_eq!(reached, dialog);
    person.press("Cancel");
    person.key(Modifiers::COMMAND, Key::N);
    person.harness.run_steps(3);
    let reached: HashSet<String> = reached_by_keyboard(&mut person).into_iter().collect();
    assert_eq!(reached, ["Save project", "Don’t save", "Cancel"].map(String::from).into());
}

#[test]
fn the_keyboard_opens_every_menu_and_moves_the_picture() {
    let mut person = painted();
    for (button, items) in [
        ("Project", ["New", "Open…", "Save", "Save as…"]),
        ("Appearance", ["System", "Light", "Dark", "Larger interface"]),
        ("Presets", ["Save as preset…"; 4]),
        ("More for stripes.png", ["Replace…", "Move down", "Paint a mask…", "Remove"]),
        ("More for Result 48 × 32", ["Restore settings", "Keep", "Export…", "Delete"]),
    ] {
        person.button(button).focus();
        person.harness.run_steps(2);
        person.key(Modifiers::NONE, Key::Enter);
        person.harness.run_steps(3);
        let reached = reached_by_keyboard(&mut person);
        for item in items {
            // The keyboard shortcut may follow in the name.
            assert!(reached.iter().any(|name| name.starts_with(item)), "{button}: {item} is not among {reached:?}");
        }
        person.key(Modifiers::NONE, Key::Escape);
        person.harness.run_steps(2);
    }
    let middle = |person: &Person| match person.state().view.viewport {
        Viewport::Fit => None,
        Viewport::Free { center, .. } => Some(center),
    };
    person.key(Modifiers::NONE, Key::Num1);
    person.harness.get_by_label("Preview of the result").focus();
    person.harness.run_steps(2);
    let before = middle(&person).unwrap();
    person.key(Modifiers::NONE, Key::ArrowRight);
    person.key(Modifiers::NONE, Key::ArrowDown);
    person.harness.run_steps(2);
    let after = middle(&person).unwrap();
    assert!(after.x > before.x && after.y > before.y, "{before:?}, {after:?}");
}

/// Resizes the window to `pixels` and scales the interface by `zoom`.
fn resize(person: &mut Person, pixels: Vec2, zoom: f32) {
    let now = person.state().appearance.zoom;
    let (key, steps) = if zoom > now { (Key::Plus, zoom - now) } else { (Key::Minus, now - zoom) };
    for _ in 0..(10.0 * steps).round() as usize {
        // The window's room limits the zoom, and is known only after a pass at the new size.
        person.harness.set_size(pixels / person.harness.ctx.zoom_factor());
        person.harness.key_press_modifiers(Modifiers::COMMAND, key);
        person.harness.run_steps(2);
    }
    for _ in 0..4 {
        person.harness.set_size(pixels / person.harness.ctx.zoom_factor());
        person.harness.step();
    }
}

#[test]
fn no_text_is_cut_off_at_any_size_and_zoom() {
    let mut empty = Person::new();
    empty.harness.run_steps(3);
    let mut finished = painted();
    finished.press("Compare");
    finished.press("Show the losses");
    let mut masking = painted();
    masking.press("Protect areas…");
    for (width, height) in [(1024.0, 700.0), (1366.0, 768.0), (1920.0, 1080.0), (3840.0, 2160.0)] {
        for zoom in [0.7, 0.8, 1.0, 1.2, 1.5, 2.0] {
            for (state, person) in [("empty", &mut empty), ("mask", &mut masking), ("finished", &mut finished)] {
                resize(person, vec2(width, height), zoom);
                let took = person.harness.ctx.zoom_factor();
                assert!(took <= zoom + 1e-3 && (took > zoom - 1e-3 || width < 1000.0 * zoom), "{state}: {took}");
                check(person, &[], &format!("{state} at {width} x {height}, zoom {took:.1}"));
            }
            for (open, close) in [("Export…", "Cancel"), ("Help", "Close")] {
                finished.press(open);
                check(&finished, &[], &format!("{open} at {width} x {height}, zoom {zoom:.1}"));
                finished.press(close);
            }
        }
    }
}

#[test]
fn tooltips_of_a_panel_cover_none_of_its_controls() {
    let mut person = Person::new();
    person.load_both();
    for (control, words) in [("Strength", "style overrides the photo"), ("Protect areas…", "what should not change")]
    {
        let place = person.harness.get_all_by_label(control).next().unwrap().rect();
        person.harness.hover_at(place.center());
        person.harness.run_steps(60);
        let texts = texts(&person.harness.output().shapes);
        let tooltip = texts.iter().find(|text| text.words.contains(words));
        let tooltip = tooltip.unwrap_or_else(|| panic!("no tooltip of {control}")).rect;
        let window = person.harness.ctx.content_rect();
        let middle = window.left() + SIDES[0]..=window.right() - SIDES[1];
        assert!(middle.contains(&tooltip.left()) && middle.contains(&tooltip.right()), "{control}: {tooltip:?}");
    }
}
