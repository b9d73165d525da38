//! Projects, and finished pictures that contain their recipe.

use super::*;
use crate::app::message::ProjectAction;
use crate::engine::snapshot::{OptimizerState, Snapshot};
use crate::studio::Style;
use crate::studio::project::{PastResult, Setup, StoredPicture};
use crate::studio::{StyleBalance, WrittenRecipe, WrittenSource, WrittenSubject};

fn setup(strength: f32) -> Setup {
    let style = Style { source: source("waves.png"), weight: 20.0, brush_scale: 1.0, mask: None };
    let settings = Settings { strength, ..Settings::default() };
    Setup { content: Some(source("cat.png")), styles: vec![style], settings, ..Setup::default() }
}

fn needed(name: &str, found: SearchResult) -> ArrivalPicture {
    ArrivalPicture { source: source(name), found, is_needed: true }
}

fn found(name: &str) -> ArrivalPicture {
    needed(name, SearchResult::Found(loaded(name, 40, 30)))
}

/// Work with a photo, a painting, and one result.
pub(super) fn arrival(origin: ArrivalOrigin) -> Arrival {
    let picture = picture(40, 30);
    let past = PastResult {
        picture: StoredPicture::of(Arc::clone(&picture)),
        setup: setup(12.0),
        seconds: 9.0,
        reached: None,
        stopped: false,
        kept: true,
    };
    let result = LoadedResult {
        past,
        ready: LoadedSetup { setup: setup(12.0), ..LoadedSetup::default() },
        thumbnail: Arc::clone(&picture),
        picture,
    };
    Arrival {
        origin,
        pictures: vec![found("cat.png"), found("waves.png")],
        ready: LoadedSetup { setup: setup(33.0), ..LoadedSetup::default() },
        results: vec![result],
        unfinished: None,
        searching: false,
    }
}

pub(super) fn unfinished() -> Unfinished {
    let snapshot = Snapshot {
        scale: 0,
        iteration: 3,
        width: 1,
        height: 1,
        image: vec![1 << 15; 3],
        optimizer: OptimizerState::default(),
    };
    Unfinished { snapshot: Arc::new(snapshot), seconds: 60.0 }
}

pub(super) fn file_of(name: &str) -> ProjectFile {
    ProjectFile { path: PathBuf::from(format!("/art/{name}.impasto")), stamp: None }
}

pub(super) fn project(action: ProjectAction) -> Action {
    Action::Project(action)
}

/// A state with a project open.
fn opened() -> State {
    let mut state = State::default();
    let effects = state.apply(project(ProjectAction::Open(file_of("evening").path)));
    assert!(matches!(&effects[..], [Effect::OpenProject { .. }]), "{effects:?}");
    let effects = state.apply(Action::ArrivalRead(Ok(Box::new(arrival(ArrivalOrigin::Project(file_of("evening")))))));
    assert!(matches!(effects[..], [Effect::ForgetWork { project: Some(_), .. }]), "{effects:?}");
    state
}

fn saved(state: &mut State, name: &str) -> Vec<Effect> {
    state.apply(Action::ProjectSaved(Ok(file_of(name))))
}

#[test]
fn opening_a_project_restores_all_of_it() {
    let state = opened();
    assert_eq!(state.title(), "evening – Impasto");
    assert_eq!(state.recent.projects, [file_of("evening").path]);
    assert!((state.settings.strength - 33.0).abs() < 1e-6);
    assert_eq!(state.sources.paintings[0].balance(), StyleBalance { weight: 20.0, brush_scale: 1.0 });
    let entry = &state.history.entries()[0];
    assert!(entry.kept && entry.elapsed == Duration::from_secs(9));
    assert!(state.canvas.is_some() && state.start_obstacle().is_none() && state.continue_obstacle().is_none());
    // Saving it again writes what was opened.
    let again = state.project();
    assert_eq!((again.setup, again.history[0].setup.clone()), (setup(33.0), setup(12.0)));
    assert!(again.picture.unwrap().is_same(&again.history[0].picture));
}

#[test]
fn a_project_that_cannot_be_read_changes_nothing() {
    let mut state = ready();
    state.recent.project(&file_of("gone").path);
    state.apply(project(ProjectAction::Open(file_of("gone").path)));
    assert!(state.document.reading.is_some());
    let refusal = Err((file_of("gone").path, "the project is damaged; open an older copy of it".to_owned()));
    assert!(state.apply(Action::ArrivalRead(refusal)).is_empty());
    assert_eq!(texts(&state), ["The project is damaged; open an older copy of it"]);
    assert!(state.recent.projects.is_empty() && state.document.reading.is_none() && state.sources.paintings.len() == 2);
}

#[test]
fn a_project_opens_from_a_drop_and_from_either_dialog() {
    let is_opened = |effects: Vec<Effect>| matches!(effects[..], [Effect::OpenProject { .. }]);
    let evening = || Origin::File(file_of("evening").path);
    let mut state = State::default();
    assert!(is_opened(state.apply(Action::Add { origins: vec![file("cat.png"), evening()], target: Target::Photo })));
    assert!(texts(&state)[0].starts_with("Only the project was opened"), "{:?}", texts(&state));
    let mut state = State::default();
    state.apply(Action::Choose(Target::NewPainting));
    assert!(is_opened(state.apply(chosen(Purpose::Open(Target::NewPainting), &["/art/evening.IMPASTO"], false))));
    let mut state = State::default();
    state.apply(project(ProjectAction::Choose));
    assert!(is_opened(state.apply(chosen(Purpose::OpenProject, &["/art/whatever"], false))));
}

#[test]
fn a_change_marks_the_project_unsaved_until_it_is_saved() {
    let changes: [fn(&mut State); 6] = [
        |state| drop(state.apply(Action::SetSettings(Settings { seed: 5, ..state.settings.clone() }))),
        |state| drop(state.apply(set_weight(state.sources.paintings[0].source.id, 7.0))),
        |state| load(state, Target::Photo, "dog.png"),
        |state| {
            state.apply(Action::Mask(MaskAction::Open(MaskFor::Protection)));
            state.apply(Action::Mask(MaskAction::Fill));
        },
        |state| drop(state.apply(Action::History(HistoryAction::ToggleKept(state.history.entries()[0].id)))),
        |state| drop(state.apply(Action::RemovePhoto)),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut state = opened();
        assert!(!state.is_unsaved());
        change(&mut state);
        assert_eq!(state.title(), "• evening – Impasto", "change {index}");
        let effects = state.apply(project(ProjectAction::Save));
        let [Effect::SaveProject(job)] = &effects[..] else { panic!("{effects:?}") };
        assert!(job.replace && !job.with_run && job.path == file_of("evening").path);
        assert_eq!(job.project.setup.protection.is_some(), index == 3, "a mask on the easel counts");
        assert!(state.apply(project(ProjectAction::Save)).is_empty(), "a save is in progress");
        assert!(matches!(saved(&mut state, "evening")[..], [Effect::ForgetWork { .. }]));
        assert_eq!(state.title(), "evening – Impasto");
    }
    // A change that is reverted is no change.
    let mut state = opened();
    state.apply(Action::SetSettings(Settings { seed: 5, ..state.settings.clone() }));
    state.apply(Action::SetSettings(Settings { seed: 0, ..state.settings.clone() }));
    assert!(!state.is_unsaved());
}

#[test]
fn saving_a_project_without_a_file_asks_for_one() {
    let mut state = ready();
    assert_eq!(state.title(), "Impasto");
    let effects = state.apply(project(ProjectAction::Save));
    let [Effect::OpenDialog { purpose: Purpose::SaveProject(None), suggestion, folder: None }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(suggestion, "cat, waves, stars.impasto");
    let effects = state.apply(chosen(Purpose::SaveProject(None), &["/art/evening"], false));
    let [Effect::SaveProject(job)] = &effects[..] else { panic!("{effects:?}") };
    // The dialog did not ask about the name with its extension.
    assert!(!job.replace && job.path == file_of("evening").path);
    state.apply(Action::ProjectSaved(Err(SaveError::Exists(job.path.clone()))));
    assert!(matches!(state.question(), Some(Question::ReplaceProject { changed_outside: false, .. })));
    let effects = state.apply(project(ProjectAction::Replace));
    assert!(matches!(&effects[..], [Effect::SaveProject(job)] if job.replace));
    saved(&mut state, "evening");
    assert_eq!(state.title(), "evening – Impasto");
    let effects = state.apply(project(ProjectAction::SaveAs));
    assert!(matches!(&effects[..], [Effect::OpenDialog { folder: Some(folder), .. }] if folder.ends_with("art")));
}

#[test]
fn a_project_changed_by_another_program_is_not_replaced_without_asking() {
    let mut state = opened();
    state.apply(Action::RemovePhoto);
    state.apply(project(ProjectAction::Save));
    state.apply(Action::ProjectSaved(Err(SaveError::ChangedOutside(file_of("evening").path))));
    assert!(matches!(state.question(), Some(Question::ReplaceProject { changed_outside: true, .. })));
    assert!(state.is_unsaved());
    // Saving under another name keeps both.
    let effects = state.apply(project(ProjectAction::SaveAs));
    assert!(matches!(effects[..], [Effect::OpenDialog { .. }]) && state.question().is_none());
    let effects = state.apply(chosen(Purpose::SaveProject(None), &["/art/mine.impasto"], false));
    assert!(matches!(&effects[..], [Effect::SaveProject(job)] if job.known.is_none() && job.replace));
}

#[test]
fn nothing_is_lost_without_a_question() {
    let result = |state: &mut State| {
        let run = begin(state);
        emit(state, run, EventKind::Finished(done(1)));
    };
    // Sources and settings alone are not asked about.
    let mut state = ready();
    assert!(matches!(state.apply(project(ProjectAction::New))[..], [Effect::ForgetWork { project: None, .. }]));
    assert!(state.sources.is_empty());

    let mut state = ready();
    result(&mut state);
    assert!(state.is_unsaved());
    for (action, next) in [
        (project(ProjectAction::New), Next::New),
        (project(ProjectAction::Open(file_of("other").path)), Next::Open(file_of("other").path)),
    ] {
        assert!(state.apply(action).is_empty());
        assert!(matches!(state.question(), Some(Question::Unsaved(asked)) if *asked == next));
        state.apply(Action::Cancel);
        assert_eq!(state.history.entries().len(), 1);
    }
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    // It is saved to a file that a dialog asks for, then the window closes.
    assert!(matches!(state.apply(project(ProjectAction::SaveFirst))[..], [Effect::OpenDialog { .. }]));
    state.apply(chosen(Purpose::SaveProject(Some(Next::Close)), &["/art/evening.impasto"], false));
    let effects = saved(&mut state, "evening");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Close)), "{effects:?}");
    assert!(state.apply(Action::CloseRequested).is_empty());

    // A cancelled or failed save leaves everything as it is.
    let answers = [
        vec![chosen(Purpose::SaveProject(Some(Next::New)), &[], false)],
        vec![
            chosen(Purpose::SaveProject(Some(Next::New)), &["/art/evening.impasto"], false),
            Action::ProjectSaved(Err(SaveError::Failed("the disk is full".to_owned()))),
        ],
    ];
    for answers in answers {
        let mut state = ready();
        result(&mut state);
        state.apply(project(ProjectAction::New));
        state.apply(project(ProjectAction::SaveFirst));
        for answer in answers {
            state.apply(answer);
        }
        let effects = state.apply(project(ProjectAction::Save));
        assert_eq!(state.history.entries().len(), 1, "{effects:?}");
        state.apply(chosen(purpose(&state).unwrap(), &["/art/evening.impasto"], false));
        saved(&mut state, "evening");
        assert_eq!(state.history.entries().len(), 1, "the action that was to follow is dropped");
    }

    // An exported result is not asked about. Leaving without saving discards the next one.
    let mut state = ready();
    result(&mut state);
    state.apply(Action::Export);
    state.apply(Action::ChooseFile);
    state.apply(chosen(Purpose::Export, &["/out.png"], false));
    let out = ExportedFile { path: "/out.png".into(), width: 40, height: 30 };
    state.apply(Action::Exported(Ok(out)));
    assert!(!state.is_unsaved());
    result(&mut state);
    state.apply(project(ProjectAction::New));
    assert!(matches!(state.apply(project(ProjectAction::Leave))[..], [Effect::ForgetWork { .. }]));
    assert!(state.history.entries().is_empty() && state.shown_canvas().is_none());
}

#[test]
fn a_run_is_saved_with_its_project_and_stops_when_it_is_closed() {
    let (mut state, _) = painting();
    state.apply(Action::SetSettings(Settings { strength: 71.0, size: 1024, ..state.settings.clone() }));
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    state.apply(project(ProjectAction::SaveFirst));
    let effects = state.apply(chosen(Purpose::SaveProject(Some(Next::Close)), &["/art/evening.impasto"], false));
    let [Effect::SaveProject(job)] = &effects[..] else { panic!("{effects:?}") };
    // The settings of the run are saved, so that it can be continued.
    let settings = &job.project.setup.settings;
    assert!(job.with_run && settings.size == 512 && (settings.strength - 71.0).abs() < 1e-6);
    let effects = saved(&mut state, "evening");
    assert!(matches!(effects[..], [Effect::ForgetWork { .. }, Effect::Stop, Effect::Close]), "{effects:?}");

    let (mut state, run) = painting();
    state.apply(project(ProjectAction::New));
    let effects = state.apply(project(ProjectAction::Leave));
    assert!(matches!(effects[..], [Effect::Stop, Effect::ForgetWork { .. }]), "{effects:?}");
    // The run ends after the project was closed.
    emit(&mut state, run, EventKind::Stopped(done(1)));
    assert!(state.history.entries().is_empty() && state.run.phase == Phase::Ready);
}

#[test]
fn an_unfinished_run_of_a_project_waits_for_start() {
    let open = |change: fn(&mut Arrival)| {
        let mut arrival =
            Arrival { unfinished: Some(unfinished()), ..arrival(ArrivalOrigin::Project(file_of("evening"))) };
        change(&mut arrival);
        let mut state = State::default();
        state.apply(Action::ArrivalRead(Ok(Box::new(arrival))));
        state
    };
    let mut state = open(|_| {});
    assert!(texts(&state)[0].contains("is not finished: 1 min 0 s of painting are kept"), "{:?}", texts(&state));
    assert!(!state.is_unsaved() && state.project().unfinished.is_some(), "a save keeps the waiting run");
    // It still continues after a change of live settings, but not of others.
    state.apply(Action::SetSettings(Settings { strength: 80.0, ..state.settings.clone() }));
    state.apply(Action::SetSettings(Settings { seed: 9, ..state.settings.clone() }));
    assert!(!resumes(&state.apply(Action::Start)));
    let mut state = open(|_| {});
    state.apply(Action::SetSettings(Settings { strength: 80.0, ..state.settings.clone() }));
    assert!(resumes(&state.apply(Action::Start)));

    // A run begun with Continue goes on from the same picture.
    let mut state = open(|arrival| {
        arrival.ready.setup.settings.start = Start::Continue(40);
        arrival.ready.start = Some(picture(20, 15));
    });
    assert_eq!(state.settings.start, Start::Content);
    let effects = state.apply(Action::Start);
    let StartRun { recipe, project, unfinished, .. } = started(&effects);
    assert_eq!(recipe.ingredients().settings.start, Start::Continue(40));
    assert_eq!(recipe.ingredients().start_picture.as_ref().map(|picture| picture.width()), Some(20));
    assert!(unfinished.is_some());
    assert_eq!(project.setup.settings.start, Start::Continue(40));
}

fn missing() -> State {
    let mut arrival = arrival(ArrivalOrigin::Project(file_of("evening")));
    arrival.pictures = vec![
        needed("cat.png", SearchResult::Missing),
        needed("waves.png", SearchResult::Changed(loaded("waves.png", 40, 30))),
    ];
    let mut state = ready();
    assert!(state.apply(Action::ArrivalRead(Ok(Box::new(arrival)))).is_empty());
    // Nothing changes before the question is answered.
    assert_eq!(state.sources.paintings.len(), 2);
    state
}

#[test]
fn missing_pictures_are_asked_for() {
    let asked = |state: &State| match state.question() {
        Some(Question::Missing(arrival)) => arrival.missing().map(|(index, _)| index).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let mut state = missing();
    assert_eq!(asked(&state), [0, 1]);
    state.apply(project(ProjectAction::UseChanged(1)));
    assert_eq!(asked(&state), [0]);
    let effects = state.apply(project(ProjectAction::Find(0)));
    assert!(matches!(effects[..], [Effect::OpenDialog { purpose: Purpose::Find(0), .. }]));
    let effects = state.apply(chosen(Purpose::Find(0), &["/moved/cat.png"], false));
    assert!(matches!(&effects[..], [Effect::Search { chosen: (0, _), sources }] if sources.len() == 1));
    assert!(state.apply(project(ProjectAction::Proceed)).is_empty(), "the search is in progress");
    let mut found = loaded("cat.png", 40, 30);
    found.source.place = Place::File("/moved/cat.png".into());
    state.apply(Action::Searched(vec![(0, SearchResult::Found(found))]));
    assert!(asked(&state).is_empty());
    state.apply(project(ProjectAction::Proceed));
    assert_eq!((state.sources.paintings.len(), state.start_obstacle()), (1, None));
    assert!(state.is_unsaved(), "the file of the project still names the old place");

    // A dropped file is matched by its name. Cancelling the question opens nothing.
    let mut state = missing();
    let effects = state.apply(Action::Add { origins: vec![file("waves.png")], target: Target::Anywhere });
    assert!(matches!(&effects[..], [Effect::Search { chosen: (1, _), .. }]), "{effects:?}");
    state.apply(Action::Cancel);
    assert!(state.document.file.is_none() && state.sources.paintings.len() == 2);
    state.apply(Action::Searched(vec![(0, SearchResult::Missing)]));
}

#[test]
fn pictures_that_are_not_found_are_left_out_and_reported() {
    let mut state = missing();
    state.apply(project(ProjectAction::Proceed));
    assert!(state.sources.is_empty());
    assert_eq!(texts(&state), ["Left out, because not found: cat.png, waves.png"]);
    // The results are restored as far as possible.
    let entry = state.history.entries()[0].clone();
    assert!(entry.inputs.photo.is_none() && state.shown_photo().is_some());
    state.apply(Action::History(HistoryAction::Restore(entry.id)));
    assert!(texts(&state).last().unwrap().contains("are missing"), "{:?}", texts(&state));
    assert!((state.settings.strength - 12.0).abs() < 1e-6);
}

/// A state to which a finished picture with this recipe was added as the photo.
fn with_finished_picture(recipe: &str) -> State {
    let mut state = ready();
    let request = add(&mut state, Target::Photo, &["finished.png"])[0];
    let loaded = LoadedPicture { recipe: Some(recipe.to_owned()), ..*loaded("finished.png", 40, 30) };
    assert!(state.apply(Action::Loaded { request, result: Ok(Box::new(loaded)) }).is_empty());
    state
}

pub(super) fn recipe_text() -> String {
    let subject = WrittenSubject::Photo { source: WrittenSource::new("cat.png".to_owned(), None), protect: None };
    WrittenRecipe::new(subject, Vec::new(), None, Settings::default()).to_json()
}

#[test]
fn a_finished_picture_offers_to_restore_its_settings() {
    let photo = |state: &State| {
        state.sources.photo.as_ref().and_then(|card| card.loaded.as_ref()).map(|loaded| loaded.name.clone()).unwrap()
    };
    let mut state = with_finished_picture(&recipe_text());
    assert!(matches!(state.question(), Some(Question::Restore(_))));
    assert_eq!(photo(&state), "cat.png", "the photo stays until the answer");
    let effects = state.apply(project(ProjectAction::Restore));
    let [Effect::OpenRecipe { name, picture, known, .. }] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((name.as_str(), picture.as_path()), ("finished.png", std::path::Path::new("/pictures/finished.png")));
    assert!(known.iter().any(|known| known.ends_with("cat.png")), "{known:?}");
    assert!(!state.sources.is_loading());
    let before = state.document.clone();
    state.apply(Action::ArrivalRead(Ok(Box::new(arrival(ArrivalOrigin::Picture("finished.png".to_owned()))))));
    assert!((state.settings.strength - 33.0).abs() < 1e-6 && state.sources.paintings.len() == 1);
    assert_eq!(state.document.file, before.file, "a finished picture is not a project");

    let mut state = with_finished_picture(&recipe_text());
    assert!(state.apply(project(ProjectAction::UseAsPicture)).is_empty());
    assert_eq!(photo(&state), "finished.png");
    let mut state = with_finished_picture(&recipe_text());
    state.apply(Action::Cancel);
    assert_eq!(photo(&state), "cat.png");
    assert!(!state.sources.is_loading());

    // With an unusable recipe, it is added like any other picture.
    let state = with_finished_picture("{}");
    assert_eq!(photo(&state), "finished.png");
    assert!(texts(&state)[0].starts_with("The settings in the picture are damaged"), "{:?}", texts(&state));
}

#[test]
fn a_question_does_not_replace_another() {
    // After “Keep painting”, the finished picture is still asked about; after that, nothing is pending.
    let (mut state, _) = painting();
    let request = add(&mut state, Target::NewPainting, &["finished.png"])[0];
    let loaded = LoadedPicture { recipe: Some(recipe_text()), ..*loaded("finished.png", 40, 30) };
    state.apply(Action::Loaded { request, result: Ok(Box::new(loaded)) });
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    assert!(matches!(state.question(), Some(Question::Close)));
    state.apply(Action::Cancel);
    assert!(matches!(state.question(), Some(Question::Restore(_))) && state.sources.is_loading());
    state.apply(Action::Cancel);
    assert!(state.question().is_none() && state.start_obstacle().is_none());

    // A question raised in the background waits behind the open one.
    let (mut state, _) = painting();
    state.apply(Action::CloseRequested);
    state.apply(Action::WorkFound(Some(Box::new(arrival(ArrivalOrigin::Recovery(None))))));
    assert!(matches!(state.question(), Some(Question::Close)));
    state.apply(Action::Cancel);
    assert!(matches!(state.question(), Some(Question::Recovered(_))));
    // Recovered work does not replace the open work without asking.
    state.apply(project(ProjectAction::Proceed));
    assert!(matches!(state.question(), Some(Question::Unsaved(Next::RecoveredWork))) && state.run.is_active());
    let effects = state.apply(project(ProjectAction::Leave));
    assert!(matches!(effects[..], [Effect::Stop, Effect::AdoptWork]), "{effects:?}");
    assert!(state.question().is_none() && state.history.entries().len() == 1);
}

#[test]
fn only_the_save_that_was_asked_for_closes_the_window() {
    let mut state = ready();
    let run = begin(&mut state);
    emit(&mut state, run, EventKind::Finished(done(1)));
    state.apply(Action::Choose(Target::NewPainting));
    assert!(matches!(state.apply(Action::CloseRequested)[..], [Effect::StayOpen]));
    // Another dialog is open, so none can ask where to save.
    assert!(state.apply(project(ProjectAction::SaveFirst)).is_empty());
    state.apply(chosen(Purpose::Open(Target::NewPainting), &[], false));
    state.apply(project(ProjectAction::Save));
    state.apply(chosen(Purpose::SaveProject(None), &["/art/evening.impasto"], false));
    let effects = saved(&mut state, "evening");
    assert!(matches!(effects[..], [Effect::ForgetWork { .. }]), "it does not close: {effects:?}");

    // The window still closes after a question about replacing the file.
    for answer in [ProjectAction::Replace, ProjectAction::SaveAs] {
        let mut state = opened();
        state.apply(Action::RemovePhoto);
        state.apply(Action::CloseRequested);
        assert!(matches!(state.apply(project(ProjectAction::SaveFirst))[..], [Effect::SaveProject(_)]));
        state.apply(Action::ProjectSaved(Err(SaveError::ChangedOutside(file_of("evening").path))));
        let effects = state.apply(project(answer));
        if matches!(effects[..], [Effect::OpenDialog { .. }]) {
            state.apply(chosen(purpose(&state).unwrap(), &["/art/mine.impasto"], false));
        }
        let effects = saved(&mut state, "evening");
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Close)), "{effects:?}");
    }
}

#[test]
fn undo_does_not_reach_into_the_previous_project() {
    let mut state = ready();
    state.apply(Action::Tick(0.0));
    state.apply(Action::SetSettings(Settings { strength: 5.0, ..state.settings.clone() }));
    state.apply(Action::Tick(5.0));
    state.apply(Action::Tick(9.0));
    assert!(state.can_undo());
    state.apply(Action::ArrivalRead(Ok(Box::new(arrival(ArrivalOrigin::Project(file_of("evening")))))));
    assert!(!state.can_undo() && !state.can_redo());
    state.apply(Action::Tick(10.0));
    state.apply(Action::Undo);
    assert!((state.settings.strength - 33.0).abs() < 1e-6 && !state.is_unsaved());
}

#[test]
fn a_project_that_is_being_written_is_not_left() {
    let (mut state, run) = painting();
    emit(&mut state, run, EventKind::Finished(done(1)));
    state.apply(Action::Project(ProjectAction::New));
    state.apply(Action::Project(ProjectAction::SaveFirst));
    // While the dialog is open, New is pressed once more.
    state.apply(Action::Project(ProjectAction::New));
    let asked = purpose(&state).unwrap();
    let saving = state.apply(chosen(asked, &["/art/evening.impasto"], false));
    assert!(matches!(saving[..], [Effect::SaveProject(_)]), "{saving:?}");
    // The answer to a question that was asked before.
    state.apply(Action::Project(ProjectAction::Leave));
    assert!(state.document.saving.is_some() && state.sources.photo_picture().is_some());
    assert!(texts(&state).iter().any(|text| text.contains("being saved")));
}
