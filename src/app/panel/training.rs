//! The sheet that asks how thoroughly to train a style.

use egui::{Button, Context, Id, Modal, vec2};

use super::context::PanelContext;
use super::settings::PERCENT;
use crate::app::message::{Action, TrainingAction};
use crate::app::model::question::TrainingSheet;
use crate::app::model::training::Thoroughness;
use crate::app::widget::field::Field;
use crate::app::widget::hint::Hint;
use crate::app::widget::theme;
use crate::duration::about;

pub(super) fn ask(ctx: &Context, context: &mut PanelContext<'_>, sheet: &TrainingSheet) {
    let mut chosen = sheet.thoroughness;
    let (mut adversary, mut stability) = (f32::from(sheet.adversary), f32::from(sheet.stability));
    let pace = context.state.pace;
    let modal = Modal::new(Id::unique("training")).frame(theme::dialog_frame(&ctx.global_style())).show(ctx, |ui| {
        ui.set_width(400.0);
        ui.add_space(4.0);
        let title = theme::strong(format!("Train a style from {}", sheet.name)).size(17.0);
        ui.add(egui::Label::new(title).truncate());
        ui.label(
            "A network learns the manner of this painting. After that it paints any photo in a moment. You can go on \
             working; the training waits while a picture is painted.",
        );
        ui.add_space(8.0);
        for choice in Thoroughness::ALL {
            let time = pace.map(|pace| format!(", {}", about(pace.expected_for_training(choice.steps()))));
            let text = format!("{}{}", choice.name(), time.unwrap_or_default());
            ui.radio_value(&mut chosen, choice, text).hint(choice.meaning());
        }
        ui.add_space(8.0);
        let meaning = "How much a second network that judges the strokes counts in the last third of the training. A little \
                       can make them crisper; much brings noise";
        Field { name: "Adversary", meaning }.slider(ui, &mut adversary, 0.0, &PERCENT);
        let meaning = "How far the network learns to ignore noise, so that clips are steadier. Plain areas become calmer; \
                       much leaves them without strokes";
        Field { name: "Stability", meaning }.slider(ui, &mut stability, 0.0, &PERCENT);
        ui.label(theme::caption(
            ui,
            "If the painting is not yours, training a style gives you no right to sell pictures in its manner.",
        ));
        ui.add_space(12.0);
        let mut answer = None;
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let size = vec2(116.0, 34.0);
            ui.scope(|ui| {
                theme::emphasise(ui);
                if ui.add(Button::new(theme::strong("Train")).min_size(size)).clicked() {
                    answer = Some(Action::Training(TrainingAction::Begin));
                }
            });
            if ui.add(Button::new("Cancel").min_size(size)).clicked() {
                answer = Some(Action::Cancel);
            }
        });
        answer
    });
    let closed = modal.should_close().then_some(Action::Cancel);
    if chosen != sheet.thoroughness {
        context.send(Action::Training(TrainingAction::SetThoroughness(chosen)));
    }
    // The sliders are limited to 0..100.
    let (adversary, stability) = (adversary.round() as u8, stability.round() as u8);
    if adversary != sheet.adversary {
        context.send(Action::Training(TrainingAction::SetAdversary(adversary)));
    }
    if stability != sheet.stability {
        context.send(Action::Training(TrainingAction::SetStability(stability)));
    }
    context.actions.extend(modal.inner.or(closed));
}
