//! Tooltips of the side panels: they open over the picture, where they cover no other control.

use egui::{Label, Order, Rect, RectAlign, Response, Tooltip};

use super::theme;

/// Adds a tooltip to a widget.
pub(in crate::app) trait Hint {
    /// Like [`Response::on_hover_text`], but for a widget of a side panel the tooltip opens beside the panel.
    fn hint(self, text: impl Into<String>) -> Self;
}

impl Hint for Response {
    fn hint(self, text: impl Into<String>) -> Self {
        let text = text.into();
        let Some((panel, align)) = side_of(&self) else { return self.on_hover_text(text) };
        // As in `on_hover_text`: the text is the description for screen readers.
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

/// For a widget of a side panel: its rows over the full width of the panel, and where the tooltip opens.
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
