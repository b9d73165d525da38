//! Results: viewing, comparing, restoring, deleting, and making room for new ones.

use super::*;

/// A state with three results, painted with strengths of 10, 20 and 30.
fn with_results() -> State {
    let mut state = ready();
    for strength in [10.0, 20.0, 30.0] {
        state.apply(Action::SetSettings(Settings { strength, ..Settings::default() }));
        let run = begin(&mut state);
        emit(&mut state, run, EventKind::Finished(done(1)));
    }
    state
}

#[test]
fn results_can_be_viewed_compared_and_restored() {
    let mut state = with_results();
    let ids = result_ids(&state);
    assert_eq!(ids.len(), 3);
    assert_eq!(state.shown_entry().unwrap().id, ids[2]);
    state.apply(Action::History(HistoryAction::Thumbnail(ids[0], picture(4, 3))));
    assert!(state.history.get(ids[0]).unwrap().thumbnail.is_some());
    state.apply(Action::History(HistoryAction::Show(ids[0])));
    assert_eq!(state.shown_entry().unwrap().id, ids[0]);
    state.apply(Action::History(HistoryAction::Compare(ids[1])));
    assert_eq!((state.shown_side(), state.beside().unwrap().id), (Side::Compare, ids[1]));
    let other = state.shown_other().unwrap();
    assert!(other.is_same(&state.history.get(ids[1]).unwrap().canvas.image));
    // The photo is compared again.
    state.apply(Action::SetSide(Side::Compare));
    assert!(state.beside().is_none());
    // The viewed result is the one exported.
    state.apply(Action::Export);
    assert!(state.questions.to_export().unwrap().image.is_same(&state.history.get(ids[0]).unwrap().canvas.image));
    state.apply(Action::Cancel);
    // Restoring brings back its settings, photo and paintings.
    let painting = state.sources.paintings[0].source.id;
    state.apply(Action::RemovePainting(painting));
    load(&mut state, Target::Photo, "dog.png");
    state.apply(Action::History(HistoryAction::Restore(ids[0])));
    assert!((state.settings.strength - 10.0).abs() < 1e-6);
    assert_eq!(state.sources.photo.as_ref().unwrap().loaded.as_ref().unwrap().name, "cat.png");
    assert_eq!(state.sources.paintings.len(), 2);
    // A new run switches to the picture being painted.
    begin(&mut state);
    assert!(state.shown_canvas().unwrap().image.is_same(&state.history.get(ids[2]).unwrap().canvas.image));
}

#[test]
fn a_deleted_result_can_be_put_back() {
    let mut state = with_results();
    let ids = result_ids(&state);
    state.apply(Action::History(HistoryAction::Show(ids[1])));
    state.apply(Action::History(HistoryAction::Delete(ids[1])));
    assert_eq!(result_ids(&state), [ids[0], ids[2]]);
    assert_eq!(state.shown_entry().unwrap().id, ids[2]);
    state.apply(Action::PutBack);
    assert_eq!(result_ids(&state), ids);
    assert_eq!(state.shown_entry().unwrap().id, ids[1]);
    for id in &ids {
        state.apply(Action::History(HistoryAction::Delete(*id)));
    }
    assert!(state.history.entries().is_empty() && state.shown_canvas().is_none());
    assert_eq!(state.shown_side(), Side::Photo);
    // Only the last deletion can be undone, and only while its notice is shown.
    state.apply(Action::PutBack);
    assert_eq!(state.shown_entry().unwrap().id, ids[2]);
    state.apply(Action::History(HistoryAction::Delete(ids[2])));
    let notice = state.notices.iter().next_back().unwrap().id;
    state.apply(Action::Dismiss(notice));
    state.apply(Action::PutBack);
    assert!(state.history.entries().is_empty());
}

#[test]
fn old_results_are_dropped_unless_kept() {
    let mut state = with_results();
    let ids = result_ids(&state);
    state.apply(Action::History(HistoryAction::ToggleKept(ids[1])));
    for _ in 0..40 {
        let run = begin(&mut state);
        emit(&mut state, run, EventKind::Finished(done(1)));
    }
    let now = result_ids(&state);
    assert!(now.contains(&ids[1]) && !now.contains(&ids[0]) && now.len() == 33, "{}", now.len());
}

#[test]
fn results_of_different_shapes_are_never_compared() {
    let (mut state, run) = painting();
    emit(&mut state, run, EventKind::Finished(done(1)));
    let run = begin(&mut state);
    emit(&mut state, run, EventKind::Finished(done(1)));
    let ids = result_ids(&state);
    state.apply(Action::History(HistoryAction::Compare(ids[0])));
    assert!(state.beside().is_some() && state.shown_side() == Side::Compare);
    // Its photo may have another shape, so a new run ends the comparison.
    state.apply(Action::Start);
    assert!(state.beside().is_none());
    // A result is not compared with a photo of another shape.
    let mut canvas = state.canvas.clone().unwrap();
    canvas.photo = picture(30, 40);
    let mut state = State { canvas: Some(canvas), ..State::default() };
    state.apply(Action::SetSide(Side::Compare));
    assert_eq!(state.shown_side(), Side::Result);
    assert!(texts(&state)[0].contains("different shapes"));
}
