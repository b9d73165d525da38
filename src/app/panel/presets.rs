//! The menu of the user's own presets.

use egui::{Button, Popup, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::{Action, PresetAction};
use crate::app::widget::hint::Hint;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;

pub(super) fn menu(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let current = state.own_preset().map_or("Presets", |preset| preset.name.as_str());
    let room = (ui.available_width() - 4.0).min(112.0);
    ui.spacing_mut().button_padding.x = 6.0;
    let text = egui::RichText::new(current).small();
    let button = ui.add_sized(vec2(room, 26.0), Button::new(text).truncate());
    let button = button.hint("Save the settings under a name, or apply saved ones");
    ui.ctx().accesskit_node_builder(button.id, |node| node.set_label("Presets"));
    Popup::menu(&button).show(|ui| {
        ui.set_width(216.0);
        for (index, preset) in state.presets.iter().enumerate() {
            ui.horizontal(|ui| {
                let chosen = preset.settings == state.settings;
                let size = vec2(ui.available_width() - 32.0, 28.0);
                if ui.add_sized(size, Button::selectable(chosen, &preset.name).truncate()).clicked() {
                    context.send(Action::Preset(PresetAction::Apply(index)));
                }
                if icon::button(ui, Icon::Cross, &format!("Delete the preset {}", preset.name), 24.0).clicked() {
                    context.send(Action::Preset(PresetAction::Delete(index)));
                }
            });
        }
        if state.presets.is_empty() {
            ui.label(theme::caption(ui, "No presets yet"));
        }
        ui.separator();
        if ui.button("Save as preset…").clicked() {
            context.send(Action::Preset(PresetAction::Ask));
        }
    });
}
