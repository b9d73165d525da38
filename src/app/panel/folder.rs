//! The bar of a folder of photos, above the run bar: the photo to look at, and the painting in progress.

use egui::{Align, Button, Label, Layout, Ui, vec2};

use super::bar::{self, BarButton, Progress, ROW, fixed, row};
use super::context::PanelContext;
use crate::app::message::{Action, FolderAction};
use crate::app::model::folder::OpenFolder;
use crate::app::model::folder_painting::FolderPainting;
use crate::app::model::queue::Queue;
use crate::app::widget::{field, theme};
use crate::app::wording;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let rows = if state.folder.is_some() { 2 } else { 0 };
    let progress = state.folder_painting.as_ref().map(|painting| progress(painting, &state.queue));
    let controls = |ui: &mut Ui, context: &mut PanelContext<'_>| {
        if let Some(folder) = &context.state.folder {
            row(ui, ROW, |ui| photo(ui, context, folder));
            row(ui, ROW, |ui| paint_row(ui, context, folder));
        }
    };
    bar::show(ui, context, "folder", progress, (rows, controls));
}

/// The painting: how far it is, and its buttons.
fn progress<'a>(painting: &'a FolderPainting, queue: &Queue) -> Progress<'a> {
    let button =
        |text, name, hint, enabled, action| BarButton { text, name, hint, enabled, action: Action::Folder(action) };
    let mut buttons = Vec::new();
    if painting.is_active() {
        let hint = "What is painted stays. Painting the folder into the same place goes on";
        buttons.push(button("Stop", "Stop the folder", hint, !painting.is_stopping, FolderAction::Stop));
        let (text, name) =
            if painting.is_paused { ("Resume", "Resume the folder") } else { ("Pause", "Pause the folder") };
        let hint = "Leave the processor to other work for a while";
        buttons.push(button(text, name, hint, !painting.is_stopping, FolderAction::TogglePause));
    } else {
        let hint = "Show no more of this folder. What is painted stays";
        buttons.push(button("Close", "Close the painted folder", hint, true, FolderAction::Close));
        if painting.can_go_on() {
            let (text, name, hint) = if painting.count.done < painting.count.items {
                ("Go on", "Go on with the folder", "Paint what is missing, as it was chosen")
            } else {
                ("Try again", "Try again what has failed", "Paint what has failed, as it was chosen")
            };
            let is_queued = queue.paints_into(&painting.job.choices.output);
            buttons.push(button(text, name, hint, !is_queued, FolderAction::GoOn));
        }
    }
    let (text, name) = if painting.view.is_list_open {
        ("Hide list", "Hide the list of pictures")
    } else {
        ("Show list", "Show the list of pictures")
    };
    let hint = "All pictures with how it went: what has failed comes first, then the newest";
    buttons.push(button(
        text,
        name,
        hint,
        !painting.rows.is_empty() || painting.view.is_list_open,
        FolderAction::ToggleList,
    ));
    let name = painting.name();
    Progress {
        headline: if painting.is_active() { format!("Painting {name}") } else { format!("The folder {name}") },
        device: painting.device.as_deref(),
        words: wording::progress_of_folder(painting),
        fraction: painting.fraction(),
        buttons,
    }
}

/// The photo that is shown.
fn photo(ui: &mut Ui, context: &mut PanelContext<'_>, open: &OpenFolder) {
    let count = open.folder.photos.len();
    fixed(ui, 132.0, ROW, |ui| {
        ui.add(Label::new(format!("Photo {} of {count}", open.index + 1)).truncate());
    });
    if count < 2 {
        return;
    }
    // Folders have far fewer photos than single-precision numbers count exactly.
    let mut number = (open.index + 1) as f32;
    let slider = field::slider(ui, &mut number, 1.0..=count as f32, false, "Photo of the folder");
    let slider = slider.on_hover_text("The photo to look at and to try settings on");
    let index = (number.round() as usize).clamp(1, count) - 1;
    if slider.changed() && index != open.index {
        context.send(Action::Folder(FolderAction::Seek(index)));
    }
}

/// What the folder is, and the button that asks how to paint it.
fn paint_row(ui: &mut Ui, context: &mut PanelContext<'_>, open: &OpenFolder) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let state = context.state;
        let obstacle = state.start_obstacle();
        let button = Button::new(theme::strong("Paint folder…")).min_size(vec2(112.0, ROW));
        let hint = if state.is_painting() {
            "Choose how to paint all photos of the folder. They are painted when what is being painted now has ended"
        } else {
            "Choose how to paint all photos of the folder, and where to"
        };
        let response = ui.add_enabled(obstacle.is_none(), button);
        if response.on_hover_text(hint).on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
            context.send(Action::Folder(FolderAction::Ask));
        }
        if open.folder.may_be_clip {
            let hint = "These are numbered pictures. Open them as the frames of a clip, which are painted steadily";
            let button = Button::new("Open as a clip").min_size(vec2(0.0, ROW));
            if ui.add(button).on_hover_text(hint).clicked() {
                context.send(Action::Folder(FolderAction::OpenAsClip));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let text =
                theme::caption(ui, format!("{}, {}", open.folder.name(), wording::photos(open.folder.photos.len())));
            ui.add(Label::new(text).truncate()).on_hover_text(open.folder.path.display().to_string());
        });
    });
}
