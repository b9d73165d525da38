//! The instant picture.

use super::*;
use crate::app::model::instant::InstantRequest;
use crate::app::model::mask::Mask;
use crate::studio::{Hardware, Method};

/// The instant picture that a frame of the window asks for.
fn asked(state: &mut State) -> Option<InstantRequest> {
    let effects = state.apply(Action::Tick(0.0));
    match &effects[..] {
        [] => None,
        [Effect::PaintInstant(request)] => Some((**request).clone()),
        other => panic!("{other:?}"),
    }
}

fn answer(state: &mut State, run: RunId) -> Arc<Picture> {
    let painted = done(0);
    let picture = Arc::clone(&painted.picture);
    let effects = state.apply(Action::InstantPainter(Event { run, kind: EventKind::Finished(painted) }));
    assert!(effects.is_empty());
    picture
}

fn shows(state: &State, picture: &Arc<Picture>) -> bool {
    let canvas =
        state.shown_canvas().is_some_and(|canvas| canvas.image.is_same(&CanvasImage::Picture(picture.clone())));
    canvas && state.shown_side() == Side::Result
}

#[test]
fn it_is_painted_and_shown_before_any_click() {
    let mut state = State::default();
    load(&mut state, Target::Anywhere, "cat.png");
    assert!(asked(&mut state).is_none());
    load(&mut state, Target::Anywhere, "waves.png");
    let request = asked(&mut state).unwrap();
    let ingredients = request.recipe.ingredients();
    assert_eq!((ingredients.settings.method, ingredients.styles.len()), (Method::Instant, 1));
    assert!(asked(&mut state).is_none(), "asked for once");
    assert!(state.shown_canvas().is_none());
    let picture = answer(&mut state, request.id);
    assert!(shows(&state, &picture) && state.shown_instant().is_some());
    assert!(state.can_export() && !state.is_unsaved());
}

#[test]
fn it_follows_sliders_weights_and_masks() {
    let mut state = ready();
    let first = asked(&mut state).unwrap();
    let old = answer(&mut state, first.id);
    state.apply(Action::SetSettings(Settings { strength: 80.0, ..Settings::default() }));
    let second = asked(&mut state).unwrap();
    assert_eq!(second.recipe.ingredients().settings.strength.to_bits(), 80f32.to_bits());
    assert!(shows(&state, &old), "the old one stays until the new one is there");
    // While one is being painted the next waits, so that a slider that keeps moving does not keep it away.
    state.apply(set_weight(state.sources.paintings[0].source.id, 7.0));
    assert!(asked(&mut state).is_none());
    let new = answer(&mut state, second.id);
    assert!(shows(&state, &new));
    let third = asked(&mut state).unwrap();
    assert_eq!(third.recipe.ingredients().styles[0].weight.to_bits(), 7f32.to_bits());
    // Other pictures and another size do not wait.
    state.apply(Action::SetSettings(Settings { size: 300, ..Settings::default() }));
    let fourth = asked(&mut state).unwrap();
    answer(&mut state, third.id);
    assert!(shows(&state, &new), "the third is stale by now");
    load(&mut state, Target::Anywhere, "boats.png");
    let fifth = asked(&mut state).unwrap();
    answer(&mut state, fourth.id);
    assert!(shows(&state, &new));
    let newest = answer(&mut state, fifth.id);
    assert!(shows(&state, &newest));
}

#[test]
fn a_run_hides_it_and_its_result_stays_until_the_pictures_change() {
    let mut state = ready();
    let request = asked(&mut state).unwrap();
    let instant = answer(&mut state, request.id);
    let run = begin(&mut state);
    assert!(asked(&mut state).is_none() && shows(&state, &instant), "until the first frame");
    emit(&mut state, run, EventKind::Started { scales: vec![(40, 30)], iterations: 8, device: "CPU".into() });
    state.apply(frame(run));
    assert!(state.shown_instant().is_none());
    let painted = done(1);
    let picture = Arc::clone(&painted.picture);
    emit(&mut state, run, EventKind::Finished(painted));
    state.apply(Action::SetSettings(Settings { strength: 80.0, ..Settings::default() }));
    assert!(asked(&mut state).is_none() && shows(&state, &picture), "a slider does not hide a finished picture");
    load(&mut state, Target::Anywhere, "boats.png");
    let request = asked(&mut state).unwrap();
    assert!(shows(&state, &picture));
    let instant = answer(&mut state, request.id);
    assert!(shows(&state, &instant));
    let result = result_ids(&state)[0];
    state.apply(Action::History(HistoryAction::Show(result)));
    assert!(shows(&state, &picture) && state.shown_instant().is_none());
}

#[test]
fn one_that_is_being_painted_gives_way_to_a_run() {
    let mut state = ready();
    let request = asked(&mut state).unwrap();
    begin(&mut state);
    let effects = state.apply(Action::Tick(0.0));
    assert!(matches!(effects[..], [Effect::StopInstant]), "{effects:?}");
    answer(&mut state, request.id);
    assert!(state.shown_canvas().is_none(), "it is stale");
}

#[test]
fn a_new_photo_is_shown_until_its_instant_picture_is_there() {
    let (mut state, run) = painting();
    emit(&mut state, run, EventKind::Finished(done(1)));
    load(&mut state, Target::Photo, "dog.png");
    assert_eq!(state.shown_side(), Side::Photo);
    let request = asked(&mut state).unwrap();
    let instant = answer(&mut state, request.id);
    assert!(shows(&state, &instant));
    // But not once the user has gone back to the photo.
    state.apply(Action::SetSide(Side::Photo));
    state.apply(Action::SetSettings(Settings { strength: 80.0, ..Settings::default() }));
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    assert_eq!(state.shown_side(), Side::Photo);
}

#[test]
fn without_a_painting_there_is_none() {
    let mut state = ready();
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    state.apply(Action::RemovePaintings);
    assert!(asked(&mut state).is_none() && state.shown_canvas().is_none());
}

#[test]
fn it_is_exported_with_how_it_was_painted_and_start_still_optimises() {
    let mut state = ready();
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    state.apply(Action::Export);
    state.apply(Action::ChooseFile);
    let effects = state.apply(chosen(Purpose::Export, &["/out.png"], false));
    let [Effect::Export(job)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(job.setup.settings.method, Method::Instant);
    // Its settings, taken from the file again.
    state.apply(Action::SetSettings(job.setup.settings.clone()));
    let effects = state.apply(Action::Start);
    assert_eq!(started(&effects).recipe.ingredients().settings.method, Method::Optimise);
}

#[test]
fn a_failure_is_reported() {
    let mut state = ready();
    let request = asked(&mut state).unwrap();
    let kind = EventKind::Failed("there is too little memory".to_owned());
    state.apply(Action::InstantPainter(Event { run: request.id, kind }));
    assert!(texts(&state)[0].contains("too little memory"));
    assert!(asked(&mut state).is_none(), "it is not tried again with the same settings");
    state.apply(Action::SetHardware(Hardware { memory: Some(5000), ..Hardware::default() }));
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    assert!(texts(&state).is_empty());
}

#[test]
fn the_failure_of_a_run_stays_on_screen() {
    let (mut state, run) = painting();
    emit(&mut state, run, EventKind::Failed("the GPU was lost".to_owned()));
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    assert!(texts(&state)[0].contains("GPU was lost"));
}

#[test]
fn it_stays_while_another_picture_is_read_and_the_photo_stays_chosen() {
    let mut state = ready();
    let request = asked(&mut state).unwrap();
    let instant = answer(&mut state, request.id);
    let requests = add(&mut state, Target::Anywhere, &["boats.png"]);
    assert!(asked(&mut state).is_none() && shows(&state, &instant), "while it is read");
    state.apply(Action::SetSide(Side::Photo));
    arrive(&mut state, requests[0], "boats.png");
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    assert_eq!(state.shown_side(), Side::Photo);
}

/// A state with a finished result of a photo and two paintings.
fn painted() -> (State, Arc<Picture>) {
    let (mut state, run) = painting();
    let painted = done(1);
    let picture = Arc::clone(&painted.picture);
    emit(&mut state, run, EventKind::Finished(painted));
    assert!(asked(&mut state).is_none());
    (state, picture)
}

#[test]
fn a_chosen_result_does_not_keep_it_away_for_ever() {
    let (mut state, picture) = painted();
    let result = result_ids(&state)[0];
    state.apply(Action::History(HistoryAction::Show(result)));
    load(&mut state, Target::Anywhere, "boats.png");
    let request = asked(&mut state).unwrap();
    let instant = answer(&mut state, request.id);
    assert!(shows(&state, &instant));
    // A result that was chosen since is looked at until the instant picture is chosen again.
    state.apply(Action::History(HistoryAction::Show(result)));
    assert!(asked(&mut state).is_none() && shows(&state, &picture));
    state.apply(Action::History(HistoryAction::LookAtLatest));
    assert!(asked(&mut state).is_none() && shows(&state, &instant));
}

#[test]
fn undo_shows_what_was_painted_of_these_pictures() {
    let (mut state, picture) = painted();
    load(&mut state, Target::Anywhere, "boats.png");
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    state.apply(Action::Undo);
    assert!(asked(&mut state).is_none() && shows(&state, &picture) && state.shown_instant().is_none());
}

#[test]
fn a_result_with_an_equal_mask_is_of_these_pictures() {
    let mut state = ready();
    let mask = || Arc::new(Mask::from_picture(&picture(40, 30)));
    state.sources.protection = Some(mask());
    let run = begin(&mut state);
    emit(&mut state, run, EventKind::Started { scales: vec![(40, 30)], iterations: 8, device: "CPU".into() });
    emit(&mut state, run, EventKind::Finished(done(1)));
    // As if read from a project once more.
    state.sources.protection = Some(mask());
    assert!(asked(&mut state).is_none());
    state.sources.protection = None;
    assert!(asked(&mut state).is_some());
}

#[test]
fn only_what_it_depends_on_asks_for_another() {
    let mut state = ready();
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    state.apply(Action::SetSettings(Settings { iterations: 7, seed: 3, stroke_size: 50.0, ..Settings::default() }));
    assert!(asked(&mut state).is_none());
    state.apply(Action::SetHardware(Hardware { memory: Some(5000), ..Hardware::default() }));
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    // Masks that are painted while it waits.
    state.sources.protection = Some(Arc::new(Mask::from_picture(&picture(40, 30))));
    let request = asked(&mut state).unwrap();
    assert!(request.recipe.result_size() == (512, 384));
    // The largest that the window paints after every change.
    state.apply(Action::SetSettings(Settings { size: 16_000, ..Settings::default() }));
    assert_eq!(asked(&mut state).unwrap().recipe.result_size(), (4096, 3072));
}

#[test]
fn continuing_from_it_paints_every_scale() {
    let mut state = ready();
    let request = asked(&mut state).unwrap();
    answer(&mut state, request.id);
    let effects = state.apply(Action::Continue);
    assert_eq!(started(&effects).recipe.ingredients().settings.start, Start::Continue(0));
}
