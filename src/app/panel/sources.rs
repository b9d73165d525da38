//! The panel on the left: the photo, the paintings, the samples.

use egui::{Button, CursorIcon, Panel, Popup, Rect, Response, ScrollArea, Ui, vec2};

use super::context::PanelContext;
use super::{card, gallery, maps, project, styles};
use crate::app::message::{Action, TrainingAction};
use crate::app::model::card::{CardId, Origin, Target};
use crate::app::model::mask::{MaskAction, MaskFor};
use crate::app::model::sources::{LARGEST_SHARE, Painting};
use crate::app::shortcut;
use crate::app::widget::hint::Hint;
use crate::app::widget::{field, theme};
use crate::studio::{Settings, StyleBalance};

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let fill = theme::palette(ui).panel;
    Panel::left("sources").exact_size(theme::SOURCES_WIDTH).resizable(false).frame(egui::Frame::new().fill(fill)).show(
        ui,
        |ui| {
            project::show(ui, context);
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                egui::Frame::new().inner_margin(theme::panel_margin()).show(ui, |ui| {
                    ui.set_width(ui.available_width());
                    photo(ui, context);
                    ui.add_space(theme::GROUP_SPACE - 8.0);
                    paintings(ui, context);
                    ui.add_space(theme::GROUP_SPACE - 8.0);
                    styles::show(ui, context);
                    maps::show(ui, context);
                    gallery::show(ui, context);
                    super::context::follow_focus(ui);
                });
            });
        },
    );
}

fn photo(ui: &mut Ui, context: &mut PanelContext<'_>) {
    theme::headline(ui, "Photo", |_| {});
    let state = context.state;
    let response = card::photo(ui, context, state.sources.photo.as_ref());
    context.add_drop_zone(response.rect, Target::Photo);
    if response.removed {
        context.send(Action::RemovePhoto);
    } else if response.picture.hint(shortcut::hint(ui.ctx(), &shortcut::OPEN_PHOTO)).clicked() {
        context.send(Action::Choose(Target::Photo));
    }
    if state.sources.photo_picture().is_some() {
        let text = if state.sources.protection.is_some() { "Edit protected areas…" } else { "Protect areas…" };
        let button = ui.add_sized(vec2(ui.available_width(), 28.0), Button::new(text));
        if button.hint("Paint over what should not change in the photo").clicked() {
            context.send(Action::Mask(MaskAction::Open(MaskFor::Protection)));
        }
    }
}

fn paintings(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let paintings = &state.sources.paintings;
    if paintings.len() > 1 {
        theme::headline(ui, "Paintings", |ui| {
            if ui.small_button("Remove all").hint("Remove all paintings; Undo brings them back").clicked() {
                context.send(Action::RemovePaintings);
            }
        });
    } else {
        ui.label(theme::heading("Painting"));
    }
    let whole: f32 = paintings.iter().map(|painting| painting.weight).sum();
    let mut dragged = None;
    let mut places = Vec::with_capacity(paintings.len());
    for (index, painting) in paintings.iter().enumerate() {
        let mut balance = painting.balance();
        let masked = painting.mask.is_some();
        let response = card::painting(ui, context, &painting.source, masked, |ui| {
            // A single painting has no weight.
            if paintings.len() > 1 {
                weigh(ui, painting, &mut balance, whole);
            }
        });
        let id = painting.source.id;
        context.add_drop_zone(response.rect, Target::Painting(id));
        places.push(response.rect);
        if let Some(more) = &response.more {
            more_menu(more, context, painting, index);
        }
        if response.picture.dragged() || response.picture.drag_stopped() {
            dragged = Some((id, index, response.picture.clone()));
        }
        let hint = match paintings.len() {
            1 => "Click to replace this painting",
            _ => "Click to replace this painting, or drag it to change the order",
        };
        if response.removed {
            context.send(Action::RemovePainting(id));
        } else if response.picture.hint(hint).clicked() {
            context.send(Action::Choose(Target::Painting(id)));
        }
        if balance != painting.balance() {
            context.send(Action::SetBalance(id, balance));
        }
    }
    if let Some((id, index, picture)) = dragged {
        reorder(ui, context, id, index, &picture, &places);
    }
    if paintings.is_empty() {
        let response = card::vacant(ui, "Add a painting…", context.other_way_in(), vec2(ui.available_width(), 96.0));
        context.add_drop_zone(response.rect, Target::NewPainting);
        if response.hint(shortcut::hint(ui.ctx(), &shortcut::ADD_PAINTING)).clicked() {
            context.send(Action::Choose(Target::NewPainting));
        }
    }
    buttons(ui, context, !paintings.is_empty());
    if state.sources_changed_since_start() {
        field::next_run_note(ui);
    }
}

/// Shows where a dragged painting would land, and moves it there on release.
fn reorder(ui: &Ui, context: &mut PanelContext<'_>, id: CardId, from: usize, picture: &Response, places: &[Rect]) {
    let Some(pointer) = picture.interact_pointer_pos() else { return };
    let before = places.iter().filter(|place| place.center().y < pointer.y).count();
    // Removing it from its old position moves those below up by one.
    let to = if before > from { before - 1 } else { before };
    if picture.drag_stopped() {
        if to != from {
            context.send(Action::MovePainting(id, to));
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

fn more_menu(button: &Response, context: &mut PanelContext<'_>, painting: &Painting, index: usize) {
    let id = painting.source.id;
    let last = context.state.sources.paintings.len() - 1;
    Popup::menu(button).show(|ui| {
        ui.set_min_width(168.0);
        if ui.button("Replace…").clicked() {
            context.send(Action::Choose(Target::Painting(id)));
        }
        if ui.add_enabled(index > 0, Button::new("Move up")).clicked() {
            context.send(Action::MovePainting(id, index - 1));
        }
        if ui.add_enabled(index < last, Button::new("Move down")).clicked() {
            context.send(Action::MovePainting(id, index + 1));
        }
        let masked = if painting.mask.is_some() { "Edit mask…" } else { "Paint a mask…" };
        let photo_is_there = context.state.sources.photo_picture().is_some();
        let mask = ui.add_enabled(photo_is_there, Button::new(masked));
        if mask.on_disabled_hover_text("Add a photo first: the mask is painted over it").clicked() {
            context.send(Action::Mask(MaskAction::Open(MaskFor::Painting(id))));
        }
        let obstacle = context.state.training_obstacle(id);
        let train = ui.add_enabled(obstacle.is_none(), Button::new("Train a style…"));
        if train.on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
            context.send(Action::Training(TrainingAction::Ask(id)));
        }
        ui.separator();
        if ui.button("Remove").clicked() {
            context.send(Action::RemovePainting(id));
        }
    });
}

/// Sliders for a painting's weight and brush scale.
fn weigh(ui: &mut Ui, painting: &Painting, balance: &mut StyleBalance, whole: f32) {
    let share = if whole > 0.0 { 100.0 * painting.weight / whole } else { 0.0 };
    let name = painting.source.name();
    let brush = painting.brush_scale;
    ui.spacing_mut().item_spacing.y = 2.0;
    for (caption, text, value, range, label, hint) in [
        (
            "Weight",
            format!("{share:.0} %"),
            &mut balance.weight,
            0.0..=LARGEST_SHARE,
            format!("Weight of {name}"),
            "How strongly this painting's style counts relative to the other paintings",
        ),
        (
            "Brush",
            format!("{brush:.1} ×"),
            &mut balance.brush_scale,
            Settings::BRUSH_SCALE,
            format!("Brush scale of {name}"),
            "Size of this painting's brush strokes relative to the other paintings",
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
                field::slider(ui, value, range, logarithmic, &label).hint(hint);
            });
        });
    }
}

fn buttons(ui: &mut Ui, context: &mut PanelContext<'_>, add: bool) {
    const HEIGHT: f32 = 28.0;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().button_padding.x = 4.0;
        let gap = ui.spacing().item_spacing.x;
        let recent = !context.state.recent.is_empty();
        // These two are only as wide as their text, so that the text of the first button fits when all three are shown.
        let (narrow, recent_width) = (48.0, 56.0);
        let rest = ui.available_width() - if recent { recent_width + gap } else { 0.0 };
        let (add_width, paste_width) = if add { (rest - narrow - gap, narrow) } else { (0.0, rest) };
        if add {
            let hint = shortcut::hint(ui.ctx(), &shortcut::ADD_PAINTING);
            let button = ui.add_sized(vec2(add_width, HEIGHT), Button::new("Add painting…"));
            if button.hint(hint).clicked() {
                context.send(Action::Choose(Target::NewPainting));
            }
        }
        let hint = shortcut::hint(ui.ctx(), &shortcut::PASTE);
        let paste = ui.add_enabled_ui(!context.state.pasting, |ui| {
            ui.add_sized(vec2(paste_width, HEIGHT), Button::new("Paste")).hint(hint)
        });
        if paste.inner.clicked() {
            context.send(Action::Paste);
        }
        if recent {
            let button = ui.add_sized(vec2(recent_width, HEIGHT), Button::new("Recent")).hint("Recently opened files");
            recent_menu(&button, context);
        }
    });
}

fn recent_menu(button: &Response, context: &mut PanelContext<'_>) {
    let recent = &context.state.recent;
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
                    context.send(Action::Add { origins: vec![Origin::File(file.clone())], target });
                }
            }
        }
    });
}
