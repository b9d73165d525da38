//! Work that another program left behind, and work in progress that cannot be kept.

use super::project::{arrival, file_of, project, read_as, unfinished};
use super::*;
use crate::app::message::ProjectAction;

/// A state that found work which was left behind.
fn found(change: fn(&mut Arrival)) -> State {
    let mut arrival = Arrival { unfinished: Some(unfinished()), ..arrival(ArrivalOrigin::Recovery(None)) };
    change(&mut arrival);
    let mut state = ready();
    assert!(state.apply(Action::WorkFound(None)).is_empty());
    assert!(state.apply(Action::WorkFound(Some(Box::new(arrival)))).is_empty());
    assert!(matches!(state.question(), Some(Question::GoOn(_))));
    state
}

#[test]
fn work_that_was_found_goes_on_when_its_pictures_are_there() {
    let mut state = found(|_| {});
    let effects = state.apply(project(ProjectAction::GoAhead));
    assert!(matches!(effects[..], [Effect::AdoptWork, Effect::Start(_)]), "{effects:?}");
    assert!(resumes(&effects));
    assert!(state.is_unsaved() && state.history.entries().len() == 1, "what was painted before is back too");

    // A finished picture comes back, and nothing is painted.
    let mut state = found(|arrival| arrival.unfinished = None);
    assert!(matches!(state.apply(project(ProjectAction::GoAhead))[..], [Effect::AdoptWork]));
    assert!(state.shown_canvas().is_some() && state.is_unsaved());

    // It goes back into the project that it belongs to.
    let mut state = found(|arrival| arrival.origin = ArrivalOrigin::Recovery(Some(file_of("evening"))));
    state.apply(project(ProjectAction::GoAhead));
    assert_eq!(state.title(), "• evening – Impasto");

    // Nothing is taken up when it is not wanted now.
    let mut state = found(|_| {});
    assert!(state.apply(Action::Cancel).is_empty() && state.apply(project(ProjectAction::GoAhead)).is_empty());
    assert_eq!(state.sources.paintings.len(), 2);
}

#[test]
fn a_picture_that_moved_is_asked_for_and_the_work_goes_on() {
    let is_missing = |arrival: &mut Arrival| arrival.pictures[0].found = SearchResult::Missing;
    let mut state = found(is_missing);
    assert!(state.apply(project(ProjectAction::GoAhead)).is_empty());
    assert!(matches!(state.question(), Some(Question::Missing(_))));
    state.apply(Action::Searched(vec![(0, SearchResult::Found(read_as("cat.png")))]));
    let effects = state.apply(project(ProjectAction::GoAhead));
    assert!(matches!(effects[..], [Effect::AdoptWork, Effect::Start(_)]), "{effects:?}");
    assert!(resumes(&effects));

    // Left out for now; when it is there again, Start goes on. Another photo is another picture.
    for (name, goes_on) in [("cat.png", true), ("dog.png", false)] {
        let mut state = found(is_missing);
        state.apply(project(ProjectAction::GoAhead));
        assert!(matches!(state.apply(project(ProjectAction::GoAhead))[..], [Effect::AdoptWork]));
        assert!(texts(&state).last().unwrap().contains("missing or has changed"), "{:?}", texts(&state));
        load(&mut state, Target::Photo, name);
        assert_eq!(resumes(&state.apply(Action::Start)), goes_on);
    }
}

#[test]
fn what_cannot_be_kept_is_said_once() {
    let mut state = ready();
    let full = || Action::Kept(Err("work in progress cannot be kept (the disk is full)".to_owned()));
    for _ in 0..3 {
        state.apply(full());
        for id in state.notices.iter().map(|notice| notice.id).collect::<Vec<_>>() {
            state.apply(Action::Dismiss(id));
        }
    }
    state.apply(full());
    assert!(state.notices.is_empty());
    // Once it works again, the sentence goes, and means something when it comes back.
    state.apply(Action::Kept(Ok(())));
    state.apply(full());
    assert_eq!(state.notices.len(), 1);
    state.apply(Action::Kept(Ok(())));
    assert!(state.notices.is_empty());
}

#[test]
fn what_cannot_be_kept_at_the_end_is_said_though_the_run_has_ended() {
    let (mut state, job) = painting();
    hear(&mut state, job, EventKind::Finished(done(1)));
    hear(&mut state, job, EventKind::Kept(Err("the disk is full".to_owned())));
    assert_eq!(texts(&state), ["The disk is full"]);
    hear(&mut state, job, EventKind::Kept(Ok(())));
    assert!(state.notices.is_empty());
}

#[test]
fn unfinished_work_that_waits_for_its_turn_is_not_lost_when_it_is_cancelled() {
    let mut state = found(|arrival| arrival.pictures[0].found = SearchResult::Missing);
    state.apply(project(ProjectAction::GoAhead));
    state.apply(project(ProjectAction::GoAhead));
    load(&mut state, Target::Photo, "dog.png");
    assert!(!resumes(&state.apply(Action::Start)));
    load(&mut state, Target::Photo, "cat.png");
    let goes_on = |state: &mut State| {
        state.apply(Action::Start);
        let waiting = state.queue.waiting().last().unwrap();
        (waiting.id, waiting.request.unfinished.is_some())
    };
    let (id, first) = goes_on(&mut state);
    assert!(first && !goes_on(&mut state).1, "one run goes on with it");
    state.apply(Action::Queue(QueueAction::Cancel(id)));
    assert!(goes_on(&mut state).1, "it is there again");
}
