//! The question about missing pictures: each can be looked for; those not found are left out.

use egui::{Align, Button, Context, Id, Layout, Modal, ScrollArea, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::{Action, ProjectAction};
use crate::app::model::arrival::{Arrival, ArrivalOrigin, ArrivalPicture, SearchResult};
use crate::app::widget::theme;
use crate::studio::project::Place;

pub(super) fn ask(ctx: &Context, context: &mut PanelContext<'_>, arrival: &Arrival) {
    let asked: Vec<(usize, &ArrivalPicture)> =
        arrival.pictures.iter().enumerate().filter(|(_, picture)| picture.is_needed && is_asked_for(picture)).collect();
    let missing = arrival.missing().count();
    let busy = arrival.searching || context.state.dialog.is_some();
    let modal = Modal::new(Id::unique("missing")).frame(theme::dialog_frame(&ctx.global_style())).show(ctx, |ui| {
        ui.set_width(460.0);
        ui.add_space(4.0);
        let title = if asked.len() == 1 { "A picture is missing" } else { "Some pictures are missing" };
        ui.label(theme::strong(title).size(17.0));
        ui.label(match (&arrival.origin, asked.len()) {
            (ArrivalOrigin::Picture(name), 1) => format!("{name} was painted from it. Find it, or leave it out."),
            (ArrivalOrigin::Picture(name), _) => {
                format!("{name} was painted from these. Find them, or leave them out.")
            }
            (_, 1) => "It was moved, renamed or changed. Find it, or leave it out.".to_owned(),
            _ => "They were moved, renamed or changed. Find them, or leave them out.".to_owned(),
        });
        ui.add_space(8.0);
        let mut answer = None;
        ScrollArea::vertical().max_height(280.0).show(ui, |ui| {
            for (index, picture) in &asked {
                if let Some(action) = row(ui, *index, picture, busy) {
                    answer = Some(action);
                }
                ui.add_space(6.0);
            }
            super::context::follow_focus(ui);
        });
        ui.add_space(10.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let size = vec2(116.0, 34.0);
            let text = match missing {
                0 => "Load",
                1 => "Leave it out",
                _ => "Leave them out",
            };
            ui.scope(|ui| {
                if missing == 0 {
                    theme::emphasise(ui);
                }
                if ui.add_enabled(!busy, Button::new(theme::strong(text)).min_size(size)).clicked() {
                    answer = Some(ProjectAction::Proceed);
                }
            });
            let cancel = ui.add_enabled(!busy, Button::new("Cancel").min_size(size));
            if arrival.searching {
                ui.add(egui::Spinner::new());
            }
            cancel.clicked()
        })
        .inner
        .then_some(Action::Cancel)
        .or(answer.map(Action::Project))
    });
    let closed = (modal.should_close() && !busy).then_some(Action::Cancel);
    context.actions.extend(modal.inner.or(closed));
}

/// Whether the picture was missing when the question was asked; it may have been found since.
fn is_asked_for(picture: &ArrivalPicture) -> bool {
    match &picture.found {
        SearchResult::Found(loaded) => loaded.source != picture.source,
        SearchResult::Changed(_) | SearchResult::Missing | SearchResult::Unreadable(_) => true,
    }
}

fn row(ui: &mut Ui, index: usize, picture: &ArrivalPicture, busy: bool) -> Option<ProjectAction> {
    let palette = theme::palette(ui);
    let mut answer = None;
    let edge = egui::Stroke::new(1.0, palette.line);
    egui::Frame::new().stroke(edge).corner_radius(theme::ROUND).inner_margin(10).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let size = vec2(72.0, 28.0);
                let name = &picture.source.name;
                let find = ui.add_enabled(!busy, Button::new("Find…").min_size(size));
                ui.ctx().accesskit_node_builder(find.id, |node| node.set_label(format!("Find {name}…")));
                if find.clicked() {
                    answer = Some(ProjectAction::Find(index));
                }
                if matches!(picture.found, SearchResult::Changed(_)) {
                    let take = ui.add_enabled(!busy, Button::new("Use it").min_size(size));
                    ui.ctx().accesskit_node_builder(take.id, |node| node.set_label(format!("Use {name} as it is")));
                    if take.on_hover_text("Use the picture that is there now").clicked() {
                        answer = Some(ProjectAction::UseChanged(index));
                    }
                }
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.add(egui::Label::new(theme::strong(name.as_str())).truncate());
                    let (text, is_found) = status(picture);
                    let color = if is_found { palette.done } else { palette.weak };
                    // Wrapped, because the end of a long path says the most.
                    ui.add(egui::Label::new(theme::caption(ui, text).color(color)).wrap());
                });
            });
        });
    });
    answer
}

/// The result of the search in words, and whether the picture was found.
fn status(picture: &ArrivalPicture) -> (String, bool) {
    match &picture.found {
        SearchResult::Found(loaded) => match &loaded.path {
            Some(path) => (format!("Found: {}", path.display()), true),
            None => ("Found".to_owned(), true),
        },
        SearchResult::Changed(loaded) => {
            let path = loaded.path.as_deref().map_or_else(String::new, |path| path.display().to_string());
            (format!("A different picture is there now: {path}"), false)
        }
        SearchResult::Missing => match &picture.source.place {
            Place::File(path) => (format!("Not found: {}", path.display()), false),
            Place::Sample | Place::Inside(_) => ("Not found".to_owned(), false),
        },
        SearchResult::Unreadable(reason) => (reason.clone(), false),
    }
}
