//! The panel on the right: few settings first, the others under Advanced.

use egui::{Button, CollapsingHeader, Panel, ScrollArea, Ui, vec2};

use super::field::{self, Field, Scale};
use super::{Stage, presets};
use crate::app::action::Action;
use crate::app::hint::Hint;
use crate::app::icon::{self, Icon};
use crate::app::{shortcut, theme, wording};
use crate::engine::device::{DeviceChoice, Processors};
use crate::engine::loss::StyleLoss;
use crate::picture::resize;
use crate::studio::duration::about;
use crate::studio::{Hardware, Palette, Preset, Settings, Start};

const PERCENT: Scale = Scale {
    allowed: Settings::PERCENT,
    reach: Settings::PERCENT,
    logarithmic: false,
    speed: 0.5,
    decimals: 0,
    unit: "",
};
const BRUSH: Scale = Scale {
    allowed: Settings::BRUSH_SCALE,
    reach: Settings::BRUSH_SCALE,
    logarithmic: true,
    speed: 0.01,
    decimals: 2,
    unit: " ×",
};
const STROKES: Scale = Scale {
    allowed: Settings::STROKE_SIZE,
    reach: Settings::STROKE_SIZE,
    logarithmic: false,
    speed: 0.5,
    decimals: 0,
    unit: "",
};
const SMOOTH: Scale =
    Scale { allowed: Settings::SMOOTHNESS, reach: 0.0..=50.0, logarithmic: true, speed: 0.05, decimals: 1, unit: "" };

/// Draws the panel.
pub(super) fn show(ui: &mut Ui, stage: &mut Stage<'_>) {
    let fill = theme::palette(ui).panel;
    Panel::right("settings")
        .exact_size(theme::SETTINGS_WIDTH)
        .resizable(false)
        .frame(egui::Frame::new().fill(fill))
        .show(ui, |ui| {
            let margin = theme::panel_margin();
            egui::Frame::new().inner_margin(egui::Margin { bottom: 4, ..margin }).show(ui, |ui| header(ui, stage));
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                egui::Frame::new().inner_margin(egui::Margin { top: 0, ..margin }).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    contents(ui, stage);
                    super::follow_focus(ui);
                });
            });
        });
}

/// What acts on all settings; it stays in place while they scroll.
fn header(ui: &mut Ui, stage: &mut Stage<'_>) {
    let state = stage.state;
    theme::headline(ui, "Settings", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (enabled, icon, name, shortcut, action) in [
            (!state.settings_are_default(), Icon::Reset, "Reset all", None, Action::ResetAll),
            (state.can_redo(), Icon::Redo, "Redo", Some(&shortcut::REDO), Action::Redo),
            (state.can_undo(), Icon::Undo, "Undo", Some(&shortcut::UNDO), Action::Undo),
        ] {
            let button = ui.add_enabled_ui(enabled, |ui| icon::button(ui, icon, name, 26.0)).inner;
            let keys = shortcut.map(|shortcut| shortcut::written(ui.ctx(), shortcut));
            let button = match keys {
                Some(keys) => button.hint(keys),
                None => button,
            };
            if button.clicked() {
                stage.say(action);
            }
        }
        ui.add_space(4.0);
        presets::menu(ui, stage);
    });
}

fn contents(ui: &mut Ui, stage: &mut Stage<'_>) {
    let state = stage.state;
    let mut settings = state.settings.clone();
    let mut hardware = state.hardware;
    let began = state.run.began_with.as_ref().filter(|_| state.run.is_active());
    let running = began.map(|began| (&began.settings, began.hardware));
    strength(ui, &mut settings);
    size(ui, stage, &mut settings, running.map(|(settings, _)| settings));
    look(ui, &mut settings);
    let id = ui.make_persistent_id("advanced");
    CollapsingHeader::new(theme::heading("Advanced")).id_salt(id).icon(icon::fold).show_unindented(ui, |ui| {
        ui.add_space(4.0);
        manner(ui, &mut settings, running.map(|(settings, _)| settings));
        advanced(ui, stage, &mut settings, running.map(|(settings, _)| settings));
        machine(ui, state.processors.as_ref(), &mut hardware, running.map(|(_, hardware)| hardware));
    });
    if settings != state.settings {
        stage.say(Action::SetSettings(settings));
    }
    if hardware != state.hardware {
        stage.say(Action::SetHardware(hardware));
    }
}

fn strength(ui: &mut Ui, settings: &mut Settings) {
    let standard = Settings::default().strength;
    Field {
        name: "Strength",
        meaning: "How far the painting's manner prevails over the photo: low keeps the photo clear, high lets the brush \
                  decide",
        changed: differs(settings.strength, standard),
        waits: false,
    }
    .slider(ui, &mut settings.strength, standard, &PERCENT);
}

fn size(ui: &mut Ui, stage: &Stage<'_>, settings: &mut Settings, running: Option<&Settings>) {
    let standard = Settings::default();
    let meaning = "Long side of the painted picture in pixels. Larger shows finer strokes and takes longer";
    let field = Field {
        name: "Size",
        meaning,
        changed: settings.size != standard.size,
        waits: running.is_some_and(|running| running.size != settings.size),
    };
    field::together(ui, |ui| {
        if field.row(ui, |ui| {
            let number = field::number(&mut settings.size).range(Settings::SIZE).speed(4.0).suffix(" px");
            field::sized_number(ui, number, "Size", meaning);
        }) {
            settings.apply(Preset::Standard);
        }
        sizes(ui, stage, settings);
    });
}

/// The usual sizes, and what the chosen one comes to.
fn sizes(ui: &mut Ui, stage: &Stage<'_>, settings: &mut Settings) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 2.0;
        let width = (ui.available_width() - 12.0) / 4.0;
        for preset in Preset::ALL {
            let chosen = settings.size == preset.size();
            let text = egui::RichText::new(preset.name()).size(12.0);
            let button = ui.add_sized(vec2(width, 28.0), Button::new(text).selected(chosen));
            let with_preset = {
                let mut settings = settings.clone();
                settings.apply(preset);
                settings
            };
            let time = stage.state.expected_time(&with_preset);
            let time = time.map(|time| format!(", takes {}", about(time))).unwrap_or_default();
            if button.hint(format!("{} pixels on the long side{time}", preset.size())).clicked() {
                *settings = with_preset;
            }
        }
    });
    let custom = if Preset::ALL.iter().any(|preset| preset.size() == settings.size) { "" } else { "Custom size, " };
    let result = match stage.state.sources.photo_picture() {
        Some(photo) => {
            let size = resize::fit_size(photo.width(), photo.height(), settings.size);
            format!("{custom}paints {} pixels", wording::size(size))
        }
        None => format!("{custom}{} pixels on the long side", settings.size),
    };
    ui.label(theme::caption(ui, capitalised(&result)));
}

fn look(ui: &mut Ui, settings: &mut Settings) {
    let standard = Settings::default();
    Field {
        name: "Brush scale",
        meaning: "Size of the strokes against the picture: 2 paints with strokes twice as large",
        changed: differs(settings.brush_scale, standard.brush_scale),
        waits: false,
    }
    .slider(ui, &mut settings.brush_scale, standard.brush_scale, &BRUSH);
    Field {
        name: "Detail kept",
        meaning: "How much of the photo's fine detail each scale takes up. Less is broader and more painterly",
        changed: differs(settings.detail_kept, standard.detail_kept),
        waits: false,
    }
    .slider(ui, &mut settings.detail_kept, standard.detail_kept, &PERCENT);
    Field {
        name: "Smoothness",
        meaning: "Calms grain and specks; too much looks washed out",
        changed: differs(settings.smoothness, standard.smoothness),
        waits: false,
    }
    .slider(ui, &mut settings.smoothness, standard.smoothness, &SMOOTH);
    Field {
        name: "Keep photo colours",
        meaning: "0 takes the painting's colours, 100 keeps those of the photo",
        changed: differs(settings.keep_colors, standard.keep_colors),
        waits: false,
    }
    .slider(ui, &mut settings.keep_colors, standard.keep_colors, &PERCENT);
}

/// Whose colours, and which strokes.
fn manner(ui: &mut Ui, settings: &mut Settings, running: Option<&Settings>) {
    let standard = Settings::default();
    let palette = Field {
        name: "Colours of",
        meaning: "Whose colours the picture takes. With the photo's, the paintings are given its palette before anything \
                  is painted",
        changed: settings.palette != standard.palette,
        waits: running.is_some_and(|running| running.palette != settings.palette),
    };
    if palette.row(ui, |ui| {
        let choices = [(Palette::Painting, "The painting"), (Palette::Photo, "The photo")];
        field::choice(ui, palette.name, &mut settings.palette, &choices);
    }) {
        settings.palette = standard.palette;
    }
    let before = settings.stroke_size;
    Field {
        name: "Stroke size",
        meaning: "Which strokes count more: below 0 the fine ones, above 0 the broad ones",
        changed: differs(settings.stroke_size, standard.stroke_size),
        waits: false,
    }
    .slider(ui, &mut settings.stroke_size, standard.stroke_size, &STROKES);
    if differs(before, settings.stroke_size) {
        // Layer weights of one's own would hide what the slider does.
        settings.layers = None;
    }
    layers(ui, settings);
}

/// What each layer of the network counts, fine to coarse.
fn layers(ui: &mut Ui, settings: &mut Settings) {
    const MEANING: &str = "What each layer of the network counts, from the finest strokes to the broadest forms";
    let usual = settings.balance([]).layers;
    let mut layers = settings.layers.unwrap_or(usual);
    let field = Field { name: "Layer weights", meaning: MEANING, changed: settings.layers.is_some(), waits: false };
    let (mut reset, mut touched) = (false, false);
    field::together(ui, |ui| {
        reset = field.row(ui, |_| {});
        touched = layer_numbers(ui, &mut layers, MEANING);
    });
    if reset {
        settings.layers = None;
    } else if touched && layers.iter().any(|layer| *layer > 1e-6) {
        settings.layers = Some(layers);
    }
}

/// A number for each layer beside each other; returns whether one was changed.
fn layer_numbers(ui: &mut Ui, layers: &mut [f32; 5], meaning: &str) -> bool {
    let mut touched = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 2.0;
        let width = (ui.available_width() - 16.0) / 5.0;
        for (index, layer) in layers.iter_mut().enumerate() {
            let number = field::number(layer).range(Settings::LAYER).speed(0.002).custom_formatter(|value, _| {
                // Three digits are all that there is room for.
                if value >= 10.0 { format!("{value:.0}") } else { format!("{value:.1}") }
            });
            let response = ui.add_sized(vec2(width, 28.0), number).hint(meaning);
            touched |= response.changed();
            let name = format!("Layer weight {}, number", index + 1);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
        }
    });
    touched
}

fn advanced(ui: &mut Ui, stage: &Stage<'_>, settings: &mut Settings, running: Option<&Settings>) {
    let standard = Settings::default();
    let style_loss = Field {
        name: "Style loss",
        meaning: "How the manner of two pictures is compared. Wasserstein compares how often things occur; Neighbours \
                  also looks for the most alike place in the painting, for crisper strokes, and takes longer; Gram is \
                  the one of the first papers",
        changed: settings.style_loss != standard.style_loss,
        waits: running.is_some_and(|running| running.style_loss != settings.style_loss),
    };
    if style_loss.row(ui, |ui| {
        let choices =
            [(StyleLoss::Wasserstein, "Wasserstein"), (StyleLoss::Neighbours, "Neighbours"), (StyleLoss::Gram, "Gram")];
        field::choice(ui, style_loss.name, &mut settings.style_loss, &choices);
    }) {
        settings.style_loss = standard.style_loss;
    }
    let iterations = Field {
        name: "Iterations",
        meaning: "How often the picture is worked over at its full size, and half as often at smaller ones. More is more \
                  faithful and takes longer in proportion",
        changed: settings.iterations != iterations_for(settings.size),
        waits: running.is_some_and(|running| running.iterations != settings.iterations),
    };
    if iterations.row(ui, |ui| {
        let number = field::number(&mut settings.iterations).range(Settings::ITERATIONS).speed(0.5);
        field::sized_number(ui, number, iterations.name, iterations.meaning);
    }) {
        settings.iterations = iterations_for(settings.size);
    }
    let start = Field {
        name: "Start from",
        meaning: "What the first scale begins with. The photo is the steadiest; noise is the freest",
        changed: settings.start != standard.start,
        waits: running.is_some_and(|running| running.start != settings.start),
    };
    if start.row(ui, |ui| {
        let mut choices = vec![(Start::Content, "Photo"), (Start::Noise, "Noise"), (Start::Style, "Painting")];
        if stage.state.shown_canvas().is_some() || settings.start == Start::Picture {
            choices.push((Start::Picture, "Current result"));
        }
        field::choice(ui, start.name, &mut settings.start, &choices);
    }) {
        settings.start = standard.start;
    }
    let seed = Field {
        name: "Seed",
        meaning: "Another number gives another picture of the same kind; the same number gives the same picture again",
        changed: settings.seed != standard.seed,
        waits: running.is_some_and(|running| running.seed != settings.seed),
    };
    if seed.row(ui, |ui| {
        field::sized_number(ui, field::number(&mut settings.seed).speed(0.1), seed.name, seed.meaning);
    }) {
        settings.seed = standard.seed;
    }
}

fn machine(ui: &mut Ui, processors: Option<&Processors>, hardware: &mut Hardware, running: Option<Hardware>) {
    let standard = Hardware::default();
    let device = Field {
        name: "Device",
        meaning: &meaning_of_device(processors),
        changed: hardware.device != standard.device,
        waits: running.is_some_and(|running| running.device != hardware.device),
    };
    let choices = devices(processors, hardware.device);
    let choices: Vec<(DeviceChoice, &str)> = choices.iter().map(|(choice, text)| (*choice, text.as_str())).collect();
    if device.row(ui, |ui| field::choice(ui, device.name, &mut hardware.device, &choices)) {
        hardware.device = standard.device;
    }
    let threads = Field {
        name: "Threads",
        meaning: "How many processor cores paint. Fewer leaves more for other programs; Auto takes all of them",
        changed: hardware.threads != standard.threads,
        waits: running.is_some_and(|running| running.threads != hardware.threads),
    };
    if threads.row(ui, |ui| number_or_auto(ui, &threads, &mut hardware.threads, 1024, 0.1)) {
        hardware.threads = standard.threads;
    }
    let memory = Field {
        name: "Memory",
        meaning: "How many MiB painting may take. Less makes large sizes slower; Auto takes a share of what is free",
        changed: hardware.memory != standard.memory,
        waits: running.is_some_and(|running| running.memory != hardware.memory),
    };
    if memory.row(ui, |ui| number_or_auto(ui, &memory, &mut hardware.memory, 1 << 20, 16.0)) {
        hardware.memory = standard.memory;
    }
}

/// A whole number, or nothing for the program to choose.
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

/// What the choice of a processor means on this machine.
fn meaning_of_device(processors: Option<&Processors>) -> String {
    const MEANING: &str = "Which processor paints. Automatic takes the fastest that has room for the picture";
    let Some(processors) = processors else { return MEANING.to_owned() };
    let names: Vec<String> = processors.found.iter().map(ToString::to_string).collect();
    let mut sentences = vec![format!("{MEANING}: {}", names.join(", then "))];
    let missing = processors.missing.iter().filter(|missing| missing.is_for_this_build);
    sentences.extend(missing.map(|missing| missing.reason.clone()));
    sentences.join(". ")
}

/// What can be chosen: the processors that were found, the fastest of each kind, and what is chosen now.
fn devices(processors: Option<&Processors>, chosen: DeviceChoice) -> Vec<(DeviceChoice, String)> {
    let mut devices = vec![(DeviceChoice::Auto, "Automatic".to_owned()), (DeviceChoice::Cpu, "CPU".to_owned())];
    for processor in processors.into_iter().flat_map(|processors| &processors.found) {
        if devices.iter().all(|(choice, _)| *choice != processor.choice()) {
            devices.push((processor.choice(), processor.to_string()));
        }
    }
    if devices.iter().all(|(choice, _)| *choice != chosen) {
        devices.push((chosen, if processors.is_some() { "Not found" } else { "Being looked for" }.to_owned()));
    }
    devices
}

/// The iterations that go with a size: those of its preset, or the standard ones.
fn iterations_for(size: u32) -> u32 {
    Preset::ALL.into_iter().find(|preset| preset.size() == size).unwrap_or(Preset::Standard).iterations()
}

fn differs(value: f32, standard: f32) -> bool {
    (value - standard).abs() > 1e-4
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    first + characters.as_str()
}
