//! Masks painted by hand.

use super::*;

#[test]
fn a_run_uses_the_masks_and_its_result_restores_them() {
    let mut state = ready();
    let id = state.sources.paintings[0].source.id;
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Painting(id))));
    assert_eq!(state.shown_side(), Side::Photo);
    // Opening another mask keeps the first; an empty one is discarded.
    state.apply(Action::Mask(MaskAction::Fill));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    assert!(state.sources.paintings[0].mask.is_some());
    state.apply(Action::Mask(MaskAction::Done));
    assert!(state.sources.protection.is_none() && state.easel.is_none());
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Press(egui::pos2(0.5, 0.5))));
    state.apply(Action::Mask(MaskAction::Lift));
    state.apply(Action::Undo);
    assert!(state.easel.as_ref().unwrap().mask().is_bare());
    state.apply(Action::Redo);
    state.apply(Action::Mask(MaskAction::Done));
    assert!(state.sources.protection.is_some());

    let effects = state.apply(Action::Start);
    let StartRun { id: run, recipe, .. } = started(&effects);
    let (run, ingredients) = (*run, recipe.ingredients());
    assert!(ingredients.styles[0].mask.is_some() && ingredients.styles[1].mask.is_none());
    let crate::studio::Subject::Photo { protect: Some(mask), .. } = &ingredients.subject else { panic!() };
    assert_eq!((mask.width(), mask.height()), (1024, 768));
    assert!(!state.sources_changed_since_start());
    emit(&mut state, run, EventKind::Finished(done(1)));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Remove));
    assert!(state.sources.protection.is_none());
    let id = result_ids(&state)[0];
    state.apply(Action::History(HistoryAction::Restore(id)));
    assert!(state.sources.protection.is_some() && state.sources.paintings[0].mask.is_some());

    // A photo of another shape removes the masks, and removing the photo closes the easel.
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    let request = add(&mut state, Target::Photo, &["tall.png"])[0];
    state.apply(Action::Loaded { request, result: Ok(loaded("tall.png", 30, 40)) });
    assert!(state.easel.is_none() && state.sources.protection.is_none() && state.sources.paintings[0].mask.is_none());
    assert!(texts(&state).iter().any(|text| text.contains("different shape")));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::RemovePhoto);
    assert!(state.easel.is_none());
}

#[test]
fn the_easel_tells_whether_the_run_uses_its_mask() {
    let mut state = ready();
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Fill));
    let note = |state: &State| state.note_about_mask(state.easel.as_ref().unwrap());
    assert_eq!(note(&state), None);
    state.apply(Action::Mask(MaskAction::Done));
    let run = begin(&mut state);
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    assert_eq!(note(&state), Some("The active run uses this mask"));
    state.apply(Action::Mask(MaskAction::Invert));
    assert!(note(&state).unwrap().ends_with("this one applies to the next run"));
    let id = state.sources.paintings[0].source.id;
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Painting(id))));
    state.apply(Action::Mask(MaskAction::Fill));
    assert_eq!(note(&state), Some("The active run does not use this mask; it applies to the next run"));
    emit(&mut state, run, EventKind::Failed("no memory".to_owned()));
    assert_eq!(note(&state), None);
}

/// A state with a mask for its first painting and a protection mask.
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

fn has_both_masks(state: &State) -> bool {
    state.sources.protection.is_some() && state.sources.paintings[0].mask.is_some()
}

#[test]
fn undo_restores_masks() {
    // After removing a painting.
    let (mut state, id) = masked();
    state.apply(Action::RemovePainting(id));
    assert_eq!(state.sources.paintings.len(), 1);
    state.apply(Action::Undo);
    assert!(has_both_masks(&state) && state.sources.paintings[0].source.id == id);
    state.apply(Action::Redo);
    assert_eq!(state.sources.paintings.len(), 1);

    // After loading a photo of another shape, even while a mask is being painted.
    let (mut state, id) = masked();
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Painting(id))));
    state.apply(Action::Mask(MaskAction::Invert));
    state.apply(Action::Mask(MaskAction::Invert));
    let request = add(&mut state, Target::Photo, &["tall.png"])[0];
    state.apply(Action::Loaded { request, result: Ok(loaded("tall.png", 30, 40)) });
    assert!(!has_both_masks(&state));
    state.apply(Action::Tick(0.0));
    state.apply(Action::Undo);
    assert!(has_both_masks(&state) && state.sources.photo_picture().unwrap().width() == 40);

    // After restoring a result.
    let (mut state, _) = masked();
    let before = state.sources.protection.clone();
    let run = begin(&mut state);
    emit(&mut state, run, EventKind::Finished(done(1)));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Remove));
    assert!(state.sources.protection.is_none());
    state.apply(Action::History(HistoryAction::Restore(result_ids(&state)[0])));
    assert_eq!(state.sources.protection, before);
    state.apply(Action::Undo);
    assert!(state.sources.protection.is_none());
    state.apply(Action::Undo);
    assert_eq!(state.sources.protection, before);

    // After removing the photo.
    let (mut state, _) = masked();
    state.apply(Action::RemovePhoto);
    state.apply(Action::Undo);
    assert!(state.sources.photo_picture().is_some() && has_both_masks(&state));
}

#[test]
fn undo_and_redo_in_mid_stroke_end_the_stroke() {
    let mut state = ready();
    let mask = |state: &State| state.easel.as_ref().unwrap().mask().values().to_vec();
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    let at = egui::pos2;
    let stroke = |state: &mut State, from: f32, to: f32| {
        state.apply(Action::Mask(MaskAction::Press(at(from, 0.5))));
        state.apply(Action::Mask(MaskAction::Draw(at(to, 0.5))));
    };
    let empty = mask(&state);
    stroke(&mut state, 0.2, 0.3);
    state.apply(Action::Mask(MaskAction::Lift));
    let first = mask(&state);
    stroke(&mut state, 0.6, 0.7);
    let second = mask(&state);
    // The unfinished stroke becomes a step, and moving the pointer on paints nothing.
    state.apply(Action::Undo);
    assert_eq!(mask(&state), first);
    state.apply(Action::Mask(MaskAction::Draw(at(0.9, 0.9))));
    state.apply(Action::Mask(MaskAction::Lift));
    assert_eq!(mask(&state), first);
    state.apply(Action::Redo);
    assert_eq!(mask(&state), second);
    // A new stroke clears redo.
    state.apply(Action::Undo);
    stroke(&mut state, 0.4, 0.5);
    let third = mask(&state);
    state.apply(Action::Redo);
    assert_eq!(mask(&state), third);
    assert!(!state.easel.as_ref().unwrap().is_drawing());
    state.apply(Action::Undo);
    state.apply(Action::Undo);
    assert_eq!(mask(&state), empty);
}
