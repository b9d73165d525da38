//! The Help dialog: how to use the window, and its keyboard shortcuts.

use egui::{Button, Grid, Id, Modal, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::Action;
use crate::app::shortcut;
use crate::app::widget::theme;

pub(super) fn show(ui: &Ui, context: &mut PanelContext<'_>) {
    if !context.state.questions.has_help() {
        return;
    }
    let modal = Modal::new(Id::unique("help")).frame(theme::dialog_frame(ui.style())).show(ui.ctx(), |ui| {
        ui.set_width(640.0);
        ui.add_space(4.0);
        ui.label(theme::strong("Help").size(17.0));
        ui.label(if context.state.takes_drops {
            "Drop a photo and one or more paintings onto the window, paste them, or choose files. An instant picture \
             shows roughly what to expect; Start paints it properly. Sliders take effect at once, even while \
             painting. Export… saves the picture."
        } else {
            "Paste a photo and one or more paintings, or choose files. An instant picture shows roughly what to \
             expect; Start paints it properly. Sliders take effect at once, even while painting. Export… saves the \
             picture."
        });
        ui.add_space(8.0);
        ui.label(theme::heading("Keyboard"));
        Grid::new("keys").num_columns(4).spacing(vec2(16.0, 4.0)).min_row_height(20.0).show(ui, |ui| {
            let (left, right) = shortcut::ALL.split_at(shortcut::ALL.len().div_ceil(2));
            for (index, first) in left.iter().enumerate() {
                for shortcut in std::iter::once(first).chain(right.get(index)) {
                    ui.label(theme::strong(shortcut::written(ui.ctx(), shortcut)));
                    ui.label(shortcut.meaning);
                }
                ui.end_row();
            }
        });
        ui.label("Tab moves to the next control. The arrow keys move the focused picture or divider.");
        ui.add_space(8.0);
        ui.label(theme::heading("Mouse"));
        ui.label(
            "Scroll over the picture to zoom, drag to move it, double-click to switch between Fit and 100 %. Drag a \
             painting’s thumbnail to change the order. Right-click a result to open its menu.",
        );
        ui.add_space(8.0);
        ui.label(
            "Before you publish or sell a picture, ask whose painting and whose photo it is. Finished pictures say that \
             a trained algorithm made them. The page docs/responsibility.md has more.",
        );
        ui.add_space(12.0);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.add(Button::new("Close").min_size(vec2(96.0, 34.0))).clicked()
        })
        .inner
    });
    let f1 = ui.ctx().input_mut(|input| input.consume_shortcut(&shortcut::HELP.keys));
    if modal.inner || modal.should_close() || f1 {
        context.send(Action::ToggleHelp);
    }
}
