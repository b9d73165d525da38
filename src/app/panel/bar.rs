//! What the bars of clips and folders share: rows of controls, and the painting in progress.

use egui::{Align, Button, Label, Layout, Panel, ProgressBar, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::Action;
use crate::app::widget::theme;

/// The height of a row of controls.
pub(super) const ROW: f32 = 28.0;

/// The space between rows, and between controls.
pub(super) const GAP: f32 = 6.0;

/// The height of the line that says how far a painting is.
const LINE: f32 = 16.0;

/// The height of a painting in progress.
const PAINTING: f32 = ROW + GAP + LINE;

const MARGIN: i8 = 8;

/// A painting in progress, or one that has ended.
pub(super) struct Progress<'a> {
    pub(super) headline: String,
    /// Name of the processor, once painting has begun.
    pub(super) device: Option<&'a str>,
    /// How far it is, in words.
    pub(super) words: String,
    /// The share that is done, from 0 to 1.
    pub(super) fraction: f32,
    /// The first one is the rightmost.
    pub(super) buttons: Vec<BarButton>,
}

/// A button of a painting.
pub(super) struct BarButton {
    pub(super) text: &'static str,
    /// Its name for screen readers.
    pub(super) name: &'static str,
    pub(super) hint: &'static str,
    pub(super) enabled: bool,
    pub(super) action: Action,
}

/// A bar above the run bar, with the painting in progress over so many rows of controls.
pub(super) fn show(
    ui: &mut Ui,
    context: &mut PanelContext<'_>,
    name: &'static str,
    progress: Option<Progress<'_>>,
    (rows, controls): (usize, impl FnOnce(&mut Ui, &mut PanelContext<'_>)),
) {
    let controls_height = rows as f32 * (ROW + GAP) - GAP;
    let height = match (progress.is_some(), rows > 0) {
        (true, true) => PAINTING + 2.0 * GAP + controls_height,
        (true, false) => PAINTING,
        (false, true) => controls_height,
        (false, false) => return,
    };
    let fill = theme::palette(ui).panel;
    let margin = egui::Margin { left: 12, right: 12, top: MARGIN, bottom: MARGIN };
    Panel::bottom(name)
        .exact_size(height + 2.0 * f32::from(MARGIN))
        .resizable(false)
        .frame(egui::Frame::new().fill(fill).inner_margin(margin))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing = vec2(GAP, GAP);
            if let Some(progress) = progress {
                ui.push_id("painting", |ui| in_progress(ui, context, progress));
                ui.add_space(if rows > 0 { GAP } else { 0.0 });
            }
            if rows > 0 {
                ui.push_id("controls", |ui| controls(ui, context));
            }
        });
}

/// The painting: how far it is, and its buttons.
fn in_progress(ui: &mut Ui, context: &mut PanelContext<'_>, progress: Progress<'_>) {
    let Progress { headline, device, words, fraction, buttons } = progress;
    row(ui, ROW, |ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for BarButton { text, name, hint, enabled, action } in buttons {
                let response = ui.add_enabled(enabled, Button::new(text).min_size(vec2(72.0, ROW))).on_hover_text(hint);
                ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
                if response.clicked() {
                    context.send(action);
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let headline = ui.add(Label::new(theme::strong(headline)).truncate());
                if let Some(device) = device {
                    headline.on_hover_text(format!("Painting on the {device}"));
                }
            });
        });
    });
    row(ui, LINE, |ui| {
        let text = theme::caption(ui, words);
        // The bar keeps its place while the text changes.
        fixed(ui, (ui.available_width() - 120.0).min(280.0), LINE, |ui| {
            ui.add(Label::new(text).truncate());
        });
        let palette = theme::palette(ui);
        // White would make the remaining part of the bar invisible on the light panel.
        ui.visuals_mut().extreme_bg_color = palette.line;
        let bar = ProgressBar::new(fraction).desired_height(6.0).corner_radius(3).fill(palette.accent);
        ui.add(bar.desired_width(ui.available_width()));
    });
}

/// A row over the whole width.
pub(super) fn row(ui: &mut Ui, height: f32, contents: impl FnOnce(&mut Ui)) {
    let room = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_size(room);
        contents(ui);
    });
}

/// Contents of a fixed width.
pub(super) fn fixed(ui: &mut Ui, width: f32, height: f32, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, height), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        contents(ui);
    });
}
