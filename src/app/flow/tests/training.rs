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
    state.apply(Action::Training(TrainingAction::SetAdversary(30)));
    let effects = state.apply(Action::Training(TrainingAction::Begin));
    let [Effect::Train(request)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(state.training.as_ref().unwrap().name, "waves");
    assert!(request.photo.is_some() && state.question().is_none());
    let TrainingSubject::Painting { name, steps, adversary, folder, .. } = &request.subject else {
        panic!("{request:?}")
    };
    assert_eq!((name.as_str(), *steps, *adversary), ("waves.png", Thoroughness::Quick.steps(), 30));
    assert_eq!(folder, &PathBuf::from("/styles"));
    // Only one at a time.
    ask(&mut state);
    assert!(state.question().is_none() && state.trainer_obstacle().is_some());
    begin_training_in(&mut state, "waves 2");
    assert_eq!(state.training.as_ref().unwrap().name, "waves 2");

    let elapsed = Duration::from_secs(1);
    for step in 1..=2000 {
        let progress =
            TrainingProgress { step, of: 2000, style: 1.0 / step as f64, content: 1.0, elapsed, remaining: elapsed };
        assert!(event(&mut state, TrainingEvent::Progress(progress)).is_empty());
    }
    event(&mut state, TrainingEvent::Preview(picture(30, 20)));
    let now = state.training.as_ref().unwrap();
    assert!(now.preview.is_some() && now.steps == Some((2000, 2000)));
    assert!((200..=512).contains(&now.curve.len()));
    assert!(now.curve.iter().all(|&(step, loss)| (loss * step as f64 - 1.0).abs() < 1e-9));
    assert!(event(&mut state, TrainingEvent::Saved(Ok(()))).is_empty());
    assert!(matches!(event(&mut state, TrainingEvent::Finished(end(2000)))[..], [Effect::ListStyles]));
    assert!(state.training.is_none() && texts(&state) == ["The style waves 2 was trained. It is among your styles."]);
}

/// The training begins to write this style.
fn begin_training_in(state: &mut State, name: &str) {
    let started = TrainingEvent::Started { device: "CPU".into(), output: style(name, true).path, before: 3, of: 2000 };
    assert!(event(state, started).is_empty());
    assert_eq!(state.training.as_ref().unwrap().steps, Some((3, 2000)));
}

/// A style that is among the paintings is read again when it was trained further.
#[test]
fn a_card_follows_its_style() {
    let mut state = with_folder();
    load(&mut state, Target::NewPainting, "sea.style");
    let path = PathBuf::from("/pictures/sea.style");
    state.apply(Action::Style(StyleAction::Listed(vec![OwnStyle { path: path.clone(), ..style("sea", true) }])));
    assert!(matches!(state.apply(Action::Style(StyleAction::GoOn(path.clone())))[..], [Effect::Train(_)]));
    let started = TrainingEvent::Started { device: "CPU".into(), output: path.clone(), before: 3, of: 9 };
    event(&mut state, started);
    let effects = event(&mut state, TrainingEvent::Finished(end(9)));
    assert!(matches!(effects[..], [Effect::ListStyles, Effect::Load(..)]), "{effects:?}");
    let Effect::Load(request, _) = effects[1] else { panic!() };
    arrive(&mut state, request, "sea.style");
    // Renamed, the card has the new file.
    let to = PathBuf::from("/pictures/wave.style");
    state.apply(Action::Style(StyleAction::Renamed(path, Ok(to.clone()))));
    let loaded = state.sources.paintings[2].source.loaded.as_ref().unwrap();
    assert_eq!((loaded.name.as_str(), loaded.path.as_ref()), ("wave.style", Some(&to)));
    assert!(matches!(&loaded.source.place, Place::File(path) if *path == to));
}

#[test]
fn a_training_waits_while_a_picture_is_painted() {
    let mut state = training();
    assert!(state.refresh_training().is_empty());
    let run = begin(&mut state);
    assert!(matches!(state.refresh_training()[..], [Effect::PauseTraining]));
    assert!(state.refresh_training().is_empty());
    // A paused run leaves the processor to it.
    state.apply(Action::TogglePause);
    emit(&mut state, run, EventKind::Paused);
    assert!(matches!(state.refresh_training()[..], [Effect::ResumeTraining]));
    state.apply(Action::TogglePause);
    emit(&mut state, run, EventKind::Resumed);
    assert!(matches!(state.refresh_training()[..], [Effect::PauseTraining]));
    // Paused by hand as well, it does not go on by itself.
    let toggle = || Action::Training(TrainingAction::TogglePause);
    assert!(state.apply(toggle()).is_empty());
    emit(&mut state, run, EventKind::Stopped(done(1)));
    assert!(state.refresh_training().is_empty());
    assert!(matches!(state.apply(toggle())[..], [Effect::ResumeTraining]));
    assert!(matches!(state.apply(toggle())[..], [Effect::PauseTraining]));
    assert!(matches!(state.apply(Action::Training(TrainingAction::Stop))[..], [Effect::StopTraining]));
    event(&mut state, TrainingEvent::Stopped(end(40)));
    assert!(state.training.is_none() && texts(&state).len() == 1);
    assert!(texts(&state)[0].contains("waves is among your styles and can be trained further"));
}

#[test]
fn problems_are_told_and_leave_nothing_behind() {
    let mut state = training();
    event(&mut state, TrainingEvent::Saved(Err("the disk is full".to_owned())));
    event(&mut state, TrainingEvent::Saved(Err("the disk is full".to_owned())));
    assert_eq!(texts(&state), ["The disk is full"]);
    event(&mut state, TrainingEvent::Saved(Ok(())));
    assert!(texts(&state).is_empty());
    event(&mut state, TrainingEvent::Saved(Err("the disk is full".to_owned())));
    event(&mut state, TrainingEvent::Failed("no memory".to_owned()));
    assert!(state.training.is_none() && texts(&state) == ["The disk is full", "No memory"]);
    // A new attempt removes the problems, and reports the same one again.
    ask(&mut state);
    state.apply(Action::Training(TrainingAction::Begin));
    assert!(texts(&state).is_empty());
    event(&mut state, TrainingEvent::Saved(Err("the disk is full".to_owned())));
    assert_eq!(texts(&state), ["The disk is full"]);
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
    // Renamed.
    state.apply(Action::Style(StyleAction::AskName(path("sea"))));
    state.apply(Action::Style(StyleAction::Name("wave".to_owned())));
    let effects = state.apply(Action::Style(StyleAction::Rename));
    let [Effect::RenameStyle { path: renamed, name }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((renamed, name.as_str()), (&path("sea"), "wave"));
    state.apply(Action::Style(StyleAction::AskName(path("sea"))));
    state.apply(Action::Style(StyleAction::Name("  ".to_owned())));
    assert!(state.apply(Action::Style(StyleAction::Rename)).is_empty());
    state.apply(Action::Cancel);
    // Exported, with the ending of a style.
    let effects = state.apply(Action::Style(StyleAction::AskWhere(path("sea"))));
    let [Effect::OpenDialog { purpose, suggestion, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(suggestion, "sea.style");
    let effects = state.apply(chosen(purpose.clone(), &["/out/mine"], false));
    let [Effect::CopyStyle { from, to, may_replace: false }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((from, to), (&path("sea"), &PathBuf::from("/out/mine.style")));
    state.apply(Action::Style(StyleAction::Copied(Ok(PathBuf::from("/out/mine.style")))));
    state.apply(Action::Style(StyleAction::Copied(Err("the disk is full".to_owned()))));
    assert_eq!(texts(&state), ["The style was exported to /out/mine.style.", "The disk is full"]);
    let restored = state.apply(Action::Style(StyleAction::Restored(Ok(path("sea")))));
    assert!(matches!(restored[..], [Effect::ListStyles]));
    // Deleted and put back, also after another project was opened.
    let effects = state.apply(Action::Style(StyleAction::Delete(path("sea"))));
    assert!(matches!(&effects[..], [Effect::DeleteStyle(deleted)] if *deleted == path("sea")));
    assert_eq!(state.styles.list.len(), 1);
    let deleted = PathBuf::from("/styles/.deleted/sea 2.style");
    state.apply(Action::Style(StyleAction::Deleted(path("sea"), Ok(deleted.clone()))));
    state.notices.forget_removed();
    let effects = state.apply(Action::PutBack);
    let [Effect::RestoreStyle { deleted: from, name }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((from, name.as_str()), (&deleted, "sea"));
    // Where it could not be deleted, nothing can be undone.
    state.apply(Action::Style(StyleAction::Deleted(path("sea"), Err("no permission".to_owned()))));
    assert!(state.apply(Action::PutBack).is_empty());
    // An unfinished training goes on; its style cannot be deleted meanwhile.
    assert!(state.apply(Action::Style(StyleAction::GoOn(path("sea")))).is_empty());
    let effects = state.apply(Action::Style(StyleAction::GoOn(path("wave"))));
    let [Effect::Train(request)] = &effects[..] else { panic!("{effects:?}") };
    assert!(matches!(&request.subject, TrainingSubject::GoingOn(output) if *output == path("wave")));
    begin_training_in(&mut state, "wave");
    assert!(state.apply(Action::Style(StyleAction::Delete(path("wave")))).is_empty());
}
