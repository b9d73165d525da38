//! The few small signs on buttons, drawn as lines so that they are sharp at every size.

use egui::{Color32, Pos2, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, vec2};

use super::theme;

/// A small sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Icon {
    /// Take away, close.
    Cross,
    /// Set back.
    Reset,
    /// Add.
    Plus,
    /// Come closer.
    ZoomIn,
    /// Step back.
    ZoomOut,
}

/// A square button with a sign only. Its name is for tooltips and screen readers.
pub(super) fn button(ui: &mut Ui, icon: Icon, name: &str, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    place(ui, rect, response, icon, name)
}

/// The same at a place that is known.
pub(super) fn button_at(ui: &Ui, rect: Rect, icon: Icon, name: &str, id: egui::Id) -> Response {
    let response = ui.interact(rect, id, Sense::click());
    place(ui, rect, response, icon, name)
}

fn place(ui: &Ui, rect: Rect, response: Response, icon: Icon, name: &str) -> Response {
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let palette = theme::palette(ui);
    let near = response.hovered() || response.has_focus();
    if near && enabled {
        let stroke = if response.has_focus() { Stroke::new(1.5, palette.accent) } else { Stroke::NONE };
        ui.painter().rect(rect, 5.0, palette.hovered, stroke, egui::StrokeKind::Inside);
    }
    paint(ui.painter(), icon, rect, if near { palette.text } else { palette.weak });
    response.on_hover_text(name)
}

/// Draws a sign in the middle of a square.
pub(super) fn paint(painter: &egui::Painter, icon: Icon, rect: Rect, color: Color32) {
    let stroke = Stroke::new(1.5, color);
    let center = rect.center();
    let reach = (rect.width().min(rect.height()) * 0.22).max(3.0);
    let line = |from: Vec2, to: Vec2| {
        painter.line_segment([center + from * reach, center + to * reach], stroke);
    };
    match icon {
        Icon::Cross => {
            line(vec2(-1.0, -1.0), vec2(1.0, 1.0));
            line(vec2(-1.0, 1.0), vec2(1.0, -1.0));
        }
        Icon::Plus | Icon::ZoomIn => {
            line(vec2(-1.2, 0.0), vec2(1.2, 0.0));
            line(vec2(0.0, -1.2), vec2(0.0, 1.2));
        }
        Icon::ZoomOut => line(vec2(-1.2, 0.0), vec2(1.2, 0.0)),
        Icon::Reset => {
            // Three quarters of a circle, ending in an arrow head at the upper left.
            let radius = reach * 1.25;
            let at = |turn: f32| -> Pos2 { center + radius * Vec2::angled(turn * std::f32::consts::TAU) };
            let arc: Vec<Pos2> = (0..=24).map(|step| at(-0.36 + 0.76 * step as f32 / 24.0)).collect();
            let tip = arc[0];
            painter.line(arc, stroke);
            painter.line(vec![tip + vec2(-0.2, -0.9) * reach, tip, tip + vec2(0.95, -0.15) * reach], stroke);
        }
    }
}
