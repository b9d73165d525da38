//! Questions that keep everything else waiting.

use egui::{Button, Context, Id, Key, Modal, TextEdit, Ui, vec2};

use super::{Stage, run_bar};
use crate::app::action::{Action, PresetAction};
use crate::app::state::Question;
use crate::app::{theme, wording};

/// What is asked, and what can be answered.
struct Wording {
    title: &'static str,
    text: String,
    stay: &'static str,
    go_on: Option<(&'static str, Action)>,
}

/// Draws the question that is open, if any.
pub(super) fn show(ui: &Ui, stage: &mut Stage<'_>) {
    let wording = match &stage.state.question {
        Some(Question::PresetName(name)) => return ask_for_a_name(ui.ctx(), stage, name.clone()),
        Some(Question::Close) => Wording {
            title: "Stop painting and close?",
            text:
                "A picture is being painted. What is painted so far is lost when the window closes; to keep it, stop \
                   and export first."
                    .to_owned(),
            stay: "Keep painting",
            go_on: Some(("Stop and close", Action::ConfirmClose)),
        },
        Some(Question::Overwrite(job)) => Wording {
            title: "Replace the file?",
            text: format!(
                "A file of that name is there already. Replacing it cannot be undone.\n\n{}",
                job.path.display()
            ),
            stay: "Keep the old file",
            go_on: Some(("Replace", Action::Overwrite)),
        },
        Some(Question::GoOn(project)) => Wording {
            title: "Go on with your picture?",
            text: match &project.unfinished {
                Some(run) => format!(
                    "Impasto ended before this picture was finished. Nothing is lost: {} of painting are kept.",
                    wording::time_taken(std::time::Duration::from_secs_f64(run.seconds))
                ),
                None => "Impasto ended before this picture was saved. Its pictures and settings are kept.".to_owned(),
            },
            stay: "Not now",
            go_on: Some(("Go on", Action::GoOn)),
        },
        None if stage.state.closes_after_saving() => Wording {
            title: "Saving the picture…",
            text: "The window closes when the picture is written.".to_owned(),
            stay: "",
            go_on: None,
        },
        None => return,
    };
    ask(ui.ctx(), stage, wording);
}

fn ask_for_a_name(ctx: &Context, stage: &mut Stage<'_>, mut name: String) {
    let before = name.clone();
    let modal = Modal::new(Id::unique("preset")).frame(theme::dialog_frame(&ctx.global_style())).show(ctx, |ui| {
        ui.set_width(340.0);
        ui.add_space(4.0);
        ui.label(theme::strong("Keep these settings").size(17.0));
        ui.label("Under a name of your own. A preset of the same name is replaced.");
        let field = ui.add(TextEdit::singleline(&mut name).hint_text("Name").desired_width(f32::INFINITY));
        ui.ctx().accesskit_node_builder(field.id, |node| node.set_label("Name of the preset"));
        if before.is_empty() {
            field.request_focus();
        }
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(12.0);
        let mut answer = entered.then_some(Action::Preset(PresetAction::Save));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let size = vec2(96.0, 34.0);
            ui.scope(|ui| {
                run_bar::emphasise(ui);
                let named = !name.trim().is_empty();
                if ui.add_enabled(named, Button::new(theme::strong("Keep")).min_size(size)).clicked() {
                    answer = Some(Action::Preset(PresetAction::Save));
                }
            });
            if ui.add(Button::new("Cancel").min_size(size)).clicked() {
                answer = Some(Action::Cancel);
            }
        });
        answer
    });
    let closed = modal.should_close().then_some(Action::Cancel);
    if name != before {
        stage.say(Action::Preset(PresetAction::Name(name)));
    }
    stage.actions.extend(modal.inner.or(closed));
}

fn ask(ctx: &Context, stage: &mut Stage<'_>, wording: Wording) {
    let answer = Modal::new(Id::unique("question")).frame(theme::dialog_frame(&ctx.global_style())).show(ctx, |ui| {
        ui.set_width(380.0);
        ui.add_space(4.0);
        ui.label(theme::strong(wording.title).size(17.0));
        ui.label(wording.text);
        let mut answer = None;
        if let Some((text, action)) = wording.go_on {
            ui.add_space(12.0);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let size = vec2(116.0, 34.0);
                let stay = ui.scope(|ui| {
                    run_bar::emphasise(ui);
                    ui.add(Button::new(theme::strong(wording.stay)).min_size(size))
                });
                if stay.inner.clicked() {
                    answer = Some(Action::Cancel);
                }
                if ui.add(Button::new(text).min_size(size)).clicked() {
                    answer = Some(action);
                }
            });
        } else {
            ui.add(egui::Spinner::new());
        }
        answer
    });
    let closed = answer.should_close().then_some(Action::Cancel);
    stage.actions.extend(answer.inner.or(closed));
}
