//! The strip over the pictures: the name of the open project, Save, and the project menu.

use egui::{Align, Button, Label, Layout, Panel, Popup, Response, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::{Action, FolderAction, MapAction, ProjectAction};
use crate::app::shortcut::{self, Shortcut};
use crate::app::widget::hint::Hint;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let fill = theme::palette(ui).panel;
    Panel::top("project")
        .exact_size(48.0)
        .resizable(false)
        .show_separator_line(false)
        .frame(egui::Frame::new().fill(fill).inner_margin(egui::Margin::symmetric(theme::PANEL_MARGIN, 0)))
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                let state = context.state;
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.spacing_mut().item_spacing.x = 4.0;
                    menu(&icon::button(ui, Icon::More, "Project", 28.0), context);
                    save_button(ui, context);
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let name = state.document.name().unwrap_or_else(|| "Untitled".to_owned());
                        let name = if state.is_unsaved() { format!("• {name}") } else { name };
                        ui.add(Label::new(theme::strong(name).size(15.0)).truncate()).hint(hint(context));
                    });
                });
            });
        });
}

fn hint(context: &PanelContext<'_>) -> String {
    match &context.state.document.file {
        Some(file) => file.path.display().to_string(),
        None => "A project keeps pictures, settings, masks and results in one file".to_owned(),
    }
}

fn save_button(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let idle = state.document.saving.is_none() && state.document.reading.is_none();
    let anything = !state.sources.is_empty() || !state.history.entries().is_empty();
    let button = ui.add_enabled(idle && anything, Button::new("Save").min_size(vec2(56.0, 28.0)));
    let nothing = if anything { "The project is being saved" } else { "There is nothing to save yet" };
    let hint = shortcut::hint(ui.ctx(), &shortcut::SAVE);
    if button.hint(hint).on_disabled_hover_text(nothing).clicked() {
        context.send(Action::Project(ProjectAction::Save));
    }
}

fn menu(button: &Response, context: &mut PanelContext<'_>) {
    let state = context.state;
    Popup::menu(button).show(|ui| {
        ui.set_width(240.0);
        for (text, shortcut, action) in [
            ("New", Some(&shortcut::NEW), ProjectAction::New),
            ("Open…", Some(&shortcut::OPEN_PHOTO), ProjectAction::Choose),
            ("Save", Some(&shortcut::SAVE), ProjectAction::Save),
            ("Save as…", Some(&shortcut::SAVE_AS), ProjectAction::SaveAs),
        ] {
            if item(ui, text, shortcut) {
                context.send(Action::Project(action));
            }
        }
        if item(ui, "Open a folder…", None) {
            context.send(Action::Folder(FolderAction::Choose));
        }
        let obstacle = state.map_obstacle();
        let map = ui.add_enabled(obstacle.is_none(), Button::new("Map a folder of paintings…"));
        if map.on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
            context.send(Action::Map(MapAction::ChooseFolder));
        }
        if item(ui, "Open a style map…", None) {
            context.send(Action::Map(MapAction::Choose));
        }
        if state.recent.projects.is_empty() {
            return;
        }
        ui.separator();
        ui.label(theme::caption(ui, "Recent projects"));
        for file in &state.recent.projects {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            let button = ui.add(Button::new(name.as_ref()).truncate());
            if button.on_hover_text(file.display().to_string()).clicked() {
                context.send(Action::Project(ProjectAction::Open(file.clone())));
            }
        }
    });
}

fn item(ui: &mut Ui, text: &str, shortcut: Option<&Shortcut>) -> bool {
    let Some(keys) = shortcut.map(|shortcut| shortcut::written(ui.ctx(), shortcut)) else {
        return ui.button(text).clicked();
    };
    let item = ui.add(Button::new(text).shortcut_text(keys.as_str()));
    // Keep the shortcut out of the item's accessible name.
    ui.ctx().accesskit_node_builder(item.id, |node| {
        node.set_label(text);
        node.set_keyboard_shortcut(keys);
    });
    item.clicked()
}
