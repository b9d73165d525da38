//! The panel on the left: the photo, the paintings, the samples.

use egui::{Button, Panel, ScrollArea, Ui, vec2};

use super::{Stage, card, field, gallery};
use crate::app::action::{Action, Target};
use crate::app::state::Painting;
use crate::app::{shortcut, theme};

/// Draws the panel.
pub(super) fn show(ui: &mut Ui, stage: &mut Stage<'_>) {
    let fill = theme::palette(ui).panel;
    Panel::left("sources").exact_size(theme::SOURCES_WIDTH).resizable(false).frame(egui::Frame::new().fill(fill)).show(
        ui,
        |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                egui::Frame::new().inner_margin(theme::panel_margin()).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    photo(ui, stage);
                    ui.add_space(theme::GROUP_SPACE - 8.0);
                    paintings(ui, stage);
                    ui.add_space(theme::GROUP_SPACE - 8.0);
                    gallery::show(ui, stage);
                });
            });
        },
    );
}

fn photo(ui: &mut Ui, stage: &mut Stage<'_>) {
    theme::headline(ui, "Photo", |_| {});
    let state = stage.state;
    let (response, removed) = card::photo(ui, stage, state.sources.photo.as_ref());
    stage.zone(response.rect, Target::Photo);
    if removed {
        stage.say(Action::RemovePhoto);
    } else if response.on_hover_text(shortcut::hint(ui.ctx(), &shortcut::OPEN_PHOTO)).clicked() {
        stage.say(Action::Choose(Target::Photo));
    }
}

fn paintings(ui: &mut Ui, stage: &mut Stage<'_>) {
    let state = stage.state;
    let paintings = &state.sources.paintings;
    ui.label(theme::heading(if paintings.len() > 1 { "Paintings" } else { "Painting" }));
    let whole: f32 = paintings.iter().map(|painting| painting.weight).sum();
    for painting in paintings {
        let mut weight = painting.weight;
        let (response, removed) = card::painting(ui, stage, &painting.card, |ui| {
            // One painting alone has nothing to be weighed against.
            if paintings.len() > 1 {
                weight = weigh(ui, painting, whole);
            }
        });
        let id = painting.card.id;
        stage.zone(response.rect.expand2(vec2(8.0, 8.0)), Target::Painting(id));
        if removed {
            stage.say(Action::RemovePainting(id));
        } else if response.on_hover_text("Choose another painting in its place").clicked() {
            stage.say(Action::Choose(Target::Painting(id)));
        }
        if weight.to_bits() != painting.weight.to_bits() {
            stage.say(Action::SetWeight(id, weight));
        }
    }
    if paintings.is_empty() {
        let response = card::vacant(ui, "Add a painting…", "or drop one here", vec2(ui.available_width(), 96.0));
        stage.zone(response.rect, Target::NewPainting);
        if response.on_hover_text(shortcut::hint(ui.ctx(), &shortcut::ADD_PAINTING)).clicked() {
            stage.say(Action::Choose(Target::NewPainting));
        }
    }
    buttons(ui, stage, !paintings.is_empty());
    if state.sources_changed_since_start() {
        field::waits_for_start(ui);
    }
}

fn weigh(ui: &mut Ui, painting: &Painting, whole: f32) -> f32 {
    let mut weight = painting.weight;
    let share = if whole > 0.0 { 100.0 * painting.weight / whole } else { 0.0 };
    let name = painting.card.loaded.as_ref().map_or("", |loaded| loaded.name.as_str());
    ui.horizontal(|ui| {
        ui.label(theme::caption(ui, "Weight"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let text = theme::caption(ui, format!("{share:.0} %"));
            ui.add_sized(vec2(36.0, 16.0), egui::Label::new(text).halign(egui::Align::RIGHT));
            field::slider(ui, &mut weight, 0.0..=Painting::MOST, false, &format!("Weight of {name}"))
                .on_hover_text("How much of this painting's manner is taken, against the other paintings");
        });
    });
    weight
}

fn buttons(ui: &mut Ui, stage: &mut Stage<'_>, add: bool) {
    ui.horizontal(|ui| {
        let gap = ui.spacing().item_spacing.x;
        let paste_width = if add { 64.0 } else { ui.available_width() };
        if add {
            let size = vec2(ui.available_width() - paste_width - gap, 28.0);
            let hint = shortcut::hint(ui.ctx(), &shortcut::ADD_PAINTING);
            if ui.add_sized(size, Button::new("Add painting…")).on_hover_text(hint).clicked() {
                stage.say(Action::Choose(Target::NewPainting));
            }
        }
        let hint = shortcut::hint(ui.ctx(), &shortcut::PASTE);
        let paste = ui.add_enabled_ui(!stage.state.pasting, |ui| {
            ui.add_sized(vec2(paste_width, 28.0), Button::new("Paste")).on_hover_text(hint)
        });
        if paste.inner.clicked() {
            stage.say(Action::Paste);
        }
    });
}
