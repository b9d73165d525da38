//! One run: start, pause, stop, finish and failure.

use super::*;

#[test]
fn missing_sources_are_named_before_start() {
    let mut state = State::default();
    assert_eq!(state.start_obstacle(), Some("Add a photo and a painting to begin"));
    assert!(state.apply(Action::Start).is_empty());
    load(&mut state, Target::Photo, "cat.png");
    assert_eq!(state.start_obstacle(), Some("Add a painting to begin"));
    state.apply(Action::RemovePhoto);
    load(&mut state, Target::NewPainting, "waves.png");
    assert_eq!(state.start_obstacle(), Some("Add a photo to begin"));
}

#[test]
fn an_invalid_recipe_is_reported() {
    let mut state = ready();
    for id in [state.sources.paintings[0].source.id, state.sources.paintings[1].source.id] {
        state.apply(set_weight(id, 0.0));
    }
    assert!(state.apply(Action::Start).is_empty());
    assert!(texts(&state)[0].contains("weight of 0"), "{:?}", texts(&state));
    assert!(!state.run.is_active());

    let mut state = ready();
    state.apply(Action::SetSettings(Settings { start: Start::Picture, ..Settings::default() }));
    assert!(state.apply(Action::Start).is_empty());
    assert!(texts(&state)[0].contains("no picture to start from"));
}

#[test]
fn a_run_from_start_to_finish() {
    let (mut state, run) = painting();
    assert_eq!(state.run.phase, Phase::Painting);
    assert_eq!(state.shown_side(), Side::Photo);
    state.apply(frame(run));
    // A coarse frame is shown at the size of the finished picture.
    assert_eq!((state.shown_side(), state.shown_size()), (Side::Result, Some((40, 30))));
    let progress = |scale, done, remaining| Progress {
        scale,
        iteration: 1,
        of: 4,
        done,
        losses: crate::engine::balance::Losses::default(),
        elapsed: Duration::from_secs(5),
        remaining: Duration::from_secs(remaining),
    };
    emit(&mut state, run, EventKind::Progress(progress(0, 1, 5)));
    assert!((state.run.fraction - 0.5).abs() < 1e-6);
    // A longer estimate does not move the progress bar back.
    emit(&mut state, run, EventKind::Progress(progress(1, 5, 15)));
    assert!((state.run.fraction - 0.5).abs() < 1e-6);
    assert_eq!(state.run.scale, 1);
    emit(&mut state, run, EventKind::Finished(done(9)));
    assert_eq!(state.run.phase, Phase::Finished(Duration::from_secs(9)));
    assert!(state.can_export() && state.start_obstacle().is_none());
    assert!(matches!(state.canvas.as_ref().unwrap().image, CanvasImage::Picture(_)));
    // A stale frame does not replace the finished picture.
    state.apply(frame(run));
    assert!(matches!(state.canvas.as_ref().unwrap().image, CanvasImage::Picture(_)));
}

#[test]
fn pause_and_resume_in_every_order() {
    let (mut state, run) = painting();
    assert!(matches!(state.apply(Action::TogglePause)[..], [Effect::Pause]));
    assert_eq!(state.run.phase, Phase::Pausing);
    emit(&mut state, run, EventKind::Paused);
    assert_eq!(state.run.phase, Phase::Paused);
    assert!(matches!(state.apply(Action::TogglePause)[..], [Effect::Resume]));
    emit(&mut state, run, EventKind::Resumed);
    assert_eq!(state.run.phase, Phase::Painting);
    // Resumed before the painter paused.
    state.apply(Action::TogglePause);
    assert!(matches!(state.apply(Action::TogglePause)[..], [Effect::Resume]));
    emit(&mut state, run, EventKind::Paused);
    assert_eq!(state.run.phase, Phase::Painting);
    // Stopped while paused.
    state.apply(Action::TogglePause);
    emit(&mut state, run, EventKind::Paused);
    assert!(matches!(state.apply(Action::Stop)[..], [Effect::Stop]));
    assert!(state.apply(Action::Stop).is_empty() && state.apply(Action::TogglePause).is_empty());
    emit(&mut state, run, EventKind::Stopped(done(3)));
    assert_eq!(state.run.phase, Phase::Stopped(Duration::from_secs(3)));
    assert!(state.apply(Action::TogglePause).is_empty() && state.apply(Action::Stop).is_empty());
}

#[test]
fn a_pause_before_the_first_iteration_goes_back_to_preparing() {
    let mut state = ready();
    let run = begin(&mut state);
    state.apply(Action::TogglePause);
    state.apply(Action::TogglePause);
    assert_eq!(state.run.phase, Phase::Preparing);
    state.apply(Action::TogglePause);
    emit(&mut state, run, EventKind::Started { scales: vec![(4, 3)], iterations: 1, device: "CPU".into() });
    assert_eq!(state.run.phase, Phase::Pausing);
}

#[test]
fn stale_events_are_dropped() {
    let (mut state, old) = painting();
    state.apply(Action::Stop);
    emit(&mut state, old, EventKind::Stopped(done(1)));
    let new = begin(&mut state);
    assert_ne!(old, new);
    let canvas = state.canvas.clone().unwrap();
    for kind in [
        EventKind::Started { scales: vec![(9, 9)], iterations: 1, device: "old".into() },
        EventKind::Paused,
        EventKind::Finished(done(1)),
        EventKind::Failed("old".into()),
    ] {
        emit(&mut state, old, kind);
    }
    state.apply(frame(old));
    assert_eq!(state.run.phase, Phase::Preparing);
    assert!(state.run.scales.is_empty() && state.notices.is_empty());
    // The last picture stays until the new run has one.
    assert!(state.canvas.as_ref().unwrap().image.is_same(&canvas.image));
    state.apply(frame(new));
    assert!(!state.canvas.as_ref().unwrap().image.is_same(&canvas.image));
}

#[test]
fn a_failed_run_keeps_the_last_picture_and_reports_the_error() {
    let (mut state, run) = painting();
    state.apply(frame(run));
    emit(&mut state, run, EventKind::Failed("computing failed: out of memory".to_owned()));
    assert_eq!(state.run.phase, Phase::Failed);
    assert_eq!(texts(&state), ["Computing failed: out of memory"]);
    assert!(state.can_export() && state.start_obstacle().is_none());
}

#[test]
fn live_settings_adjust_the_active_run() {
    let mut state = ready();
    let id = state.sources.paintings[1].source.id;
    assert!(state.apply(set_weight(id, 20.0)).is_empty());
    begin(&mut state);
    let effects = state.apply(Action::SetSettings(Settings { strength: 80.0, ..Settings::default() }));
    let [Effect::Adjust(settings, styles)] = &effects[..] else { panic!("{effects:?}") };
    assert!((settings.strength - 80.0).abs() < 1e-6);
    assert_eq!(weights(styles), [NEW_PAINTING.weight, 20.0]);
    // A removed painting keeps the weight that the run started with.
    assert!(!state.sources_changed_since_start());
    state.apply(Action::RemovePainting(id));
    assert!(state.sources_changed_since_start());
    let first = state.sources.paintings[0].source.id;
    let effects = state.apply(set_weight(first, 70.0));
    let [Effect::Adjust(_, styles)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(weights(styles), [70.0, 20.0]);
    assert!(matches!(state.apply(Action::ResetAll)[..], [Effect::Adjust(..)]));
    assert!(state.settings_are_default());
}

#[test]
fn a_size_that_is_changed_while_painting_applies_to_the_next_run() {
    let (mut state, run) = painting();
    let mut settings = state.settings.clone();
    settings.apply(Preset::Fine);
    state.apply(Action::SetSettings(settings));
    assert!(state.apply(Action::Start).is_empty(), "it waits for its turn");
    assert_eq!(state.run.inputs.as_ref().unwrap().settings.size, Preset::Standard.size());
    let effects = state.apply(Action::Painter(Event { run, kind: EventKind::Finished(done(1)) }));
    assert_eq!(started(&effects).recipe.ingredients().settings.size, Preset::Fine.size());
}

#[test]
fn losses_and_pace_are_recorded() {
    let (mut state, run) = painting();
    for done in 1..=4u32 {
        let progress = Progress {
            scale: 0,
            iteration: done,
            of: 4,
            done,
            losses: crate::engine::balance::Losses::default(),
            elapsed: Duration::from_millis(100 + 500 * u64::from(done)),
            remaining: Duration::from_secs(1),
        };
        emit(&mut state, run, EventKind::Progress(progress));
    }
    assert_eq!(state.run.losses.points().len(), 4);
    assert_eq!(state.run.pace, Some(Duration::from_millis(500)));
}
