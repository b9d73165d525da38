//! How to save a picture: format, quality, size; then where.

use egui::{Button, Id, Key, Modal, Slider, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::Action;
use crate::app::model::canvas::Canvas;
use crate::app::preferences::ExportChoice;
use crate::app::widget::{field, theme};
use crate::app::wording;
use crate::picture::Format;
use crate::picture::metadata::Disclosure;
use crate::studio::{Preset, Settings};

/// Draws the question while it is open.
pub(super) fn show(ui: &Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let Some(canvas) = state.questions.exported() else { return };
    let mut choice = state.export;
    // A number that is being typed is taken by Enter, which then agrees to nothing.
    let had_focus = ui.memory(|memory| memory.focused().is_some());
    let frame = theme::dialog_frame(ui.style());
    let modal = Modal::new(Id::unique("export")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(400.0);
        ui.spacing_mut().item_spacing.y = 8.0;
        ui.add_space(4.0);
        ui.label(theme::strong("Export the picture").size(17.0));
        ui.add_space(4.0);
        format(ui, &mut choice);
        details(ui, &mut choice);
        ui.add_space(4.0);
        size(ui, context, canvas, &mut choice);
        ui.add_space(4.0);
        ui.scope(|ui| disclosure(ui, canvas, &mut choice.disclosure));
        ui.add_space(12.0);
        let waits = context.state.dialog.is_some();
        let asks_again = waits && ask_again(ui);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let button = vec2(112.0, 34.0);
            let mut answer = None;
            ui.scope(|ui| {
                theme::emphasise(ui);
                if ui.add_enabled(!waits, Button::new(theme::strong("Save as…")).min_size(button)).clicked() {
                    answer = Some(Action::ChooseFile);
                }
            });
            if ui.add(Button::new("Cancel").min_size(button)).clicked() {
                answer = Some(Action::Cancel);
            }
            // The key that agrees, unless it presses the button that has the focus.
            let agreed = ui.input(|input| input.key_pressed(Key::Enter));
            if asks_again || (agreed && answer.is_none() && !had_focus && !waits) {
                answer = Some(Action::ChooseFile);
            }
            answer
        })
        .inner
    });
    let closed = (modal.should_close() && state.dialog.is_none()).then_some(Action::Cancel);
    if choice != state.export {
        context.say(Action::SetExport(choice));
    }
    context.actions.extend(modal.inner.or(closed));
}

/// Says that a file dialog is open, and lets one that cannot be seen be asked for again.
fn ask_again(ui: &mut Ui) -> bool {
    ui.horizontal(|ui| {
        ui.label(theme::caption(ui, "A file dialog is already open. If you cannot see it:"));
        ui.small_button("Open another").clicked()
    })
    .inner
}

fn format(ui: &mut Ui, choice: &mut ExportChoice) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let width = (ui.available_width() - 12.0) / 4.0;
        for format in Format::ALL {
            let chosen = choice.format == format;
            let button = ui.add_sized(vec2(width, 30.0), Button::selectable(chosen, format.name()));
            if button.on_hover_text(meaning(format)).clicked() {
                choice.format = format;
            }
        }
    });
    ui.label(theme::caption(ui, meaning(choice.format)));
}

fn meaning(format: Format) -> &'static str {
    match format {
        Format::Png => "Keeps every pixel and transparency; opens everywhere",
        Format::Jpeg => "Small files for the web and for mail; no transparency",
        Format::Tiff => "Keeps every pixel and transparency; for printing and for editing on",
        Format::WebP => "Keeps every pixel and transparency, in smaller files; newer programs only",
    }
}

fn details(ui: &mut Ui, choice: &mut ExportChoice) {
    match choice.format {
        Format::Jpeg => {
            ui.horizontal(|ui| {
                ui.label("Quality");
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let number = field::number(&mut choice.quality).range(ExportChoice::QUALITY);
                    field::sized_number(
                        ui,
                        number,
                        "Quality",
                        "Higher is finer and larger; 92 looks like the original",
                    );
                    ui.spacing_mut().slider_width = ui.available_width() - 8.0;
                    let slider = ui.add(Slider::new(&mut choice.quality, ExportChoice::QUALITY).show_value(false));
                    ui.ctx().accesskit_node_builder(slider.id, |node| node.set_label("Quality"));
                });
            });
        }
        Format::Png => depth(ui, &mut choice.deep_png),
        Format::Tiff => depth(ui, &mut choice.deep_tiff),
        Format::WebP => {
            ui.label(theme::caption(ui, "8 bits a channel"));
        }
    }
}

/// What the file says beside its pixels: each line adds to the one before.
fn disclosure(ui: &mut Ui, canvas: &Canvas, chosen: &mut Disclosure) {
    let noted = canvas.exif.is_some();
    let mut said = *chosen > Disclosure::Nothing;
    ui.spacing_mut().item_spacing.y = 2.0;
    field::check(ui, &mut said, "Say in the file how it was painted")
        .on_hover_text("Without it, the file holds nothing but pixels and their colour space");
    let mut camera = noted && *chosen > Disclosure::Settings;
    let mut place = camera && *chosen > Disclosure::Camera;
    // What follows is a part of it, so it stands under its text.
    let indent = ui.spacing().icon_width + ui.spacing().icon_spacing;
    ui.horizontal(|ui| {
        ui.add_space(indent);
        ui.vertical(|ui| {
            let what = "The settings, the names of the pictures, and that a trained algorithm made it over";
            ui.label(theme::caption(ui, what));
            ui.add_space(4.0);
            let hint = "Camera, lens, exposure and copyright, as the photo has them";
            ui.add_enabled_ui(said && noted, |ui| field::check(ui, &mut camera, "What the camera noted in the photo"))
                .inner
                .on_hover_text(hint)
                .on_disabled_hover_text(if noted { hint } else { "The camera noted nothing in this photo" });
            ui.add_enabled_ui(said && camera, |ui| field::check(ui, &mut place, "And where it was taken"))
                .inner
                .on_hover_text("The position that a phone writes into its photos; left out unless asked for each time");
        });
    });
    let wanted = match (said, camera, place) {
        (false, ..) => Disclosure::Nothing,
        (true, false, _) => Disclosure::Settings,
        (true, true, false) => Disclosure::Camera,
        (true, true, true) => Disclosure::Place,
    };
    // A photo without notes changes nothing of what is wished for others.
    if noted || (wanted == Disclosure::Nothing) != (*chosen == Disclosure::Nothing) {
        *chosen = wanted;
    }
}

fn depth(ui: &mut Ui, deep: &mut bool) {
    field::check(ui, deep, "16 bits a channel")
        .on_hover_text("Finer steps, for editing on; twice the size of the file");
}

fn size(ui: &mut Ui, context: &mut PanelContext<'_>, canvas: &Canvas, choice: &mut ExportChoice) {
    let state = context.state;
    let painted = canvas.image.size();
    let own = painted.0.max(painted.1);
    ui.horizontal(|ui| {
        ui.label("Long side");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let mut long_side = choice.long_side.unwrap_or(own);
            let number = field::number(&mut long_side).range(Settings::SIZE).speed(4.0).suffix(" px");
            field::sized_number(ui, number, "Long side", "Another size than painted: the picture is scaled");
            choice.long_side = (long_side != own).then_some(long_side);
        });
    });
    let text = match (choice.long_side, state.export_size()) {
        (Some(side), Some(size)) if side > own => {
            format!("{} pixels, enlarged: softer than painted", wording::size(size))
        }
        (Some(_), Some(size)) => format!("{} pixels, scaled down", wording::size(size)),
        _ => format!("{} pixels, as painted", wording::size(painted)),
    };
    ui.label(theme::caption(ui, text));
    let print = Preset::Print.size();
    if own < print {
        let obstacle = state.continue_obstacle();
        let button = ui.add_enabled(obstacle.is_none(), Button::new(format!("Paint again at print size, {print} px")));
        let hint = "Goes on from this picture at larger scales, so that the strokes are fine and sharp at that size";
        if button.on_hover_text(hint).on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
            context.say(Action::PaintLarger(print));
        }
    }
}
