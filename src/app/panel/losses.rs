//! The plot of the losses, hidden by default.

use egui::{Color32, Panel, Ui};
use egui_plot::{Line, Plot, PlotPoints};

use super::context::PanelContext;
use crate::app::model::losses::LossPoint;
use crate::app::widget::theme;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    if !context.state.appearance.losses_open {
        return;
    }
    let palette = theme::palette(ui);
    let margin = egui::Margin { left: 12, right: 12, top: 6, bottom: 6 };
    Panel::bottom("losses")
        .exact_size(128.0)
        .resizable(false)
        .frame(egui::Frame::new().fill(palette.panel).inner_margin(margin))
        .show(ui, |ui| {
            let points = context.state.run.losses.points();
            ui.horizontal(|ui| {
                ui.label(theme::caption(ui, "Losses"));
                key(ui, "Painting", palette.accent);
                key(ui, "Photo", palette.done);
                let hint = if points.is_empty() { "appear once painting begins" } else { "lower is closer" };
                ui.label(theme::caption(ui, hint));
            });
            Plot::new("losses")
                .height(ui.available_height())
                .allow_drag(false)
                .allow_zoom(false)
                .allow_scroll(false)
                .allow_boxed_zoom(false)
                .allow_double_click_reset(false)
                .show_x(false)
                .show_y(false)
                .show_axes([false, false])
                .show_grid([false, true])
                .show_background(false)
                .set_margin_fraction(egui::vec2(0.01, 0.08))
                .show(ui, |plot| {
                    plot.line(line("Painting", points, |point| point.style, palette.accent));
                    plot.line(line("Photo", points, |point| point.content, palette.done));
                });
        });
}

fn key(ui: &mut Ui, text: &str, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(12.0, 12.0), egui::Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, egui::Stroke::new(2.0, color));
    ui.label(egui::RichText::new(text).small());
}

/// Plots the logarithm, because the losses fall by powers of ten.
fn line(name: &str, points: &[LossPoint], value: impl Fn(&LossPoint) -> f64, color: Color32) -> Line<'static> {
    let point = |point: &LossPoint| [f64::from(point.done), value(point).max(1e-9).log10()];
    Line::new(name, points.iter().map(point).collect::<PlotPoints<'static>>()).color(color).width(1.75)
}
