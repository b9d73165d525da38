//! Painting a mask by hand: the tool strip above, and the mask drawn over the photo below.

use egui::{
    Align, Button, Color32, CursorIcon, Key, Layout, Panel, PointerButton, Pos2, Rect, Response, Stroke, Ui, vec2,
};

use super::context::PanelContext;
use crate::app::message::Action;
use crate::app::model::mask::{Brush, Easel, MaskAction, MaskFor};
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::{field, theme};

pub(super) fn strip(ui: &mut Ui, context: &mut PanelContext<'_>, easel: &Easel) {
    let palette = theme::palette(ui);
    let margin = egui::Margin::symmetric(12, 8);
    Panel::top("easel")
        .exact_size(88.0)
        .resizable(false)
        .frame(egui::Frame::new().fill(palette.panel).inner_margin(margin))
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.scope(|ui| {
                        theme::emphasise(ui);
                        if ui.add(Button::new(theme::strong("Done")).min_size(vec2(72.0, 28.0))).clicked() {
                            context.send(Action::Mask(MaskAction::Done));
                        }
                    });
                    let remove = ui.add(Button::new("Remove").min_size(vec2(0.0, 28.0)));
                    if remove.on_hover_text("Remove the mask and go back").clicked() {
                        context.send(Action::Mask(MaskAction::Remove));
                    }
                    ui.spacing_mut().item_spacing.x = 2.0;
                    for (enabled, icon, name, action) in [
                        (easel.can_redo(), Icon::Redo, "Redo the stroke", MaskAction::Redo),
                        (easel.can_undo(), Icon::Undo, "Undo the stroke", MaskAction::Undo),
                    ] {
                        if ui.add_enabled_ui(enabled, |ui| icon::button(ui, icon, name, 26.0)).inner.clicked() {
                            context.send(Action::Mask(action));
                        }
                    }
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        ui.spacing_mut().item_spacing.x = 12.0;
                        ui.add(egui::Label::new(theme::strong(title(context, easel))).truncate());
                        if let Some(note) = context.state.note_about_mask(easel) {
                            let color = theme::palette(ui).accent;
                            ui.add(egui::Label::new(egui::RichText::new(note).small().color(color)).truncate());
                        }
                    });
                });
            });
            ui.horizontal(|ui| brush_row(ui, context, easel));
        });
}

fn title(context: &PanelContext<'_>, easel: &Easel) -> String {
    match easel.purpose {
        MaskFor::Protection => "Paint over what should not change".to_owned(),
        MaskFor::Painting(id) => {
            let paintings = &context.state.sources.paintings;
            let painting = paintings.iter().find(|painting| painting.source.id == id);
            let name = painting.map_or("this painting", |painting| painting.source.name());
            format!("Paint where {name} applies")
        }
    }
}

fn brush_row(ui: &mut Ui, context: &mut PanelContext<'_>, easel: &Easel) {
    ui.spacing_mut().item_spacing.x = 4.0;
    ui.spacing_mut().button_padding.x = 8.0;
    let mut brush = easel.brush;
    for (erases, text, hint) in [(false, "Brush", "Paints the mask (B)"), (true, "Eraser", "Erases the mask (X)")] {
        if ui.add(Button::selectable(brush.erases == erases, text)).on_hover_text(hint).clicked() {
            brush.erases = erases;
        }
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        for (text, hint, action) in [
            ("Invert", "Swap what is covered and what is not", MaskAction::Invert),
            ("Clear", "Uncover everything", MaskAction::Clear),
            ("Fill", "Cover everything", MaskAction::Fill),
        ] {
            if ui.add(Button::new(text)).on_hover_text(hint).clicked() {
                context.send(Action::Mask(action));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let room = ((ui.available_width() - 84.0) / 2.0).clamp(24.0, 140.0);
            let slider = |ui: &mut Ui, text: &str, name: &str, value: &mut f32, reach, logarithmic| {
                ui.label(theme::caption(ui, text));
                ui.allocate_ui(vec2(room, 20.0), |ui| {
                    ui.set_width(room);
                    field::slider(ui, value, reach, logarithmic, name);
                });
            };
            slider(ui, "Size", "Brush size", &mut brush.size, Brush::SIZE, true);
            slider(ui, "Soft", "Brush softness", &mut brush.softness, 0.0..=1.0, false);
        });
    });
    let brush = keys(ui, context, brush);
    if brush != easel.brush {
        context.send(Action::Mask(MaskAction::SetBrush(brush)));
    }
}

/// The usual keys of painting programs: brackets for the size, X for the eraser, B for the brush, Escape to finish.
fn keys(ui: &Ui, context: &mut PanelContext<'_>, mut brush: Brush) -> Brush {
    if ui.ctx().text_edit_focused() {
        return brush;
    }
    let pressed = |key| ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, key));
    if pressed(Key::OpenBracket) {
        brush.size /= 1.2;
    }
    if pressed(Key::CloseBracket) {
        brush.size *= 1.2;
    }
    if pressed(Key::X) {
        brush.erases = !brush.erases;
    }
    if pressed(Key::B) {
        brush.erases = false;
    }
    if pressed(Key::Escape) {
        context.send(Action::Mask(MaskAction::Done));
    }
    brush
}

/// Handles strokes over the photo, which is drawn at `rect`, and draws the mask and the brush outline over it.
pub(super) fn paint(ui: &Ui, context: &mut PanelContext<'_>, easel: &Easel, response: &Response, rect: Rect) {
    let place = |at: Pos2| ((at - rect.min) / rect.size()).to_pos2();
    let pointer = response.interact_pointer_pos().or(response.hover_pos());
    let primary = ui.input(|input| input.pointer.button_down(PointerButton::Primary));
    let pressed = pointer.filter(|_| primary && (easel.is_drawing() || response.is_pointer_button_down_on()));
    match (easel.is_drawing(), pressed) {
        (false, Some(at)) => context.send(Action::Mask(MaskAction::Press(place(at)))),
        (true, Some(at)) => context.send(Action::Mask(MaskAction::Draw(place(at)))),
        (true, None) => context.send(Action::Mask(MaskAction::Lift)),
        (false, None) => {}
    }
    let painter = ui.painter_at(response.rect);
    let texture = context.textures.mask.texture(ui.ctx(), easel.mask());
    let whole = Rect::from_min_max(Pos2::ZERO, egui::pos2(1.0, 1.0));
    painter.image(texture, rect, whole, Color32::WHITE);
    if let Some(at) = pointer {
        ui.ctx().set_cursor_icon(CursorIcon::None);
        let radius = easel.brush.size * rect.size().max_elem() / 2.0;
        painter.circle_stroke(at, radius, Stroke::new(2.5, Color32::from_black_alpha(120)));
        painter.circle_stroke(at, radius, Stroke::new(1.25, Color32::WHITE));
        let hard = radius * (1.0 - easel.brush.softness);
        painter.circle_stroke(at, hard, Stroke::new(1.0, Color32::from_white_alpha(110)));
        let sign = vec2(4.0, 0.0);
        painter.line_segment([at - sign, at + sign], Stroke::new(1.25, Color32::WHITE));
        if !easel.brush.erases {
            painter.line_segment([at - sign.rot90(), at + sign.rot90()], Stroke::new(1.25, Color32::WHITE));
        }
    }
}
