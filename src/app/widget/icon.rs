//! Icons, drawn as lines so that they are sharp at every size.

use egui::{Color32, Pos2, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, vec2};

use super::hint::Hint;
use super::theme;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Icon {
    /// Remove or close.
    Cross,
    Reset,
    Plus,
    ZoomIn,
    ZoomOut,
    Undo,
    Redo,
    /// Three dots: opens a menu.
    More,
    /// A kept result.
    Star,
    /// The plot of the losses.
    Curve,
}

/// A square button with an icon; `name` is for the tooltip and screen readers.
pub(in crate::app) fn button(ui: &mut Ui, icon: Icon, name: &str, side: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
    place(ui, rect, response, icon, name)
}

/// The same in the given rectangle.
pub(in crate::app) fn button_at(ui: &Ui, rect: Rect, icon: Icon, name: &str, id: egui::Id) -> Response {
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
    response.hint(name)
}

/// Draws an icon in the middle of a rectangle.
pub(in crate::app) fn paint(painter: &egui::Painter, icon: Icon, rect: Rect, color: Color32) {
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
        Icon::Undo => arrow_back(painter, rect, stroke, -1.0),
        Icon::Redo => arrow_back(painter, rect, stroke, 1.0),
        Icon::More => {
            for x in [-1.0, 0.0, 1.0] {
                painter.circle_filled(center + vec2(x * 4.5, 0.0), 1.5, color);
            }
        }
        Icon::Star => {
            let point = |turn: usize| {
                let far = if turn.is_multiple_of(2) { 1.5 } else { 0.62 } * reach;
                center + far * Vec2::angled((turn as f32 / 10.0 - 0.25) * std::f32::consts::TAU)
            };
            let points: Vec<Pos2> = (0..10).map(point).collect();
            // A star is not convex, so it is filled as triangles around its centre.
            for turn in 0..10 {
                let triangle = vec![center, points[turn], points[(turn + 1) % 10]];
                painter.add(egui::Shape::convex_polygon(triangle, color, Stroke::NONE));
            }
        }
        Icon::Curve => {
            let corner = vec2(-1.4, 1.3);
            line(vec2(-1.4, -1.4), corner);
            line(corner, vec2(1.5, 1.3));
            let fall = [vec2(-0.9, -1.1), vec2(-0.5, 0.1), vec2(0.2, 0.55), vec2(1.4, 0.7)];
            painter.line(fall.iter().map(|point| center + *point * reach).collect(), stroke);
        }
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

/// The icon of a collapsing header: points down when open.
pub(in crate::app) fn fold(ui: &mut Ui, openness: f32, response: &Response) {
    let palette = theme::palette(ui);
    // Aligned with the left edge of the widgets above and below.
    let place = response.rect.translate(vec2(-5.0, 0.0));
    if response.has_focus() {
        let stroke = Stroke::new(1.5, palette.accent);
        ui.painter().rect_stroke(place.shrink(1.0), 4.0, stroke, egui::StrokeKind::Outside);
    }
    chevron(ui.painter(), place, openness, if response.hovered() { palette.text } else { palette.weak });
}

/// A chevron that points right at 0 and down at 1.
pub(in crate::app) fn chevron(painter: &egui::Painter, place: Rect, openness: f32, color: Color32) {
    let turn = egui::emath::Rot2::from_angle(openness * std::f32::consts::FRAC_PI_2);
    let at = |x: f32, y: f32| place.center() + turn * vec2(x, y);
    painter.line(vec![at(-2.0, -4.0), at(2.0, 0.0), at(-2.0, 4.0)], Stroke::new(1.5, color));
}

/// A curved arrow: undo for `side` -1, redo for 1.
fn arrow_back(painter: &egui::Painter, rect: Rect, stroke: Stroke, side: f32) {
    let center = rect.center();
    let reach = (rect.width().min(rect.height()) * 0.22).max(3.0);
    let at = |x: f32, y: f32| center + vec2(side * x, y) * reach;
    painter.line(vec![at(0.75, -1.35), at(1.4, -0.65), at(0.75, 0.05)], stroke);
    let turn = |step: u8| {
        let angle = std::f32::consts::PI * (f32::from(step) / 12.0 - 0.5);
        at(-0.35 - 0.95 * angle.cos(), 0.3 + 0.95 * angle.sin())
    };
    let bow = std::iter::once(at(1.4, -0.65)).chain((0..=12).map(turn)).chain([at(0.6, 1.25)]);
    painter.line(bow.collect(), stroke);
}
