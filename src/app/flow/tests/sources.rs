//! Adding, replacing and ordering pictures, and recent files.

use super::*;

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
fn a_picture_dropped_on_a_card_replaces_its_picture() {
    let mut state = ready();
    let (photo, painting) = (state.sources.photo.clone().unwrap().id, state.sources.paintings[1].source.id);
    load(&mut state, Target::Photo, "dog.png");
    load(&mut state, Target::Painting(painting), "hills.png");
    let card = state.sources.photo.as_ref().unwrap();
    assert_eq!((card.id, card.loaded.as_ref().unwrap().name.as_str()), (photo, "dog.png"));
    assert_eq!(state.sources.paintings.len(), 2);
    assert_eq!(state.sources.paintings[1].source.loaded.as_ref().unwrap().name, "hills.png");
    // Of several pictures, the others are added. On a removed card, all of them are.
    add(&mut state, Target::Photo, &["x.png", "y.png"]);
    assert_eq!(state.sources.paintings.len(), 3);
    state.apply(Action::RemovePainting(painting));
    add(&mut state, Target::Painting(painting), &["z.png"]);
    assert_eq!(state.sources.paintings.len(), 3);
}

#[test]
fn an_unreadable_picture_is_reported_and_nothing_is_lost() {
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
    // The notice stays until it is dismissed or something else is added.
    assert_eq!(texts(&state), ["Not a picture"]);
    let id = state.notices.iter().next().unwrap().id;
    state.apply(Action::Dismiss(id));
    assert!(texts(&state).is_empty());
}

#[test]
fn a_stale_picture_is_dropped() {
    let mut state = State::default();
    let first = add(&mut state, Target::Photo, &["slow.png"])[0];
    let second = add(&mut state, Target::Photo, &["fast.png"])[0];
    arrive(&mut state, second, "fast.png");
    arrive(&mut state, first, "slow.png");
    assert_eq!(state.sources.photo.as_ref().unwrap().loaded.as_ref().unwrap().name, "fast.png");

    let third = add(&mut state, Target::NewPainting, &["gone.png"])[0];
    let id = state.sources.paintings[0].source.id;
    state.apply(Action::RemovePainting(id));
    arrive(&mut state, third, "gone.png");
    assert!(state.sources.paintings.is_empty());
    let fourth = add(&mut state, Target::Photo, &["last.png"])[0];
    state.apply(Action::RemovePhoto);
    state.apply(Action::Loaded { request: fourth, result: Err("too late to matter".to_owned()) });
    assert!(state.sources.is_empty() && state.notices.is_empty());
}

#[test]
fn a_camera_file_among_several_becomes_the_photo() {
    let mut state = State::default();
    let effects = state.apply(Action::Add {
        origins: ["monet.jpg", "IMG_2041.jpg", "degas.png"].map(file).to_vec(),
        target: Target::Anywhere,
    });
    let names: Vec<_> = effects
        .iter()
        .map(|effect| match effect {
            Effect::Load(_, origin) => origin.name(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(names, ["IMG_2041.jpg", "monet.jpg", "degas.png"]);
    assert_eq!(state.sources.photo.as_ref().unwrap().pending.as_ref().unwrap().name, "IMG_2041.jpg");
}

fn painting_names(state: &State) -> Vec<String> {
    state.sources.ready_paintings().map(|loaded| loaded.name.clone()).collect()
}

#[test]
fn removing_all_paintings_can_be_undone() {
    let mut state = ready();
    let before = painting_names(&state);
    assert_eq!(before.len(), 2);
    state.apply(Action::RemovePaintings);
    assert!(painting_names(&state).is_empty() && state.sources.photo.is_some());
    state.apply(Action::Undo);
    assert_eq!(painting_names(&state), before);
}

#[test]
fn paintings_can_be_reordered() {
    let mut state = ready();
    load(&mut state, Target::NewPainting, "hills.png");
    let first = state.sources.paintings[0].source.id;
    state.apply(Action::MovePainting(first, 2));
    assert_eq!(painting_names(&state), ["stars.jpg", "hills.png", "waves.png"]);
    state.apply(Action::MovePainting(first, 0));
    assert_eq!(painting_names(&state), ["waves.png", "stars.jpg", "hills.png"]);
    state.apply(Action::MovePainting(first, 99));
    assert_eq!(painting_names(&state).last().unwrap(), "waves.png");
}

#[test]
fn opened_files_are_listed_as_recent() {
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
    // A missing file is removed from the list.
    let request = add(&mut state, Target::NewPainting, &["11.png"])[0];
    state.apply(Action::Loaded { request, result: Err("there is no file".to_owned()) });
    assert_eq!(state.recent.paintings[0], path("10.png"));
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
