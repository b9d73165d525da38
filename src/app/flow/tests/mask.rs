//! Masks painted by hand.

use super::*;

#[test]
fn masks_go_with_the_run_and_come_back_with_it() {
    let mut state = ready();
    let id = state.sources.paintings[0].source.id;
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Painting(id))));
    assert_eq!(state.shown_side(), Side::Photo);
    // Opening another one keeps the first; a bare one is none.
    state.apply(Action::Mask(MaskAction::Fill));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    assert!(state.sources.paintings[0].mask.is_some());
    state.apply(Action::Mask(MaskAction::Done));
    assert!(state.sources.protection.is_none() && state.easel.is_none());
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Press(egui::pos2(0.5, 0.5))));
    state.apply(Action::Mask(MaskAction::Lift));
    state.apply(Action::Undo);
    assert!(state.easel.as_ref().unwrap().sheet().is_bare());
    state.apply(Action::Redo);
    state.apply(Action::Mask(MaskAction::Done));
    assert!(state.sources.protection.is_some());

    let effects = state.apply(Action::Start);
    let StartRun { job, recipe, .. } = started(&effects);
    let (job, ingredients) = (*job, recipe.ingredients());
    assert!(ingredients.styles[0].mask.is_some() && ingredients.styles[1].mask.is_none());
    let crate::studio::Subject::Photo { protect: Some(mask), .. } = &ingredients.subject else { panic!() };
    assert_eq!((mask.width(), mask.height()), (1024, 768));
    assert!(!state.sources_changed_since_start());
    hear(&mut state, job, EventKind::Finished(done(1)));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Remove));
    assert!(state.sources.protection.is_none());
    let id = result_ids(&state)[0];
    state.apply(Action::History(HistoryAction::Restore(id)));
    assert!(state.sources.protection.is_some() && state.sources.paintings[0].mask.is_some());

    // A photo of another shape has no use for them; and no photo has none for an easel.
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    let request = add(&mut state, Target::Photo, &["tall.png"])[0];
    let (picture, thumbnail) = (picture(30, 40), picture(3, 4));
    let loaded = LoadedPicture {
        name: "tall.png".to_owned(),
        path: None,
        picture,
        thumbnail,
        source: source("tall.png"),
        exif: None,
        recipe: None,
    };
    state.apply(Action::Loaded { request, result: Ok(Box::new(loaded)) });
    assert!(state.easel.is_none() && state.sources.protection.is_none() && state.sources.paintings[0].mask.is_none());
    assert!(texts(&state).iter().any(|text| text.contains("another shape")));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::RemovePhoto);
    assert!(state.easel.is_none());
}

#[test]
fn the_mask_on_the_easel_says_whether_the_running_picture_uses_it() {
    let mut state = ready();
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Fill));
    let said = |state: &State| state.note_about_mask(state.easel.as_ref().unwrap());
    assert_eq!(said(&state), None);
    state.apply(Action::Mask(MaskAction::Done));
    let job = begin(&mut state);
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    assert_eq!(said(&state), Some("The running picture uses this mask"));
    state.apply(Action::Mask(MaskAction::Invert));
    assert!(said(&state).unwrap().ends_with("this one applies to the next run"));
    let id = state.sources.paintings[0].source.id;
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Painting(id))));
    state.apply(Action::Mask(MaskAction::Fill));
    assert_eq!(said(&state), Some("The running picture does not use this mask; it applies to the next run"));
    hear(&mut state, job, EventKind::Failed("no memory".to_owned()));
    assert_eq!(said(&state), None);
}

/// A state with a mask on its first painting, and one that protects.
fn masked() -> (State, CardId) {
    let mut state = ready();
    let id = state.sources.paintings[0].source.id;
    for purpose in [MaskFor::Painting(id), MaskFor::Protection] {
        state.apply(Action::Mask(MaskAction::Open(purpose)));
        state.apply(Action::Mask(MaskAction::Fill));
        state.apply(Action::Mask(MaskAction::Done));
    }
    (state, id)
}

fn has_both(state: &State) -> bool {
    state.sources.protection.is_some() && state.sources.paintings[0].mask.is_some()
}

#[test]
fn masks_come_back_with_an_undo() {
    // A painting that was removed.
    let (mut state, id) = masked();
    state.apply(Action::RemovePainting(id));
    assert_eq!(state.sources.paintings.len(), 1);
    state.apply(Action::Undo);
    assert!(has_both(&state) && state.sources.paintings[0].source.id == id);
    state.apply(Action::Redo);
    assert_eq!(state.sources.paintings.len(), 1);

    // A photo of another shape, also while a mask is being painted.
    let (mut state, id) = masked();
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Painting(id))));
    state.apply(Action::Mask(MaskAction::Invert));
    state.apply(Action::Mask(MaskAction::Invert));
    let request = add(&mut state, Target::Photo, &["tall.png"])[0];
    let loaded = LoadedPicture {
        name: "tall.png".to_owned(),
        path: None,
        picture: picture(30, 40),
        thumbnail: picture(3, 4),
        source: source("tall.png"),
        exif: None,
        recipe: None,
    };
    state.apply(Action::Loaded { request, result: Ok(Box::new(loaded)) });
    assert!(!has_both(&state));
    state.apply(Action::Tick(0.0));
    state.apply(Action::Undo);
    assert!(has_both(&state) && state.sources.photo_picture().unwrap().width() == 40);

    // The settings of a result.
    let (mut state, _) = masked();
    let before = state.sources.protection.clone();
    let job = begin(&mut state);
    hear(&mut state, job, EventKind::Finished(done(1)));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Remove));
    assert!(state.sources.protection.is_none());
    state.apply(Action::History(HistoryAction::Restore(result_ids(&state)[0])));
    assert_eq!(state.sources.protection, before);
    state.apply(Action::Undo);
    assert!(state.sources.protection.is_none());
    state.apply(Action::Undo);
    assert_eq!(state.sources.protection, before);

    // The photo itself.
    let (mut state, _) = masked();
    state.apply(Action::RemovePhoto);
    state.apply(Action::Undo);
    assert!(state.sources.photo_picture().is_some() && has_both(&state));
}

#[test]
fn undo_and_redo_in_mid_stroke_end_the_stroke() {
    let mut state = ready();
    let sheet = |state: &State| state.easel.as_ref().unwrap().sheet().values().to_vec();
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    let at = egui::pos2;
    let stroke = |state: &mut State, from: f32, to: f32| {
        state.apply(Action::Mask(MaskAction::Press(at(from, 0.5))));
        state.apply(Action::Mask(MaskAction::Draw(at(to, 0.5))));
    };
    let bare = sheet(&state);
    stroke(&mut state, 0.2, 0.3);
    state.apply(Action::Mask(MaskAction::Lift));
    let first = sheet(&state);
    stroke(&mut state, 0.6, 0.7);
    let second = sheet(&state);
    // The stroke that is being painted is a step, and moving on paints nothing.
    state.apply(Action::Undo);
    assert_eq!(sheet(&state), first);
    state.apply(Action::Mask(MaskAction::Draw(at(0.9, 0.9))));
    state.apply(Action::Mask(MaskAction::Lift));
    assert_eq!(sheet(&state), first);
    state.apply(Action::Redo);
    assert_eq!(sheet(&state), second);
    // A new stroke forgets what could be done again.
    state.apply(Action::Undo);
    stroke(&mut state, 0.4, 0.5);
    let third = sheet(&state);
    state.apply(Action::Redo);
    assert_eq!(sheet(&state), third);
    assert!(!state.easel.as_ref().unwrap().is_drawing());
    state.apply(Action::Undo);
    state.apply(Action::Undo);
    assert_eq!(sheet(&state), bare);
}
