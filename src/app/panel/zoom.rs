//! Zoom: the bar over the lower right of the picture, and how far wheel and pinch zoom.

use egui::{Align, Button, Layout, Ui, UiBuilder, vec2};

use crate::app::shortcut;
use crate::app::viewport::{Viewport, ViewportGeometry};
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;

/// Zoom factor per press of plus or minus.
pub(super) const STEP: f32 = 1.25;

/// How far wheel and pinch zoom in this frame, as a factor.
pub(super) fn factor(ui: &Ui) -> f32 {
    let (wheel, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
    pinch * (wheel * 0.004).exp()
}

/// Draws the bar; returns the new viewport.
pub(super) fn show(ui: &mut Ui, geometry: &ViewportGeometry, viewport: Viewport) -> Viewport {
    let place = geometry.bar();
    let palette = theme::palette(ui);
    ui.painter().rect_filled(place, 8.0, palette.panel);
    let center = geometry.area.center();
    let mut next = viewport;
    let row = UiBuilder::new().max_rect(place.shrink2(vec2(4.0, 0.0))).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(row, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding.x = 8.0;
        if icon::button(ui, Icon::ZoomOut, "Zoom out", 28.0).clicked() {
            next = geometry.zoomed(viewport, 1.0 / STEP, center);
        }
        let percent = format!("{:.0} %", 100.0 * geometry.zoom(viewport));
        ui.add_sized(vec2(56.0, 28.0), egui::Label::new(percent));
        if icon::button(ui, Icon::ZoomIn, "Zoom in", 28.0).clicked() {
            next = geometry.zoomed(viewport, STEP, center);
        }
        ui.add_space(2.0);
        let is_fit = viewport == Viewport::Fit;
        let fit = ui.add_sized(vec2(44.0, 28.0), Button::selectable(is_fit, "Fit"));
        if fit.on_hover_text(shortcut::hint(ui.ctx(), &shortcut::FIT)).clicked() {
            next = Viewport::Fit;
        }
        let is_actual = !is_fit && (geometry.zoom(viewport) - 1.0).abs() < 1e-3;
        let actual = ui.add_sized(vec2(60.0, 28.0), Button::selectable(is_actual, "100 %"));
        if actual.on_hover_text(shortcut::hint(ui.ctx(), &shortcut::ACTUAL_SIZE)).clicked() {
            next = geometry.actual_size(viewport);
        }
    });
    next
}
