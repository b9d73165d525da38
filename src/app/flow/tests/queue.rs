//! Queued runs, and runs that continue from a picture.

use super::*;

#[test]
fn the_next_run_waits_its_turn() {
    let (mut state, first) = painting();
    for strength in [10.0, 20.0, 30.0] {
        state.apply(Action::SetSettings(Settings { strength, ..Settings::default() }));
        assert!(state.apply(Action::Start).is_empty());
    }
    let strengths = |state: &State| -> Vec<f32> {
        state.queue.waiting().iter().map(|queued| queued.inputs().settings.strength).collect()
    };
    assert_eq!(strengths(&state), [10.0, 20.0, 30.0]);
    let ids: Vec<_> = state.queue.waiting().iter().map(|queued| queued.id).collect();
    state.apply(Action::Queue(QueueAction::Earlier(ids[2])));
    state.apply(Action::Queue(QueueAction::Later(ids[0])));
    state.apply(Action::Queue(QueueAction::Earlier(ids[2])));
    assert_eq!(strengths(&state), [30.0, 10.0, 20.0]);
    state.apply(Action::Queue(QueueAction::Cancel(ids[1])));
    // Later changes of the settings do not affect a queued run.
    state.apply(Action::SetSettings(Settings { strength: 99.0, ..Settings::default() }));
    let effects = state.apply(Action::Painter(Event { run: first, kind: EventKind::Finished(done(2)) }));
    let [Effect::MakeThumbnail(..), Effect::Start(run)] = &effects[..] else { panic!("{effects:?}") };
    assert!((run.recipe.ingredients().settings.strength - 30.0).abs() < 1e-6);
    assert_eq!((state.run.phase, strengths(&state)), (Phase::Preparing, vec![10.0]));
    // A run that fails does not hold up the next one.
    let second = started(&effects).id;
    let effects = state.apply(Action::Painter(Event { run: second, kind: EventKind::Failed("no memory".to_owned()) }));
    assert!(matches!(effects[..], [Effect::Start(_)]));
    assert!(state.queue.waiting().is_empty());
    // No run starts once the window is closing.
    state.apply(Action::Start);
    state.apply(Action::CloseRequested);
    state.apply(Action::ConfirmClose);
    let third = started(&effects).id;
    emit(&mut state, third, EventKind::Stopped(done(1)));
    assert_eq!(state.queue.waiting().len(), 1);
}

#[test]
fn painting_continues_from_the_shown_picture() {
    let (mut state, run) = painting();
    assert!(state.continue_obstacle().is_some());
    state.apply(frame(run));
    assert!(state.apply(Action::Continue).is_empty() && state.queue.waiting().is_empty());
    emit(&mut state, run, EventKind::Stopped(done(1)));
    // It was stopped at the first scale, so it continues there.
    let effects = state.apply(Action::Continue);
    let StartRun { id: second, recipe, .. } = started(&effects).clone();
    let settings = &recipe.ingredients().settings;
    assert_eq!((settings.start, settings.size), (Start::Continue(20), 40));
    assert!(recipe.ingredients().start_picture.is_some());
    assert!(state.run.inputs.as_ref().unwrap().continues);
    emit(&mut state, second, EventKind::Finished(done(1)));
    // Painting larger adds only scales not painted yet, with the preset's iterations.
    state.apply(Action::Export);
    let effects = state.apply(Action::PaintLarger(2048));
    let StartRun { id: third, recipe, .. } = started(&effects).clone();
    let settings = &recipe.ingredients().settings;
    assert_eq!((settings.start, settings.size), (Start::Continue(41), 2048));
    assert_eq!(settings.iterations, Preset::Print.iterations());
    assert!(state.questions.to_export().is_none());
    emit(&mut state, third, EventKind::Finished(done(1)));
    // A picture of another photo cannot be continued.
    load(&mut state, Target::Photo, "dog.png");
    assert!(state.continue_obstacle().unwrap().contains("another photo"));
    assert!(state.apply(Action::Continue).is_empty());
}

#[test]
fn a_run_can_start_from_the_current_result() {
    let (mut state, run) = painting();
    emit(&mut state, run, EventKind::Finished(done(1)));
    state.apply(Action::SetSettings(Settings { start: Start::Picture, ..Settings::default() }));
    let effects = state.apply(Action::Start);
    let [Effect::Start(run)] = &effects[..] else { panic!("{effects:?}") };
    assert!(run.recipe.ingredients().start_picture.is_some());
}

#[test]
fn cancelled_waiting_runs_can_be_put_back() {
    let (mut state, first) = painting();
    for strength in [10.0, 20.0] {
        state.apply(Action::SetSettings(Settings { strength, ..Settings::default() }));
        state.apply(Action::Start);
    }
    state.apply(Action::Queue(QueueAction::Clear));
    assert!(state.queue.waiting().is_empty());
    assert_eq!(texts(&state), ["2 waiting runs were cancelled."]);
    assert!(state.apply(Action::PutBack).is_empty());
    assert_eq!(state.queue.waiting().len(), 2);
    // If the active run has ended when they are put back, the first of them starts.
    state.apply(Action::Queue(QueueAction::Clear));
    emit(&mut state, first, EventKind::Finished(done(1)));
    let effects = state.apply(Action::PutBack);
    assert!((started(&effects).recipe.ingredients().settings.strength - 10.0).abs() < 1e-6);
    assert_eq!(state.queue.waiting().len(), 1);
    // Clearing an empty queue shows no notice.
    let (mut idle, _) = painting();
    idle.apply(Action::Queue(QueueAction::Clear));
    assert!(texts(&idle).is_empty());
}
