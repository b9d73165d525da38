//! Every way through the machine, without a window, a file or a painter.

mod project;

use std::path::PathBuf;
use std::time::Duration;

use image::DynamicImage;

use super::*;
use crate::app::action::{Answer, HistoryAction, Origin, PresetAction, QueueAction, SaveError, SavedFile};
use crate::app::desktop::Clip;
use crate::engine::error::EngineError;
use crate::picture::Format;
use crate::studio::{Event, EventKind, Frame, Ingredients, JobId, Painted, Preset, Progress, Recipe, Start, Worker};

fn picture(width: u32, height: u32) -> Arc<Picture> {
    Arc::new(Picture::new(DynamicImage::new_rgb8(width, height)))
}

/// Two runs' names, handed out by a painter that never gets to paint.
fn jobs(recipe: &Recipe) -> [JobId; 2] {
    let loader = Box::new(|_: &candle_core::Device| Err(EngineError::Stopped));
    let mut worker = Worker::spawn(loader, || {}).unwrap();
    [worker.start(recipe.clone()), worker.start(recipe.clone())]
}

fn recipe() -> Recipe {
    let style = crate::studio::StyleSource::new(picture(30, 40));
    let settings = Settings::default();
    Recipe::new(Ingredients {
        subject: crate::studio::Subject::photo(picture(40, 30)),
        styles: vec![style],
        start_picture: None,
        settings,
        hardware: Hardware::default(),
        time_limit: None,
    })
    .unwrap()
}

fn weights(styles: &[crate::studio::StyleBalance]) -> Vec<f32> {
    styles.iter().map(|style| style.weight).collect()
}

fn set_weight(id: CardId, weight: f32) -> Action {
    Action::SetPart(id, crate::studio::StyleBalance { weight, ..Painting::USUAL })
}

fn file(name: &str) -> Origin {
    Origin::File(PathBuf::from(format!("/pictures/{name}")))
}

fn add(state: &mut State, target: Target, names: &[&str]) -> Vec<Request> {
    let origins = names.iter().map(|name| file(name)).collect();
    let effects = state.apply(Action::Add { origins, target });
    effects
        .into_iter()
        .map(|effect| match effect {
            Effect::Load(request, _) => request,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn source(name: &str) -> crate::studio::project::Source {
    crate::studio::project::Source {
        name: name.to_owned(),
        checksum: Some(crate::picture::Checksum::of(name.as_bytes())),
        place: crate::studio::project::Place::File(PathBuf::from(format!("/pictures/{name}"))),
    }
}

fn arrive(state: &mut State, request: Request, name: &str) {
    let loaded = Loaded {
        name: name.to_owned(),
        path: Some(PathBuf::from(format!("/pictures/{name}"))),
        picture: picture(40, 30),
        thumbnail: picture(4, 3),
        source: source(name),
        exif: None,
        recipe: None,
    };
    assert!(state.apply(Action::Loaded { request, result: Ok(Box::new(loaded)) }).is_empty());
}

fn load(state: &mut State, target: Target, name: &str) {
    let requests = add(state, target, &[name]);
    arrive(state, requests[0], name);
}

/// A state with a photo and two paintings.
fn ready() -> State {
    let mut state = State::default();
    for name in ["cat.png", "waves.png", "stars.jpg"] {
        load(&mut state, Target::Anywhere, name);
    }
    state
}

/// A state with a run that paints.
fn painting() -> (State, JobId) {
    let mut state = ready();
    let job = begin(&mut state, 0);
    hear(&mut state, job, EventKind::Started { scales: vec![(20, 15), (40, 30)], iterations: 8, device: "CPU".into() });
    hear(&mut state, job, EventKind::ScaleBegan(0));
    (state, job)
}

fn begin(state: &mut State, index: usize) -> JobId {
    let effects = state.apply(Action::Start);
    assert!(matches!(effects[..], [Effect::Start(_)]), "{effects:?}");
    let job = jobs(&recipe())[index];
    state.apply(Action::Began(job));
    job
}

/// What the painter says; at an end the window only wants a small picture of what was painted.
fn hear(state: &mut State, job: JobId, kind: EventKind) {
    let effects = state.apply(Action::Painter(Event { job, kind }));
    assert!(effects.iter().all(|effect| matches!(effect, Effect::Shrink(..))), "{effects:?}");
}

fn frame(job: JobId) -> Action {
    Action::Painted(Arc::new(Frame { job, width: 20, height: 15, rgba: vec![0; 20 * 15 * 4] }))
}

fn done(seconds: u64) -> Painted {
    Painted { picture: picture(40, 30), elapsed: Duration::from_secs(seconds) }
}

fn chosen(purpose: Purpose, paths: &[&str], at_once: bool) -> Action {
    let paths = paths.iter().map(PathBuf::from).collect();
    Action::Chosen(Answer { purpose, paths, at_once })
}

fn texts(state: &State) -> Vec<&str> {
    state.notices.iter().map(|notice| notice.text.as_str()).collect()
}

#[test]
fn the_first_picture_is_the_photo_and_the_others_are_paintings() {
    let mut state = State::default();
    let requests = add(&mut state, Target::Anywhere, &["a.png", "b.png", "c.png"]);
    assert!(state.sources.photo.is_some() && state.sources.is_loading());
    assert_eq!(state.sources.paintings.len(), 2);
    // Answers may come in any order.
    for (request, name) in requests.iter().zip(["a.png", "b.png", "c.png"]).rev() {
        arrive(&mut state, *request, name);
    }
    assert_eq!(state.start_obstacle(), None);
    let names: Vec<_> = state.sources.ready_paintings().map(|loaded| loaded.name.as_str()).collect();
    assert_eq!(names, ["b.png", "c.png"]);
    assert_eq!(add(&mut state, Target::Anywhere, &["d.png"]).len(), 1);
    assert_eq!(state.sources.paintings.len(), 3);
}

#[test]
fn a_picture_dropped_on_a_card_takes_its_place() {
    let mut state = ready();
    let (photo, painting) = (state.sources.photo.clone().unwrap().id, state.sources.paintings[1].card.id);
    load(&mut state, Target::Photo, "dog.png");
    load(&mut state, Target::Painting(painting), "hills.png");
    let card = state.sources.photo.as_ref().unwrap();
    assert_eq!((card.id, card.loaded.as_ref().unwrap().name.as_str()), (photo, "dog.png"));
    assert_eq!(state.sources.paintings.len(), 2);
    assert_eq!(state.sources.paintings[1].card.loaded.as_ref().unwrap().name, "hills.png");
    // Several at once: the others are added. On a card that is gone: all of them are.
    add(&mut state, Target::Photo, &["x.png", "y.png"]);
    assert_eq!(state.sources.paintings.len(), 3);
    state.apply(Action::RemovePainting(painting));
    add(&mut state, Target::Painting(painting), &["z.png"]);
    assert_eq!(state.sources.paintings.len(), 3);
}

#[test]
fn an_unreadable_picture_is_said_and_nothing_else_is_lost() {
    let mut state = ready();
    let request = add(&mut state, Target::Photo, &["broken.png"])[0];
    assert_eq!(state.start_obstacle(), Some("Loading…"));
    state.apply(Action::Loaded { request, result: Err("the picture is damaged: /pictures/broken.png".to_owned()) });
    assert_eq!(texts(&state), ["The picture is damaged: /pictures/broken.png"]);
    assert_eq!(state.sources.photo.as_ref().unwrap().loaded.as_ref().unwrap().name, "cat.png");
    assert_eq!(state.start_obstacle(), None);

    let request = add(&mut state, Target::NewPainting, &["text.jpg"])[0];
    state.apply(Action::Loaded { request, result: Err("not a picture".to_owned()) });
    assert_eq!(state.sources.paintings.len(), 2);
    assert_eq!(state.notices.len(), 2);
    // It stays until it is taken away.
    let id = state.notices[0].id;
    state.apply(Action::Dismiss(id));
    assert_eq!(texts(&state), ["Not a picture"]);
}

#[test]
fn a_picture_that_comes_too_late_is_dropped() {
    let mut state = State::default();
    let first = add(&mut state, Target::Photo, &["slow.png"])[0];
    let second = add(&mut state, Target::Photo, &["fast.png"])[0];
    arrive(&mut state, second, "fast.png");
    arrive(&mut state, first, "slow.png");
    assert_eq!(state.sources.photo.as_ref().unwrap().loaded.as_ref().unwrap().name, "fast.png");

    let third = add(&mut state, Target::NewPainting, &["gone.png"])[0];
    let id = state.sources.paintings[0].card.id;
    state.apply(Action::RemovePainting(id));
    arrive(&mut state, third, "gone.png");
    assert!(state.sources.paintings.is_empty());
    let fourth = add(&mut state, Target::Photo, &["last.png"])[0];
    state.apply(Action::RemovePhoto);
    state.apply(Action::Loaded { request: fourth, result: Err("too late to matter".to_owned()) });
    assert!(state.sources.is_empty() && state.notices.is_empty());
}

#[test]
fn what_is_missing_is_said_before_start() {
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
fn a_recipe_that_cannot_be_painted_is_a_sentence() {
    let mut state = ready();
    for id in [state.sources.paintings[0].card.id, state.sources.paintings[1].card.id] {
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
    let (mut state, job) = painting();
    assert_eq!(state.run.phase, Phase::Painting);
    assert_eq!(state.shown_view(), View::Photo);
    state.apply(frame(job));
    // A coarse frame takes the room of the finished picture.
    assert_eq!((state.shown_view(), state.shown_size()), (View::Result, Some((40, 30))));
    let progress = |scale, done, remaining| Progress {
        scale,
        iteration: 1,
        of: 4,
        done,
        losses: crate::engine::balance::Losses::default(),
        elapsed: Duration::from_secs(5),
        remaining: Duration::from_secs(remaining),
    };
    hear(&mut state, job, EventKind::Progress(progress(0, 1, 5)));
    assert!((state.run.fraction - 0.5).abs() < 1e-6);
    // A worse guess does not turn the bar back.
    hear(&mut state, job, EventKind::Progress(progress(1, 5, 15)));
    assert!((state.run.fraction - 0.5).abs() < 1e-6);
    assert_eq!(state.run.scale, 1);
    hear(&mut state, job, EventKind::Finished(done(9)));
    assert_eq!(state.run.phase, Phase::Finished(Duration::from_secs(9)));
    assert!(state.can_export() && state.start_obstacle().is_none());
    assert!(matches!(state.canvas.as_ref().unwrap().shown, Shown::Picture(_)));
    // A frame that was on its way does not cover the finished picture.
    state.apply(frame(job));
    assert!(matches!(state.canvas.as_ref().unwrap().shown, Shown::Picture(_)));
}

#[test]
fn pause_and_resume_in_every_order() {
    let (mut state, job) = painting();
    assert!(matches!(state.apply(Action::TogglePause)[..], [Effect::Pause]));
    assert_eq!(state.run.phase, Phase::Pausing);
    hear(&mut state, job, EventKind::Paused);
    assert_eq!(state.run.phase, Phase::Paused);
    assert!(matches!(state.apply(Action::TogglePause)[..], [Effect::Resume]));
    hear(&mut state, job, EventKind::Resumed);
    assert_eq!(state.run.phase, Phase::Painting);
    // Changed one's mind before the painter held.
    state.apply(Action::TogglePause);
    assert!(matches!(state.apply(Action::TogglePause)[..], [Effect::Resume]));
    hear(&mut state, job, EventKind::Paused);
    assert_eq!(state.run.phase, Phase::Painting);
    // Stopped while paused.
    state.apply(Action::TogglePause);
    hear(&mut state, job, EventKind::Paused);
    assert!(matches!(state.apply(Action::Stop)[..], [Effect::Stop]));
    assert!(state.apply(Action::Stop).is_empty() && state.apply(Action::TogglePause).is_empty());
    hear(&mut state, job, EventKind::Stopped(done(3)));
    assert_eq!(state.run.phase, Phase::Stopped(Duration::from_secs(3)));
    assert!(state.apply(Action::TogglePause).is_empty() && state.apply(Action::Stop).is_empty());
}

#[test]
fn a_pause_before_the_first_iteration_goes_back_to_preparing() {
    let mut state = ready();
    let job = begin(&mut state, 0);
    state.apply(Action::TogglePause);
    state.apply(Action::TogglePause);
    assert_eq!(state.run.phase, Phase::Preparing);
    state.apply(Action::TogglePause);
    hear(&mut state, job, EventKind::Started { scales: vec![(4, 3)], iterations: 1, device: "CPU".into() });
    assert_eq!(state.run.phase, Phase::Pausing);
}

#[test]
fn words_of_an_old_run_are_dropped() {
    let (mut state, old) = painting();
    state.apply(Action::Stop);
    hear(&mut state, old, EventKind::Stopped(done(1)));
    let new = begin(&mut state, 1);
    assert_ne!(old, new);
    let canvas = state.canvas.clone().unwrap();
    for kind in [
        EventKind::Started { scales: vec![(9, 9)], iterations: 1, device: "old".into() },
        EventKind::Paused,
        EventKind::Finished(done(1)),
        EventKind::Failed("old".into()),
    ] {
        hear(&mut state, old, kind);
    }
    state.apply(frame(old));
    assert_eq!(state.run.phase, Phase::Preparing);
    assert!(state.run.scales.is_empty() && state.notices.is_empty());
    // The last picture stays until the new run has one.
    assert!(state.canvas.as_ref().unwrap().shown.is(&canvas.shown));
    state.apply(frame(new));
    assert!(!state.canvas.as_ref().unwrap().shown.is(&canvas.shown));
}

#[test]
fn a_failed_run_leaves_the_last_picture_and_a_sentence() {
    let (mut state, job) = painting();
    state.apply(frame(job));
    hear(&mut state, job, EventKind::Failed("computing failed: out of memory".to_owned()));
    assert_eq!(state.run.phase, Phase::Failed);
    assert_eq!(texts(&state), ["Computing failed: out of memory"]);
    assert!(state.can_export() && state.start_obstacle().is_none());
}

#[test]
fn sliders_act_on_the_run_and_other_settings_wait() {
    let mut state = ready();
    let id = state.sources.paintings[1].card.id;
    assert!(state.apply(set_weight(id, 20.0)).is_empty());
    begin(&mut state, 0);
    let effects = state.apply(Action::SetSettings(Settings { strength: 80.0, ..Settings::default() }));
    let [Effect::Adjust(settings, styles)] = &effects[..] else { panic!("{effects:?}") };
    assert!((settings.strength - 80.0).abs() < 1e-6);
    assert_eq!(weights(styles), [Painting::USUAL.weight, 20.0]);
    // A painting that was taken away keeps the share it began with.
    assert!(!state.sources_changed_since_start());
    state.apply(Action::RemovePainting(id));
    assert!(state.sources_changed_since_start());
    let first = state.sources.paintings[0].card.id;
    let effects = state.apply(set_weight(first, 70.0));
    let [Effect::Adjust(_, styles)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(weights(styles), [70.0, 20.0]);
    assert!(matches!(state.apply(Action::ResetAll)[..], [Effect::Adjust(..)]));
    assert!(state.settings_are_default());
}

#[test]
fn presets_are_told_apart_from_the_run() {
    let mut state = ready();
    begin(&mut state, 0);
    let mut settings = state.settings.clone();
    settings.apply(Preset::Fine);
    state.apply(Action::SetSettings(settings));
    let began = state.run.began_with.as_ref().unwrap();
    assert_ne!(began.settings.size, state.settings.size);
}

#[test]
fn only_one_dialog_is_open_at_a_time() {
    let mut state = ready();
    assert!(matches!(state.apply(Action::Choose(Target::Photo))[..], [Effect::OpenDialog { .. }]));
    assert!(state.apply(Action::Choose(Target::NewPainting)).is_empty());
    assert_eq!(state.notices.len(), 1);
    // Cancelled by the person, after a while.
    assert!(state.apply(chosen(Purpose::Open(Target::Photo), &[], false)).is_empty());
    assert_eq!((state.dialog, state.notices.len()), (None, 1));
    assert_eq!(state.apply(Action::Choose(Target::NewPainting)).len(), 1);
    let effects = state.apply(chosen(Purpose::Open(Target::NewPainting), &["/a.png", "/b.png"], false));
    assert_eq!((effects.len(), state.sources.paintings.len()), (2, 4));
}

#[test]
fn a_missing_dialog_is_said() {
    let mut state = ready();
    state.apply(Action::Choose(Target::Photo));
    state.apply(chosen(Purpose::Open(Target::Photo), &[], true));
    assert!(texts(&state)[0].contains("No file dialog seems to be installed"));
}

#[test]
fn the_clipboard_is_read_once_at_a_time() {
    let mut state = State::default();
    assert!(matches!(state.apply(Action::Paste)[..], [Effect::ReadClipboard]));
    assert!(state.apply(Action::Paste).is_empty());
    let pixels = Clip::Pixels { width: 1, height: 1, rgba: vec![0; 4] };
    assert!(matches!(state.apply(Action::Pasted(Ok(pixels)))[..], [Effect::Load(_, Origin::Pixels { .. })]));
    assert!(state.sources.photo.is_some());
    state.apply(Action::Paste);
    assert_eq!(state.apply(Action::Pasted(Ok(Clip::Files(vec!["/b.png".into(), "/c.png".into()])))).len(), 2);
    assert_eq!(state.sources.paintings.len(), 2);
    state.apply(Action::Pasted(Ok(Clip::Nothing)));
    state.apply(Action::Pasted(Err("the clipboard cannot be read".to_owned())));
    assert_eq!(texts(&state).len(), 2);
}

fn exporting() -> State {
    let (mut state, job) = painting();
    hear(&mut state, job, EventKind::Finished(done(1)));
    assert!(state.apply(Action::Export).is_empty());
    let effects = state.apply(Action::ChooseFile);
    let [Effect::OpenDialog { purpose: Purpose::Export, suggestion, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(suggestion, "cat, waves, stars.png");
    state
}

#[test]
fn there_is_nothing_to_export_before_the_first_frame() {
    let mut state = ready();
    state.apply(Action::Export);
    assert!(state.exporting.is_none() && state.apply(Action::ChooseFile).is_empty());
    let (mut state, job) = painting();
    state.apply(Action::Export);
    assert!(state.exporting.is_none());
    state.apply(frame(job));
    state.apply(Action::Export);
    assert_eq!(state.apply(Action::ChooseFile).len(), 1);
}

#[test]
fn what_was_seen_when_export_was_pressed_is_saved() {
    let (mut state, job) = painting();
    state.apply(frame(job));
    let seen = state.canvas.clone().unwrap().shown;
    state.apply(Action::Export);
    state.apply(Action::ChooseFile);
    state.apply(frame(job));
    hear(&mut state, job, EventKind::Finished(done(1)));
    let effects = state.apply(chosen(Purpose::Export, &["/out.png"], false));
    let [Effect::Save(save)] = &effects[..] else { panic!("{effects:?}") };
    assert!(save.shown.is(&seen));
}

#[test]
fn the_dialog_already_asked_about_the_name_that_was_typed() {
    let mut state = exporting();
    let effects = state.apply(chosen(Purpose::Export, &["/out.jpg"], false));
    let [Effect::Save(save)] = &effects[..] else { panic!("{effects:?}") };
    assert!(save.replace);
    assert!(save.inputs.contains(&PathBuf::from("/pictures/cat.png")));
    assert!(!state.can_export() && state.exporting.is_none());
    state.apply(Action::Export);
    assert!(state.exporting.is_none());
    let path = PathBuf::from("/out.jpg");
    assert!(state.apply(Action::Saved(Ok(SavedFile { path, width: 40, height: 30 }))).is_empty());
    assert_eq!(texts(&state), ["Saved 40 × 30 pixels to /out.jpg"]);
    assert!(state.can_export());
}

#[test]
fn a_name_without_ending_becomes_png_and_is_asked_about() {
    let mut state = exporting();
    let effects = state.apply(chosen(Purpose::Export, &["/out"], false));
    let [Effect::Save(save)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((save.path.as_path(), save.replace), (PathBuf::from("/out.png").as_path(), false));
    state.apply(Action::Saved(Err(SaveError::Exists(save.path.clone()))));
    assert!(matches!(state.question, Some(Question::Overwrite(_))));
    let mut kept = State { question: state.question.clone(), ..State::default() };
    assert!(kept.apply(Action::Cancel).is_empty() && kept.question.is_none());
    let effects = state.apply(Action::Overwrite);
    let [Effect::Save(save)] = &effects[..] else { panic!("{effects:?}") };
    assert!(save.replace && state.question.is_none());
    state.apply(Action::Saved(Err(SaveError::Refused("the disk is full".to_owned()))));
    assert_eq!(texts(&state), ["The disk is full"]);
    assert!(state.can_export() && state.apply(Action::Overwrite).is_empty());
}

#[test]
fn a_cancelled_export_saves_nothing() {
    let mut state = exporting();
    assert!(state.apply(chosen(Purpose::Export, &[], false)).is_empty());
    // Back to how to save it; leaving that too saves nothing.
    assert!(state.exporting.is_some());
    state.apply(Action::Cancel);
    assert!(state.exporting.is_none() && state.notices.is_empty() && state.can_export());
}

#[test]
fn closing_asks_only_while_a_picture_is_being_painted() {
    let mut state = ready();
    assert!(state.apply(Action::CloseRequested).is_empty());
    let (mut state, job) = painting();
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    assert!(matches!(state.question, Some(Question::Close)));
    state.apply(Action::Cancel);
    assert!(state.question.is_none() && state.run.is_active());
    state.apply(Action::CloseRequested);
    assert!(matches!(state.apply(Action::ConfirmClose)[..], [Effect::Stop, Effect::Close]));
    // The window system asks again; now it may.
    assert!(state.apply(Action::CloseRequested).is_empty());

    // The run ended while the question was open.
    let (mut other, _) = painting();
    other.apply(Action::CloseRequested);
    hear(&mut other, job, EventKind::Finished(done(1)));
    assert!(other.question.is_none());
}

#[test]
fn the_window_closes_after_the_picture_is_written() {
    let mut state = exporting();
    state.apply(chosen(Purpose::Export, &["/out.png"], false));
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    assert!(state.closes_after_saving());
    let saved = SavedFile { path: "/out.png".into(), width: 40, height: 30 };
    assert!(matches!(state.apply(Action::Saved(Ok(saved)))[..], [Effect::Close]));
    assert!(state.apply(Action::CloseRequested).is_empty());

    let mut state = exporting();
    state.apply(chosen(Purpose::Export, &["/out.png"], false));
    state.apply(Action::CloseRequested);
    assert!(state.apply(Action::Saved(Err(SaveError::Refused("the disk is full".to_owned())))).is_empty());
    assert!(!state.closes_after_saving());
    assert_eq!(texts(&state), ["The disk is full"]);
}

#[test]
fn views_follow_what_there_is_to_see() {
    let (mut state, job) = painting();
    state.apply(Action::SetView(View::Compare));
    assert_eq!(state.shown_view(), View::Photo);
    state.apply(frame(job));
    assert_eq!(state.shown_view(), View::Compare);
    hear(&mut state, job, EventKind::Finished(done(1)));
    // Another photo is shown at once, and the next run turns back to the result.
    load(&mut state, Target::Photo, "dog.png");
    assert_eq!(state.shown_view(), View::Photo);
    begin(&mut state, 1);
    assert_eq!(state.shown_view(), View::Result);
    state.apply(Action::RemovePhoto);
    state.apply(Action::SetView(View::Photo));
    assert!(state.shown_photo().is_some());
    state.apply(Action::SetDivider(3.0));
    assert!((state.divider - 1.0).abs() < 1e-6);
}

#[test]
fn notices_do_not_pile_up() {
    let mut state = State::default();
    for text in ["one", "two", "two", "three", "four", "five"] {
        state.notify(Kind::Problem, text);
    }
    assert_eq!(texts(&state), ["Two", "Three", "Four", "Five"]);
    state.notify(Kind::Done, "saved a");
    state.notify(Kind::Done, "saved b");
    assert_eq!(texts(&state), ["Three", "Four", "Five", "Saved b"]);
}

#[test]
fn the_current_result_can_be_the_start() {
    let (mut state, job) = painting();
    hear(&mut state, job, EventKind::Finished(done(1)));
    state.apply(Action::SetSettings(Settings { start: Start::Picture, ..Settings::default() }));
    let effects = state.apply(Action::Start);
    let [Effect::Start(recipe)] = &effects[..] else { panic!("{effects:?}") };
    assert!(recipe.ingredients().start_picture.is_some());
}

#[test]
fn of_several_files_the_one_from_a_camera_is_the_photo() {
    let mut state = State::default();
    let effects = state.apply(Action::Add {
        origins: ["monet.jpg", "IMG_2041.jpg", "degas.png"].map(file).to_vec(),
        target: Target::Anywhere,
    });
    let names: Vec<_> = effects
        .iter()
        .map(|effect| match effect {
            Effect::Load(_, origin) => name_of(origin),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["IMG_2041.jpg", "monet.jpg", "degas.png"]);
    assert_eq!(state.sources.photo.as_ref().unwrap().pending.as_ref().unwrap().name, "IMG_2041.jpg");
}

#[test]
fn paintings_can_be_put_in_another_order() {
    let mut state = ready();
    load(&mut state, Target::NewPainting, "hills.png");
    let order =
        |state: &State| -> Vec<String> { state.sources.ready_paintings().map(|loaded| loaded.name.clone()).collect() };
    let first = state.sources.paintings[0].card.id;
    state.apply(Action::MovePainting(first, 2));
    assert_eq!(order(&state), ["stars.jpg", "hills.png", "waves.png"]);
    state.apply(Action::MovePainting(first, 0));
    assert_eq!(order(&state), ["waves.png", "stars.jpg", "hills.png"]);
    state.apply(Action::MovePainting(first, 99));
    assert_eq!(order(&state).last().unwrap(), "waves.png");
}

#[test]
fn files_that_opened_are_offered_again() {
    let mut state = ready();
    let path = |name: &str| PathBuf::from(format!("/pictures/{name}"));
    assert_eq!(state.recent.photos, [path("cat.png")]);
    assert_eq!(state.recent.paintings, [path("stars.jpg"), path("waves.png")]);
    for number in 0..12 {
        load(&mut state, Target::NewPainting, &format!("{number}.png"));
    }
    load(&mut state, Target::NewPainting, "11.png");
    assert_eq!(state.recent.paintings.len(), 8);
    assert_eq!(state.recent.paintings[..2], [path("11.png"), path("10.png")]);
    // A file that is gone is not offered any more.
    let request = add(&mut state, Target::NewPainting, &["11.png"])[0];
    state.apply(Action::Loaded { request, result: Err("there is no file".to_owned()) });
    assert_eq!(state.recent.paintings[0], path("10.png"));
}

#[test]
fn settings_are_undone_and_redone_a_drag_at_a_time() {
    let mut state = ready();
    let strength = |state: &State| state.settings.strength;
    let set = |state: &mut State, strength: f32| {
        state.apply(Action::SetSettings(Settings { strength, ..state.settings.clone() }));
    };
    state.apply(Action::Tick(0.0));
    assert!(!state.can_undo());
    // A drag, in many small steps.
    for step in 1..=20u8 {
        set(&mut state, 50.0 + f32::from(step));
        state.apply(Action::Tick(f64::from(step) * 0.02));
    }
    state.apply(Action::Tick(5.0));
    let id = state.sources.paintings[0].card.id;
    state.apply(set_weight(id, 10.0));
    state.apply(Action::Tick(6.0));
    state.apply(Action::Undo);
    assert!((state.sources.paintings[0].part.weight - Painting::USUAL.weight).abs() < 1e-6);
    assert!((strength(&state) - 70.0).abs() < 1e-6);
    state.apply(Action::Undo);
    assert!((strength(&state) - 50.0).abs() < 1e-6);
    assert!(!state.can_undo() && state.can_redo());
    assert!(state.apply(Action::Undo).is_empty());
    state.apply(Action::Redo);
    state.apply(Action::Redo);
    assert!((state.sources.paintings[0].part.weight - 10.0).abs() < 1e-6);
    // Pictures that come and go are no step.
    state.apply(Action::Tick(7.0));
    assert!(state.can_undo());
    state.apply(Action::RemovePainting(id));
    state.apply(Action::Tick(8.0));
    state.apply(Action::Tick(10.0));
    state.apply(Action::Undo);
    state.apply(Action::Undo);
    assert!((strength(&state) - 50.0).abs() < 1e-6);
    assert!(!state.can_undo());
    // While it is painted, an undo reaches the painter.
    begin(&mut state, 0);
    assert!(matches!(state.apply(Action::Redo)[..], [Effect::Adjust(..)]));
}

#[test]
fn presets_of_ones_own() {
    let mut state = State::default();
    let evening = Settings { strength: 81.0, ..Settings::default() };
    state.apply(Action::SetSettings(evening.clone()));
    let name_it = |state: &mut State, name: &str| {
        state.apply(Action::Preset(PresetAction::Ask));
        state.apply(Action::Preset(PresetAction::Name(name.to_owned())));
        state.apply(Action::Preset(PresetAction::Save));
    };
    name_it(&mut state, "   ");
    assert!(state.presets.is_empty() && state.question.is_some());
    name_it(&mut state, "  Evening ");
    assert_eq!(state.own_preset().unwrap().name, "Evening");
    state.apply(Action::ResetAll);
    assert!(state.own_preset().is_none());
    name_it(&mut state, "Plain");
    // The same name again: the newer settings.
    name_it(&mut state, "evening");
    assert_eq!(state.presets.len(), 2);
    assert_eq!(state.presets[0].settings, Settings::default());
    state.presets[0].settings = evening.clone();
    state.apply(Action::Preset(PresetAction::Apply(0)));
    assert_eq!(state.settings, evening);
    state.apply(Action::Preset(PresetAction::Delete(0)));
    assert_eq!(state.presets.len(), 1);
    state.apply(Action::PutBack);
    assert_eq!((state.presets.len(), state.presets[0].name.as_str()), (2, "Evening"));
    assert!(state.notices.iter().all(|notice| notice.kind != Kind::Removed));
    assert!(state.apply(Action::Preset(PresetAction::Apply(9))).is_empty());
    assert_eq!(State::remembering(state.to_remember(), None).to_remember(), state.to_remember());
}

#[test]
fn the_next_run_waits_its_turn() {
    let (mut state, first) = painting();
    for strength in [10.0, 20.0, 30.0] {
        state.apply(Action::SetSettings(Settings { strength, ..Settings::default() }));
        assert!(state.apply(Action::Start).is_empty());
    }
    let strengths = |state: &State| -> Vec<f32> {
        state.queue.waiting().iter().map(|queued| queued.order.began_with.settings.strength).collect()
    };
    assert_eq!(strengths(&state), [10.0, 20.0, 30.0]);
    let ids: Vec<_> = state.queue.waiting().iter().map(|queued| queued.id).collect();
    state.apply(Action::Queue(QueueAction::Earlier(ids[2])));
    state.apply(Action::Queue(QueueAction::Later(ids[0])));
    state.apply(Action::Queue(QueueAction::Earlier(ids[2])));
    assert_eq!(strengths(&state), [30.0, 10.0, 20.0]);
    state.apply(Action::Queue(QueueAction::Cancel(ids[1])));
    // The panel has moved on; the run is painted as it was asked for.
    state.apply(Action::SetSettings(Settings { strength: 99.0, ..Settings::default() }));
    let effects = state.apply(Action::Painter(Event { job: first, kind: EventKind::Finished(done(2)) }));
    let [Effect::Shrink(..), Effect::Start(recipe)] = &effects[..] else { panic!("{effects:?}") };
    assert!((recipe.ingredients().settings.strength - 30.0).abs() < 1e-6);
    assert_eq!((state.run.phase, strengths(&state)), (Phase::Preparing, vec![10.0]));
    // A run that fails does not hold up the next one.
    let second = jobs(&recipe_of(&effects))[1];
    state.apply(Action::Began(second));
    let effects = state.apply(Action::Painter(Event { job: second, kind: EventKind::Failed("no memory".to_owned()) }));
    assert!(matches!(effects[..], [Effect::Start(_)]));
    assert!(state.queue.waiting().is_empty());
    // When the window closes, nothing new begins.
    state.apply(Action::Start);
    state.apply(Action::CloseRequested);
    state.apply(Action::ConfirmClose);
    let third = jobs(&recipe_of(&effects))[0];
    state.apply(Action::Began(third));
    hear(&mut state, third, EventKind::Stopped(done(1)));
    assert_eq!(state.queue.waiting().len(), 1);
}

fn recipe_of(effects: &[Effect]) -> Recipe {
    let start = effects.iter().find_map(|effect| match effect {
        Effect::Start(recipe) => Some(recipe.as_ref().clone()),
        _ => None,
    });
    start.unwrap()
}

#[test]
fn painting_goes_on_from_the_picture_that_is_shown() {
    let (mut state, job) = painting();
    assert!(state.continue_obstacle().is_some());
    state.apply(frame(job));
    assert!(state.apply(Action::Continue).is_empty() && state.queue.waiting().is_empty());
    hear(&mut state, job, EventKind::Stopped(done(1)));
    // It was stopped at the first scale, which is where it goes on.
    let recipe = recipe_of(&state.apply(Action::Continue));
    let settings = &recipe.ingredients().settings;
    assert_eq!((settings.start, settings.size), (Start::Continue(20), 40));
    assert!(recipe.ingredients().start_picture.is_some());
    assert!(state.run.began_with.as_ref().unwrap().continues);
    let second = jobs(&recipe)[1];
    state.apply(Action::Began(second));
    hear(&mut state, second, EventKind::Finished(done(1)));
    // Larger: only scales that it has not had, with the preset's iterations.
    state.apply(Action::Export);
    let recipe = recipe_of(&state.apply(Action::PaintLarger(2048)));
    let settings = &recipe.ingredients().settings;
    assert_eq!((settings.start, settings.size), (Start::Continue(41), 2048));
    assert_eq!(settings.iterations, Preset::Print.iterations());
    assert!(state.exporting.is_none());
    let third = jobs(&recipe)[0];
    state.apply(Action::Began(third));
    hear(&mut state, third, EventKind::Finished(done(1)));
    // Not from a picture of another photo.
    load(&mut state, Target::Photo, "dog.png");
    assert!(state.continue_obstacle().unwrap().contains("another photo"));
    assert!(state.apply(Action::Continue).is_empty());
}

/// A state with three results, painted with strengths of 10, 20 and 30.
fn with_results() -> State {
    let mut state = ready();
    for strength in [10.0, 20.0, 30.0] {
        state.apply(Action::SetSettings(Settings { strength, ..Settings::default() }));
        let job = begin(&mut state, 0);
        hear(&mut state, job, EventKind::Finished(done(1)));
    }
    state
}

fn result_ids(state: &State) -> Vec<ResultId> {
    state.history.entries().iter().map(|entry| entry.id).collect()
}

#[test]
fn results_are_looked_at_compared_and_restored() {
    let mut state = with_results();
    let ids = result_ids(&state);
    assert_eq!(ids.len(), 3);
    assert_eq!(state.shown_entry().unwrap().id, ids[2]);
    state.apply(Action::History(HistoryAction::Small(ids[0], picture(4, 3))));
    assert!(state.history.get(ids[0]).unwrap().thumbnail.is_some());
    state.apply(Action::History(HistoryAction::Look(ids[0])));
    assert_eq!(state.shown_entry().unwrap().id, ids[0]);
    state.apply(Action::History(HistoryAction::Compare(ids[1])));
    assert_eq!((state.shown_view(), state.beside().unwrap().id), (View::Compare, ids[1]));
    let other = state.shown_other().unwrap();
    assert!(other.is(&state.history.get(ids[1]).unwrap().canvas.shown));
    // Back to the photo beside it.
    state.apply(Action::SetView(View::Compare));
    assert!(state.beside().is_none());
    // What is exported is what is looked at.
    state.apply(Action::Export);
    assert!(state.exporting.as_ref().unwrap().shown.is(&state.history.get(ids[0]).unwrap().canvas.shown));
    state.apply(Action::Cancel);
    // Its settings, its photo and its paintings come back.
    let painting = state.sources.paintings[0].card.id;
    state.apply(Action::RemovePainting(painting));
    load(&mut state, Target::Photo, "dog.png");
    state.apply(Action::History(HistoryAction::Restore(ids[0])));
    assert!((state.settings.strength - 10.0).abs() < 1e-6);
    assert_eq!(state.sources.photo.as_ref().unwrap().loaded.as_ref().unwrap().name, "cat.png");
    assert_eq!(state.sources.paintings.len(), 2);
    // A new run turns to what is being painted.
    begin(&mut state, 0);
    assert!(state.shown_canvas().unwrap().shown.is(&state.history.get(ids[2]).unwrap().canvas.shown));
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
    assert_eq!(state.shown_view(), View::Photo);
    // Only the last one comes back, and not once its notice is gone.
    state.apply(Action::PutBack);
    assert_eq!(state.shown_entry().unwrap().id, ids[2]);
    state.apply(Action::History(HistoryAction::Delete(ids[2])));
    let notice = state.notices.last().unwrap().id;
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
        let job = begin(&mut state, 0);
        hear(&mut state, job, EventKind::Finished(done(1)));
    }
    let now = result_ids(&state);
    assert!(now.contains(&ids[1]) && !now.contains(&ids[0]) && now.len() == 33, "{}", now.len());
}

#[test]
fn the_way_to_save_is_remembered_but_not_the_size_of_one_picture() {
    let mut state = exporting();
    let choice = ExportChoice { format: Format::Jpeg, quality: 80, long_side: Some(20), ..ExportChoice::default() };
    state.apply(Action::SetExport(choice));
    assert_eq!(state.export_size(), Some((20, 15)));
    let effects = state.apply(chosen(Purpose::Export, &["/art/out"], false));
    let [Effect::Save(save)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((save.path.to_str().unwrap(), save.long_side), ("/art/out.jpg", Some(20)));
    assert_eq!((save.export.format, save.export.quality), (Format::Jpeg, 80));
    state.apply(Action::Saved(Ok(SavedFile { path: "/art/out.jpg".into(), width: 20, height: 15 })));
    state.apply(Action::Export);
    let effects = state.apply(Action::ChooseFile);
    let [Effect::OpenDialog { suggestion, folder, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(suggestion, "cat, waves, stars.jpg");
    assert_eq!(folder.as_ref().unwrap(), &PathBuf::from("/art"));
    assert_eq!(state.export.long_side, None);
    // An ending that is typed counts more than the format that was chosen.
    let effects = state.apply(chosen(Purpose::Export, &["/art/out.tif"], false));
    let [Effect::Save(save)] = &effects[..] else { panic!("{effects:?}") };
    assert!(save.export.format == Format::Tiff && save.export.sixteen_bit);
}

#[test]
fn masks_go_with_the_run_and_come_back_with_it() {
    let mut state = ready();
    let id = state.sources.paintings[0].card.id;
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Painting(id))));
    assert_eq!(state.shown_view(), View::Photo);
    // Opening another one keeps the first; a bare one is none.
    state.apply(Action::Mask(MaskAction::Fill));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    assert!(state.sources.paintings[0].mask.is_some());
    state.apply(Action::Mask(MaskAction::Done));
    assert!(state.sources.protection.is_none() && state.easel.is_none());
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Press(egui::pos2(0.5, 0.5))));
    state.apply(Action::Mask(MaskAction::Lift));
    state.apply(Action::Undo);
    assert!(state.easel.as_ref().unwrap().sheet().is_bare());
    state.apply(Action::Redo);
    state.apply(Action::Mask(MaskAction::Done));
    assert!(state.sources.protection.is_some());

    let recipe = recipe_of(&state.apply(Action::Start));
    let ingredients = recipe.ingredients();
    assert!(ingredients.styles[0].mask.is_some() && ingredients.styles[1].mask.is_none());
    let crate::studio::Subject::Photo { protect: Some(mask), .. } = &ingredients.subject else { panic!() };
    assert_eq!((mask.width(), mask.height()), (1024, 768));
    assert!(!state.sources_changed_since_start());
    let job = jobs(&recipe)[0];
    state.apply(Action::Began(job));
    hear(&mut state, job, EventKind::Finished(done(1)));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::Mask(MaskAction::Remove));
    assert!(state.sources.protection.is_none());
    let id = result_ids(&state)[0];
    state.apply(Action::History(HistoryAction::Restore(id)));
    assert!(state.sources.protection.is_some() && state.sources.paintings[0].mask.is_some());

    // A photo of another shape has no use for them; and no photo has none for an easel.
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    let request = add(&mut state, Target::Photo, &["tall.png"])[0];
    let (picture, thumbnail) = (picture(30, 40), picture(3, 4));
    let loaded = Loaded {
        name: "tall.png".to_owned(),
        path: None,
        picture,
        thumbnail,
        source: source("tall.png"),
        exif: None,
        recipe: None,
    };
    state.apply(Action::Loaded { request, result: Ok(Box::new(loaded)) });
    assert!(state.easel.is_none() && state.sources.protection.is_none() && state.sources.paintings[0].mask.is_none());
    assert!(texts(&state).iter().any(|text| text.contains("another shape")));
    state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
    state.apply(Action::RemovePhoto);
    assert!(state.easel.is_none());
}

#[test]
fn losses_and_pace_are_told() {
    let (mut state, job) = painting();
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
        hear(&mut state, job, EventKind::Progress(progress));
    }
    assert_eq!(state.run.losses.points().len(), 4);
    assert_eq!(state.run.pace, Some(Duration::from_millis(500)));
}
