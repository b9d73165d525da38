//! Keyboard shortcuts: their keys, their actions, and their descriptions in Help.

use egui::{Event, InputState, Key, KeyboardShortcut, Modifiers};

use super::message::{Action, ProjectAction};
use super::model::card::Target;
use super::model::view::Side;
use super::preferences::Appearance;
use super::window::place;

pub(super) struct Shortcut {
    pub(super) keys: KeyboardShortcut,
    /// What it does, for Help and tooltips.
    pub(super) meaning: &'static str,
}

const fn command(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn plain(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn shifted(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

/// Defines each shortcut, and [`ALL`] of them in the order in which Help lists them.
macro_rules! shortcuts {
    ($($name:ident = $keys:expr, $meaning:literal;)*) => {
        $(pub(super) const $name: Shortcut = Shortcut { keys: $keys, meaning: $meaning };)*
        pub(super) const ALL: &[&Shortcut] = &[$(&$name),*];
    };
}

shortcuts! {
    OPEN_PHOTO = command(Key::O), "Open a photo or a project";
    ADD_PAINTING = shifted(Key::O), "Add a painting";
    PASTE = command(Key::V), "Paste a picture";
    NEW = command(Key::N), "Start a new project";
    SAVE = command(Key::S), "Save the project";
    SAVE_AS = shifted(Key::S), "Save the project as…";
    START = command(Key::Enter), "Start painting";
    CONTINUE = shifted(Key::Enter), "Continue painting from this picture";
    PAUSE = plain(Key::Space), "Pause or resume";
    EXPORT = command(Key::E), "Export the picture";
    UNDO = command(Key::Z), "Undo changes to settings, pictures and masks";
    REDO = shifted(Key::Z), "Redo";
    RESULT = plain(Key::R), "Show the result";
    PHOTO = plain(Key::P), "Show the photo";
    COMPARE = plain(Key::C), "Compare both with a divider";
    FIT = plain(Key::Num0), "Fit the picture to the window";
    ACTUAL_SIZE = plain(Key::Num1), "Show actual pixels (100 %)";
    ZOOM_IN = plain(Key::Plus), "Zoom in";
    ZOOM_OUT = plain(Key::Minus), "Zoom out";
    LARGER = command(Key::Plus), "Larger interface";
    SMALLER = command(Key::Minus), "Smaller interface";
    USUAL_SIZE = command(Key::Num0), "Default size of the interface";
    HELP = plain(Key::F1), "Show this list";
}

/// The name of the key on this system.
pub(super) fn written(ctx: &egui::Context, shortcut: &Shortcut) -> String {
    ctx.format_shortcut(&shortcut.keys)
}

pub(super) fn hint(ctx: &egui::Context, shortcut: &Shortcut) -> String {
    format!("{} ({})", shortcut.meaning, written(ctx, shortcut))
}

/// Shortcuts that act again with every repeat while the key is held.
const REPEATING: [&Shortcut; 4] = [&LARGER, &SMALLER, &UNDO, &REDO];

/// Consumes a shortcut; returns whether it acts. A held key acts once, unless it is one of [`REPEATING`].
fn acts(input: &mut InputState, shortcut: &Shortcut) -> bool {
    let repeats = REPEATING.iter().any(|repeating| repeating.keys == shortcut.keys);
    let of_shortcut = |key: &Key| *key == shortcut.keys.logical_key;
    let is_repeat =
        |event: &Event| matches!(event, Event::Key { key, pressed: true, repeat: true, .. } if of_shortcut(key));
    let is_held = !repeats && input.events.iter().any(is_repeat);
    input.consume_shortcut(&shortcut.keys) && !is_held
}

/// Removes the repeats of keys that press buttons or close dialogs, so that a held key acts once.
pub(super) fn drop_repeats(ctx: &egui::Context) {
    let presses_again = |event: &Event| {
        matches!(event, Event::Key { key: Key::Enter | Key::Space | Key::Escape, pressed: true, repeat: true, .. })
    };
    ctx.input_mut(|input| input.events.retain(|event| !presses_again(event)));
}

/// Adds the actions of the shortcuts that were pressed. The preview handles those that zoom the picture.
pub(super) fn pressed(ctx: &egui::Context, appearance: Appearance, actions: &mut Vec<Action>) {
    if ctx.memory(|memory| memory.top_modal_layer().is_some()) {
        return;
    }
    let typing = ctx.text_edit_focused();
    // Space also presses the focused button.
    let focused = ctx.memory(|memory| memory.focused().is_some());
    let larger = place::zoomed_by(ctx, appearance, place::ZOOM_STEP);
    let smaller = place::zoomed_by(ctx, appearance, -place::ZOOM_STEP);
    ctx.input_mut(|input| {
        // Those with more modifiers come first, because egui's Ctrl+O also matches Ctrl+Shift+O.
        for (shortcut, action) in [
            (&ADD_PAINTING, Action::Choose(Target::NewPainting)),
            (&OPEN_PHOTO, Action::Choose(Target::Photo)),
            (&SAVE_AS, Action::Project(ProjectAction::SaveAs)),
            (&SAVE, Action::Project(ProjectAction::Save)),
            (&NEW, Action::Project(ProjectAction::New)),
            (&CONTINUE, Action::Continue),
            (&START, Action::Start),
            (&EXPORT, Action::Export),
            (&HELP, Action::ToggleHelp),
            (&LARGER, Action::SetAppearance(larger)),
            (&SMALLER, Action::SetAppearance(smaller)),
            (&USUAL_SIZE, Action::SetAppearance(appearance.zoomed(1.0))),
        ] {
            if acts(input, shortcut) {
                actions.push(action);
            }
        }
        // On many keyboards, plus is on the key of the equals sign.
        if input.consume_key(Modifiers::COMMAND, Key::Equals) {
            actions.push(Action::SetAppearance(larger));
        }
        // These keys also edit text, so they do not act while a text field has the focus.
        if !typing {
            if acts(input, &REDO) || input.consume_key(Modifiers::COMMAND, Key::Y) {
                actions.push(Action::Redo);
            }
            if acts(input, &UNDO) {
                actions.push(Action::Undo);
            }
            for (shortcut, side) in [(&RESULT, Side::Result), (&PHOTO, Side::Photo), (&COMPARE, Side::Compare)] {
                if acts(input, shortcut) {
                    actions.push(Action::SetSide(side));
                }
            }
        }
        if !focused && acts(input, &PAUSE) {
            actions.push(Action::TogglePause);
        }
        // `App::raw_input_hook` turns Ctrl+V into this event.
        let pasted = |event: &Event| matches!(event, Event::Paste(_) | Event::PasteImage(_));
        if !typing && input.events.iter().any(pasted) {
            actions.push(Action::Paste);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The actions when these keys are pressed and then repeated `repeats` times.
    fn actions(keys: &[(Modifiers, Key)], repeats: usize) -> Vec<Action> {
        let ctx = egui::Context::default();
        let mut actions = Vec::new();
        for pass in 0..=repeats {
            let press = |&(modifiers, key): &(Modifiers, Key)| Event::Key {
                key,
                physical_key: None,
                pressed: true,
                repeat: pass > 0,
                modifiers,
            };
            let input = egui::RawInput { events: keys.iter().map(press).collect(), ..Default::default() };
            let _ = ctx.run_ui(input, |ui| {
                drop_repeats(ui.ctx());
                pressed(ui.ctx(), Appearance::default(), &mut actions);
            });
        }
        actions
    }

    #[test]
    fn a_held_key_acts_once() {
        let shift = Modifiers::COMMAND | Modifiers::SHIFT;
        for (modifiers, key) in [
            (Modifiers::COMMAND, Key::Enter),
            (shift, Key::Enter),
            (Modifiers::NONE, Key::Space),
            (Modifiers::COMMAND, Key::O),
            (shift, Key::O),
            (Modifiers::COMMAND, Key::S),
            (shift, Key::S),
            (Modifiers::COMMAND, Key::E),
            (Modifiers::COMMAND, Key::N),
            (Modifiers::NONE, Key::F1),
        ] {
            assert_eq!(actions(&[(modifiers, key)], 30).len(), 1, "{modifiers:?} {key:?}");
        }
    }

    #[test]
    fn undo_and_interface_zoom_repeat_while_the_key_is_held() {
        for key in [Key::Z, Key::Plus, Key::Minus] {
            assert_eq!(actions(&[(Modifiers::COMMAND, key)], 5).len(), 6, "{key:?}");
        }
    }
}
