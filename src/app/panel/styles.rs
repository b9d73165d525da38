//! The trained styles, and the training that is in progress.

use egui::{
    Button, CollapsingHeader, Popup, ProgressBar, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::card;
use super::context::PanelContext;
use crate::app::message::{Action, StyleAction, TrainingAction};
use crate::app::model::card::{Origin, Target};
use crate::app::model::styles::OwnStyle;
use crate::app::model::training::Training;
use crate::app::widget::hint::Hint;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;
use crate::duration::time_left;

/// Side of a thumbnail in points.
const SIDE: f32 = 40.0;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    if let Some(training) = &state.training {
        // Outside the list, so that it is seen where that is folded.
        ui.push_id("training", |ui| progress(ui, context, training));
        ui.add_space(theme::GROUP_SPACE - 8.0);
    }
    let is_training = |style: &&OwnStyle| {
        state.training.as_ref().and_then(|training| training.output.as_ref()).is_some_and(|path| *path == style.path)
    };
    let styles: Vec<&OwnStyle> = state.styles.list.iter().filter(|style| !is_training(style)).collect();
    if styles.is_empty() {
        return;
    }
    let header = CollapsingHeader::new(theme::heading("Your styles")).default_open(true).icon(icon::fold);
    header.show_unindented(ui, |ui| {
        for style in styles {
            // By file, so that an open menu stays with its style when the list changes.
            ui.push_id(&style.path, |ui| row(ui, context, style));
        }
    });
    ui.add_space(theme::GROUP_SPACE - 8.0);
}

/// The training: how far it is, its buttons, and the photo as it is painted so far.
fn progress(ui: &mut Ui, context: &mut PanelContext<'_>, training: &Training) {
    let palette = theme::palette(ui);
    let frame = egui::Frame::new().fill(palette.raised).corner_radius(theme::ROUND).inner_margin(8).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.add(egui::Label::new(theme::strong(format!("Training {}", training.name))).truncate());
        let (step, of) = training.steps.unwrap_or((0, 1));
        // White would make the remaining part of the bar invisible on the light panel.
        ui.visuals_mut().extreme_bg_color = palette.line;
        ui.add(ProgressBar::new(step as f32 / of.max(1) as f32).desired_height(6.0).fill(palette.accent));
        // One line, so that the buttons stay where they are.
        let text = theme::caption(ui, status(training));
        let status = ui.add(egui::Label::new(text).truncate());
        if let Some(device) = &training.device {
            status.hint(format!("Step {step} of {of}, on the {device}"));
        }
        buttons(ui, context, training);
        // Below the buttons, which must not move while they are clicked.
        preview(ui, context, training);
        curve(ui, &training.curve);
    });
    // Where it has just begun, it may be below what is visible.
    if training.steps.is_none() {
        ui.scroll_to_rect(frame.response.rect, None);
    }
}

fn buttons(ui: &mut Ui, context: &mut PanelContext<'_>, training: &Training) {
    let fill = theme::palette(ui).hovered;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().button_padding.x = 4.0;
        let narrow = 70.0;
        let wide = ui.available_width() - narrow - ui.spacing().item_spacing.x;
        let mut button = |text: &'static str, name: &'static str, width: f32| {
            let button = Button::new(text).fill(fill).min_size(vec2(width, 28.0));
            let response = ui.add_enabled(!training.is_stopping, button);
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
            response
        };
        let (text, name) = if training.is_paused { ("Resume", "Resume training") } else { ("Pause", "Pause training") };
        if button(text, name, narrow).clicked() {
            context.send(Action::Training(TrainingAction::TogglePause));
        }
        let stop = button("Stop and keep", "Stop training and keep what was learned", wide);
        if stop.hint("Keep what was learned so far; the training can be continued later").clicked() {
            context.send(Action::Training(TrainingAction::Stop));
        }
    });
}

fn status(training: &Training) -> String {
    let share = training.steps.map(|(step, of)| format!("{} %", 100 * step / of.max(1)));
    match (training, share) {
        (Training { is_stopping: true, .. }, _) => "Stopping…".to_owned(),
        (Training { is_paused: true, .. }, _) => "Paused".to_owned(),
        (Training { gives_way: true, .. }, _) => "Waiting for your picture".to_owned(),
        (Training { remaining: Some(left), .. }, Some(share)) => format!("{share}, {}", time_left(*left)),
        _ => "Preparing…".to_owned(),
    }
}

/// The photo as the network paints it so far; its place is kept until it is there.
fn preview(ui: &mut Ui, context: &mut PanelContext<'_>, training: &Training) {
    let Some(shown) = training.preview.as_ref().or_else(|| context.state.sources.photo_picture()) else { return };
    let width = ui.available_width();
    let height = (width * shown.height() as f32 / shown.width() as f32).min(180.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    if let Some(preview) = &training.preview {
        let name = "Your photo as the network paints it so far";
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
        card::thumbnail(ui, context, preview, rect, card::Fill::Whole);
    }
}

/// The style loss so far, as a line.
fn curve(ui: &mut Ui, losses: &[(u64, f64)]) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    let ([(first, _), _, _, ..], [.., (last, _)]) = (losses, losses) else { return };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "The style loss so far"));
    response.hint("How unlike the painting the pictures still are; lower is closer");
    let logarithm = |loss: f64| loss.max(1e-9).ln();
    let (least, most) = losses.iter().fold((f64::MAX, f64::MIN), |(least, most), &(_, loss)| {
        (least.min(logarithm(loss)), most.max(logarithm(loss)))
    });
    let point = |&(step, loss): &(u64, f64)| {
        let across = (step - first) as f32 / (last - first).max(1) as f32;
        let down = ((most - logarithm(loss)) / (most - least).max(1e-6)) as f32;
        pos2(rect.left() + across * rect.width(), rect.top() + 2.0 + down * (rect.height() - 4.0))
    };
    let points = losses.iter().map(point).collect();
    ui.painter().add(egui::Shape::line(points, egui::Stroke::new(1.5, theme::palette(ui).accent)));
}

/// A trained style: a click adds it as a painting.
fn row(ui: &mut Ui, context: &mut PanelContext<'_>, style: &OwnStyle) {
    let palette = theme::palette(ui);
    let name = style.name();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), SIDE + 8.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Your style {name}")));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::ROUND, palette.hovered);
    }
    let picture = Rect::from_min_size(rect.min + Vec2::splat(4.0), Vec2::splat(SIDE));
    card::thumbnail(ui, context, &style.thumbnail, picture, card::Fill::Cropped);
    let room = Rect::from_min_max(pos2(picture.right() + 10.0, rect.top()), rect.max - vec2(34.0, 0.0));
    let layout = egui::Layout::top_down(egui::Align::Min);
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(room).layout(layout));
    inner.spacing_mut().item_spacing.y = 2.0;
    inner.add_space(if style.is_unfinished { 6.0 } else { 15.0 });
    inner.add(egui::Label::new(&name).selectable(false).truncate());
    if style.is_unfinished {
        let note = theme::caption(ui, "Not finished");
        inner.add(egui::Label::new(note).selectable(false));
    }
    let place = Rect::from_min_size(rect.right_top() + vec2(-30.0, 12.0), Vec2::splat(24.0));
    let more = icon::button_at(ui, place, Icon::More, &format!("More for the style {name}"), response.id.with("more"));
    menu(&more, context, style);
    if response.hint("Add this style as a painting").clicked() {
        context.send(Action::Add { origins: vec![Origin::File(style.path.clone())], target: Target::NewPainting });
    }
}

fn menu(button: &Response, context: &mut PanelContext<'_>, style: &OwnStyle) {
    let path = || style.path.clone();
    Popup::menu(button).show(|ui| {
        ui.set_min_width(150.0);
        if style.is_unfinished {
            let obstacle = context.state.trainer_obstacle();
            let go_on = ui.add_enabled(obstacle.is_none(), Button::new("Continue training"));
            if go_on.on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
                context.send(Action::Style(StyleAction::GoOn(path())));
            }
        }
        if ui.button("Rename…").clicked() {
            context.send(Action::Style(StyleAction::AskName(path())));
        }
        if ui.button("Export a copy…").clicked() {
            context.send(Action::Style(StyleAction::AskWhere(path())));
        }
        ui.separator();
        if ui.button("Delete").clicked() {
            context.send(Action::Style(StyleAction::Delete(path())));
        }
    });
}
