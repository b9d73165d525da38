//! Training a style, and the trained styles.

use super::*;
use crate::app::message::{StyleAction, TrainingAction};
use crate::app::model::styles::OwnStyle;
use crate::app::model::training::{Thoroughness, TrainingSubject};
use crate::studio::training::{TrainingEnd, TrainingEvent, TrainingProgress};

fn with_folder() -> State {
    let mut state = ready();
    state.styles.folder = Some(PathBuf::from("/styles"));
    state
}

fn ask(state: &mut State) {
    let painting = state.sources.paintings[0].source.id;
    assert!(state.apply(Action::Training(TrainingAction::Ask(painting))).is_empty());
}

/// A state in which the first painting is being trained.
fn training() -> State {
    let mut state = with_folder();
    ask(&mut state);
    let effects = state.apply(Action::Training(TrainingAction::Begin));
    assert!(matches!(effects[..], [Effect::Train(_)]), "{effects:?}");
    state
}

fn event(state: &mut State, event: TrainingEvent) -> Vec<Effect> {
    state.apply(Action::Trainer(event))
}

fn end(steps: u64) -> TrainingEnd {
    TrainingEnd { steps, elapsed: Duration::from_secs(5) }
}

fn style(name: &str, is_unfinished: bool) -> OwnStyle {
    OwnStyle { path: PathBuf::from(format!("/styles/{name}.style")), thumbnail: picture(4, 3), is_unfinished }
}

#[test]
fn a_training_is_asked_about_reported_and_ends_among_the_styles() {
    let mut state = with_folder();
    ask(&mut state);
    state.apply(Action::Training(TrainingAction::SetThoroughness(Thoroughness::Quick)));
    let effects = state.apply(Action::Training(TrainingAction::Begin));
    let [Effect::Train(request)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(request.output, PathBuf::from("/styles/waves.style"));
    assert!(request.photo.is_some() && state.question().is_none());
    let TrainingSubject::Painting { name, steps, .. } = &request.subject else { panic!("{request:?}") };
    assert_eq!((name.as_str(), *steps), ("waves.png", Thoroughness::Quick.steps()));
    // Only one at a time.
    ask(&mut state);
    assert!(state.question().is_none() && state.training_obstacle().is_some());

    let elapsed = Duration::from_secs(1);
    for step in 1..=2000 {
        let progress =
            TrainingProgress { step, of: 2000, style: 1.0 / step as f64, content: 1.0, elapsed, remaining: elapsed };
        assert!(event(&mut state, TrainingEvent::Progress(progress)).is_empty());
    }
    event(&mut state, TrainingEvent::Preview(picture(30, 20)));
    let now = state.training.as_ref().unwrap();
    assert!(now.preview.is_some() && now.progress.is_some_and(|progress| progress.step == 2000));
    assert!((200..=512).contains(&now.curve.len()) && now.curve.windows(2).all(|pair| pair[1] <= pair[0]));
    // The first save lists it, later ones do not.
    assert!(matches!(event(&mut state, TrainingEvent::Saved(Ok(())))[..], [Effect::ListStyles]));
    state.apply(Action::Style(StyleAction::Listed(vec![style("waves", true)])));
    assert!(event(&mut state, TrainingEvent::Saved(Ok(()))).is_empty());
    assert!(matches!(event(&mut state, TrainingEvent::Finished(end(2000)))[..], [Effect::ListStyles]));
    assert!(state.training.is_none() && texts(&state) == ["The style waves was trained. It is among your styles."]);
    // Another one of the same painting has another name.
    ask(&mut state);
    let effects = state.apply(Action::Training(TrainingAction::Begin));
    let [Effect::Train(request)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(request.output, PathBuf::from("/styles/waves 2.style"));
}

#[test]
fn a_training_waits_while_a_picture_is_painted() {
    let mut state = training();
    assert!(state.refresh_training().is_empty());
    let run = begin(&mut state);
    assert!(matches!(state.refresh_training()[..], [Effect::PauseTraining]));
    assert!(state.refresh_training().is_empty());
    // Paused by hand as well, it does not go on by itself.
    let toggle = || Action::Training(TrainingAction::TogglePause);
    assert!(state.apply(toggle()).is_empty());
    emit(&mut state, run, EventKind::Stopped(done(1)));
    assert!(state.refresh_training().is_empty());
    assert!(matches!(state.apply(toggle())[..], [Effect::ResumeTraining]));
    assert!(matches!(state.apply(toggle())[..], [Effect::PauseTraining]));
    assert!(matches!(state.apply(Action::Training(TrainingAction::Stop))[..], [Effect::StopTraining]));
    event(&mut state, TrainingEvent::Stopped(end(40)));
    assert!(state.training.is_none() && texts(&state) == ["What waves learned is kept among your styles."]);
}

#[test]
fn problems_are_told_and_leave_nothing_behind() {
    let mut state = training();
    event(&mut state, TrainingEvent::Saved(Err("the disk is full".to_owned())));
    event(&mut state, TrainingEvent::Saved(Err("the disk is full".to_owned())));
    assert_eq!(texts(&state), ["The disk is full"]);
    event(&mut state, TrainingEvent::Saved(Ok(())));
    assert!(texts(&state).is_empty());
    event(&mut state, TrainingEvent::Failed("no memory".to_owned()));
    assert!(state.training.is_none() && texts(&state) == ["No memory"]);
    // A new attempt removes the problem.
    ask(&mut state);
    state.apply(Action::Training(TrainingAction::Begin));
    assert!(texts(&state).is_empty());
    // Without a folder nothing can be trained; a removed painting is not trained either.
    let mut state = ready();
    ask(&mut state);
    assert!(state.question().is_none());
    let mut state = with_folder();
    ask(&mut state);
    state.apply(Action::RemovePaintings);
    assert!(state.apply(Action::Training(TrainingAction::Begin)).is_empty() && state.training.is_none());
    // Events of a training that has ended change nothing.
    assert!(event(&mut state, TrainingEvent::Preview(picture(3, 3))).is_empty());
}

#[test]
fn styles_are_renamed_exported_deleted_and_put_back() {
    let mut state = with_folder();
    state.apply(Action::Style(StyleAction::Listed(vec![style("sea", false), style("wave", true)])));
    let path = |name: &str| PathBuf::from(format!("/styles/{name}.style"));
    // Renamed, never to a name that exists.
    state.apply(Action::Style(StyleAction::AskName(path("sea"))));
    state.apply(Action::Style(StyleAction::Name("wave".to_owned())));
    let effects = state.apply(Action::Style(StyleAction::Rename));
    let [Effect::MoveStyle { from, to }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((from, to), (&path("sea"), &path("wave 2")));
    state.apply(Action::Style(StyleAction::AskName(path("sea"))));
    state.apply(Action::Style(StyleAction::Name("  ".to_owned())));
    assert!(state.apply(Action::Style(StyleAction::Rename)).is_empty());
    state.apply(Action::Cancel);
    // Exported, with the ending of a style.
    let effects = state.apply(Action::Style(StyleAction::AskWhere(path("sea"))));
    let [Effect::OpenDialog { purpose, suggestion, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(suggestion, "sea.style");
    let effects = state.apply(chosen(purpose.clone(), &["/out/mine"], false));
    let [Effect::CopyStyle { from, to }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((from, to), (&path("sea"), &PathBuf::from("/out/mine.style")));
    state.apply(Action::Style(StyleAction::Copied(Ok(PathBuf::from("/out/mine.style")))));
    state.apply(Action::Style(StyleAction::Copied(Err("the disk is full".to_owned()))));
    assert_eq!(texts(&state), ["The style was exported to /out/mine.style.", "The disk is full"]);
    assert!(matches!(state.apply(Action::Style(StyleAction::Moved(Ok(()))))[..], [Effect::ListStyles]));
    // Deleted and put back.
    let effects = state.apply(Action::Style(StyleAction::Delete(path("sea"))));
    let [Effect::MoveStyle { to: deleted, .. }] = &effects[..] else { panic!("{effects:?}") };
    let deleted = deleted.clone();
    assert_eq!(state.styles.list.len(), 1);
    let effects = state.apply(Action::PutBack);
    let [Effect::MoveStyle { from, to }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((from, to), (&deleted, &path("sea")));
    // An unfinished training goes on; its style cannot be deleted meanwhile.
    assert!(state.apply(Action::Style(StyleAction::GoOn(path("sea")))).is_empty());
    let effects = state.apply(Action::Style(StyleAction::GoOn(path("wave"))));
    let [Effect::Train(request)] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(request.subject, TrainingSubject::GoingOn) && request.output == path("wave"));
    assert!(state.apply(Action::Style(StyleAction::Delete(path("wave")))).is_empty());
}
