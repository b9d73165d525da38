//! The Export dialog: format, quality, size and metadata.

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

pub(super) fn show(ui: &Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let Some(canvas) = state.questions.to_export() else { return };
    let mut choice = state.export;
    // While a number is being typed, Enter only commits the number.
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
        let is_choosing = context.state.dialog.is_some();
        let asks_again = is_choosing && ask_again(ui);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let button = vec2(112.0, 34.0);
            let mut answer = None;
            ui.scope(|ui| {
                theme::emphasise(ui);
                if ui.add_enabled(!is_choosing, Button::new(theme::strong("Save as…")).min_size(button)).clicked() {
                    answer = Some(Action::ChooseFile);
                }
            });
            if ui.add(Button::new("Cancel").min_size(button)).clicked() {
                answer = Some(Action::Cancel);
            }
            // Enter confirms, unless it presses the focused button.
            let agreed = ui.input(|input| input.key_pressed(Key::Enter));
            if asks_again || (agreed && answer.is_none() && !had_focus && !is_choosing) {
                answer = Some(Action::ChooseFile);
            }
            answer
        })
        .inner
    });
    let closed = (modal.should_close() && state.dialog.is_none()).then_some(Action::Cancel);
    if choice != state.export {
        context.send(Action::SetExport(choice));
    }
    context.actions.extend(modal.inner.or(closed));
}

/// Says that a file dialog is open, and offers to open another if that one is hidden.
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
        Format::Png => "Lossless, with transparency; opens everywhere",
        Format::Jpeg => "Small files for the web and email; no transparency",
        Format::Tiff => "Lossless, with transparency; for printing and further editing",
        Format::WebP => "Lossless, with transparency, in smaller files; newer programs only",
    }
}

fn details(ui: &mut Ui, choice: &mut ExportChoice) {
    match choice.format {
        Format::Jpeg => {
            ui.horizontal(|ui| {
                ui.label("Quality");
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let number = field::number(&mut choice.quality).range(ExportChoice::QUALITY);
                    let hint = "Higher means finer detail and a larger file; 92 looks like the original";
                    field::sized_number(ui, number, "Quality", hint);
                    ui.spacing_mut().slider_width = ui.available_width() - 8.0;
                    let slider = ui.add(Slider::new(&mut choice.quality, ExportChoice::QUALITY).show_value(false));
                    ui.ctx().accesskit_node_builder(slider.id, |node| node.set_label("Quality"));
                });
            });
        }
        Format::Png => depth(ui, &mut choice.deep_png),
        Format::Tiff => depth(ui, &mut choice.deep_tiff),
        Format::WebP => {
            ui.label(theme::caption(ui, "8 bits per channel"));
        }
    }
}

/// The metadata to write: each checkbox adds to the one before.
fn disclosure(ui: &mut Ui, canvas: &Canvas, chosen: &mut Disclosure) {
    let has_exif = canvas.exif.is_some();
    let mut recipe = *chosen > Disclosure::Nothing;
    ui.spacing_mut().item_spacing.y = 2.0;
    field::checkbox(ui, &mut recipe, "Record in the file how it was painted")
        .on_hover_text("If off, the file contains only the pixels and their colour space");
    let mut camera = has_exif && *chosen > Disclosure::Settings;
    let mut place = camera && *chosen > Disclosure::Camera;
    // The options that depend on it are indented to its text.
    let indent = ui.spacing().icon_width + ui.spacing().icon_spacing;
    ui.horizontal(|ui| {
        ui.add_space(indent);
        ui.vertical(|ui| {
            let what = "The settings, the names of the pictures, and that a trained algorithm was used";
            ui.label(theme::caption(ui, what));
            ui.add_space(4.0);
            let hint = "Camera, lens, exposure and copyright, as recorded in the photo";
            ui.add_enabled_ui(recipe && has_exif, |ui| field::checkbox(ui, &mut camera, "Camera data of the photo"))
                .inner
                .on_hover_text(hint)
                .on_disabled_hover_text(if has_exif { hint } else { "This photo has no camera data" });
            ui.add_enabled_ui(recipe && camera, |ui| field::checkbox(ui, &mut place, "Where the photo was taken"))
                .inner
                .on_hover_text("The position that phones record; left out unless you ask for it each time");
        });
    });
    let wanted = match (recipe, camera, place) {
        (false, ..) => Disclosure::Nothing,
        (true, false, _) => Disclosure::Settings,
        (true, true, false) => Disclosure::Camera,
        (true, true, true) => Disclosure::Place,
    };
    // A photo without camera data does not change the choice for other photos.
    if has_exif || (wanted == Disclosure::Nothing) != (*chosen == Disclosure::Nothing) {
        *chosen = wanted;
    }
}

fn depth(ui: &mut Ui, deep: &mut bool) {
    field::checkbox(ui, deep, "16 bits per channel")
        .on_hover_text("Finer gradations for further editing; doubles the file size");
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
            field::sized_number(ui, number, "Long side", "Exports the picture scaled to another size");
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
        let hint = "Continues from this picture at larger scales, so that the strokes are fine and sharp at that size";
        if button.on_hover_text(hint).on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
            context.send(Action::PaintLarger(print));
        }
    }
}
