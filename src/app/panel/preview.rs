//! The picture in the middle: result, photo, or both with a divider; zoom and pan.

use egui::accesskit;
use egui::{
    Align2, Color32, CursorIcon, FontId, Key, PointerButton, Pos2, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};

use super::context::PanelContext;
use super::{easel, zoom};
use crate::app::message::Action;
use crate::app::model::canvas::CanvasImage;
use crate::app::model::view::Side;
use crate::app::shortcut;
use crate::app::state::State;
use crate::app::texture::DisplaySide;
use crate::app::viewport::{Viewport, ViewportGeometry};
use crate::app::widget::theme;

/// What an instant picture is marked as.
const INSTANT: &str = "Instant";

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let area = ui.max_rect();
    ui.painter().rect_filled(area, 0.0, theme::palette(ui).canvas);
    let Some((width, height)) = context.state.shown_size() else { return };
    let geometry =
        ViewportGeometry { area, picture: vec2(width as f32, height as f32), pixels_per_point: ui.pixels_per_point() };
    let side = context.state.shown_side();
    let is_instant = context.state.shown_instant().is_some();

    let response = ui.interact(area, ui.scope_id().with("preview"), Sense::click_and_drag());
    let name = match side {
        Side::Result if is_instant => "Preview of the instant picture",
        Side::Result => "Preview of the result",
        Side::Photo => "Preview of the photo",
        Side::Compare => "Preview of photo and result",
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let viewport = moved_viewport(ui, &response, &geometry, context.state);

    let mut rect = geometry.rect(viewport);
    if (geometry.zoom(viewport) - 1.0).abs() < 1e-3 {
        // Align each pixel of the picture with one of the screen.
        let corner = (rect.min * geometry.pixels_per_point).round() / geometry.pixels_per_point;
        rect = Rect::from_min_size(corner, rect.size());
    }
    let clip = rect.intersect(area);
    match side {
        Side::Result => {
            paint(ui, context, DisplaySide::Result, rect, clip, viewport);
            if is_instant {
                tag(ui, INSTANT, clip.right_top() + vec2(-10.0, 10.0), Align2::RIGHT_TOP, clip.x_range());
            }
        }
        Side::Photo => {
            paint(ui, context, DisplaySide::Other, rect, clip, viewport);
            if let Some(easel) = &context.state.easel {
                easel::paint(ui, context, easel, &response, rect);
            }
        }
        Side::Compare => {
            let middle = divider(ui, context, clip);
            let (left, right) = clip.split_left_right_at_x(middle);
            paint(ui, context, DisplaySide::Other, rect, left, viewport);
            paint(ui, context, DisplaySide::Result, rect, right, viewport);
            let left_name = if context.state.beside().is_some() { "Other result" } else { "Photo" };
            let right_name = if is_instant { INSTANT } else { "Result" };
            paint_divider(ui, clip, middle, (left_name, right_name));
        }
    }
    if response.has_focus() {
        let stroke = Stroke::new(2.0, theme::palette(ui).accent);
        ui.painter().rect_stroke(area, 0.0, stroke, egui::StrokeKind::Inside);
    }
    let viewport = zoom::show(ui, &geometry, viewport);
    if viewport != context.state.view.viewport {
        context.send(Action::SetViewport(viewport));
    }
}

/// The viewport after wheel, pinch, drag, double click and keys.
fn moved_viewport(ui: &Ui, response: &Response, geometry: &ViewportGeometry, state: &State) -> Viewport {
    let mut viewport = state.view.viewport;
    // While a mask is being painted, the primary button paints.
    let paints = state.easel.is_some();
    if response.hovered()
        && let Some(at) = response.hover_pos()
    {
        let factor = zoom::factor(ui);
        if (factor - 1.0).abs() > 1e-4 {
            viewport = geometry.zoomed(viewport, factor, at);
        }
    }
    let drag = response.drag_delta();
    let by_primary = !paints && response.dragged_by(PointerButton::Primary);
    let by_others = [PointerButton::Middle, PointerButton::Secondary].into_iter().any(|it| response.dragged_by(it));
    let panning = by_primary || by_others;
    if panning {
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        if drag.length() > 0.0 {
            viewport = geometry.panned(viewport, drag);
        }
    } else if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Grab);
    }
    if response.double_clicked() && !paints {
        viewport = match viewport {
            Viewport::Fit => {
                let at = response.interact_pointer_pos().unwrap_or(geometry.area.center());
                geometry.zoomed(viewport, 1.0 / geometry.zoom(viewport), at)
            }
            Viewport::Free { .. } => Viewport::Fit,
        };
    }
    let moved = if response.has_focus() { arrows(ui, response) } else { egui::Vec2::ZERO };
    if moved.length() > 0.0 {
        viewport = geometry.panned(viewport, -moved);
    }
    let ctx = ui.ctx();
    if ctx.text_edit_focused() || ctx.memory(|memory| memory.top_modal_layer().is_some()) {
        return viewport;
    }
    let pressed = |shortcut: &shortcut::Shortcut| ctx.input_mut(|input| input.consume_shortcut(&shortcut.keys));
    let center = geometry.area.center();
    if pressed(&shortcut::FIT) {
        viewport = Viewport::Fit;
    }
    if pressed(&shortcut::ACTUAL_SIZE) {
        viewport = geometry.actual_size(viewport);
    }
    // On many keyboards plus is the same key as the equals sign.
    let equals = ctx.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Equals));
    if pressed(&shortcut::ZOOM_IN) || equals {
        viewport = geometry.zoomed(viewport, zoom::STEP, center);
    }
    if pressed(&shortcut::ZOOM_OUT) {
        viewport = geometry.zoomed(viewport, 1.0 / zoom::STEP, center);
    }
    viewport
}

/// How far the arrow keys pan the picture while it has the focus.
fn arrows(ui: &Ui, response: &Response) -> egui::Vec2 {
    const STEP: f32 = 48.0;
    let arrows = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    let presses = |key| ui.input(|input| input.num_presses(key) as f32);
    let along = |back, forth| presses(forth) - presses(back);
    STEP * vec2(along(Key::ArrowLeft, Key::ArrowRight), along(Key::ArrowUp, Key::ArrowDown))
}

/// Draws one side into `rect`, clipped to `clip`.
fn paint(ui: &Ui, context: &mut PanelContext<'_>, side: DisplaySide, rect: Rect, clip: Rect, viewport: Viewport) {
    let Some(size) = context.textures.display.size(side) else {
        let place = Rect::from_center_size(clip.center(), vec2(32.0, 32.0));
        egui::Spinner::new().color(theme::palette(ui).accent).paint_at(ui, place);
        return;
    };
    // The texture still has another aspect ratio: the new picture is not uploaded yet, and stretching would flash.
    let shape = |size: egui::Vec2| size.x / size.y;
    if (shape(size) / shape(rect.size()) - 1.0).abs() > 0.2 {
        return;
    }
    let on_screen = rect.width() * ui.pixels_per_point();
    // Show sharp pixels when zoomed in, except for a coarse scale that is still being painted.
    let whole = match context.state.shown_canvas() {
        Some(canvas) if side == DisplaySide::Result => matches!(canvas.image, CanvasImage::Picture(_)),
        _ => true,
    };
    let crisp = whole && viewport != Viewport::Fit && on_screen > size.x * 1.01;
    let painter = ui.painter_at(clip);
    if context.textures.display.is_transparent(side) {
        checkerboard(ui, &painter, clip);
    }
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let within =
        |part: Rect| Rect::from_min_max(rect.lerp_inside(part.min.to_vec2()), rect.lerp_inside(part.max.to_vec2()));
    let share = |at: Pos2| ((at - rect.min) / rect.size()).to_pos2();
    let visible = Rect::from_min_max(share(clip.min), share(clip.max)).intersect(whole);
    if let Some((texture, part)) = context.textures.display.texture(ui.ctx(), side, on_screen, visible, crisp) {
        painter.image(texture, within(part), whole, Color32::WHITE);
    }
}

/// Checkerboard behind transparency.
fn checkerboard(ui: &Ui, painter: &egui::Painter, clip: Rect) {
    const SQUARE: f32 = 10.0;
    let palette = theme::palette(ui);
    painter.rect_filled(clip, 0.0, palette.raised);
    let (columns, rows) = ((clip.width() / SQUARE).ceil() as u32, (clip.height() / SQUARE).ceil() as u32);
    for row in 0..rows {
        for column in (row % 2..columns).step_by(2) {
            let corner = clip.min + SQUARE * vec2(column as f32, row as f32);
            painter.rect_filled(Rect::from_min_size(corner, vec2(SQUARE, SQUARE)), 0.0, palette.panel);
        }
    }
}

/// Movement of the divider per press of an arrow key.
const DIVIDER_STEP: f32 = 0.02;

/// The position of the divider after requests from assistive programs.
fn assisted(ui: &Ui, id: egui::Id, divider: f32) -> f32 {
    ui.input(|input| {
        let steps = |action| input.num_accesskit_action_requests(id, action) as f32;
        let steps = steps(accesskit::Action::Increment) - steps(accesskit::Action::Decrement);
        let set =
            input.accesskit_action_requests(id, accesskit::Action::SetValue).filter_map(|request| match request.data {
                Some(accesskit::ActionData::NumericValue(value)) => Some(value as f32),
                _ => None,
            });
        (set.last().unwrap_or(divider) + DIVIDER_STEP * steps).clamp(0.0, 1.0)
    })
}

/// Moves the divider by mouse, arrow keys or assistive programs; returns its x coordinate.
fn divider(ui: &Ui, context: &mut PanelContext<'_>, clip: Rect) -> f32 {
    let at = |divider: f32| egui::lerp(clip.x_range(), divider);
    let middle = at(context.state.view.divider);
    let grip = Rect::from_x_y_ranges(middle - 12.0..=middle + 12.0, clip.y_range());
    let response = ui
        .interact(grip, ui.scope_id().with("divider"), Sense::click_and_drag())
        .on_hover_cursor(CursorIcon::ResizeHorizontal);
    let mut divider = context.state.view.divider;
    if response.dragged()
        && let Some(pointer) = response.interact_pointer_pos()
        && clip.width() > 0.0
    {
        divider = ((pointer.x - clip.left()) / clip.width()).clamp(0.0, 1.0);
    }
    if response.has_focus() {
        let arrows = egui::EventFilter { horizontal_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let step = ui.input(|input| {
            DIVIDER_STEP
                * (f32::from(u8::from(input.key_pressed(Key::ArrowRight)))
                    - f32::from(u8::from(input.key_pressed(Key::ArrowLeft))))
        });
        divider = (divider + step).clamp(0.0, 1.0);
    }
    let divider = assisted(ui, response.id, divider);
    response.widget_info(|| WidgetInfo::slider(true, f64::from(divider), "Divider between photo and result"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(1.0);
        node.set_numeric_value_step(f64::from(DIVIDER_STEP));
        for action in [accesskit::Action::SetValue, accesskit::Action::Increment, accesskit::Action::Decrement] {
            node.add_action(action);
        }
    });
    if divider.to_bits() != context.state.view.divider.to_bits() {
        context.send(Action::SetDivider(divider));
    }
    at(divider)
}

fn paint_divider(ui: &Ui, clip: Rect, x: f32, (left_name, right_name): (&str, &str)) {
    let painter = ui.painter_at(clip.expand(12.0));
    let (light, dark) = (Color32::from_white_alpha(240), Color32::from_black_alpha(90));
    painter.vline(x, clip.y_range(), Stroke::new(4.0, dark));
    painter.vline(x, clip.y_range(), Stroke::new(2.0, light));
    let center = pos2(x, clip.center().y);
    painter.circle(center, 14.0, light, Stroke::new(1.0, dark));
    for side in [-1.0, 1.0] {
        let tip = center + vec2(8.0 * side, 0.0);
        let back = vec2(-4.5 * side, 0.0);
        let line = vec![tip + back + vec2(0.0, -4.5), tip, tip + back + vec2(0.0, 4.5)];
        painter.line(line, Stroke::new(1.75, Color32::from_gray(50)));
    }
    tag(ui, left_name, clip.left_top() + vec2(10.0, 10.0), Align2::LEFT_TOP, (clip.left()..=x - 8.0).into());
    tag(ui, right_name, clip.right_top() + vec2(-10.0, 10.0), Align2::RIGHT_TOP, (x + 8.0..=clip.right()).into());
}

/// The name of a side in its corner, if there is room for it.
fn tag(ui: &Ui, text: &str, at: Pos2, anchor: Align2, room: egui::Rangef) {
    let galley =
        ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(12.0), Color32::from_white_alpha(235));
    let rect = anchor.anchor_size(at, galley.size() + vec2(16.0, 8.0));
    if room.contains(rect.left()) && room.contains(rect.right()) {
        ui.painter().rect_filled(rect, 5.0, Color32::from_black_alpha(150));
        ui.painter().galley(rect.min + vec2(8.0, 4.0), galley, Color32::WHITE);
    }
}
