//! The strip above the picture: Result, Photo, Compare, Appearance and Help.

use egui::{Align, Button, Layout, Panel, Popup, PopupCloseBehavior, Response, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::Action;
use crate::app::model::view::Side;
use crate::app::preferences::{Appearance, ThemeChoice};
use crate::app::shortcut;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;
use crate::app::window::place;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let palette = theme::palette(ui);
    Panel::top("toolbar")
        .exact_size(48.0)
        .resizable(false)
        .frame(egui::Frame::new().fill(palette.panel).inner_margin(egui::Margin::symmetric(12, 0)))
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                views(ui, context);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let help = ui.add(Button::new("Help").frame_when_inactive(false));
                    if help.on_hover_text(shortcut::hint(ui.ctx(), &shortcut::HELP)).clicked() {
                        context.send(Action::ToggleHelp);
                    }
                    let look = ui.add(Button::new("Appearance").frame_when_inactive(false));
                    appearance_menu(&look.on_hover_text("Light or dark theme, and size of the interface"), context);
                });
            });
        });
}

fn appearance_menu(button: &Response, context: &mut PanelContext<'_>) {
    let appearance = context.state.appearance;
    let mut wanted = appearance;
    Popup::menu(button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(220.0);
        ui.label(theme::caption(ui, "Theme"));
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let width = (ui.available_width() - 8.0) / 3.0;
            for (theme, text) in
                [(ThemeChoice::System, "System"), (ThemeChoice::Light, "Light"), (ThemeChoice::Dark, "Dark")]
            {
                let chosen = appearance.theme == theme;
                if ui.add_sized(vec2(width, 28.0), Button::selectable(chosen, text)).clicked() {
                    wanted.theme = theme;
                }
            }
        });
        ui.add_space(6.0);
        ui.label(theme::caption(ui, "Interface size"));
        ui.horizontal(|ui| {
            let ctx = ui.ctx().clone();
            let by = |step| Appearance { theme: wanted.theme, ..place::zoomed_by(&ctx, appearance, step) };
            let (smaller, larger) = (by(-place::ZOOM_STEP), by(place::ZOOM_STEP));
            if icon::button(ui, Icon::ZoomOut, "Smaller interface", 28.0).clicked() {
                wanted = smaller;
            }
            let percent = format!("{:.0} %", 100.0 * ctx.zoom_factor());
            ui.add_sized(vec2(56.0, 28.0), egui::Label::new(percent));
            let has_room = larger.zoom > ctx.zoom_factor() + 1e-3;
            let button =
                ui.add_enabled_ui(has_room, |ui| icon::button(ui, Icon::ZoomIn, "Larger interface", 28.0)).inner;
            if button.on_disabled_hover_text("The window is too small for a larger interface").clicked() {
                wanted = larger;
            }
            let changed = appearance.zoom.to_bits() != 1f32.to_bits();
            if changed && icon::button(ui, Icon::Reset, "Reset interface size", 28.0).clicked() {
                wanted = wanted.zoomed(1.0);
            }
        });
    });
    if wanted != appearance {
        context.send(Action::SetAppearance(wanted));
    }
}

fn views(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    ui.spacing_mut().item_spacing.x = 4.0;
    for (view, text, hint) in [
        (Side::Result, "Result", &shortcut::RESULT),
        (Side::Photo, "Photo", &shortcut::PHOTO),
        (Side::Compare, "Compare", &shortcut::COMPARE),
    ] {
        let enabled = match view {
            Side::Photo => state.shown_photo().is_some(),
            Side::Result | Side::Compare => state.shown_canvas().is_some(),
        };
        let chosen = enabled && state.shown_side() == view;
        let response = ui.add_enabled(enabled, Button::selectable(chosen, text).min_size(vec2(76.0, 28.0)));
        let hint = shortcut::hint(ui.ctx(), hint);
        if response.on_hover_text(hint).on_disabled_hover_text("There is no picture yet").clicked() {
            context.send(Action::SetSide(view));
        }
    }
}
