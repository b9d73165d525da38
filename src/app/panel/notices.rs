//! Notices, over the upper edge of the picture.

use std::time::Duration;

use egui::accesskit::Live;
use egui::{Align2, Area, Id, Label, Order, Ui, Vec2, vec2};

use super::context::PanelContext;
use crate::app::message::Action;
use crate::app::model::notices::{Notice, NoticeKind};
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    if context.state.notices.is_empty() {
        return;
    }
    let room = ui.max_rect();
    let width = (room.width() - 32.0).min(560.0);
    let state = context.state;
    Area::new(Id::unique("notices"))
        .order(Order::Middle)
        .pivot(Align2::CENTER_TOP)
        .fixed_pos(room.center_top() + vec2(0.0, 16.0))
        .constrain(false)
        .show(ui.ctx(), |ui| {
            ui.set_width(width);
            for notice in state.notices.iter().rev() {
                let opacity = notice.opacity(state.notices.now);
                let card = ui.scope(|ui| {
                    ui.multiply_opacity(opacity);
                    card(ui, notice)
                });
                context.actions.extend(card.inner);
                if let Some(seconds) = notice.seconds_left(state.notices.now) {
                    // Repaint when it starts to fade, and while it fades.
                    ui.ctx().request_repaint_after(Duration::from_secs_f64(seconds));
                }
            }
        });
}

fn card(ui: &mut Ui, notice: &Notice) -> Option<Action> {
    let palette = theme::palette(ui);
    let color = match notice.kind {
        NoticeKind::Problem => palette.problem,
        NoticeKind::Remark | NoticeKind::Removed => palette.weak,
        NoticeKind::Done => palette.done,
    };
    let frame = egui::Frame::popup(ui.style()).inner_margin(egui::Margin { left: 18, right: 10, top: 8, bottom: 8 });
    let inner = frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            let can_be_undone = notice.kind == NoticeKind::Removed;
            let text_width = ui.available_width() - if can_be_undone { 112.0 } else { 36.0 };
            ui.allocate_ui(vec2(text_width, 24.0), |ui| {
                ui.set_width(text_width);
                let text = ui.horizontal_wrapped(|ui| ui.add(Label::new(&notice.text).wrap())).inner;
                // A live region: screen readers announce it, and a problem interrupts other speech.
                let live = if notice.kind == NoticeKind::Problem { Live::Assertive } else { Live::Polite };
                ui.ctx().accesskit_node_builder(text.id, |node| node.set_live(live));
            });
            let undone = can_be_undone && {
                let undo = ui.add_sized(vec2(68.0, 24.0), egui::Button::new("Undo"));
                // The button that undoes settings is also called "Undo".
                ui.ctx().accesskit_node_builder(undo.id, |node| node.set_label("Undo the removal"));
                undo.clicked()
            };
            let name = format!("Dismiss: {}", notice.text);
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(24.0), egui::Sense::hover());
            let response = icon::button_at(ui, rect, Icon::Cross, "Dismiss", ui.scope_id().with(notice.id));
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
            match (undone, response.clicked()) {
                (true, _) => Some(Action::PutBack),
                (false, true) => Some(Action::Dismiss(notice.id)),
                (false, false) => None,
            }
        })
        .inner
    });
    let edge = inner.response.rect;
    let stripe = egui::Rect::from_min_size(edge.min + vec2(7.0, 9.0), vec2(3.0, edge.height() - 18.0));
    ui.painter().rect_filled(stripe, 1.5, color);
    inner.inner
}
