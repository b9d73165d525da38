//! Style maps: places that are tried and taken, and changes of the map.

use std::path::Path;

use super::*;
use crate::app::message::{MapAction, MapEffect};
use crate::app::model::instant::InstantRequest;
use crate::app::model::map_chart::MapChart;
use crate::app::model::map_making::{MapChange, MapJob};
use crate::app::model::open_map::ReadMap;
use crate::engine::instant::{StyleVector, built_in_checksum};
use crate::picture::MapPlace;
use crate::picture::style_map::{MapMethod, MapNetwork, MapPainting, MapRecord, StyleMap};
use crate::studio::Method;
use crate::studio::map::{MapEvent, MapNews};

/// A map of three paintings in this file.
pub(super) fn read_map(path: PathBuf) -> ReadMap {
    let network = |from: u32, to: u32| MapNetwork {
        sizes: vec![from, to],
        parameters: vec![0.01; (from as usize + 1) * to as usize],
    };
    let length = StyleVector::LENGTH as u32;
    let painting = |(name, place): (&str, [f32; 2])| MapPainting {
        name: name.to_owned(),
        checksum: Checksum::of(name.as_bytes()),
        place,
        spread: 0.3,
        style: vec![place[0]; StyleVector::LENGTH],
        picture: Vec::new(),
    };
    let map = StyleMap {
        record: MapRecord {
            method: MapMethod::Components,
            parts: 42,
            seed: 0,
            evidence: None,
            explained: 0.5,
            trustworthiness: None,
            program: "Impasto 0.1.0".to_owned(),
            weights: built_in_checksum(),
        },
        paintings: [("wave.jpg", [0.0, 0.0]), ("scream.jpg", [1.0, 0.0]), ("night.jpg", [0.0, 1.0])]
            .map(painting)
            .to_vec(),
        centre: vec![0.0; StyleVector::LENGTH],
        scale: 1.0,
        encoder: network(length, 2),
        decoder: network(2, length),
    };
    let chart = Arc::new(MapChart::new(&map));
    ReadMap { path, map: Arc::new(map), chart }
}

fn art() -> PathBuf {
    PathBuf::from("/maps/art.map")
}

/// The picture of a place, as the services read it.
fn place(path: &Path) -> Box<LoadedPicture> {
    let (map, place) = MapPlace::in_path(path).unwrap();
    let on_map = MapPlace::new(read_map(map).map, "art.map".to_owned(), place).unwrap();
    let picture = Arc::new(Picture::placeholder(on_map));
    Box::new(LoadedPicture { path: Some(path.to_path_buf()), picture, ..*loaded("place", 4, 4) })
}

/// A state with a photo, these paintings and an open map.
fn with_map(paintings: &[&str]) -> State {
    let mut state = State { maps_folder: Some(PathBuf::from("/maps")), ..State::default() };
    for (target, names) in [(Target::Photo, &["photo.png"][..]), (Target::NewPainting, paintings)] {
        for (request, name) in add(&mut state, target, names).into_iter().zip(names) {
            state.apply(Action::Loaded { request, result: Ok(loaded(name, 80, 60)) });
        }
    }
    state.apply(Action::Map(MapAction::Read(Ok(Box::new(read_map(art()))))));
    state
}

/// Answers the requests to read places, as the services do.
fn read_places(state: &mut State, effects: Vec<Effect>) -> Vec<PathBuf> {
    let mut read = Vec::new();
    for effect in effects {
        let Effect::Load(request, Origin::File(path)) = effect else { panic!("{effect:?}") };
        state.apply(Action::Loaded { request, result: Ok(place(&path)) });
        read.push(path);
    }
    read
}

fn go_to(state: &mut State, place: [f32; 2]) -> Vec<PathBuf> {
    let effects = state.apply(Action::Map(MapAction::GoTo { place, is_added: false }));
    read_places(state, effects)
}

fn names(state: &State) -> Vec<String> {
    let name =
        |loaded: &LoadedPicture| loaded.path.as_ref().unwrap().file_name().unwrap().to_string_lossy().into_owned();
    state.sources.ready_paintings().map(name).collect()
}

fn asked(state: &mut State, time: f64) -> Option<InstantRequest> {
    let effects = state.apply(Action::Tick(time));
    effects.into_iter().find_map(|effect| match effect {
        Effect::PaintInstant(request) => Some(*request),
        _ => None,
    })
}

#[test]
fn a_place_takes_the_place_of_the_one_before_and_undo_brings_paintings_back() {
    let mut state = with_map(&["waves.png", "stars.png"]);
    assert_eq!(go_to(&mut state, [0.5, 0.25]), [PathBuf::from("/maps/art.map@0.5,0.25")]);
    assert_eq!(names(&state), ["art.map@0.5,0.25"]);
    assert!(state.notices.iter().any(|notice| notice.text.contains("Undo brings them back")));
    let id = state.sources.paintings[0].source.id;
    go_to(&mut state, [0.123_45, -0.0]);
    assert_eq!(names(&state), ["art.map@0.123,0"]);
    assert_eq!(state.sources.paintings[0].source.id, id);
    // With Shift, a place is added; the next one takes the place of that.
    state.apply(Action::Map(MapAction::Try { place: [1.0, 1.0], is_added: true }));
    let effects = state.apply(Action::Map(MapAction::Take));
    read_places(&mut state, effects);
    go_to(&mut state, [-1.0, 1.0]);
    assert_eq!(names(&state), ["art.map@0.123,0", "art.map@-1,1"]);
    assert!(state.map.as_ref().unwrap().tried.is_none());
    for expected in [
        &["art.map@0.123,0", "art.map@1,1"][..],
        &["art.map@0.123,0"],
        &["art.map@0.5,0.25"],
        &["waves.png", "stars.png"],
    ] {
        state.apply(Action::Undo);
        assert_eq!(names(&state), expected);
    }
}

#[test]
fn a_place_is_tried_on_the_photo_until_its_picture_is_there() {
    let mut state = with_map(&["waves.png"]);
    state.settings.size = 1024;
    let whole = asked(&mut state, 0.0).unwrap();
    state.apply(Action::InstantPainter(Event { run: whole.id, kind: EventKind::Finished(done(1)) }));
    state.apply(Action::Map(MapAction::Try { place: [0.5, 0.5], is_added: false }));
    let first = asked(&mut state, 0.1).unwrap();
    let ingredients = first.recipe.ingredients();
    assert_eq!((ingredients.settings.size, ingredients.settings.method), (384, Method::Instant));
    assert_eq!(ingredients.styles.len(), 1);
    assert_eq!(ingredients.styles[0].source.map_place().unwrap().text(), "art.map@0.5,0.5");
    // While it is painted, the next places wait; then only the latest is asked for.
    for across in [0.6, 0.7, 0.8] {
        state.apply(Action::Map(MapAction::Try { place: [across, 0.5], is_added: false }));
        assert!(asked(&mut state, 0.2).is_none());
    }
    state.apply(Action::InstantPainter(Event { run: first.id, kind: EventKind::Finished(done(1)) }));
    assert!(state.shown_instant().is_some());
    let second = asked(&mut state, 0.3).unwrap();
    assert_eq!(second.recipe.ingredients().styles[0].source.map_place().unwrap().text(), "art.map@0.8,0.5");
    state.apply(Action::InstantPainter(Event { run: second.id, kind: EventKind::Finished(done(1)) }));
    assert!(asked(&mut state, 0.4).is_none());
    // Nothing of it is in the work yet, and nothing can be undone.
    assert_eq!(names(&state), ["waves.png"]);
    let effects = state.apply(Action::Map(MapAction::Take));
    assert!(asked(&mut state, 0.5).is_none());
    assert!(state.shown_instant().is_some());
    read_places(&mut state, effects);
    let third = asked(&mut state, 0.6).unwrap();
    assert_eq!(third.recipe.ingredients().settings.size, 1024);
    // A run that paints has the preview for itself.
    state.apply(Action::Start);
    state.apply(Action::Map(MapAction::Try { place: [0.0, 0.0], is_added: false }));
    assert!(asked(&mut state, 0.7).is_none());
}

#[test]
fn painting_with_a_place_takes_it_first() {
    let mut state = with_map(&["waves.png"]);
    let effects = state.apply(Action::Map(MapAction::PaintWith));
    assert!(!state.run.is_active());
    let [Effect::Load(request, Origin::File(path))] = &effects[..] else { panic!("{effects:?}") };
    let effects = state.apply(Action::Loaded { request: *request, result: Ok(place(path)) });
    assert!(matches!(&effects[..], [Effect::Start(_)]), "{effects:?}");
    assert_eq!(names(&state), ["art.map@0,0"]);
    // The next one waits until that is painted, without reading the place again.
    let effects = state.apply(Action::Map(MapAction::PaintWith));
    assert!(effects.is_empty() && state.queue.waiting().len() == 1, "{effects:?}");
    // A place that cannot be read starts nothing.
    let effects = state.apply(Action::Map(MapAction::GoTo { place: [1.0, 0.5], is_added: false }));
    read_places(&mut state, effects);
    let effects = state.apply(Action::Map(MapAction::Try { place: [0.5, 0.5], is_added: false }));
    assert!(effects.is_empty());
    let effects = state.apply(Action::Map(MapAction::PaintWith));
    let [Effect::Load(request, _)] = &effects[..] else { panic!("{effects:?}") };
    state.apply(Action::Loaded { request: *request, result: Err("the map is gone".to_owned()) });
    assert!(state.queue.waiting().len() == 1 && state.map.as_ref().unwrap().tried.is_none());
}

#[test]
fn a_result_gives_way_to_the_place_that_is_tried() {
    let mut state = with_map(&["waves.png"]);
    state.apply(Action::Start);
    state.apply(Action::Painter(Event { run: state.run.id(), kind: EventKind::Finished(done(9)) }));
    let result = state.shown_canvas().unwrap().image.clone();
    assert!(state.shown_entry().is_some());
    state.apply(Action::Map(MapAction::Try { place: [0.5, 0.5], is_added: false }));
    let tried = asked(&mut state, 0.1).unwrap();
    state.apply(Action::InstantPainter(Event { run: tried.id, kind: EventKind::Finished(done(1)) }));
    assert!(state.shown_instant().is_some() && !state.shown_canvas().unwrap().image.is_same(&result));
    let effects = state.apply(Action::Map(MapAction::Take));
    read_places(&mut state, effects);
    assert!(asked(&mut state, 0.2).is_some());
    // Undo brings the painting and its result back.
    state.apply(Action::Undo);
    asked(&mut state, 0.3);
    assert!(state.shown_canvas().unwrap().image.is_same(&result));
}

#[test]
fn a_map_is_made() {
    let mut state = with_map(&[]);
    state.apply(Action::Map(MapAction::ChooseFolder));
    let effects = state.apply(chosen(Purpose::MapFolder, &["/paintings"], false));
    let [Effect::Map(MapEffect::Make(job))] = &effects[..] else { panic!("{effects:?}") };
    assert!(
        matches!(&**job, MapJob::Make { paintings, folder } if paintings == Path::new("/paintings") && folder == Path::new("/maps"))
    );
    assert_eq!(state.map_obstacle(), Some("Another map is being made or changed"));
    assert!(state.apply(Action::Map(MapAction::Remove(0))).is_empty());
    let tell = |state: &mut State, event| state.apply(Action::Map(MapAction::News(MapNews::Told(event))));
    tell(&mut state, MapEvent::Described { number: 3, of: 4 });
    tell(&mut state, MapEvent::LeftOut("not a picture: a.txt".to_owned()));
    assert!((state.map_making.as_ref().unwrap().fraction() - 0.6).abs() < 1e-6);
    let made = MapNews::Made { path: PathBuf::from("/maps/paintings.map"), paintings: 3 };
    let effects = state.apply(Action::Map(MapAction::News(made)));
    assert!(matches!(&effects[..], [Effect::Map(MapEffect::Read(path))] if path == Path::new("/maps/paintings.map")));
    let said: Vec<&str> = state.notices.iter().map(|notice| notice.text.as_str()).collect();
    assert!(
        said.contains(&"The map paintings is made of 3 paintings.")
            && said.iter().any(|text| text.ends_with("not a picture: a.txt")),
        "{said:?}"
    );

    let effects = read_again(&mut state, PathBuf::from("/maps/paintings.map"));
    assert!(effects.is_empty() && state.map_making.is_none());
    assert_eq!(state.map.as_ref().unwrap().path, PathBuf::from("/maps/paintings.map"));
}

/// The services have read a map.
fn read_again(state: &mut State, path: PathBuf) -> Vec<Effect> {
    state.apply(Action::Map(MapAction::Read(Ok(Box::new(read_map(path))))))
}

/// The change that was asked for.
fn change(effects: &[Effect]) -> MapChange {
    match effects {
        [Effect::Map(MapEffect::Make(job))] => match &**job {
            MapJob::Change { change, .. } => change.clone(),
            MapJob::Make { .. } => panic!("a new map"),
        },
        other => panic!("{other:?}"),
    }
}

fn tell_news(state: &mut State, news: MapNews) -> Vec<Effect> {
    state.apply(Action::Map(MapAction::News(news)))
}

fn finish_change(state: &mut State) {
    tell_news(state, MapNews::Made { path: art(), paintings: 2 });
    read_again(state, art());
}

#[test]
fn what_was_removed_from_a_map_is_put_back() {
    let mut state = with_map(&[]);
    let offers = |state: &State| state.notices.iter().any(|notice| notice.kind == NoticeKind::Removed);
    let effects = state.apply(Action::Map(MapAction::Remove(1)));
    assert!(matches!(change(&effects), MapChange::Remove(painting) if painting.name == "scream.jpg"));
    // It is said when it is done, and until it was read the map cannot be changed.
    assert!(!offers(&state));
    tell_news(&mut state, MapNews::Made { path: art(), paintings: 2 });
    assert!(offers(&state));
    assert!(state.apply(Action::PutBack).is_empty() && offers(&state));
    assert!(state.apply(Action::Map(MapAction::Remove(0))).is_empty());
    read_again(&mut state, PathBuf::from("/maps/other.map"));
    assert!(state.map_making.is_some());
    read_again(&mut state, art());
    assert!(state.map_making.is_none());
    read_again(&mut state, art());
    // What happens to another map changes nothing.
    state.apply(Action::Map(MapAction::ChooseFolder));
    state.apply(chosen(Purpose::MapFolder, &["/empty"], false));
    tell_news(&mut state, MapNews::Failed("a map needs two paintings".to_owned()));
    let effects = state.apply(Action::PutBack);
    let MapChange::PutBack { plane, painting } = change(&effects) else { panic!() };
    assert_eq!((plane, painting.name.as_str()), (read_map(art()).map.plane(), "scream.jpg"));
    finish_change(&mut state);
    assert!(state.apply(Action::PutBack).is_empty());
    // What failed or was stopped is not said to be removed.
    for news in [MapNews::Stopped, MapNews::Failed("the disk is full".to_owned())] {
        state.apply(Action::Map(MapAction::Remove(1)));
        tell_news(&mut state, news);
        assert!(!offers(&state) && state.map_making.is_none());
    }
    assert!(state.notices.iter().any(|notice| notice.kind == NoticeKind::Problem && notice.text == "The disk is full"));
    // A new layout can be taken back as well.
    let effects = state.apply(Action::Map(MapAction::LearnAgain));
    assert!(matches!(change(&effects), MapChange::LearnAgain));
    finish_change(&mut state);
    let effects = state.apply(Action::PutBack);
    assert!(matches!(change(&effects), MapChange::Layout(before) if before.paintings.len() == 3));
}

#[test]
fn a_map_that_is_done_interrupts_nobody() {
    let mut state = with_map(&[]);
    state.apply(Action::Map(MapAction::AddPaintings(vec![PathBuf::from("/pictures/waves.png")])));
    state.apply(Action::Map(MapAction::Close));
    finish_change(&mut state);
    assert!(state.map.is_none() && state.map_making.is_none());
    // A place that is tried on one map is not taken on another.
    read_again(&mut state, PathBuf::from("/maps/other.map"));
    state.apply(Action::Map(MapAction::ChooseFolder));
    state.apply(chosen(Purpose::MapFolder, &["/paintings"], false));
    state.apply(Action::Map(MapAction::Try { place: [0.5, 0.5], is_added: false }));
    finish_change(&mut state);
    assert_eq!(state.map.as_ref().unwrap().path, PathBuf::from("/maps/other.map"));
    assert!(state.recent.maps.contains(&art()));
    // Closing the window asks first while one is made.
    state.apply(Action::Map(MapAction::LearnAgain));
    let effects = state.apply(Action::CloseRequested);
    assert!(matches!(effects[..], [Effect::StayOpen]) && matches!(state.question(), Some(Question::Close)));
    tell_news(&mut state, MapNews::Stopped);
    assert!(state.question().is_none());
}

#[test]
fn a_place_on_a_changed_map_is_taken_again() {
    let mut state = with_map(&[]);
    go_to(&mut state, [0.5, 0.5]);
    // The plane is another one now, so the same place is another style.
    let mut read = read_map(art());
    Arc::make_mut(&mut read.map).centre[0] = 0.5;
    state.apply(Action::Map(MapAction::Read(Ok(Box::new(read)))));
    let effects = state.apply(Action::Map(MapAction::PaintWith));
    assert!(matches!(&effects[..], [Effect::Load(..)]), "{effects:?}");
    // A small preview is neither exported nor continued.
    let mut state = with_map(&[]);
    state.apply(Action::Map(MapAction::Try { place: [0.5, 0.5], is_added: false }));
    let tried = asked(&mut state, 0.1).unwrap();
    state.apply(Action::InstantPainter(Event { run: tried.id, kind: EventKind::Finished(done(1)) }));
    assert!(state.shows_tried_place() && !state.can_export() && state.continue_obstacle().is_some());
    let effects = state.apply(Action::Map(MapAction::Take));
    read_places(&mut state, effects);
    let whole = asked(&mut state, 0.2).unwrap();
    assert!(!state.can_export());
    state.apply(Action::InstantPainter(Event { run: whole.id, kind: EventKind::Finished(done(1)) }));
    assert!(state.can_export() && state.continue_obstacle().is_none());
}

#[test]
fn favourites_stay_with_the_plane_and_are_remembered() {
    let mut state = with_map(&[]);
    go_to(&mut state, [0.5, 0.5]);
    state.apply(Action::Map(MapAction::ToggleFavourite));
    let plane = read_map(art()).map.plane();
    assert_eq!(state.favourites.of(plane), [[0.5, 0.5]]);
    let remembered = State::with_preferences(state.preferences(), None);
    assert_eq!(remembered.favourites, state.favourites);
    assert_eq!(remembered.recent.maps, [art()]);
    // They are those of the same map in another file.
    state.apply(Action::Map(MapAction::Read(Ok(Box::new(read_map(PathBuf::from("/else/copy.map")))))));
    assert!(state.favourites.contain(state.map.as_ref().unwrap().plane, [0.5, 0.5]));
    // A card on the old file stays as it is; a place on the new one is another.
    go_to(&mut state, [0.0, 0.25]);
    assert_eq!(state.sources.paintings.len(), 1);
    state.apply(Action::Map(MapAction::ToggleFavourite));
    state.apply(Action::Map(MapAction::GoTo { place: [0.5, 0.5], is_added: false }));
    state.apply(Action::Map(MapAction::ToggleFavourite));
    assert_eq!(state.favourites.of(plane), [[0.0, 0.25]]);
}

#[test]
fn a_map_is_opened_by_its_name_wherever_it_is_dropped() {
    let mut state = State::default();
    let drop = |state: &mut State, names: &[&str]| {
        let origins = names.iter().map(|name| file(name)).collect();
        state.apply(Action::Add { origins, target: Target::Anywhere })
    };
    let effects = drop(&mut state, &["IMG_1.jpg", "art.MAP", "waves.png"]);
    assert!(
        matches!(&effects[..], [Effect::Map(MapEffect::Read(_)), Effect::Load(..), Effect::Load(..)]),
        "{effects:?}"
    );
    assert_eq!(state.sources.paintings.len(), 1);
    let failed = MapAction::Read(Err((PathBuf::from("/pictures/art.MAP"), "the style map is damaged".to_owned())));
    state.apply(Action::Map(failed));
    assert!(state.map.is_none() && state.notices.iter().any(|notice| notice.kind == NoticeKind::Problem));
    // A place on a map is a painting.
    let effects = drop(&mut state, &["art.map@0.5,1"]);
    assert!(matches!(&effects[..], [Effect::Load(..)]), "{effects:?}");
}

#[test]
fn a_missing_place_is_looked_for_on_the_map_of_its_name() {
    let mut work = super::project::arrival(ArrivalOrigin::Picture("finished.png".to_owned()));
    for (picture, name) in work.pictures.iter_mut().zip(["photo.png", "art.map@0.5,1"]) {
        picture.source.name = name.to_owned();
        picture.found = SearchResult::Missing;
    }
    assert!(work.pictures.len() >= 2);
    assert_eq!(work.missing_for(Path::new("/moved/art.map")), Some(1));
    assert_eq!(work.missing_for(Path::new("/moved/other.map")), Some(0));
}
