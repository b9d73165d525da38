//! The sheet that asks how to paint a folder of photos, and where to.

use egui::{Align, Button, Context, Id, Label, Layout, Modal, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::{Action, FolderAction};
use crate::app::model::folder::{FolderChoices, OpenFolder};
use crate::app::widget::{field, theme};
use crate::app::wording;
use crate::duration::about;
use crate::picture::Format;
use crate::studio::Method;
use crate::studio::batch::Pairing;

pub(super) fn ask(ctx: &Context, context: &mut PanelContext<'_>) {
    let Some(open) = &context.state.folder else { return };
    let mut choices = open.choices.clone();
    let modal =
        Modal::new(Id::unique("paint folder")).frame(theme::dialog_frame(&ctx.global_style())).show(ctx, |ui| {
            ui.set_width(420.0);
            ui.spacing_mut().item_spacing.y = 8.0;
            ui.add_space(4.0);
            let title = theme::strong(format!("Paint {}", open.folder.name())).size(17.0);
            ui.add(Label::new(title).truncate());
            ui.add_space(4.0);
            let wants_folder = output(ui, &choices);
            options(ui, context, &mut choices);
            ui.add_space(4.0);
            for sentence in sentences(context, open, &choices) {
                ui.label(theme::caption(ui, sentence));
            }
            ui.add_space(8.0);
            let answer = answers(ui, context);
            if wants_folder { Some(Action::Folder(FolderAction::ChooseOutput)) } else { answer }
        });
    let closed = (modal.should_close() && context.state.dialog.is_none()).then_some(Action::Cancel);
    if choices != open.choices {
        context.send(Action::Folder(FolderAction::Set(choices)));
    }
    context.actions.extend(modal.inner.or(closed));
}

/// The folder for the pictures; returns whether another one is to be chosen.
fn output(ui: &mut Ui, choices: &FolderChoices) -> bool {
    ui.horizontal(|ui| {
        ui.label("Into");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = ui.add(Button::new("Change…").min_size(vec2(84.0, 28.0)));
            ui.ctx().accesskit_node_builder(button.id, |node| node.set_label("Change the folder to paint into…"));
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let path = choices.output.display().to_string();
                // The end of a path says more than its beginning.
                let text = Label::new(wording::end_of_path(&path, 44)).truncate();
                ui.add(text).on_hover_text(path);
            });
            button.on_hover_text("It is made if it does not exist. Other files in it stay as they are").clicked()
        })
        .inner
    })
    .inner
}

fn options(ui: &mut Ui, context: &PanelContext<'_>, choices: &mut FolderChoices) {
    let methods = [(Method::Instant, "Instant"), (Method::Optimise, "Optimise")];
    let hint = "Instant paints each photo in a moment. Optimise takes the time of a picture for each photo";
    choice(ui, "Method", hint, |ui| field::combo(ui, "Method for the folder", &mut choices.method, &methods));
    if context.state.sources.ready_paintings().count() > 1 {
        let pairings = [
            (Pairing::Mix, "Mixed"),
            (Pairing::Each, "Each one"),
            (Pairing::Cycle, "In turn"),
            (Pairing::Random, "Random"),
        ];
        let hint = "Mixed paints each photo in the mixture that the preview shows; each one paints it once in the style of \
                    every painting; in turn and random choose one painting for each photo, random ones of larger weight \
                    more often";
        choice(ui, "Paintings", hint, |ui| {
            field::combo(ui, "Paintings of each photo", &mut choices.pairing, &pairings);
        });
    }
    let set = format!("{} px, as set", context.state.settings.size);
    let sizes = [(true, "As the photo"), (false, set.as_str())];
    let hint = "The long side of the pictures: that of each photo, or the one on the settings panel";
    choice(ui, "Size", hint, |ui| field::combo(ui, "Size of the pictures", &mut choices.has_own_size, &sizes));
    let formats = Format::ALL.map(|format| (Some(format), format.name()));
    let formats: Vec<_> = [(None, "As the photo")].into_iter().chain(formats).collect();
    let hint = "Photos in formats that Impasto only reads become PNG";
    choice(ui, "Format", hint, |ui| field::combo(ui, "Format of the pictures", &mut choices.format, &formats));
}

/// A choice with its name.
fn choice(ui: &mut Ui, name: &str, hint: &str, value: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(name).on_hover_text(hint);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.scope(value).response.on_hover_text(hint);
        });
    });
}

/// What is to be known before it begins.
fn sentences(context: &PanelContext<'_>, open: &OpenFolder, choices: &FolderChoices) -> Vec<String> {
    let state = context.state;
    let photos = open.folder.photos.len();
    let each = if choices.pairing == Pairing::Each { state.sources.ready_paintings().count().max(1) } else { 1 };
    let pictures = photos * each;
    let mut text =
        format!("{}, {pictures} {}", wording::photos(photos), if pictures == 1 { "picture" } else { "pictures" });
    let expected = state.expected_time(&state.settings).filter(|_| choices.method == Method::Optimise);
    if let Some(time) = expected.filter(|_| !choices.has_own_size) {
        // As many as there are in a folder.
        text = format!("{text}, {}", about(time * u32::try_from(pictures).unwrap_or(u32::MAX)));
    }
    let mut sentences = vec![format!("{text}. What is in the folder already is not painted again.")];
    let has_mask =
        state.sources.protection.is_some() || state.sources.paintings.iter().any(|style| style.mask.is_some());
    if has_mask {
        sentences.push("Masks are left out: they were drawn for one photo.".to_owned());
    }
    sentences
}

fn answers(ui: &mut Ui, context: &PanelContext<'_>) -> Option<Action> {
    let mut answer = None;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let size = vec2(112.0, 34.0);
        let is_choosing = context.state.dialog.is_some();
        let text = if context.state.is_painting() { "Paint next" } else { "Paint" };
        ui.scope(|ui| {
            theme::emphasise(ui);
            if ui.add_enabled(!is_choosing, Button::new(theme::strong(text)).min_size(size)).clicked() {
                answer = Some(Action::Folder(FolderAction::Paint));
            }
        });
        if ui.add(Button::new("Cancel").min_size(size)).clicked() {
            answer = Some(Action::Cancel);
        }
    });
    answer
}
