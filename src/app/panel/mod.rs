//! The panels: each draws the state and returns actions. None changes the state itself.

mod bar;
mod card;
mod clip;
mod context;
mod drop;
mod easel;
mod export;
mod folder;
mod folder_list;
mod folder_sheet;
mod gallery;
mod help;
mod history;
mod losses;
mod map;
mod map_plane;
mod maps;
mod missing;
mod notices;
mod presets;
mod preview;
mod project;
mod question;
mod run_bar;
mod settings;
mod sources;
mod styles;
mod toolbar;
mod training;
mod welcome;
mod zoom;

use egui::Ui;

use self::context::PanelContext;
use super::message::Action;
use super::shortcut;
use super::state::State;
use super::texture::Textures;

/// Draws the whole window; returns what the user did.
pub(super) fn show(ui: &mut Ui, state: &State, textures: &mut Textures) -> Vec<Action> {
    let mut context = PanelContext::new(state, textures);
    shortcut::pressed(ui.ctx(), state.appearance, &mut context.actions);
    run_bar::show(ui, &mut context);
    sources::show(ui, &mut context);
    settings::show(ui, &mut context);
    clip::show(ui, &mut context);
    folder::show(ui, &mut context);
    if let Some(easel) = &state.easel {
        easel::strip(ui, &mut context, easel);
    } else {
        toolbar::show(ui, &mut context);
        history::show(ui, &mut context);
        losses::show(ui, &mut context);
    }
    map::show(ui, &mut context);
    egui::CentralPanel::no_frame().show(ui, |ui| {
        let list =
            state.folder_painting.as_ref().filter(|painting| painting.view.is_list_open && state.easel.is_none());
        if let Some(painting) = list {
            folder_list::show(ui, &mut context, painting);
        } else if state.shown_photo().is_none() {
            welcome::show(ui, &mut context);
        } else {
            preview::show(ui, &mut context);
        }
        notices::show(ui, &mut context);
    });
    drop::show(ui, &mut context);
    export::show(ui, &mut context);
    help::show(ui, &mut context);
    question::show(ui, &mut context);
    context.actions
}
