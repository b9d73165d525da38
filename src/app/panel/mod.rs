//! The panels: each draws the state and says what the person did. None changes the state itself.

mod card;
mod drop;
mod easel;
mod export;
mod field;
mod gallery;
mod help;
mod history;
mod losses;
mod missing;
mod notices;
mod presets;
mod preview;
mod project;
mod question;
mod run_bar;
mod settings;
mod sources;
mod toolbar;
mod welcome;
mod zoom;

use egui::{Pos2, Rect, Ui};

use super::action::{Action, Target};
use super::display::Display;
use super::shortcut;
use super::state::State;
use super::thumbnail::Thumbnails;
pub(super) use easel::Masks;

/// What was uploaded, or is on its way to be.
pub(super) struct Textures {
    /// Small pictures.
    pub(super) thumbnails: Thumbnails,
    /// The pictures in the middle.
    pub(super) display: Display,
    /// The mask that is being painted.
    pub(super) masks: Masks,
}

/// What a panel draws from and speaks to.
struct Stage<'a> {
    /// What the window knows.
    state: &'a State,
    /// Small pictures.
    thumbnails: &'a mut Thumbnails,
    /// The pictures in the middle.
    display: &'a mut Display,
    /// The mask that is being painted.
    masks: &'a mut Masks,
    /// What the person did.
    actions: Vec<Action>,
    zones: Vec<Zone>,
}

/// A place that takes dropped files in a way of its own.
struct Zone {
    rect: Rect,
    target: Target,
}

impl Stage<'_> {
    fn say(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// What an empty place says under its name: where pictures come from beside a click.
    fn other_way_in(&self) -> &'static str {
        if self.state.takes_drops { "or drop one here" } else { "or paste one" }
    }

    fn zone(&mut self, rect: Rect, target: Target) {
        self.zones.push(Zone { rect, target });
    }

    fn zone_at(&self, at: Option<Pos2>) -> Option<&Zone> {
        self.zones.iter().find(|zone| at.is_some_and(|at| zone.rect.contains(at)))
    }
}

/// Scrolls to what has just got the keyboard's focus, if it stands on what is scrolled here.
fn follow_focus(ui: &Ui) {
    let Some(focused) = ui.memory(egui::Memory::focused).and_then(|id| ui.ctx().read_response(id)) else { return };
    if focused.gained_focus() && focused.layer_id == ui.layer_id() && ui.min_rect().contains(focused.rect.center()) {
        ui.scroll_to_rect(focused.rect.expand(8.0), None);
    }
}

/// Draws the whole window; returns what the person did.
pub(super) fn show(ui: &mut Ui, state: &State, textures: &mut Textures) -> Vec<Action> {
    let Textures { thumbnails, display, masks } = textures;
    let mut stage = Stage { state, thumbnails, display, masks, actions: Vec::new(), zones: Vec::new() };
    shortcut::pressed(ui.ctx(), state.appearance, &mut stage.actions);
    run_bar::show(ui, &mut stage);
    sources::show(ui, &mut stage);
    settings::show(ui, &mut stage);
    if let Some(easel) = &state.easel {
        easel::strip(ui, &mut stage, easel);
    } else {
        toolbar::show(ui, &mut stage);
        history::show(ui, &mut stage);
        losses::show(ui, &mut stage);
    }
    egui::CentralPanel::no_frame().show(ui, |ui| {
        if state.shown_photo().is_none() {
            welcome::show(ui, &mut stage);
        } else {
            preview::show(ui, &mut stage);
        }
        notices::show(ui, &mut stage);
    });
    drop::show(ui, &mut stage);
    export::show(ui, &mut stage);
    help::show(ui, &mut stage);
    question::show(ui, &mut stage);
    stage.actions
}
