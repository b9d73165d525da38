//! The instant picture: there before any click, led by the sliders, and exported.

use egui_kittest::kittest::Queryable;
use impasto::app::model::canvas::CanvasImage;
use impasto::app::model::view::Side;
use impasto::app::state::State;
use impasto::picture::decode;
use impasto::studio::{Method, WrittenRecipe};

use crate::support::Person;

fn instant(state: &State) -> Option<&CanvasImage> {
    state.shown_instant().map(|canvas| &canvas.image)
}

#[test]
fn a_person_sees_steers_and_exports_an_instant_picture_before_any_click() {
    let mut person = Person::new();
    person.load_both();
    person.wait_until("the instant picture", |state| instant(state).is_some());
    assert_eq!(person.state().shown_side(), Side::Result);
    assert_eq!(person.state().shown_size(), Some((512, 341)));
    assert!(person.harness.query_by_label("Preview of the instant picture").is_some());

    let first = instant(person.state()).unwrap().clone();
    person.set_slider("Strength", 90.0);
    person.wait_until("another one", |state| instant(state).is_some_and(|image| !image.is_same(&first)));
    let second = instant(person.state()).unwrap().clone();
    person.set_number("Size, number", 200.0);
    person.wait_until("a smaller one", |state| state.shown_size() == Some((200, 133)));
    assert!(!instant(person.state()).unwrap().is_same(&second));

    let file = person.file("quick.png");
    person.script.answer(&[&file]);
    person.export();
    person.wait_for_notice("Saved 200 × 133 pixels");
    assert_eq!(image::image_dimensions(&file).unwrap(), (200, 133));
    let recipe = WrittenRecipe::parse(&decode::read(&file).unwrap().recipe.unwrap()).unwrap();
    assert_eq!((recipe.settings.method, recipe.settings.strength), (Method::Instant, 90.0));

    person.set_size_and_iterations(48.0, 2.0);
    person.press("Start");
    person.wait_until("the end", |state| !state.run.is_active());
    assert!(instant(person.state()).is_none() && person.state().shown_size() == Some((48, 32)));
    assert!(person.harness.query_by_label("Preview of the result").is_some());
}
