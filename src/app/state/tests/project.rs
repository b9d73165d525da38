//! Work that was found, and goes on.

use super::*;

/// Work that a program left behind, with a photo and a painting.
fn found() -> Box<crate::studio::project::Project> {
    use crate::engine::snapshot::{Memory, Snapshot};
    use crate::studio::project::{Project, Style, Unfinished};
    let snapshot =
        Snapshot { scale: 0, iteration: 3, width: 1, height: 1, image: vec![0.5; 3], optimizer: Memory::default() };
    let style = Style { source: source("waves.png"), weight: 20.0, brush_scale: 1.0, mask: None };
    Box::new(Project {
        content: Some(source("cat.png")),
        styles: vec![style],
        settings: Settings { strength: 33.0, ..Settings::default() },
        unfinished: Some(Unfinished { snapshot: Arc::new(snapshot), seconds: 60.0 }),
        ..Project::default()
    })
}

/// A state that was asked to go on with work that was found, and the readings it waits for.
fn going_on() -> (State, Vec<Request>) {
    let mut state = ready();
    assert!(state.apply(Action::WorkFound(found())).is_empty());
    assert!(matches!(state.question, Some(Question::GoOn(_))));
    let effects = state.apply(Action::GoOn);
    let [Effect::Adopt, Effect::Load(photo, _), Effect::Load(painting, _)] = &effects[..] else {
        panic!("{effects:?}")
    };
    let requests = vec![*photo, *painting];
    assert!((state.settings.strength - 33.0).abs() < 1e-6 && state.sources.paintings.len() == 1);
    (state, requests)
}

fn read(state: &mut State, request: Request, name: &str) -> Vec<Effect> {
    let (picture, thumbnail) = (picture(40, 30), picture(4, 3));
    let loaded = Loaded { name: name.to_owned(), path: None, picture, thumbnail, source: source(name) };
    state.apply(Action::Loaded { request, result: Ok(Box::new(loaded)) })
}

#[test]
fn work_that_was_found_goes_on_when_its_pictures_are_there() {
    let (mut state, requests) = going_on();
    assert!(read(&mut state, requests[1], "waves.png").is_empty());
    assert!(matches!(read(&mut state, requests[0], "cat.png")[..], [Effect::Start(_)]));
    assert!(state.take_unfinished().is_some() && state.take_unfinished().is_none());

    // Nothing is taken up when it is not wanted now.
    let mut state = ready();
    state.apply(Action::WorkFound(found()));
    assert!(state.apply(Action::Cancel).is_empty() && state.apply(Action::GoOn).is_empty());
    assert_eq!(state.sources.paintings.len(), 2);
}

#[test]
fn a_picture_that_moved_is_asked_for_and_the_work_goes_on() {
    let (mut state, requests) = going_on();
    assert!(read(&mut state, requests[1], "waves.png").is_empty());
    let missing = Err("there is no such file: /pictures/cat.png".to_owned());
    assert!(state.apply(Action::Loaded { request: requests[0], result: missing }).is_empty());
    let request = add(&mut state, Target::Anywhere, &["cat.png"])[0];
    // It is there again, and nothing else was changed.
    assert!(matches!(read(&mut state, request, "cat.png")[..], [Effect::Start(_)]));
    assert!(state.take_unfinished().is_some());

    let (mut state, requests) = going_on();
    read(&mut state, requests[1], "waves.png");
    assert!(read(&mut state, requests[0], "another.png").is_empty());
    assert!(texts(&state)[0].contains("missing or has changed"), "{:?}", texts(&state));
    assert!(matches!(state.apply(Action::Start)[..], [Effect::Start(_)]));
    assert!(state.take_unfinished().is_none(), "another photo is another picture");
}
