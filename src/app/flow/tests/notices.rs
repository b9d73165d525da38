//! Notices and how long they stay.

use super::*;

fn saved() -> Action {
    Action::Exported(Ok(ExportedFile { path: PathBuf::from("/pictures/out.png"), width: 40, height: 30 }))
}

fn refused() -> Action {
    Action::Exported(Err(SaveError::Failed("the disk is full".to_owned())))
}

#[test]
fn successes_fade_and_everything_else_stays() {
    let mut state = ready();
    state.apply(Action::Tick(100.0));
    state.apply(saved());
    state.notices.notify(NoticeKind::Remark, "Something to know.");
    state.notices.notify(NoticeKind::Problem, "Something went wrong.");
    state.apply(Action::Tick(103.0));
    assert_eq!(state.notices.len(), 3);
    assert!((state.notices.iter().next().unwrap().opacity(state.notices.now) - 1.0).abs() < 1e-6);
    state.apply(Action::Tick(106.25));
    let fading = state.notices.iter().next().unwrap().opacity(state.notices.now);
    assert!(0.0 < fading && fading < 1.0, "{fading}");
    state.apply(Action::Tick(107.0));
    assert_eq!(texts(&state), ["Something to know.", "Something went wrong."]);
    state.apply(Action::Tick(1e6));
    assert_eq!(state.notices.len(), 2);
}

#[test]
fn the_next_success_removes_a_problem() {
    let mut state = ready();
    state.apply(refused());
    state.apply(Action::PreferencesSaved(Err("the preferences cannot be written".to_owned())));
    assert_eq!(state.notices.len(), 2);
    state.apply(saved());
    assert_eq!(texts(&state)[0], "The preferences cannot be written");
    assert!(!texts(&state).contains(&"The disk is full"));
    state.apply(Action::PreferencesSaved(Ok(())));
    assert_eq!(state.notices.len(), 1, "{:?}", texts(&state));

    // One unreadable file among several is reported although the others load.
    let requests = add(&mut state, Target::NewPainting, &["broken.jpg", "fine.jpg"]);
    state.apply(Action::Loaded { request: requests[0], result: Err("broken.jpg is damaged".to_owned()) });
    arrive(&mut state, requests[1], "fine.jpg");
    assert!(texts(&state).contains(&"Broken.jpg is damaged"));
    // The notice stays until something else is added.
    load(&mut state, Target::NewPainting, "other.jpg");
    assert!(!texts(&state).contains(&"Broken.jpg is damaged"));
}

#[test]
fn remarks_do_not_replace_each_other() {
    let mut state = ready();
    state.notices.notify(NoticeKind::Remark, "Left out, because not found: cat.png");
    state.notices.notify(NoticeKind::Remark, "The graphics card is busy.");
    assert_eq!(texts(&state), ["Left out, because not found: cat.png", "The graphics card is busy."]);
}

#[test]
fn dropping_a_picture_closes_help() {
    let mut state = State::default();
    state.apply(Action::ToggleHelp);
    load(&mut state, Target::Anywhere, "cat.png");
    assert!(!state.questions.has_help());
}
