//! Results: looked at, compared, restored, deleted, and giving way.

use super::*;

/// A state with three results, painted with strengths of 10, 20 and 30.
fn with_results() -> State {
    let mut state = ready();
    for strength in [10.0, 20.0, 30.0] {
        state.apply(Action::SetSettings(Settings { strength, ..Settings::default() }));
        let job = begin(&mut state);
        hear(&mut state, job, EventKind::Finished(done(1)));
    }
    state
}

#[test]
fn results_are_looked_at_compared_and_restored() {
    let mut state = with_results();
    let ids = result_ids(&state);
    assert_eq!(ids.len(), 3);
    assert_eq!(state.shown_entry().unwrap().id, ids[2]);
    state.apply(Action::History(HistoryAction::Thumbnail(ids[0], picture(4, 3))));
    assert!(state.history.get(ids[0]).unwrap().thumbnail.is_some());
    state.apply(Action::History(HistoryAction::Look(ids[0])));
    assert_eq!(state.shown_entry().unwrap().id, ids[0]);
    state.apply(Action::History(HistoryAction::Compare(ids[1])));
    assert_eq!((state.shown_side(), state.beside().unwrap().id), (Side::Compare, ids[1]));
    let other = state.shown_other().unwrap();
    assert!(other.is_same(&state.history.get(ids[1]).unwrap().canvas.image));
    // Back to the photo beside it.
    state.apply(Action::SetSide(Side::Compare));
    assert!(state.beside().is_none());
    // What is exported is what is looked at.
    state.apply(Action::Export);
    assert!(state.questions.exported().unwrap().image.is_same(&state.history.get(ids[0]).unwrap().canvas.image));
    state.apply(Action::Cancel);
    // Its settings, its photo and its paintings come back.
    let painting = state.sources.paintings[0].source.id;
    state.apply(Action::RemovePainting(painting));
    load(&mut state, Target::Photo, "dog.png");
    state.apply(Action::History(HistoryAction::Restore(ids[0])));
    assert!((state.settings.strength - 10.0).abs() < 1e-6);
    assert_eq!(state.sources.photo.as_ref().unwrap().loaded.as_ref().unwrap().name, "cat.png");
    assert_eq!(state.sources.paintings.len(), 2);
    // A new run turns to what is being painted.
    begin(&mut state);
    assert!(state.shown_canvas().unwrap().image.is_same(&state.history.get(ids[2]).unwrap().canvas.image));
}

#[test]
fn a_deleted_result_can_be_put_back() {
    let mut state = with_results();
    let ids = result_ids(&state);
    state.apply(Action::History(HistoryAction::Look(ids[1])));
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
    // Only the last one comes back, and not once its notice is gone.
    state.apply(Action::PutBack);
    assert_eq!(state.shown_entry().unwrap().id, ids[2]);
    state.apply(Action::History(HistoryAction::Delete(ids[2])));
    let notice = state.notices.iter().next_back().unwrap().id;
    state.apply(Action::Dismiss(notice));
    state.apply(Action::PutBack);
    assert!(state.history.entries().is_empty());
}

#[test]
fn old_results_give_way_and_kept_ones_stay() {
    let mut state = with_results();
    let ids = result_ids(&state);
    state.apply(Action::History(HistoryAction::ToggleKept(ids[1])));
    for _ in 0..40 {
        let job = begin(&mut state);
        hear(&mut state, job, EventKind::Finished(done(1)));
    }
    let now = result_ids(&state);
    assert!(now.contains(&ids[1]) && !now.contains(&ids[0]) && now.len() == 33, "{}", now.len());
}

#[test]
fn results_of_another_shape_are_never_beside_each_other() {
    let (mut state, job) = painting();
    hear(&mut state, job, EventKind::Finished(done(1)));
    let job = begin(&mut state);
    hear(&mut state, job, EventKind::Finished(done(1)));
    let ids = result_ids(&state);
    state.apply(Action::History(HistoryAction::Compare(ids[0])));
    assert!(state.beside().is_some() && state.shown_side() == Side::Compare);
    // The next run is of a photo of another shape: its frames stand alone.
    state.apply(Action::Start);
    assert!(state.beside().is_none());
    // A result whose photo was replaced by one of another shape is not compared with that.
    let mut canvas = state.canvas.clone().unwrap();
    canvas.photo = picture(30, 40);
    let mut state = State { canvas: Some(canvas), ..State::default() };
    state.apply(Action::SetSide(Side::Compare));
    assert_eq!(state.shown_side(), Side::Result);
    assert!(texts(&state)[0].contains("different shapes"));
}
