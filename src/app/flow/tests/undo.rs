//! Undo, redo and the user's presets.

use super::*;

#[test]
fn a_drag_is_undone_and_redone_in_one_step() {
    let mut state = ready();
    state.steps.clear();
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
    let id = state.sources.paintings[0].source.id;
    state.apply(set_weight(id, 10.0));
    state.apply(Action::Tick(6.0));
    state.apply(Action::Undo);
    assert!((state.sources.paintings[0].balance().weight - NEW_PAINTING.weight).abs() < 1e-6);
    assert!((strength(&state) - 70.0).abs() < 1e-6);
    state.apply(Action::Undo);
    assert!((strength(&state) - 50.0).abs() < 1e-6);
    assert!(!state.can_undo() && state.can_redo());
    assert!(state.apply(Action::Undo).is_empty());
    state.apply(Action::Redo);
    state.apply(Action::Redo);
    assert!((state.sources.paintings[0].balance().weight - 10.0).abs() < 1e-6);
    // Removing a painting is a separate step.
    state.apply(Action::Tick(7.0));
    assert!(state.can_undo());
    state.apply(Action::RemovePainting(id));
    state.apply(Action::Tick(8.0));
    state.apply(Action::Tick(10.0));
    state.apply(Action::Undo);
    assert!((state.sources.paintings[0].balance().weight - 10.0).abs() < 1e-6);
    state.apply(Action::Undo);
    state.apply(Action::Undo);
    assert!((strength(&state) - 50.0).abs() < 1e-6);
    assert!(!state.can_undo());
    // During a run, undo and redo adjust it.
    begin(&mut state);
    assert!(matches!(state.apply(Action::Redo)[..], [Effect::Adjust(..)]));
}

#[test]
fn presets_are_saved_replaced_deleted_and_put_back() {
    let mut state = State::default();
    let evening = Settings { strength: 81.0, ..Settings::default() };
    state.apply(Action::SetSettings(evening.clone()));
    let save_as = |state: &mut State, name: &str| {
        state.apply(Action::Preset(PresetAction::Ask));
        state.apply(Action::Preset(PresetAction::Name(name.to_owned())));
        state.apply(Action::Preset(PresetAction::Save));
    };
    save_as(&mut state, "   ");
    assert!(state.presets.is_empty() && state.question().is_some());
    save_as(&mut state, "  Evening ");
    assert_eq!(state.own_preset().unwrap().name, "Evening");
    state.apply(Action::ResetAll);
    assert!(state.own_preset().is_none());
    save_as(&mut state, "Plain");
    // Saving under the same name replaces the settings.
    save_as(&mut state, "evening");
    assert_eq!(state.presets.len(), 2);
    assert_eq!(state.presets[0].settings, Settings::default());
    state.presets[0].settings = evening.clone();
    state.apply(Action::Preset(PresetAction::Apply(0)));
    assert_eq!(state.settings, evening);
    state.apply(Action::Preset(PresetAction::Delete(0)));
    assert_eq!(state.presets.len(), 1);
    state.apply(Action::PutBack);
    assert_eq!((state.presets.len(), state.presets[0].name.as_str()), (2, "Evening"));
    assert!(state.notices.iter().all(|notice| notice.kind != NoticeKind::Removed));
    assert!(state.apply(Action::Preset(PresetAction::Apply(9))).is_empty());
    assert_eq!(State::with_preferences(state.preferences(), None).preferences(), state.preferences());
}

#[test]
fn paintings_dropped_together_are_one_undo_step() {
    let mut state = ready();
    state.apply(Action::Tick(0.0));
    let names: Vec<String> = (0..50).map(|index| format!("{index}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let requests = add(&mut state, Target::Anywhere, &names);
    for (second, (request, name)) in requests.into_iter().zip(names).enumerate() {
        arrive(&mut state, request, name);
        state.apply(Action::Tick(1.0 + 2.0 * second as f64));
    }
    assert_eq!(state.sources.paintings.len(), 52);
    state.apply(Action::Undo);
    assert_eq!(state.sources.paintings.len(), 2);
    state.apply(Action::Redo);
    assert_eq!(state.sources.paintings.len(), 52);
    state.apply(Action::Undo);
    assert!(state.start_obstacle().is_none() && state.sources.paintings.len() == 2);
    // Undo cancels pictures that are still being read.
    let requests = add(&mut state, Target::Anywhere, &["a.png", "b.png"]);
    state.apply(Action::Undo);
    assert!(!state.sources.is_loading());
    arrive(&mut state, requests[0], "a.png");
    assert_eq!(state.sources.paintings.len(), 2);
}
