//! The strip under the picture: queued runs, the active run, and results.

use egui::{
    Align, Align2, Button, Color32, FontId, Layout, Panel, Popup, Rect, Response, Role, ScrollArea, Sense, Stroke,
    StrokeKind, Ui, Vec2, WidgetInfo, vec2,
};

use super::card;
use super::context::PanelContext;
use crate::app::message::{Action, HistoryAction, QueueAction};
use crate::app::model::history::HistoryEntry;
use crate::app::model::queue::QueuedRun;
use crate::app::model::run::RunInputs;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;
use crate::app::wording;
use crate::duration::time_taken;

const TILE: Vec2 = vec2(92.0, 64.0);
const GAP: f32 = 6.0;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    if state.history.entries().is_empty() && state.queue.waiting().is_empty() {
        return;
    }
    let fill = theme::palette(ui).panel;
    let margin = egui::Margin { left: 12, right: 12, top: 6, bottom: 8 };
    Panel::bottom("history")
        .exact_size(104.0)
        .resizable(false)
        .frame(egui::Frame::new().fill(fill).inner_margin(margin))
        .show(ui, |ui| {
            // Let the vertical mouse wheel scroll horizontally.
            ui.style_mut().always_scroll_the_only_direction = true;
            ScrollArea::horizontal().auto_shrink(false).show(ui, |ui| {
                ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                    ui.spacing_mut().item_spacing.x = GAP;
                    let runs = state.queue.waiting().len();
                    if runs > 0 {
                        let clear =
                            group(ui, &format!("Waiting ({runs})"), runs, Some("Clear"), |ui| waiting(ui, context));
                        if clear.is_some_and(|clear| clear.on_hover_text("Cancel all waiting runs").clicked()) {
                            context.send(Action::Queue(QueueAction::Clear));
                        }
                        ui.add_space(10.0);
                    }
                    let live = state.run.is_active();
                    let instant = !live && state.instant.canvas.is_some() && !state.history.entries().is_empty();
                    let results = state.history.entries().len() + usize::from(live) + usize::from(instant);
                    if results > 0 {
                        group(ui, "Results", results, None, |ui| {
                            if live {
                                live_tile(ui, context);
                            }
                            if instant {
                                instant_tile(ui, context);
                            }
                            for entry in state.history.entries().iter().rev() {
                                result(ui, context, entry);
                            }
                        });
                    }
                    super::context::follow_focus(ui);
                });
            });
        });
}

/// Draws tiles under a caption with an optional button; returns the button.
fn group(
    ui: &mut Ui,
    caption: &str,
    tiles: usize,
    button: Option<&str>,
    contents: impl FnOnce(&mut Ui),
) -> Option<Response> {
    // A caption with a button needs more than one tile's width.
    let width = (tiles as f32 * (TILE.x + GAP)).max(if button.is_some() { 128.0 } else { 0.0 });
    ui.allocate_ui_with_layout(vec2(width, 88.0), Layout::top_down(Align::Min), |ui| {
        ui.spacing_mut().item_spacing = vec2(GAP, 4.0);
        let button = ui
            .horizontal(|ui| {
                ui.spacing_mut().interact_size.y = 16.0;
                ui.spacing_mut().button_padding = vec2(6.0, 0.0);
                ui.label(theme::caption(ui, caption));
                button.map(|text| ui.add(Button::new(egui::RichText::new(text).small()).small()))
            })
            .inner;
        ui.horizontal(contents);
        button
    })
    .inner
}

fn waiting(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let last = state.queue.waiting().len() - 1;
    for (index, queued) in state.queue.waiting().iter().enumerate() {
        let name = format!("Waiting run {}", index + 1);
        let (rect, response) = tile(ui, context, &name, thumbnail_of(queued.inputs()), Sense::click());
        ui.painter().rect_filled(rect, 4.0, Color32::from_black_alpha(120));
        let font = FontId::proportional(18.0);
        let number = (index + 1).to_string();
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, number, font, Color32::WHITE);
        if corner_button(ui, rect, Icon::Cross, &format!("Cancel waiting run {}", index + 1), &response).clicked() {
            context.send(Action::Queue(QueueAction::Cancel(queued.id)));
        }
        let response = response.on_hover_text(described(queued.inputs()));
        Popup::menu(&response).show(|ui| queue_menu(ui, context, queued, index, last));
    }
}

fn queue_menu(ui: &mut Ui, context: &mut PanelContext<'_>, queued: &QueuedRun, index: usize, last: usize) {
    ui.set_min_width(150.0);
    for (enabled, text, action) in [
        (index > 0, "Move earlier", QueueAction::Earlier(queued.id)),
        (index < last, "Move later", QueueAction::Later(queued.id)),
        (true, "Cancel", QueueAction::Cancel(queued.id)),
    ] {
        if ui.add_enabled(enabled, Button::new(text)).clicked() {
            context.send(Action::Queue(action));
        }
    }
}

fn live_tile(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let thumbnail = state.run.inputs.as_ref().and_then(thumbnail_of);
    let (rect, response) = tile(ui, context, "The picture being painted", thumbnail, Sense::click());
    let palette = theme::palette(ui);
    shade(ui, rect, format!("{:.0} %", 100.0 * state.run.fraction));
    let bar = Rect::from_min_size(rect.left_bottom() - vec2(0.0, 3.0), vec2(rect.width() * state.run.fraction, 3.0));
    ui.painter().rect_filled(bar, 0.0, palette.accent);
    if state.shown_entry().is_none() {
        outline(ui, rect, 2.0);
    }
    if response.on_hover_text("Show the picture being painted").clicked() {
        context.send(Action::History(HistoryAction::LookAtLatest));
    }
}

fn instant_tile(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let thumbnail = state.sources.loaded_photo().map(|photo| &photo.thumbnail);
    let (rect, response) = tile(ui, context, "The instant picture", thumbnail, Sense::click());
    shade(ui, rect, "Instant");
    if state.shown_instant().is_some() {
        outline(ui, rect, 2.0);
    }
    if response.on_hover_text("Show the instant picture").clicked() {
        context.send(Action::History(HistoryAction::LookAtLatest));
    }
}

fn result(ui: &mut Ui, context: &mut PanelContext<'_>, entry: &HistoryEntry) {
    let name = format!("Result {}", wording::size(entry.canvas.size));
    let (rect, response) = tile(ui, context, &name, entry.thumbnail.as_ref(), Sense::click());
    let state = context.state;
    if state.shown_entry().is_some_and(|shown| shown.id == entry.id) {
        outline(ui, rect, 2.0);
    } else if state.beside().is_some_and(|beside| beside.id == entry.id) {
        outline(ui, rect, 1.0);
    }
    if entry.kept {
        let place = Rect::from_min_size(rect.left_top() + vec2(3.0, 3.0), Vec2::splat(20.0));
        ui.painter().circle_filled(place.center(), 10.0, Color32::from_black_alpha(150));
        icon::paint(ui.painter(), Icon::Star, place, Color32::WHITE);
    }
    let more = corner_button(ui, rect, Icon::More, &format!("More for {name}"), &response);
    Popup::menu(&more).show(|ui| result_menu(ui, context, entry));
    response.context_menu(|ui| result_menu(ui, context, entry));
    let inputs = described(&entry.inputs);
    let hint = match time_taken(entry.elapsed) {
        _ if entry.elapsed.is_zero() => inputs,
        time if entry.stopped => format!("{inputs}\nStopped after {time}"),
        time => format!("{inputs}\nPainted in {time}"),
    };
    // Results of the same size have the same name; the description tells them apart in a screen reader.
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(hint.replace('\n', ", ")));
    if response.on_hover_text(hint).clicked() {
        context.send(Action::History(HistoryAction::Show(entry.id)));
    }
}

fn result_menu(ui: &mut Ui, context: &mut PanelContext<'_>, entry: &HistoryEntry) {
    ui.set_min_width(180.0);
    let shown = context.state.shown_entry().is_some_and(|shown| shown.id == entry.id);
    let keep = if entry.kept { "Stop keeping" } else { "Keep" };
    for (enabled, text, hint, action) in [
        (!shown, "Compare with the shown result", "Show both with a divider", HistoryAction::Compare(entry.id)),
        (true, "Restore settings", "Bring back its settings, photo and paintings", HistoryAction::Restore(entry.id)),
        (true, keep, "Kept results are never removed to make room", HistoryAction::ToggleKept(entry.id)),
    ] {
        if ui.add_enabled(enabled, Button::new(text)).on_hover_text(hint).clicked() {
            context.send(Action::History(action));
        }
    }
    if ui.add_enabled(context.state.exporting.is_none(), Button::new("Export…")).clicked() {
        context.send(Action::History(HistoryAction::Show(entry.id)));
        context.send(Action::Export);
    }
    ui.separator();
    if ui.button("Delete").clicked() {
        context.send(Action::History(HistoryAction::Delete(entry.id)));
    }
}

fn tile(
    ui: &mut Ui,
    context: &mut PanelContext<'_>,
    name: &str,
    thumbnail: Option<&std::sync::Arc<crate::picture::Picture>>,
    sense: Sense,
) -> (Rect, Response) {
    let (rect, response) = ui.allocate_exact_size(TILE, sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    ui.painter().rect_filled(rect, 4.0, theme::palette(ui).raised);
    if let Some(thumbnail) = thumbnail {
        card::thumbnail(ui, context, thumbnail, rect, card::Fill::Cropped);
    }
    if response.hovered() || response.has_focus() {
        outline(ui, rect, 1.5);
    }
    (rect, response)
}

/// Darkens a tile and writes on it what it stands for.
fn shade(ui: &Ui, rect: Rect, text: impl ToString) {
    ui.painter().rect_filled(rect, 4.0, Color32::from_black_alpha(150));
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, FontId::proportional(12.0), Color32::WHITE);
}

fn outline(ui: &Ui, rect: Rect, width: f32) {
    let stroke = Stroke::new(width, theme::palette(ui).accent);
    ui.painter().rect_stroke(rect, 4.0, stroke, StrokeKind::Inside);
}

/// A small button in the corner of a tile, drawn only while the tile is hovered or one of the two has the focus.
fn corner_button(ui: &Ui, rect: Rect, icon: Icon, name: &str, tile: &Response) -> Response {
    let place = Rect::from_min_size(rect.right_top() + vec2(-23.0, 3.0), Vec2::splat(20.0));
    let id = tile.id.with(name);
    let focused = ui.memory(|memory| memory.has_focus(id));
    if ui.rect_contains_pointer(rect) || tile.has_focus() || focused {
        ui.painter().circle_filled(place.center(), 10.0, theme::palette(ui).panel.gamma_multiply(0.9));
        return icon::button_at(ui, place, icon, name, id);
    }
    let response = ui.interact(place, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response
}

fn thumbnail_of(inputs: &RunInputs) -> Option<&std::sync::Arc<crate::picture::Picture>> {
    inputs.photo.as_ref().map(|photo| &photo.thumbnail)
}

/// The inputs of a run in a few lines.
fn described(inputs: &RunInputs) -> String {
    let (size, strength) = (inputs.settings.size, inputs.settings.strength);
    let mut lines: Vec<String> = inputs.photo.iter().map(|photo| photo.name.clone()).collect();
    lines.extend(inputs.paintings.iter().map(|painting| painting.source.name().to_owned()));
    lines.push(format!("{size} px, strength {strength:.0}"));
    lines.extend(inputs.continues.then(|| "Continued from an earlier result".to_owned()));
    lines.join("\n")
}
