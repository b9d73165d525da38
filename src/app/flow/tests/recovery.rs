//! Recovered work, and work in progress that cannot be kept.

use super::project::{arrival, file_of, project, unfinished};
use super::*;
use crate::app::message::ProjectAction;

/// A state that asks about recovered work.
fn found(change: fn(&mut Arrival)) -> State {
    let mut arrival = Arrival { unfinished: Some(unfinished()), ..arrival(ArrivalOrigin::Recovery(None)) };
    change(&mut arrival);
    let mut state = ready();
    assert!(state.apply(Action::WorkFound(None)).is_empty());
    assert!(state.apply(Action::WorkFound(Some(Box::new(arrival)))).is_empty());
    assert!(matches!(state.question(), Some(Question::Recovered(_))));
    state
}

#[test]
fn recovered_work_continues_when_its_pictures_are_found() {
    let mut state = found(|_| {});
    let effects = state.apply(project(ProjectAction::Proceed));
    assert!(matches!(effects[..], [Effect::AdoptWork, Effect::Start(_)]), "{effects:?}");
    assert!(resumes(&effects));
    assert!(state.is_unsaved() && state.history.entries().len() == 1, "earlier results are restored too");

    // Without an unfinished run, its results are restored and nothing is painted.
    let mut state = found(|arrival| arrival.unfinished = None);
    assert!(matches!(state.apply(project(ProjectAction::Proceed))[..], [Effect::AdoptWork]));
    assert!(state.shown_canvas().is_some() && state.is_unsaved());

    // The project that it belongs to is open again.
    let mut state = found(|arrival| arrival.origin = ArrivalOrigin::Recovery(Some(file_of("evening"))));
    state.apply(project(ProjectAction::Proceed));
    assert_eq!(state.title(), "• evening – Impasto");

    // Cancelling the question restores nothing.
    let mut state = found(|_| {});
    assert!(state.apply(Action::Cancel).is_empty() && state.apply(project(ProjectAction::Proceed)).is_empty());
    assert_eq!(state.sources.paintings.len(), 2);
}

#[test]
fn missing_pictures_of_recovered_work_are_asked_for_before_it_continues() {
    let is_missing = |arrival: &mut Arrival| arrival.pictures[0].found = SearchResult::Missing;
    let mut state = found(is_missing);
    assert!(state.apply(project(ProjectAction::Proceed)).is_empty());
    assert!(matches!(state.question(), Some(Question::Missing(_))));
    state.apply(Action::Searched(vec![(0, SearchResult::Found(loaded("cat.png", 40, 30)))]));
    let effects = state.apply(project(ProjectAction::Proceed));
    assert!(matches!(effects[..], [Effect::AdoptWork, Effect::Start(_)]), "{effects:?}");
    assert!(resumes(&effects));

    // If a picture was left out, Start continues once it is added again, but not with another photo.
    for (name, goes_on) in [("cat.png", true), ("dog.png", false)] {
        let mut state = found(is_missing);
        state.apply(project(ProjectAction::Proceed));
        assert!(matches!(state.apply(project(ProjectAction::Proceed))[..], [Effect::AdoptWork]));
        assert!(texts(&state).last().unwrap().contains("missing or has changed"), "{:?}", texts(&state));
        load(&mut state, Target::Photo, name);
        assert_eq!(resumes(&state.apply(Action::Start)), goes_on);
    }
}

#[test]
fn work_that_cannot_be_kept_is_reported_once() {
    let mut state = ready();
    let full = || Action::WorkSaved(Err("work in progress cannot be kept (the disk is full)".to_owned()));
    for _ in 0..3 {
        state.apply(full());
        for id in state.notices.iter().map(|notice| notice.id).collect::<Vec<_>>() {
            state.apply(Action::Dismiss(id));
        }
    }
    state.apply(full());
    assert!(state.notices.is_empty());
    // A success removes the notice, and the next failure is reported again.
    state.apply(Action::WorkSaved(Ok(())));
    state.apply(full());
    assert_eq!(state.notices.len(), 1);
    state.apply(Action::WorkSaved(Ok(())));
    assert!(state.notices.is_empty());
}

#[test]
fn a_failure_to_keep_the_result_is_reported_after_the_run_ended() {
    let (mut state, run) = painting();
    emit(&mut state, run, EventKind::Finished(done(1)));
    emit(&mut state, run, EventKind::WorkSaved(Err("the disk is full".to_owned())));
    assert_eq!(texts(&state), ["The disk is full"]);
    emit(&mut state, run, EventKind::WorkSaved(Ok(())));
    assert!(state.notices.is_empty());
}

#[test]
fn cancelling_a_queued_run_keeps_its_unfinished_work() {
    let mut state = found(|arrival| arrival.pictures[0].found = SearchResult::Missing);
    state.apply(project(ProjectAction::Proceed));
    state.apply(project(ProjectAction::Proceed));
    load(&mut state, Target::Photo, "dog.png");
    assert!(!resumes(&state.apply(Action::Start)));
    load(&mut state, Target::Photo, "cat.png");
    let goes_on = |state: &mut State| {
        state.apply(Action::Start);
        let waiting = state.queue.waiting().last().unwrap();
        (waiting.id, waiting.is_unfinished())
    };
    let (id, first) = goes_on(&mut state);
    assert!(first && !goes_on(&mut state).1, "only one run continues it");
    state.apply(Action::Queue(QueueAction::Cancel(id)));
    assert!(goes_on(&mut state).1, "the next run can continue it again");
}
