//! The list of pictures of a folder: what was painted and how it went. What has failed comes first, then the newest.

use std::sync::Arc;

use egui::{Align, Button, FontSelection, Label, Layout, Rect, ScrollArea, Sense, Ui, Vec2, vec2};

use super::card::{Fill, thumbnail};
use super::context::{PanelContext, follow_focus};
use crate::app::message::{Action, FolderAction};
use crate::app::model::folder_painting::{FolderPainting, FolderRow, RowThumbnail};
use crate::app::widget::theme;
use crate::duration::time_taken;
use crate::studio::batch::ItemOutcome;

const ROW: f32 = 60.0;
const THUMBNAIL: Vec2 = vec2(68.0, 48.0);
const MARGIN: i8 = 12;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>, painting: &FolderPainting) {
    let palette = theme::palette(ui);
    ui.painter().rect_filled(ui.max_rect(), 0.0, palette.canvas);
    egui::Frame::new().inner_margin(egui::Margin::same(MARGIN)).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
        let count = painting.rows.len();
        ScrollArea::vertical().auto_shrink(false).show_rows(ui, ROW, count, |ui, visible| {
            for place in visible {
                let Some(index) = painting.row_at(place) else { continue };
                let is_shown = painting.view.shown == Some(index);
                ui.push_id(index, |ui| row(ui, context, (index, &painting.rows[index]), is_shown));
            }
            follow_focus(ui);
        });
    });
}

/// A row: thumbnail, names, and how it went.
fn row(ui: &mut Ui, context: &mut PanelContext<'_>, (index, row): (usize, &FolderRow), is_shown: bool) {
    let report = &row.report;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let palette = theme::palette(ui);
    let hint = match report.outcome {
        ItemOutcome::Failed => "Show the photo",
        ItemOutcome::Painted | ItemOutcome::Skipped => "Show the picture",
    };
    let button = Button::selectable(is_shown, "").min_size(rect.size());
    let response = ui.put(rect, button).on_hover_text(hint);
    let name = format!("{}: {}", report.output, outcome(row));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
    if response.clicked() {
        context.send(Action::Folder(FolderAction::Show(index)));
    }
    let place = Rect::from_min_size(rect.left_top() + vec2(6.0, 6.0), THUMBNAIL);
    ui.painter().rect_filled(place, 4.0, palette.raised);
    match &row.thumbnail {
        RowThumbnail::Ready(picture) => thumbnail(ui, context, picture, place, Fill::Whole),
        RowThumbnail::Unread => context.send(Action::Folder(FolderAction::ReadThumbnail(index))),
        RowThumbnail::Asked => {}
    }
    let text =
        Rect::from_min_max(rect.left_top() + vec2(THUMBNAIL.x + 18.0, 4.0), rect.right_bottom() - vec2(8.0, 4.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(text), |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let line = |ui: &mut Ui, left: egui::RichText, right: egui::RichText| {
            ui.allocate_ui_with_layout(vec2(text.width(), 20.0), Layout::right_to_left(Align::Center), |ui| {
                ui.add(Label::new(right).selectable(false));
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.add(Label::new(left).selectable(false).truncate());
                });
            });
        };
        let (word, color) = match report.outcome {
            ItemOutcome::Painted if report.was_changed => ("Painted again", palette.done),
            ItemOutcome::Painted => ("Painted", palette.done),
            ItemOutcome::Skipped => ("There already", palette.weak),
            ItemOutcome::Failed => ("Failed", palette.problem),
        };
        line(ui, theme::strong(report.content.as_str()), egui::RichText::new(word).color(color));
        if let Some(sentence) = &report.error {
            reason(ui, sentence);
        } else {
            let time = if report.elapsed.is_zero() { String::new() } else { time_taken(report.elapsed) };
            line(ui, theme::caption(ui, report.style.as_str()), theme::caption(ui, time));
        }
    });
}

/// Why a picture has failed, in two lines at most.
fn reason(ui: &mut Ui, sentence: &str) {
    let style = ui.style();
    let mut text =
        egui::WidgetText::from(theme::caption(ui, sentence)).into_layout_job(style, FontSelection::Default, Align::Min);
    let job = Arc::make_mut(&mut text);
    (job.wrap.max_width, job.wrap.max_rows) = (ui.available_width(), 2);
    ui.add(Label::new(text).selectable(false)).on_hover_text(sentence);
}

/// How it went, for screen readers.
fn outcome(FolderRow { report, .. }: &FolderRow) -> String {
    match (report.outcome, &report.error) {
        (ItemOutcome::Painted, _) => "painted".to_owned(),
        (ItemOutcome::Skipped, _) => "there already".to_owned(),
        (ItemOutcome::Failed, error) => format!("failed, {}", error.as_deref().unwrap_or_default()),
    }
}
