//! The style maps of the panel on the left: the one that is being made, those opened last, and ways to others.

use egui::{Button, CollapsingHeader, Label, ProgressBar, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::{Action, MapAction};
use crate::app::model::map_making::MapMaking;
use crate::app::widget::hint::Hint;
use crate::app::widget::{icon, theme};
use crate::app::wording;

const BUTTON: f32 = 28.0;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    if let Some(making) = &state.map_making {
        // Outside the list, so that it is seen where that is folded.
        progress(ui, context, making);
        ui.add_space(theme::GROUP_SPACE - 8.0);
    }
    if state.recent.maps.is_empty() {
        // The project menu has a way to the first one.
        return;
    }
    let header = CollapsingHeader::new(theme::heading("Style maps")).default_open(true).icon(icon::fold);
    header.show_unindented(ui, |ui| {
        for path in &state.recent.maps {
            let is_open = state.map.as_ref().is_some_and(|open| open.path == *path);
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let button =
                Button::selectable(is_open, name.as_ref()).truncate().min_size(vec2(ui.available_width(), BUTTON));
            let response = ui.add(button);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(format!("Style map {name}")));
            if response.hint(path.display().to_string()).clicked() {
                let action = if is_open { MapAction::Close } else { MapAction::Open(path.clone()) };
                context.send(Action::Map(action));
            }
        }
        buttons(ui, context);
    });
    ui.add_space(theme::GROUP_SPACE - 8.0);
}

fn buttons(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let obstacle = context.state.map_obstacle();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().button_padding.x = 4.0;
        let narrow = 64.0;
        let wide = ui.available_width() - narrow - ui.spacing().item_spacing.x;
        let make =
            ui.add_enabled_ui(obstacle.is_none(), |ui| ui.add_sized(vec2(wide, BUTTON), Button::new("Map a folder…")));
        let hint = "Lay out a folder of paintings on a map. Every place between them is a style of its own";
        if make.inner.hint(hint).on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
            context.send(Action::Map(MapAction::ChooseFolder));
        }
        let open = ui.add_sized(vec2(narrow, BUTTON), Button::new("Open…"));
        ui.ctx().accesskit_node_builder(open.id, |node| node.set_label("Open a map…"));
        if open.hint("Open a style map").clicked() {
            context.send(Action::Map(MapAction::Choose));
        }
    });
}

/// The map that is being made or changed.
fn progress(ui: &mut Ui, context: &mut PanelContext<'_>, making: &MapMaking) {
    let palette = theme::palette(ui);
    let frame = egui::Frame::new().fill(palette.raised).corner_radius(theme::ROUND).inner_margin(8).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.add(Label::new(theme::strong(format!("Map {}", making.job.name()))).truncate());
        // White would make the remaining part of the bar invisible on the light panel.
        ui.visuals_mut().extreme_bg_color = palette.line;
        ui.add(ProgressBar::new(making.fraction()).desired_height(6.0).fill(palette.accent));
        ui.add(Label::new(theme::caption(ui, wording::progress_of_map(making))).truncate());
        let stop = Button::new("Stop").fill(palette.hovered).min_size(vec2(ui.available_width(), BUTTON));
        let stop = ui.add_enabled(!making.is_stopping, stop);
        ui.ctx().accesskit_node_builder(stop.id, |node| node.set_label("Stop making the map"));
        if stop.hint("Nothing is changed").clicked() {
            context.send(Action::Map(MapAction::Stop));
        }
    });
    // Where it has just begun, it may be below what is visible.
    if making.described == (0, 0) {
        ui.scroll_to_rect(frame.response.rect, None);
    }
}
