//! The strip above the picture: which side of it is shown, and Help.

use egui::{Align, Button, Layout, Panel, Ui, vec2};

use super::Stage;
use crate::app::action::Action;
use crate::app::state::View;
use crate::app::{shortcut, theme};

/// Draws the strip.
pub(super) fn show(ui: &mut Ui, stage: &mut Stage<'_>) {
    let palette = theme::palette(ui);
    Panel::top("toolbar")
        .exact_size(48.0)
        .resizable(false)
        .frame(egui::Frame::new().fill(palette.panel).inner_margin(egui::Margin::symmetric(12, 0)))
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                views(ui, stage);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let help = ui.add(Button::new("Help").frame_when_inactive(false));
                    if help.on_hover_text(shortcut::hint(ui.ctx(), &shortcut::HELP)).clicked() {
                        stage.say(Action::ToggleHelp);
                    }
                });
            });
        });
}

fn views(ui: &mut Ui, stage: &mut Stage<'_>) {
    let state = stage.state;
    ui.spacing_mut().item_spacing.x = 4.0;
    for (view, text, hint) in [
        (View::Result, "Result", "What is painted"),
        (View::Photo, "Photo", "What it is painted from"),
        (View::Compare, "Compare", "Both, with a divider to drag between them"),
    ] {
        let enabled = match view {
            View::Photo => state.shown_photo().is_some(),
            View::Result | View::Compare => state.canvas.is_some(),
        };
        let chosen = enabled && state.shown_view() == view;
        let button = Button::selectable(chosen, text).min_size(vec2(76.0, 28.0));
        let response = ui.add_enabled(enabled, button);
        if response.on_hover_text(hint).on_disabled_hover_text("There is no picture yet").clicked() {
            stage.say(Action::SetView(view));
        }
    }
}
