//! The panel on the left: the photo, the paintings, the samples.

use egui::{Button, CursorIcon, Panel, Popup, Rect, Response, ScrollArea, Ui, vec2};

use super::{Stage, card, field, gallery, project};
use crate::app::action::{Action, Origin, Target};
use crate::app::hint::Hint;
use crate::app::state::{CardId, MaskAction, MaskFor, Painting};
use crate::app::{shortcut, theme};
use crate::studio::{Settings, StyleBalance};

/// Draws the panel.
pub(super) fn show(ui: &mut Ui, stage: &mut Stage<'_>) {
    let fill = theme::palette(ui).panel;
    Panel::left("sources").exact_size(theme::SOURCES_WIDTH).resizable(false).frame(egui::Frame::new().fill(fill)).show(
        ui,
        |ui| {
            project::show(ui, stage);
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                egui::Frame::new().inner_margin(theme::panel_margin()).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    photo(ui, stage);
                    ui.add_space(theme::GROUP_SPACE - 8.0);
                    paintings(ui, stage);
                    ui.add_space(theme::GROUP_SPACE - 8.0);
                    gallery::show(ui, stage);
                    super::follow_focus(ui);
                });
            });
        },
    );
}

fn photo(ui: &mut Ui, stage: &mut Stage<'_>) {
    theme::headline(ui, "Photo", |_| {});
    let state = stage.state;
    let touched = card::photo(ui, stage, state.sources.photo.as_ref());
    stage.zone(touched.rect, Target::Photo);
    if touched.removed {
        stage.say(Action::RemovePhoto);
    } else if touched.picture.hint(shortcut::hint(ui.ctx(), &shortcut::OPEN_PHOTO)).clicked() {
        stage.say(Action::Choose(Target::Photo));
    }
    if state.sources.photo_picture().is_some() {
        let text = if state.sources.protection.is_some() { "Change what is protected…" } else { "Protect parts…" };
        let button = ui.add_sized(vec2(ui.available_width(), 28.0), Button::new(text));
        if button.hint("Paint over what is to stay as it is in the photo").clicked() {
            stage.say(Action::Mask(MaskAction::Open(MaskFor::Protection)));
        }
    }
}

fn paintings(ui: &mut Ui, stage: &mut Stage<'_>) {
    let state = stage.state;
    let paintings = &state.sources.paintings;
    if paintings.len() > 1 {
        theme::headline(ui, "Paintings", |ui| {
            if ui.small_button("Remove all").hint("Take all paintings away; Undo brings them back").clicked() {
                stage.say(Action::RemovePaintings);
            }
        });
    } else {
        ui.label(theme::heading("Painting"));
    }
    let whole: f32 = paintings.iter().map(|painting| painting.part.weight).sum();
    let mut dragged = None;
    let mut places = Vec::with_capacity(paintings.len());
    for (index, painting) in paintings.iter().enumerate() {
        let mut part = painting.part;
        let masked = painting.mask.is_some();
        let touched = card::painting(ui, stage, &painting.card, masked, |ui| {
            // One painting alone has nothing to be weighed against.
            if paintings.len() > 1 {
                weigh(ui, painting, &mut part, whole);
            }
        });
        let id = painting.card.id;
        stage.zone(touched.rect, Target::Painting(id));
        places.push(touched.rect);
        if let Some(more) = &touched.more {
            more_menu(more, stage, painting, index);
        }
        if touched.picture.dragged() || touched.picture.drag_stopped() {
            dragged = Some((id, index, touched.picture.clone()));
        }
        let hint = match paintings.len() {
            1 => "Choose another painting in its place",
            _ => "Choose another painting in its place, or drag it to another place in the order",
        };
        if touched.removed {
            stage.say(Action::RemovePainting(id));
        } else if touched.picture.hint(hint).clicked() {
            stage.say(Action::Choose(Target::Painting(id)));
        }
        if part != painting.part {
            stage.say(Action::SetPart(id, part));
        }
    }
    if let Some((id, index, picture)) = dragged {
        reorder(ui, stage, id, index, &picture, &places);
    }
    if paintings.is_empty() {
        let response = card::vacant(ui, "Add a painting…", stage.other_way_in(), vec2(ui.available_width(), 96.0));
        stage.zone(response.rect, Target::NewPainting);
        if response.hint(shortcut::hint(ui.ctx(), &shortcut::ADD_PAINTING)).clicked() {
            stage.say(Action::Choose(Target::NewPainting));
        }
    }
    buttons(ui, stage, !paintings.is_empty());
    if state.sources_changed_since_start() {
        field::waits_for_start(ui);
    }
}

/// Shows where a dragged painting would go; puts it there when it is let go.
fn reorder(ui: &Ui, stage: &mut Stage<'_>, id: CardId, from: usize, picture: &Response, places: &[Rect]) {
    let Some(pointer) = picture.interact_pointer_pos() else { return };
    let before = places.iter().filter(|place| place.center().y < pointer.y).count();
    // Taking it out of its own place moves the ones below up.
    let to = if before > from { before - 1 } else { before };
    if picture.drag_stopped() {
        if to != from {
            stage.say(Action::MovePainting(id, to));
        }
        return;
    }
    ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    let palette = theme::palette(ui);
    if let Some(place) = places.get(from) {
        ui.painter().rect_filled(*place, theme::ROUND, palette.panel.gamma_multiply(0.6));
    }
    let gap = ui.spacing().item_spacing.y / 2.0;
    let edge = match (places.get(before), places.last()) {
        (Some(next), Some(_)) => next.top() - gap,
        (None, Some(last)) => last.bottom() + gap,
        _ => return,
    };
    if to != from {
        let across = places[from].x_range();
        ui.painter().hline(across, edge, egui::Stroke::new(3.0, palette.accent));
    }
}

fn more_menu(button: &Response, stage: &mut Stage<'_>, painting: &Painting, index: usize) {
    let id = painting.card.id;
    let last = stage.state.sources.paintings.len() - 1;
    Popup::menu(button).show(|ui| {
        ui.set_min_width(168.0);
        if ui.button("Choose another…").clicked() {
            stage.say(Action::Choose(Target::Painting(id)));
        }
        if ui.add_enabled(index > 0, Button::new("Move up")).clicked() {
            stage.say(Action::MovePainting(id, index - 1));
        }
        if ui.add_enabled(index < last, Button::new("Move down")).clicked() {
            stage.say(Action::MovePainting(id, index + 1));
        }
        let masked = if painting.mask.is_some() { "Change where it goes…" } else { "Paint where it goes…" };
        let photo_is_there = stage.state.sources.photo_picture().is_some();
        let mask = ui.add_enabled(photo_is_there, Button::new(masked));
        if mask.on_disabled_hover_text("Add a photo to paint over").clicked() {
            stage.say(Action::Mask(MaskAction::Open(MaskFor::Painting(id))));
        }
        ui.separator();
        if ui.button("Remove").clicked() {
            stage.say(Action::RemovePainting(id));
        }
    });
}

/// A painting's share and the size of its strokes, beside the others.
fn weigh(ui: &mut Ui, painting: &Painting, part: &mut StyleBalance, whole: f32) {
    let share = if whole > 0.0 { 100.0 * painting.part.weight / whole } else { 0.0 };
    let name = card::name(&painting.card);
    let brush = painting.part.brush_scale;
    ui.spacing_mut().item_spacing.y = 2.0;
    for (caption, text, value, reach, what, meaning) in [
        (
            "Weight",
            format!("{share:.0} %"),
            &mut part.weight,
            0.0..=Painting::MOST,
            "Weight of",
            "How much of this painting's manner is taken, against the other paintings",
        ),
        (
            "Brush",
            format!("{brush:.1} ×"),
            &mut part.brush_scale,
            Settings::BRUSH_SCALE,
            "Brush scale of",
            "Size of this painting's strokes, against the other paintings",
        ),
    ] {
        ui.horizontal(|ui| {
            ui.allocate_ui_with_layout(vec2(42.0, 16.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.set_min_width(42.0);
                ui.label(theme::caption(ui, caption));
            });
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let text = theme::caption(ui, text);
                ui.add_sized(vec2(36.0, 16.0), egui::Label::new(text).halign(egui::Align::RIGHT));
                let logarithmic = caption == "Brush";
                field::slider(ui, value, reach, logarithmic, &format!("{what} {name}")).hint(meaning);
            });
        });
    }
}

fn buttons(ui: &mut Ui, stage: &mut Stage<'_>, add: bool) {
    const HEIGHT: f32 = 28.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().button_padding.x = 4.0;
        let gap = ui.spacing().item_spacing.x;
        let recent = !stage.state.recent.is_empty();
        // As wide as their words, so that there is room for the first button's when all three are there.
        let (narrow, recent_width) = (48.0, 56.0);
        let rest = ui.available_width() - if recent { recent_width + gap } else { 0.0 };
        let (add_width, paste_width) = if add { (rest - narrow - gap, narrow) } else { (0.0, rest) };
        if add {
            let hint = shortcut::hint(ui.ctx(), &shortcut::ADD_PAINTING);
            let button = ui.add_sized(vec2(add_width, HEIGHT), Button::new("Add painting…"));
            if button.hint(hint).clicked() {
                stage.say(Action::Choose(Target::NewPainting));
            }
        }
        let hint = shortcut::hint(ui.ctx(), &shortcut::PASTE);
        let paste = ui.add_enabled_ui(!stage.state.pasting, |ui| {
            ui.add_sized(vec2(paste_width, HEIGHT), Button::new("Paste")).hint(hint)
        });
        if paste.inner.clicked() {
            stage.say(Action::Paste);
        }
        if recent {
            let button = ui.add_sized(vec2(recent_width, HEIGHT), Button::new("Recent")).hint("Files opened before");
            recent_menu(&button, stage);
        }
    });
}

fn recent_menu(button: &Response, stage: &mut Stage<'_>) {
    let recent = &stage.state.recent;
    Popup::menu(button).show(|ui| {
        ui.set_width(240.0);
        for (title, files, target) in
            [("Photos", &recent.photos, Target::Photo), ("Paintings", &recent.paintings, Target::NewPainting)]
        {
            if files.is_empty() {
                continue;
            }
            ui.label(theme::caption(ui, title));
            for file in files {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                let button = ui.add(Button::new(name.as_ref()).truncate());
                if button.hint(file.display().to_string()).clicked() {
                    stage.say(Action::Add { origins: vec![Origin::File(file.clone())], target });
                }
            }
        }
    });
}
