//! The panel on the right: the main settings, and the others under Advanced.

use std::ops::RangeInclusive;

use egui::{Button, CollapsingHeader, Panel, ScrollArea, Ui, vec2};

use super::context::PanelContext;
use super::presets;
use crate::app::message::{Action, ClipAction};
use crate::app::widget::field::{self, Field, Scale};
use crate::app::widget::hint::Hint;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;
use crate::app::{shortcut, wording};
use crate::duration::about;
use crate::engine::device::{DeviceChoice, Processors};
use crate::engine::loss::StyleLoss;
use crate::picture::resize;
use crate::studio::{Hardware, Palette, Preset, Settings, Start};

const fn scale(
    range: RangeInclusive<f32>,
    logarithmic: bool,
    speed: f32,
    decimals: usize,
    unit: &'static str,
) -> Scale {
    let reach = *range.start()..=*range.end();
    Scale { allowed: range, reach, logarithmic, speed, decimals, unit }
}

pub(super) const PERCENT: Scale = scale(Settings::PERCENT, false, 0.5, 0, "");
const BRUSH: Scale = scale(Settings::BRUSH_SCALE, true, 0.01, 2, " ×");
const STROKES: Scale = scale(Settings::STROKE_SIZE, false, 0.5, 0, "");
const SMOOTH: Scale =
    Scale { allowed: Settings::SMOOTHNESS, reach: 0.0..=50.0, logarithmic: true, speed: 0.05, decimals: 1, unit: "" };

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let fill = theme::palette(ui).panel;
    Panel::right("settings")
        .exact_size(theme::SETTINGS_WIDTH)
        .resizable(false)
        .frame(egui::Frame::new().fill(fill))
        .show(ui, |ui| {
            let margin = theme::panel_margin();
            egui::Frame::new().inner_margin(egui::Margin { bottom: 4, ..margin }).show(ui, |ui| header(ui, context));
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                egui::Frame::new().inner_margin(egui::Margin { top: 0, ..margin }).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    contents(ui, context);
                    super::context::follow_focus(ui);
                });
            });
        });
}

/// The buttons that act on all settings; they do not scroll.
fn header(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    theme::headline(ui, "Settings", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (enabled, icon, name, shortcut, action) in [
            (!state.settings_are_default(), Icon::Reset, "Reset all", None, Action::ResetAll),
            (state.can_redo(), Icon::Redo, "Redo", Some(&shortcut::REDO), Action::Redo),
            (state.can_undo(), Icon::Undo, "Undo", Some(&shortcut::UNDO), Action::Undo),
        ] {
            let button = ui.add_enabled_ui(enabled, |ui| icon::button(ui, icon, name, 26.0)).inner;
            let button = match shortcut {
                Some(shortcut) => button.hint(shortcut::written(ui.ctx(), shortcut)),
                None => button,
            };
            if button.clicked() {
                context.send(action);
            }
        }
        ui.add_space(4.0);
        presets::menu(ui, context);
    });
}

fn contents(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let mut settings = state.settings.clone();
    let mut hardware = state.hardware;
    let began = state.run.inputs.as_ref().filter(|_| state.run.is_active());
    let running = began.map(|began| (&began.settings, began.hardware));
    strength(ui, &mut settings);
    size(ui, context, &mut settings, running.map(|(settings, _)| settings));
    look(ui, &mut settings);
    let id = ui.make_persistent_id("advanced");
    CollapsingHeader::new(theme::heading("Advanced")).id_salt(id).icon(icon::fold).show_unindented(ui, |ui| {
        ui.add_space(4.0);
        manner(ui, &mut settings, running.map(|(settings, _)| settings));
        advanced(ui, context, &mut settings, running.map(|(settings, _)| settings));
        machine(ui, state.processors.as_ref(), &mut hardware, running.map(|(_, hardware)| hardware));
        ffmpeg(ui, context);
    });
    if settings != state.settings {
        context.send(Action::SetSettings(settings));
    }
    if hardware != state.hardware {
        context.send(Action::SetHardware(hardware));
    }
}

fn strength(ui: &mut Ui, settings: &mut Settings) {
    let meaning = "How strongly the painting's style overrides the photo: low keeps the photo clear, high gives the \
                   brush free rein";
    let field = Field { name: "Strength", meaning };
    field.slider(ui, &mut settings.strength, Settings::default().strength, &PERCENT);
}

fn size(ui: &mut Ui, context: &PanelContext<'_>, settings: &mut Settings, running: Option<&Settings>) {
    let meaning = "Long side of the painted picture in pixels. Larger pictures have finer strokes and take longer";
    let changed = settings.size != Settings::default().size;
    let waits = running.is_some_and(|running| running.size != settings.size);
    field::group(ui, |ui| {
        if (Field { name: "Size", meaning }).row(ui, changed, waits, |ui| {
            let number = field::number(&mut settings.size).range(Settings::SIZE).speed(4.0).suffix(" px");
            field::sized_number(ui, number, "Size", meaning);
        }) {
            settings.apply(Preset::Standard);
        }
        sizes(ui, context, settings);
    });
}

/// The preset sizes, and the dimensions that the current one results in.
fn sizes(ui: &mut Ui, context: &PanelContext<'_>, settings: &mut Settings) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 2.0;
        let width = (ui.available_width() - 12.0) / 4.0;
        for preset in Preset::ALL {
            let chosen = settings.size == preset.size();
            let text = egui::RichText::new(preset.name()).size(12.0);
            let button = ui.add_sized(vec2(width, 28.0), Button::new(text).selected(chosen));
            let mut with_preset = settings.clone();
            with_preset.apply(preset);
            let hint = match context.state.expected_time(&with_preset) {
                Some(time) => format!("{} pixels on the long side\nTakes {}", preset.size(), about(time)),
                None => format!("{} pixels on the long side", preset.size()),
            };
            if button.hint(hint).clicked() {
                *settings = with_preset;
            }
        }
    });
    let is_preset = Preset::ALL.iter().any(|preset| preset.size() == settings.size);
    let photo = context.state.sources.photo_size();
    let size = photo.map(|(width, height)| wording::size(resize::fit_size(width, height, settings.size)));
    let result = match (is_preset, size) {
        (true, Some(size)) => format!("Paints {size} pixels"),
        (true, None) => format!("{} pixels on the long side", settings.size),
        (false, Some(size)) => format!("Custom size, paints {size} pixels"),
        (false, None) => format!("Custom size, {} pixels on the long side", settings.size),
    };
    ui.label(theme::caption(ui, result));
}

fn look(ui: &mut Ui, settings: &mut Settings) {
    let standard = Settings::default();
    let meaning = "Size of the brush strokes relative to the picture: 2 paints strokes twice as large";
    Field { name: "Brush scale", meaning }.slider(ui, &mut settings.brush_scale, standard.brush_scale, &BRUSH);
    let meaning = "How much of the photo's fine detail each scale takes over. Less is broader and more painterly";
    Field { name: "Detail kept", meaning }.slider(ui, &mut settings.detail_kept, standard.detail_kept, &PERCENT);
    let meaning = "Reduces grain and specks; too much looks washed out";
    Field { name: "Smoothness", meaning }.slider(ui, &mut settings.smoothness, standard.smoothness, &SMOOTH);
    let meaning = "0 takes the painting's colours, 100 keeps the photo's";
    Field { name: "Keep photo colours", meaning }.slider(ui, &mut settings.keep_colors, standard.keep_colors, &PERCENT);
}

fn manner(ui: &mut Ui, settings: &mut Settings, running: Option<&Settings>) {
    let standard = Settings::default();
    let meaning = "Which colours the picture takes. With the photo's, the paintings are recoloured to match the photo \
                   before painting starts";
    let running = running.map(|running| running.palette);
    let field = Field { name: "Colours from", meaning };
    field.value(ui, &mut settings.palette, standard.palette, running, |ui, palette| {
        let choices = [(Palette::Painting, "The painting"), (Palette::Photo, "The photo")];
        field::combo(ui, field.name, palette, &choices);
    });
    let before = settings.stroke_size;
    let meaning = "Which strokes count more: fine ones below 0, broad ones above 0";
    Field { name: "Stroke size", meaning }.slider(ui, &mut settings.stroke_size, standard.stroke_size, &STROKES);
    if before.to_bits() != settings.stroke_size.to_bits() {
        // Custom layer weights would override the slider.
        settings.layers = None;
    }
    layers(ui, settings);
}

/// The weight of each layer of the network, fine to coarse.
fn layers(ui: &mut Ui, settings: &mut Settings) {
    const MEANING: &str = "How much each layer of the network counts, from the finest strokes to the broadest shapes";
    let usual = settings.balance([]).layers;
    let mut layers = settings.layers.unwrap_or(usual);
    let field = Field { name: "Layer weights", meaning: MEANING };
    let changed = settings.layers.is_some();
    let (mut reset, mut edited) = (false, false);
    field::group(ui, |ui| {
        reset = field.row(ui, changed, false, |_| {});
        edited = layer_numbers(ui, &mut layers, MEANING);
    });
    if reset {
        settings.layers = None;
    } else if edited && layers.iter().any(|layer| *layer > 1e-6) {
        settings.layers = Some(layers);
    }
}

/// One number per layer in a row; returns whether one was changed.
fn layer_numbers(ui: &mut Ui, layers: &mut [f32; 5], meaning: &str) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 2.0;
        let width = (ui.available_width() - 16.0) / 5.0;
        for (index, layer) in layers.iter_mut().enumerate() {
            let number = field::number(layer).range(Settings::LAYER).speed(0.002).custom_formatter(|value, _| {
                // There is room for three digits.
                if value >= 10.0 { format!("{value:.0}") } else { format!("{value:.1}") }
            });
            let response = ui.add_sized(vec2(width, 28.0), number).hint(meaning);
            changed |= response.changed();
            let name = format!("Layer weight {}, number", index + 1);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
        }
    });
    changed
}

fn advanced(ui: &mut Ui, context: &PanelContext<'_>, settings: &mut Settings, running: Option<&Settings>) {
    let standard = Settings::default();
    let meaning = "How the styles of two pictures are compared. Wasserstein compares how often features occur; \
                   Neighbours also matches each place with the most similar one in the painting, for crisper strokes, \
                   and takes longer; Gram is the loss of the first papers";
    let field = Field { name: "Style loss", meaning };
    let of_run = running.map(|running| running.style_loss);
    field.value(ui, &mut settings.style_loss, standard.style_loss, of_run, |ui, loss| {
        let choices =
            [(StyleLoss::Wasserstein, "Wasserstein"), (StyleLoss::Neighbours, "Neighbours"), (StyleLoss::Gram, "Gram")];
        field::combo(ui, field.name, loss, &choices);
    });
    let meaning = "How many times the picture is refined at its full size; smaller sizes get a quarter as many. More \
                   is more faithful and takes proportionally longer";
    let field = Field { name: "Iterations", meaning };
    let (usual, of_run) = (Settings::usual_iterations(settings.size), running.map(|running| running.iterations));
    field.value(ui, &mut settings.iterations, usual, of_run, |ui, iterations| {
        let number = field::number(iterations).range(Settings::ITERATIONS).speed(0.5);
        field::sized_number(ui, number, field.name, field.meaning);
    });
    let meaning = "What the first scale starts from. The photo is the most predictable, noise the freest";
    let field = Field { name: "Start from", meaning };
    let of_run = running.map(|running| running.start);
    field.value(ui, &mut settings.start, standard.start, of_run, |ui, start| {
        let mut choices = vec![(Start::Content, "Photo"), (Start::Noise, "Noise"), (Start::Style, "Painting")];
        if context.state.shown_canvas().is_some() || *start == Start::Picture {
            choices.push((Start::Picture, "Current result"));
        }
        field::combo(ui, field.name, start, &choices);
    });
    let meaning = "A different number gives a variation; the same number gives the same picture again";
    let field = Field { name: "Seed", meaning };
    field.value(ui, &mut settings.seed, standard.seed, running.map(|running| running.seed), |ui, seed| {
        field::sized_number(ui, field::number(seed).speed(0.1), field.name, field.meaning);
    });
}

fn machine(ui: &mut Ui, processors: Option<&Processors>, hardware: &mut Hardware, running: Option<Hardware>) {
    let standard = Hardware::default();
    let field = Field { name: "Device", meaning: &meaning_of_device(processors) };
    let choices = devices(processors, hardware.device);
    let choices: Vec<(DeviceChoice, &str)> = choices.iter().map(|(choice, text)| (*choice, text.as_str())).collect();
    let of_run = running.map(|running| running.device);
    field.value(ui, &mut hardware.device, standard.device, of_run, |ui, device| {
        field::combo(ui, field.name, device, &choices);
    });
    let meaning = "How many processor cores paint. Fewer leave more for other programs; Auto uses all of them";
    let field = Field { name: "Threads", meaning };
    let of_run = running.map(|running| running.threads);
    field.value(ui, &mut hardware.threads, standard.threads, of_run, |ui, threads| {
        number_or_auto(ui, &field, threads, 1024, 0.1);
    });
    let meaning = "How many MiB painting may use. Less makes large sizes slower; Auto uses a share of what is free";
    let field = Field { name: "Memory", meaning };
    let of_run = running.map(|running| running.memory);
    field.value(ui, &mut hardware.memory, standard.memory, of_run, |ui, memory| {
        number_or_auto(ui, &field, memory, 1 << 20, 16.0);
    });
}

/// The folder in which ffmpeg is looked for first.
fn ffmpeg(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let folder = context.state.ffmpeg_folder.as_deref();
    let meaning = match folder {
        Some(folder) => format!("ffmpeg reads and writes films. It is looked for in {} first", folder.display()),
        None => "ffmpeg reads and writes films. It is looked for on the search path; name its folder if it is \
                 elsewhere"
            .to_owned(),
    };
    let field = Field { name: "ffmpeg", meaning: &meaning };
    let name = folder.map(|folder| folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy());
    let reset = field.row(ui, folder.is_some(), false, |ui| {
        let text = name.as_deref().unwrap_or("Choose folder…");
        let button = ui.add_sized(vec2(132.0, 28.0), Button::new(text).truncate()).hint(&meaning);
        ui.ctx().accesskit_node_builder(button.id, |node| node.set_label("Choose the folder of ffmpeg…"));
        if button.clicked() {
            context.send(Action::Clip(ClipAction::ChooseFfmpegFolder));
        }
    });
    if reset {
        context.send(Action::Clip(ClipAction::SetFfmpegFolder(None)));
    }
}

/// A whole number, or Auto.
fn number_or_auto(ui: &mut egui::Ui, field: &Field, value: &mut Option<usize>, most: usize, speed: f64) {
    let mut number = value.unwrap_or(0);
    let drag = field::number(&mut number)
        .range(0..=most)
        .speed(speed)
        .custom_formatter(|number, _| if number < 1.0 { "Auto".to_owned() } else { format!("{number:.0}") })
        .custom_parser(
            |text| if text.trim().eq_ignore_ascii_case("auto") { Some(0.0) } else { field::typed_number(text) },
        );
    field::sized_number(ui, drag, field.name, field.meaning);
    *value = (number > 0).then_some(number);
}

/// The hint of the device setting, with the processors of this machine.
fn meaning_of_device(processors: Option<&Processors>) -> String {
    const MEANING: &str = "Which processor paints. Automatic takes the fastest that has room for the picture";
    let Some(processors) = processors else { return MEANING.to_owned() };
    let names: Vec<String> = processors.found.iter().map(ToString::to_string).collect();
    let mut sentences = vec![MEANING.to_owned(), format!("Found, fastest first: {}", names.join(", "))];
    let unavailable = processors.unavailable.iter().filter(|device| device.is_for_this_build);
    sentences.extend(unavailable.map(|device| device.reason.clone()));
    sentences.join(". ")
}

/// The choices: the fastest processor of each kind that was found, and the current choice.
fn devices(processors: Option<&Processors>, chosen: DeviceChoice) -> Vec<(DeviceChoice, String)> {
    let mut devices = vec![(DeviceChoice::Auto, "Automatic".to_owned()), (DeviceChoice::Cpu, "CPU".to_owned())];
    for processor in processors.into_iter().flat_map(|processors| &processors.found) {
        if devices.iter().all(|(choice, _)| *choice != processor.choice()) {
            devices.push((processor.choice(), processor.to_string()));
        }
    }
    if devices.iter().all(|(choice, _)| *choice != chosen) {
        devices.push((chosen, if processors.is_some() { "Not found" } else { "Searching…" }.to_owned()));
    }
    devices
}
