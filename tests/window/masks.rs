//! Hand-painted masks: where a painting applies, and which parts of the photo are protected.

use eframe::egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable;
use impasto::app::model::mask::MaskFor;
use impasto::app::model::run::Phase;

use crate::support::Person;

#[test]
fn masks_are_painted_undone_and_used() {
    let mut person = Person::new();
    person.load_both();
    person.press("Protect areas…");
    assert_eq!(person.state().easel.as_ref().unwrap().purpose, MaskFor::Protection);
    let photo = person.harness.get_by_label("Preview of the photo").rect();
    let bare = |person: &Person| person.state().easel.as_ref().unwrap().mask().is_bare();
    let viewport = person.state().view.viewport;
    person.drag(photo.center() - vec2(80.0, 0.0), photo.center() + vec2(80.0, 40.0));
    assert!(!bare(&person));
    assert_eq!(person.state().view.viewport, viewport, "the primary button paints and does not pan");
    let mask = person.state().easel.as_ref().unwrap().mask().clone();
    let [width, height] = mask.size();
    assert_eq!(mask.values()[(height / 2) * width + width / 2 - 4], 255);
    assert_eq!(mask.values()[0], 0);
    person.key(Modifiers::COMMAND, Key::Z);
    assert!(bare(&person));
    person.press("Fill");
    person.key(Modifiers::NONE, Key::X);
    person.drag(photo.center(), photo.center() + vec2(10.0, 0.0));
    let mask = person.state().easel.as_ref().unwrap().mask().clone();
    assert_eq!(mask.values()[(height / 2) * width + width / 2], 0);
    person.press("Invert");
    person.set_slider("Brush size", 0.3);
    person.set_slider("Brush softness", 1.0);
    assert!((person.state().easel.as_ref().unwrap().brush.size - 0.3).abs() < 1e-3);
    person.press("Done");
    assert!(person.state().sources.protection.is_some());

    // A mask for the painting. The eraser is still selected, so select the brush.
    person.press("More for stripes.png");
    person.press("Paint a mask…");
    person.press("Brush");
    person.drag(photo.center() - vec2(90.0, 40.0), photo.center() + vec2(90.0, 40.0));
    person.key(Modifiers::NONE, Key::Escape);
    person.harness.run_steps(2);
    assert!(person.state().easel.is_none() && person.state().sources.paintings[0].mask.is_some());
    assert!(person.harness.query_by_label("60 × 80, masked").is_some());

    person.set_size_and_iterations(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| !state.run.is_active());
    assert!(matches!(person.state().run.phase, Phase::Finished(_)), "{:?}", person.notices());
    let inputs = &person.state().history.entries()[0].inputs;
    assert!(inputs.protection.is_some() && inputs.paintings[0].mask.is_some());
    person.press("Edit protected areas…");
    person.press("Remove");
    assert!(person.state().sources.protection.is_none());
}
