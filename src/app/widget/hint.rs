//! Tooltips of the panels at the sides: they open over the picture, where they cover no other control.

use egui::{Label, Order, Rect, RectAlign, Response, Tooltip};

use super::theme;

/// Explains a widget when the pointer rests on it.
pub(in crate::app) trait Hint {
    /// Like [`Response::on_hover_text`]; for a widget on a panel at the side, the text opens beside that panel.
    fn hint(self, text: impl Into<String>) -> Self;
}

impl Hint for Response {
    fn hint(self, text: impl Into<String>) -> Self {
        let text = text.into();
        let Some((panel, align)) = side_of(&self) else { return self.on_hover_text(text) };
        // What `on_hover_text` does, too: screen readers read the text.
        self.ctx.accesskit_node_builder(self.id, |node| {
            if node.description().is_none() {
                node.set_description(text.as_str());
            }
        });
        let mut tooltip = Tooltip::for_enabled(&self);
        tooltip.popup = tooltip.popup.anchor(panel).align(align).gap(8.0);
        tooltip.show(|ui| {
            ui.set_max_width(ui.spacing().tooltip_width);
            ui.add(Label::new(text));
        });
        self
    }
}

/// The rows that the widget covers across the whole of its panel, and on which side of them there is room; nothing for a
/// widget elsewhere.
fn side_of(widget: &Response) -> Option<(Rect, RectAlign)> {
    if widget.layer_id.order != Order::Background {
        return None;
    }
    let (window, rect) = (widget.ctx.content_rect(), widget.rect);
    let sources = window.left() + theme::SOURCES_WIDTH;
    let settings = window.right() - theme::SETTINGS_WIDTH;
    if rect.right() <= sources {
        Some((Rect::from_x_y_ranges(window.left()..=sources, rect.y_range()), RectAlign::RIGHT_START))
    } else if rect.left() >= settings {
        Some((Rect::from_x_y_ranges(settings..=window.right(), rect.y_range()), RectAlign::LEFT_START))
    } else {
        None
    }
}
