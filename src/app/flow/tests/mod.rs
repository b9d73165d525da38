//! Tests of the state and its flows, without a window, a file or a painter.

mod clip;
mod dialogs;
mod export;
mod folder;
mod history;
mod instant;
mod map;
mod mask;
mod notices;
mod project;
mod queue;
mod recovery;
mod run;
mod sequences;
mod sources;
mod training;
mod undo;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use image::DynamicImage;

use crate::app::message::{Action, Effect, HistoryAction, PresetAction, QueueAction, StartRun};
use crate::app::model::arrival::{Arrival, ArrivalOrigin, ArrivalPicture, LoadedResult, LoadedSetup, SearchResult};
use crate::app::model::canvas::CanvasImage;
use crate::app::model::card::{CardId, LoadedPicture, Origin, Request, Target};
use crate::app::model::dialog::{Answer, Purpose};
use crate::app::model::document::{Next, ProjectFile};
use crate::app::model::export::{ExportedFile, SaveError};
use crate::app::model::history::ResultId;
use crate::app::model::mask::{MaskAction, MaskFor};
use crate::app::model::notices::NoticeKind;
use crate::app::model::question::Question;
use crate::app::model::run::Phase;
use crate::app::model::sources::NEW_PAINTING;
use crate::app::model::view::Side;
use crate::app::services::desktop::Clip;
use crate::app::state::State;
use crate::picture::{Checksum, Format, Picture};
use crate::studio::project::{Place, Source, Unfinished};
use crate::studio::{Event, EventKind, Frame, PaintedPicture, Preset, Progress, RunId, Settings, Start, StyleBalance};

fn picture(width: u32, height: u32) -> Arc<Picture> {
    Arc::new(Picture::new(DynamicImage::new_rgb8(width, height)))
}

fn weights(styles: &[StyleBalance]) -> Vec<f32> {
    styles.iter().map(|style| style.weight).collect()
}

fn set_weight(id: CardId, weight: f32) -> Action {
    Action::SetBalance(id, StyleBalance { weight, ..NEW_PAINTING })
}

fn file(name: &str) -> Origin {
    Origin::File(PathBuf::from(format!("/pictures/{name}")))
}

fn add(state: &mut State, target: Target, names: &[&str]) -> Vec<Request> {
    let origins = names.iter().map(|name| file(name)).collect();
    let request = |effect| match effect {
        Effect::Load(request, _) => request,
        other => panic!("{other:?}"),
    };
    state.apply(Action::Add { origins, target }).into_iter().map(request).collect()
}

fn source(name: &str) -> Source {
    let place = Place::File(PathBuf::from(format!("/pictures/{name}")));
    Source::new(name.to_owned(), Some(Checksum::of(name.as_bytes())), place)
}

fn loaded(name: &str, width: u32, height: u32) -> Box<LoadedPicture> {
    Box::new(LoadedPicture {
        name: name.to_owned(),
        path: Some(PathBuf::from(format!("/pictures/{name}"))),
        picture: picture(width, height),
        thumbnail: picture(4, 3),
        source: source(name),
        exif: None,
        recipe: None,
        one_of: None,
    })
}

fn arrive(state: &mut State, request: Request, name: &str) {
    assert!(state.apply(Action::Loaded { request, result: Ok(loaded(name, 40, 30)) }).is_empty());
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

/// A state with a run in its first scale.
fn painting() -> (State, RunId) {
    let mut state = ready();
    let run = begin(&mut state);
    emit(&mut state, run, EventKind::Started { scales: vec![(20, 15), (40, 30)], iterations: 8, device: "CPU".into() });
    emit(&mut state, run, EventKind::ScaleBegan(0));
    (state, run)
}

fn begin(state: &mut State) -> RunId {
    let effects = state.apply(Action::Start);
    let [Effect::Start(run)] = &effects[..] else { panic!("{effects:?}") };
    run.id
}

/// Delivers an event of a run. The only effect it may have is that of a finished run: making a thumbnail.
fn emit(state: &mut State, run: RunId, kind: EventKind) {
    let effects = state.apply(Action::Painter(Event { run, kind }));
    assert!(effects.iter().all(|effect| matches!(effect, Effect::MakeThumbnail(..))), "{effects:?}");
}

fn frame(run: RunId) -> Action {
    Action::Painted(Arc::new(Frame { run, width: 20, height: 15, rgba: vec![0; 20 * 15 * 4] }))
}

fn done(seconds: u64) -> PaintedPicture {
    PaintedPicture { picture: picture(40, 30), elapsed: Duration::from_secs(seconds) }
}

fn chosen(purpose: Purpose, paths: &[&str], at_once: bool) -> Action {
    let paths = paths.iter().map(PathBuf::from).collect();
    Action::Chosen(Answer { purpose, paths, at_once })
}

fn texts(state: &State) -> Vec<&str> {
    state.notices.iter().map(|notice| notice.text.as_str()).collect()
}

fn started(effects: &[Effect]) -> &StartRun {
    let start = effects.iter().find_map(|effect| match effect {
        Effect::Start(run) => Some(&**run),
        _ => None,
    });
    start.unwrap()
}

/// Whether effects start a run that continues an earlier one.
fn resumes(effects: &[Effect]) -> bool {
    started(effects).unfinished.is_some()
}

fn purpose(state: &State) -> Option<Purpose> {
    state.dialog.as_ref().map(|dialog| dialog.purpose.clone())
}

/// A state whose dialog asks where to export a finished picture.
fn exporting() -> State {
    let (mut state, run) = painting();
    emit(&mut state, run, EventKind::Finished(done(1)));
    assert!(state.apply(Action::Export).is_empty());
    let effects = state.apply(Action::ChooseFile);
    let [Effect::OpenDialog { purpose: Purpose::Export, suggestion, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(suggestion, "cat, waves, stars.png");
    state
}

fn result_ids(state: &State) -> Vec<ResultId> {
    state.history.entries().iter().map(|entry| entry.id).collect()
}
