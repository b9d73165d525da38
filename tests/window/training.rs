//! Training a style in the window.

use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable;
use impasto::app::model::styles::OwnStyle;
use impasto::app::state::State;
use impasto::picture::style_file::StyleFile;

use crate::layout;
use crate::support::Person;

fn is_trained(state: &State) -> bool {
    let paintings = &state.sources.paintings;
    paintings
        .iter()
        .filter_map(|painting| painting.source.loaded.as_ref())
        .any(|loaded| loaded.picture.trained_style().is_some())
}

#[test]
fn a_person_trains_a_style_keeps_it_paints_with_it_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut person = Person::with_data_folder(folder, data.clone(), |_| Vec::new());
    person.load_both();
    person.press("More for stripes.png");
    person.press("Train a style…");
    assert!(person.harness.query_by_label("Your styles").is_none());
    for name in ["Adversary", "Stability"] {
        assert!(person.harness.query_by_role_and_label(Role::Slider, name).is_some(), "{name}");
    }
    person.set_slider("Stability", 30.0);
    layout::check(&person, &[], "the sheet");
    person.harness.get_by_label_contains("Quick").click();
    person.harness.run_steps(2);
    person.press("Train");
    person.wait_until("a step", |state| state.training.as_ref().is_some_and(|now| now.remaining.is_some()));
    person.wait_until("the preview", |state| state.training.as_ref().is_some_and(|now| now.preview.is_some()));
    assert!(person.harness.query_by_label("Your photo as the network paints it so far").is_some());
    layout::check(&person, &[], "a training");
    person.press("Pause training");
    layout::check(&person, &[], "a paused training");
    person.press("Resume training");
    person.press("Stop training and keep what was learned");
    person.wait_until("the style", |state| state.training.is_none() && state.styles.list.len() == 1);
    let path = data.join("styles/stripes.style");
    let file = StyleFile::open(&path).unwrap();
    let steps = file.style.record.steps;
    assert!(file.unfinished.is_some() && steps > 0 && file.style.record.stability == 30);

    person.press("Remove stripes.png");
    layout::check(&person, &[], "a style");
    let reached = layout::reached_by_keyboard(&mut person);
    for name in ["Your style stripes", "More for the style stripes"] {
        assert!(reached.iter().any(|label| label == name), "{name} is not among {reached:?}");
    }
    person.press("Your style stripes");
    person.wait_until("the card", is_trained);
    assert!(person.harness.query_by_label_contains("Trained style").is_some());
    person.wait_until("the instant picture", |state| state.shown_instant().is_some());

    person.press("More for the style stripes");
    person.press("Continue training");
    person.wait_until("more steps", |state| {
        state.training.as_ref().and_then(|now| now.steps).is_some_and(|(step, _)| step > steps)
    });
    // Closing the window keeps what was learned.
    let _folder = person.close();
    let kept = StyleFile::open(&path).unwrap().style.record.steps;
    assert!(kept > steps, "{kept} {steps}");
}

#[test]
fn styles_are_renamed_exported_and_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let (data, seed) = (folder.path().join("data"), "fuzz/seeds/style/unfinished");
    std::fs::create_dir_all(data.join("styles")).unwrap();
    std::fs::copy(seed, data.join("styles/wave.style")).unwrap();
    let mut person = Person::with_data_folder(folder, data.clone(), |_| Vec::new());
    person.wait_until("the style", |state| state.styles.list.len() == 1);
    person.press("More for the style wave");
    person.press("Rename…");
    let field = person.harness.get_by_label("Style name");
    field.focus();
    field.type_text("sea");
    person.harness.run_steps(2);
    person.press("Rename");
    person.wait_until("the new name", |state| state.styles.list.iter().any(|style| style.name() == "sea"));
    // Never to a name that another one has.
    std::fs::copy(seed, data.join("styles/wave.style")).unwrap();
    person.press("More for the style sea");
    person.press("Rename…");
    let field = person.harness.get_by_label("Style name");
    field.focus();
    field.type_text("wave");
    person.harness.run_steps(2);
    person.press("Rename");
    person.wait_until("a name with a number", |state| state.styles.list.len() == 2);
    let names: Vec<String> = person.state().styles.list.iter().map(OwnStyle::name).collect();
    assert_eq!(names, ["wave 2", "wave"]);
    let name = "wave 2";
    let copy = person.file("mine.style");
    person.script.answer(&[&copy]);
    person.press(&format!("More for the style {name}"));
    person.press("Export a copy…");
    person.wait_for_notice("The style was exported");
    assert!(StyleFile::open(&copy).unwrap() == StyleFile::open(std::path::Path::new(seed)).unwrap());
    person.press(&format!("More for the style {name}"));
    person.press("Delete");
    person.wait_until("one less", |state| state.styles.list.len() == 1);
    person.wait_for_notice("was deleted");
    person.press("Undo the removal");
    person.wait_until("it again", |state| state.styles.list.len() == 2);
    assert!(data.join(format!("styles/{name}.style")).exists());
    // A file that is dropped opens like a painting.
    person.load_both();
    person.drop_files(&[copy]);
    person.wait_until("the card", is_trained);
}
