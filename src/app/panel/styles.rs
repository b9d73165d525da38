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
    if state.training.is_none() && state.styles.list.is_empty() {
        return;
    }
    let header = CollapsingHeader::new(theme::heading("Your styles")).default_open(true).icon(icon::fold);
    header.show_unindented(ui, |ui| {
        if let Some(training) = &state.training {
            progress(ui, context, training);
        }
        for style in &state.styles.list {
            let is_training = state.training.as_ref().is_some_and(|training| training.output == style.path);
            if !is_training {
                row(ui, context, style);
            }
        }
    });
    ui.add_space(theme::GROUP_SPACE - 8.0);
}

/// The training: the photo as it is painted by now, how far it is, and its buttons.
fn progress(ui: &mut Ui, context: &mut PanelContext<'_>, training: &Training) {
    let palette = theme::palette(ui);
    egui::Frame::new().fill(palette.raised).corner_radius(theme::ROUND).inner_margin(8).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.add(egui::Label::new(theme::strong(format!("Training {}", training.name))).truncate());
        let (share, text) = match &training.progress {
            Some(progress) => (progress.step as f32 / progress.of.max(1) as f32, status(training)),
            None => (0.0, "Preparing…".to_owned()),
        };
        ui.add(ProgressBar::new(share).desired_height(6.0));
        // One line, so that the buttons stay where they are.
        let text = theme::caption(ui, text);
        ui.add(egui::Label::new(text).truncate());
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            ui.spacing_mut().button_padding.x = 6.0;
            let width = (ui.available_width() - ui.spacing().item_spacing.x) / 2.0;
            let mut button = |text: &'static str, name: &'static str| {
                let button = Button::new(text).fill(palette.hovered).min_size(vec2(width, 28.0));
                let response = ui.add_enabled(!training.is_stopping, button);
                ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
                response
            };
            let (text, name) =
                if training.is_paused { ("Resume", "Resume training") } else { ("Pause", "Pause training") };
            if button(text, name).clicked() {
                context.send(Action::Training(TrainingAction::TogglePause));
            }
            let stop = button("Stop, keep", "Stop training and keep what was learned");
            if stop.hint("Keep what was learned so far; the training can go on later").clicked() {
                context.send(Action::Training(TrainingAction::Stop));
            }
        });
        // Below the buttons, which must not move while they are clicked.
        if let Some(preview) = &training.preview {
            let shape = vec2(preview.width() as f32, preview.height() as f32);
            let width = ui.available_width();
            let height = (width * shape.y / shape.x).min(180.0);
            let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
            response
                .widget_info(|| WidgetInfo::labeled(Role::Image, true, "Your photo as the network paints it by now"));
            card::thumbnail(ui, context, preview, rect, card::Fill::Whole);
        }
        curve(ui, &training.curve);
    });
    ui.add_space(4.0);
}

fn status(training: &Training) -> String {
    let Some(progress) = &training.progress else { return String::new() };
    let steps = format!("{} of {}", progress.step, progress.of);
    match training {
        Training { is_stopping: true, .. } => "Stopping…".to_owned(),
        Training { is_paused: true, .. } => format!("{steps}, paused"),
        Training { gives_way: true, .. } => format!("{steps}, waiting for your picture"),
        _ => format!("{steps}, {}", time_left(progress.remaining)),
    }
}

/// The style loss so far, as a line.
fn curve(ui: &mut Ui, losses: &[f64]) {
    if losses.len() < 3 {
        return;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "The style loss so far"));
    response.hint("How unlike the painting the pictures still are; lower is closer");
    let logarithm = |loss: f64| loss.max(1e-9).ln();
    let (least, most) = losses
        .iter()
        .fold((f64::MAX, f64::MIN), |(least, most), &loss| (least.min(logarithm(loss)), most.max(logarithm(loss))));
    let range = (most - least).max(1e-6);
    let point = |(index, &loss): (usize, &f64)| {
        let across = index as f32 / (losses.len() - 1) as f32;
        let down = ((most - logarithm(loss)) / range) as f32;
        pos2(rect.left() + across * rect.width(), rect.top() + 2.0 + down * (rect.height() - 4.0))
    };
    let points = losses.iter().enumerate().map(point).collect();
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
    let text = if style.is_unfinished { format!("{name}\nTraining not finished") } else { name.clone() };
    let mut inner =
        ui.new_child(egui::UiBuilder::new().max_rect(room).layout(egui::Layout::left_to_right(egui::Align::Center)));
    inner.add(egui::Label::new(text).selectable(false).truncate());
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
            let obstacle = context.state.training_obstacle();
            let go_on = ui.add_enabled(obstacle.is_none(), Button::new("Go on training"));
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
