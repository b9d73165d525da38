//! A folder of photos as the photo: looking at photos, painting, the list, the queue, and going on at the next start.

use std::path::Path;

use egui::pos2;

use super::*;
use crate::app::message::{FolderAction, FolderEffect, ProjectAction};
use crate::app::model::arrival::UnfinishedWork;
use crate::app::model::card::OneOf;
use crate::app::model::folder::FolderJob;
use crate::app::model::folder_painting::{ReadResult, RowThumbnail};
use crate::app::model::photo_folder::PhotoFolder;
use crate::app::model::run::RunInputs;
use crate::app::wording;
use crate::studio::Method;
use crate::studio::batch::{BatchEnd, BatchEvent, BatchNews, ItemOutcome, ItemReport, Pairing};

fn holiday() -> Arc<PhotoFolder> {
    let photos = ["a.jpg", "b.jpg", "c.jpg"].map(|name| PathBuf::from(format!("/pictures/holiday/{name}")));
    Arc::new(PhotoFolder { path: "/pictures/holiday".into(), photos: photos.into(), may_be_clip: false })
}

fn photo_of(folder: &Arc<PhotoFolder>, index: usize) -> Box<LoadedPicture> {
    let path = folder.photos[index].clone();
    let name = path.file_name().unwrap().to_str().unwrap();
    let one_of = Some(OneOf::Folder { folder: Arc::clone(folder), index });
    Box::new(LoadedPicture { one_of, path: Some(path.clone()), ..*loaded(name, 40, 30) })
}

fn act(state: &mut State, action: FolderAction) -> Vec<Effect> {
    state.apply(Action::Folder(action))
}

/// A state with two paintings and a folder as the photo.
fn with_folder() -> State {
    let mut state = State::default();
    load(&mut state, Target::NewPainting, "waves.png");
    load(&mut state, Target::NewPainting, "stars.jpg");
    let request = add(&mut state, Target::Anywhere, &["holiday"])[0];
    assert!(state.apply(Action::Loaded { request, result: Ok(photo_of(&holiday(), 0)) }).is_empty());
    state
}

/// Opens the sheet and paints.
fn paint(state: &mut State) -> Vec<Effect> {
    assert!(act(state, FolderAction::Ask).is_empty());
    assert!(matches!(state.question(), Some(Question::PaintFolder)));
    let effects = act(state, FolderAction::Paint);
    assert!(state.question().is_none());
    effects
}

fn job(effects: &[Effect]) -> &FolderJob {
    let [Effect::Folder(FolderEffect::Paint(job))] = effects else { panic!("{effects:?}") };
    job
}

fn told(event: BatchEvent, seconds_left: Option<u64>) -> FolderAction {
    FolderAction::News(BatchNews::Told(event, seconds_left.map(Duration::from_secs)))
}

fn report(name: &str, outcome: ItemOutcome) -> ItemReport {
    ItemReport {
        content: format!("{name}.jpg"),
        style: "waves.png, stars.jpg".to_owned(),
        painting: None,
        output: format!("{name}--mix.jpg"),
        outcome,
        was_changed: false,
        error: (outcome == ItemOutcome::Failed).then(|| "it is damaged".to_owned()),
        elapsed: Duration::from_secs(1),
        photo: format!("/pictures/holiday/{name}.jpg").into(),
        picture: format!("/pictures/holiday painted/{name}--mix.jpg").into(),
    }
}

fn item(name: &str, outcome: ItemOutcome) -> FolderAction {
    told(BatchEvent::Item(Box::new(report(name, outcome))), Some(130))
}

fn ended(end: BatchEnd) -> FolderAction {
    FolderAction::News(BatchNews::Ended(end))
}

/// The row that is to be read, and the number of its painting.
fn read_row(effects: &[Effect]) -> (Request, usize) {
    let [Effect::Folder(FolderEffect::ReadResult { painting, row, .. })] = effects else { panic!("{effects:?}") };
    (*painting, *row)
}

fn result(index: usize) -> ReadResult {
    ReadResult { photo: photo_of(&holiday(), index), picture: picture(40, 30) }
}

#[test]
fn looking_for_a_photo_reads_one_at_a_time_and_ends_with_the_latest() {
    let mut state = with_folder();
    assert_eq!(state.recent.photos[0], Path::new("/pictures/holiday"));
    let folder = Arc::clone(&state.folder.as_ref().unwrap().folder);
    let effects = act(&mut state, FolderAction::Seek(1));
    let [Effect::Folder(FolderEffect::ReadPhoto { request: first, index: 1, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(state.view.side, Side::Photo);
    assert!(act(&mut state, FolderAction::Seek(99)).is_empty());
    // Meanwhile no instant picture is painted of a photo that is about to be replaced.
    assert!(!state.apply(Action::Tick(1.0)).iter().any(|effect| matches!(effect, Effect::PaintInstant(_))));
    let effects = act(&mut state, FolderAction::PhotoRead(first, Ok(photo_of(&folder, 1))));
    let [Effect::Folder(FolderEffect::ReadPhoto { request: second, index: 2, .. })] = effects[..] else {
        panic!("{effects:?}")
    };
    // An answer to a request that is not waited for is ignored.
    assert!(act(&mut state, FolderAction::PhotoRead(first, Ok(photo_of(&folder, 0)))).is_empty());
    assert!(act(&mut state, FolderAction::PhotoRead(second, Ok(photo_of(&folder, 2)))).is_empty());
    assert_eq!(state.sources.loaded_photo().unwrap().name, "c.jpg");
    assert!(state.apply(Action::Tick(3.0)).iter().any(|effect| matches!(effect, Effect::PaintInstant(_))));
    // Looking at photos is no step to undo; the undone setting leaves the photo.
    state.apply(Action::SetSettings(Settings { strength: 80.0, ..Settings::default() }));
    state.apply(Action::Tick(10.0));
    state.apply(Action::Tick(20.0));
    state.apply(Action::Undo);
    assert!((state.settings.strength - 50.0).abs() < 1e-6);
    assert_eq!(state.sources.loaded_photo().unwrap().name, "c.jpg");
    // A photo that cannot be read is told, and the one before stays.
    let effects = act(&mut state, FolderAction::Seek(0));
    let [Effect::Folder(FolderEffect::ReadPhoto { request, .. })] = effects[..] else { panic!("{effects:?}") };
    act(&mut state, FolderAction::PhotoRead(request, Err("it is damaged".to_owned())));
    assert_eq!(texts(&state), ["It is damaged"]);
    assert_eq!(state.sources.loaded_photo().unwrap().name, "c.jpg");
    state.apply(Action::RemovePhoto);
    assert!(state.folder.is_none() && act(&mut state, FolderAction::Seek(1)).is_empty());
}

#[test]
fn a_folder_is_painted_as_chosen() {
    let mut state = with_folder();
    act(&mut state, FolderAction::Ask);
    let choices = state.folder.as_ref().unwrap().choices.clone();
    assert_eq!(choices.output, Path::new("/pictures/holiday painted"));
    assert_eq!((choices.method, choices.pairing, choices.has_own_size), (Method::Instant, Pairing::Mix, true));
    // By optimisation, photos are not painted at their own size unless that is said.
    let mut optimised = choices.clone();
    optimised.method = Method::Optimise;
    act(&mut state, FolderAction::Set(optimised));
    assert!(!state.folder.as_ref().unwrap().choices.has_own_size);
    let effects = act(&mut state, FolderAction::ChooseOutput);
    let [Effect::OpenDialog { purpose: Purpose::FolderOutput, folder, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(folder.as_deref(), Some(Path::new("/pictures")));
    state.apply(chosen(Purpose::FolderOutput, &["/out"], false));
    let effects = act(&mut state, FolderAction::Paint);
    let job = job(&effects);
    assert_eq!((job.choices.output.as_path(), job.settings.method), (Path::new("/out"), Method::Optimise));
    assert_eq!((job.inputs.paintings.len(), job.hardware.low_priority), (2, true));
    assert!(state.is_painting() && state.unfinished_folder.is_some());
}

#[test]
fn a_folder_is_painted_paused_and_stopped() {
    let mut state = with_folder();
    let effects = paint(&mut state);
    assert_eq!(job(&effects).settings.method, Method::Instant);
    let words = |state: &State| wording::progress_of_folder(state.folder_painting.as_ref().unwrap());
    assert_eq!(words(&state), "Preparing…");
    act(&mut state, told(BatchEvent::Started { items: 3 }, None));
    act(&mut state, told(BatchEvent::On("CPU".to_owned()), None));
    act(&mut state, told(BatchEvent::Remark("this is a data set".to_owned()), None));
    assert_eq!(texts(&state), ["This is a data set"]);
    assert_eq!(words(&state), "0 of 3");
    let effects = act(&mut state, item("a", ItemOutcome::Painted));
    let (number, row) = read_row(&effects);
    assert_eq!((row, words(&state).as_str()), (0, "1 of 3, about 2 minutes left"));
    // One picture is read at a time.
    assert!(act(&mut state, item("b", ItemOutcome::Failed)).is_empty());
    assert_eq!(words(&state), "2 of 3, 1 failed, about 2 minutes left");
    assert!(act(&mut state, FolderAction::ResultRead(number, 0, Ok(Box::new(result(0))))).is_empty());
    let canvas = state.shown_canvas().unwrap();
    assert_eq!((canvas.name.as_str(), canvas.setup.styles.len()), ("a--mix", 2));
    assert_eq!(canvas.setup.content.as_ref().unwrap().name, "a.jpg");
    // Trainings and instant pictures wait.
    assert!(!state.apply(Action::Tick(1.0)).iter().any(|effect| matches!(effect, Effect::PaintInstant(_))));
    assert!(matches!(act(&mut state, FolderAction::TogglePause)[..], [Effect::Folder(FolderEffect::Pause)]));
    assert_eq!(words(&state), "Paused, 2 of 3, 1 failed");
    assert!(matches!(act(&mut state, FolderAction::TogglePause)[..], [Effect::Folder(FolderEffect::Resume)]));
    // It cannot be closed before its end.
    act(&mut state, FolderAction::Close);
    assert!(matches!(act(&mut state, FolderAction::Stop)[..], [Effect::Folder(FolderEffect::Stop)]));
    assert!(act(&mut state, FolderAction::TogglePause).is_empty());
    // Closing the window loses nothing, so nothing is asked.
    assert!(state.apply(Action::CloseRequested).is_empty());
    let end = BatchEnd { painted: 1, skipped: 0, failed: 1, is_stopped: true };
    assert!(matches!(act(&mut state, ended(end))[..], [Effect::Folder(FolderEffect::ForgetWork(_))]));
    assert!(!state.is_painting() && state.unfinished_folder.is_none());
    assert_eq!(words(&state), "Stopped, 2 of 3, 1 failed");
    let said = "The painting of holiday was stopped, 1 painted, 1 failed. Paint it into the same folder to go on: \
                /pictures/holiday painted";
    assert!(texts(&state).contains(&said), "{:?}", texts(&state));
    // The preview shows the photo again.
    assert!(state.shown_canvas().is_none());
    assert!(act(&mut state, item("c", ItemOutcome::Painted)).is_empty());
    // The same job goes on.
    assert!(matches!(act(&mut state, FolderAction::GoOn)[..], [Effect::Folder(FolderEffect::Paint(_))]));
    act(&mut state, FolderAction::News(BatchNews::Failed("the disk is full".to_owned())));
    assert!(texts(&state).contains(&"The disk is full") && state.unfinished_folder.is_some());
    act(&mut state, FolderAction::Close);
    assert!(state.folder_painting.is_none());
}

#[test]
fn rows_are_shown_when_they_are_chosen() {
    let mut state = with_folder();
    paint(&mut state);
    act(&mut state, told(BatchEvent::Started { items: 3 }, None));
    let (number, _) = read_row(&act(&mut state, item("a", ItemOutcome::Painted)));
    act(&mut state, FolderAction::ResultRead(number, 0, Ok(Box::new(result(0)))));
    act(&mut state, item("b", ItemOutcome::Skipped));
    act(&mut state, FolderAction::ToggleList);
    let effects = act(&mut state, FolderAction::ReadThumbnail(0));
    assert!(matches!(&effects[..], [Effect::Folder(FolderEffect::ReadThumbnail { row: 0, picture, .. })]
        if picture.ends_with("holiday painted/a--mix.jpg")));
    // It is asked for once.
    assert!(act(&mut state, FolderAction::ReadThumbnail(0)).is_empty());
    act(&mut state, FolderAction::Thumbnail(number, 0, Some(picture(4, 3))));
    let painting = state.folder_painting.as_ref().unwrap();
    assert!(matches!(painting.rows[0].thumbnail, RowThumbnail::Ready(_)));
    let effects = act(&mut state, FolderAction::Show(1));
    assert_eq!(read_row(&effects), (number, 1));
    assert!(!state.folder_painting.as_ref().unwrap().view.is_list_open);
    // A picture that was painted since does not take its place.
    assert!(act(&mut state, item("c", ItemOutcome::Painted)).is_empty());
    act(&mut state, FolderAction::ResultRead(number, 1, Ok(Box::new(result(1)))));
    assert_eq!(state.shown_canvas().unwrap().name, "b--mix");
    state.apply(Action::SetSide(Side::Compare));
    assert!(act(&mut state, item("d", ItemOutcome::Painted)).is_empty());
    assert_eq!(state.shown_canvas().unwrap().name, "b--mix");
    // Until the user has looked at a photo and looks at results again.
    let effects = act(&mut state, FolderAction::Seek(1));
    let [Effect::Folder(FolderEffect::ReadPhoto { request, .. })] = effects[..] else { panic!("{effects:?}") };
    let folder = state.folder.as_ref().unwrap().folder.clone();
    act(&mut state, FolderAction::PhotoRead(request, Ok(photo_of(&folder, 1))));
    let effects = state.apply(Action::SetSide(Side::Result));
    assert_eq!(read_row(&effects).1, 3);
    act(&mut state, FolderAction::ResultRead(number, 3, Err("it is gone".to_owned())));
    assert!(texts(&state).contains(&"It is gone"));
    // After the end, a chosen picture stays until something is changed.
    act(&mut state, FolderAction::Show(0));
    act(&mut state, FolderAction::ResultRead(number, 0, Ok(Box::new(result(0)))));
    act(&mut state, ended(BatchEnd { painted: 3, skipped: 1, failed: 0, is_stopped: false }));
    assert_eq!(state.shown_canvas().unwrap().name, "a--mix");
    assert!(act(&mut state, FolderAction::GoOn).is_empty());
    state.apply(Action::SetSettings(Settings { strength: 80.0, ..Settings::default() }));
    assert!(state.shown_canvas().is_none());
    // Of a picture that has failed, the photo is shown.
    let mut state = with_folder();
    paint(&mut state);
    act(&mut state, told(BatchEvent::Started { items: 3 }, None));
    act(&mut state, item("c", ItemOutcome::Failed));
    let effects = act(&mut state, FolderAction::Show(0));
    assert!(matches!(effects[..], [Effect::Folder(FolderEffect::ReadPhoto { index: 2, .. })]));
    // Answers about an earlier painting are dropped.
    assert!(act(&mut state, FolderAction::ResultRead(number, 0, Ok(Box::new(result(0))))).is_empty());
    assert!(state.shown_canvas().is_none());
}

/// Masks were drawn for one photo.
#[test]
fn masks_are_left_out() {
    let mut state = with_folder();
    let folder = state.folder.as_ref().unwrap().folder.clone();
    let id = state.sources.paintings[0].source.id;
    for purpose in [MaskFor::Protection, MaskFor::Painting(id)] {
        for action in [MaskAction::Open(purpose), MaskAction::Press(pos2(0.5, 0.5)), MaskAction::Lift, MaskAction::Done]
        {
            state.apply(Action::Mask(action));
        }
    }
    let has_masks = |state: &State| (state.sources.protection.is_some(), state.sources.paintings[0].mask.is_some());
    assert_eq!(has_masks(&state), (true, true));
    let effects = paint(&mut state);
    let RunInputs { setup, paintings, protection, .. } = &job(&effects).inputs;
    assert!(protection.is_none() && setup.protection.is_none());
    assert!(
        paintings.iter().all(|style| style.mask.is_none()) && setup.styles.iter().all(|style| style.mask.is_none())
    );
    act(&mut state, ended(BatchEnd::default()));
    // A photo of another shape has none; undo brings them back with the photo that they were drawn for.
    let seek = |state: &mut State, index: usize, (width, height): (u32, u32)| {
        let effects = act(state, FolderAction::Seek(index));
        let [Effect::Folder(FolderEffect::ReadPhoto { request, .. })] = effects[..] else { panic!("{effects:?}") };
        let photo = LoadedPicture { picture: picture(width, height), ..*photo_of(&folder, index) };
        act(state, FolderAction::PhotoRead(request, Ok(Box::new(photo))));
    };
    seek(&mut state, 1, (40, 30));
    assert_eq!(has_masks(&state), (true, true));
    seek(&mut state, 2, (30, 40));
    assert_eq!(has_masks(&state), (false, false));
    state.apply(Action::Undo);
    assert_eq!(has_masks(&state), (true, true));
    assert_eq!(state.sources.photo_size(), Some((40, 30)));
    let shown = &state.sources.loaded_photo().unwrap().name;
    assert_eq!((shown.as_str(), state.folder.as_ref().unwrap().index), ("a.jpg", 0));
}

/// The list is of the folder that was painted, whatever is open by now.
#[test]
fn rows_of_a_folder_that_was_closed_open_it() {
    let mut state = with_folder();
    paint(&mut state);
    act(&mut state, told(BatchEvent::Started { items: 1 }, None));
    let (number, _) = read_row(&act(&mut state, item("a", ItemOutcome::Painted)));
    act(&mut state, FolderAction::ResultRead(number, 0, Ok(Box::new(result(0)))));
    act(&mut state, item("c", ItemOutcome::Failed));
    act(&mut state, ended(BatchEnd { painted: 1, failed: 1, ..BatchEnd::default() }));
    load(&mut state, Target::Photo, "cat.png");
    assert!(state.folder.is_none());
    let effects = act(&mut state, FolderAction::Show(0));
    let [Effect::Load(request, Origin::Photos(path)), Effect::Folder(FolderEffect::ReadResult { .. })] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(path, Path::new("/pictures/holiday"));
    state.apply(Action::Loaded { request: *request, result: Ok(photo_of(&holiday(), 0)) });
    act(&mut state, FolderAction::ResultRead(number, 0, Ok(Box::new(result(0)))));
    assert_eq!(state.shown_canvas().unwrap().name, "a--mix");
    // New work closes the list.
    act(&mut state, FolderAction::ToggleList);
    state.apply(Action::Project(ProjectAction::New));
    assert!(state.folder_painting.is_none());
}

#[test]
fn many_thumbnails_are_not_kept() {
    let mut state = with_folder();
    paint(&mut state);
    act(&mut state, told(BatchEvent::Started { items: 1000 }, None));
    let number = state.folder_painting.as_ref().unwrap().number;
    for row in 0..300 {
        act(&mut state, item(&row.to_string(), ItemOutcome::Skipped));
        act(&mut state, FolderAction::ReadThumbnail(row));
        act(&mut state, FolderAction::Thumbnail(number, row, Some(picture(4, 3))));
    }
    let rows = &state.folder_painting.as_ref().unwrap().rows;
    let kept = rows.iter().filter(|row| matches!(row.thumbnail, RowThumbnail::Ready(_))).count();
    assert_eq!(kept, 256);
    // Those that were forgotten are read again when they are visible again, a few at once.
    let asked = (0..10).map(|row| act(&mut state, FolderAction::ReadThumbnail(row)).len());
    assert_eq!(asked.sum::<usize>(), 4);
    act(&mut state, FolderAction::Thumbnail(number, 0, None));
    assert_eq!(act(&mut state, FolderAction::ReadThumbnail(9)).len(), 1);
}

#[test]
fn folders_and_pictures_wait_for_each_other() {
    let mut state = with_folder();
    let run = begin(&mut state);
    assert!(paint(&mut state).is_empty());
    assert!(state.apply(Action::Start).is_empty());
    assert_eq!((state.queue.waiting().len(), state.active_folder().is_some()), (2, false));
    let effects = state.apply(Action::Painter(Event { run, kind: EventKind::Finished(done(1)) }));
    assert!(matches!(&effects[..], [Effect::MakeThumbnail(..), Effect::Folder(FolderEffect::Paint(_))]));
    let effects = act(&mut state, ended(BatchEnd { painted: 3, failed: 1, ..BatchEnd::default() }));
    let [Effect::Folder(FolderEffect::ForgetWork(_)), Effect::Start(start)] = &effects[..] else {
        panic!("{effects:?}")
    };
    // What has failed waits once, and what it needs is kept while it is the next into its folder.
    for _ in 0..2 {
        assert!(act(&mut state, FolderAction::GoOn).is_empty());
    }
    assert_eq!(state.queue.waiting().len(), 1);
    let effects = state.apply(Action::Painter(Event { run: start.id, kind: EventKind::Finished(done(1)) }));
    assert!(matches!(&effects[..], [Effect::MakeThumbnail(..), Effect::Folder(FolderEffect::Paint(_))]));
    assert!(paint(&mut state).is_empty());
    let effects = act(&mut state, ended(BatchEnd { painted: 1, ..BatchEnd::default() }));
    assert!(matches!(&effects[..], [Effect::Folder(FolderEffect::Paint(_))]));
    // Another folder takes the place of one that was left unfinished.
    act(&mut state, FolderAction::News(BatchNews::Failed("no".to_owned())));
    let mut choices = state.folder.as_ref().unwrap().choices.clone();
    choices.output = "/elsewhere".into();
    act(&mut state, FolderAction::Set(choices));
    let effects = paint(&mut state);
    assert!(matches!(
        &effects[..],
        [Effect::Folder(FolderEffect::ForgetWork(_)), Effect::Folder(FolderEffect::Paint(_))]
    ));
}

#[test]
fn an_unfinished_folder_is_asked_about_and_goes_on() {
    let mut before = with_folder();
    before.settings.strength = 70.0;
    let mut choices = before.folder.as_ref().unwrap().choices.clone();
    (choices.pairing, choices.format) = (Pairing::Each, Some(Format::Png));
    act(&mut before, FolderAction::Set(choices));
    let effects = paint(&mut before);
    let first = job(&effects);
    // The program ends here; the next one has read the preferences.
    let written = serde_json::to_string(&before.preferences()).unwrap();
    let mut state = State::with_preferences(serde_json::from_str(&written).unwrap(), None);
    act(&mut state, FolderAction::Unfinished);
    assert!(matches!(state.question(), Some(Question::UnfinishedFolder(name)) if name == "holiday"));
    // Put off, it is asked about again at the next start.
    state.apply(Action::Cancel);
    assert!(state.preferences().unfinished_folder.is_some());
    assert!(act(&mut state, FolderAction::GoOnWithUnfinished).is_empty());
    act(&mut state, FolderAction::Unfinished);
    let effects = act(&mut state, FolderAction::GoOnWithUnfinished);
    assert!(matches!(effects[..], [Effect::Folder(FolderEffect::ReadWork(_))]));
    let setup = first.inputs.setup.clone();
    let masks = vec![None; setup.styles.len()];
    let found = |name| ArrivalPicture {
        source: source(name),
        found: SearchResult::Found(loaded(name, 40, 30)),
        is_needed: true,
    };
    let setup = Arrival {
        origin: ArrivalOrigin::Picture("holiday".to_owned()),
        pictures: ["waves.png", "stars.jpg"].map(found).into(),
        ready: LoadedSetup { setup, protection: None, masks, start: None },
        results: Vec::new(),
        unfinished: None,
        searching: false,
    };
    let work = UnfinishedWork { setup, photo: *photo_of(&holiday(), 0) };
    let effects = act(&mut state, FolderAction::WorkRead(Ok(Box::new(work))));
    let second = job(&effects);
    assert_eq!((&second.choices, &second.settings), (&first.choices, &first.settings));
    // What cannot be read is told.
    act(&mut state, ended(BatchEnd::default()));
    act(&mut state, FolderAction::WorkRead(Err("a painting is gone".to_owned())));
    assert!(texts(&state).contains(&"A painting is gone"));
    // Left as it is, it is not asked about again.
    paint(&mut state);
    act(&mut state, FolderAction::News(BatchNews::Failed("no".to_owned())));
    act(&mut state, FolderAction::Unfinished);
    assert!(matches!(act(&mut state, FolderAction::Forget)[..], [Effect::Folder(FolderEffect::ForgetWork(_))]));
    assert!(state.question().is_none() && state.preferences().unfinished_folder.is_none());
}

#[test]
fn the_sheet_closes_with_its_folder() {
    let mut state = with_folder();
    act(&mut state, FolderAction::Ask);
    act(&mut state, FolderAction::ChooseOutput);
    state.apply(Action::Cancel);
    assert!(state.question().is_none() && state.dialog.is_none());
    act(&mut state, FolderAction::Ask);
    state.apply(Action::RemovePhoto);
    assert!(state.question().is_none());
}
