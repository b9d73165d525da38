//! The bar at the bottom: Start, Stop, Continue, progress and Export.

use egui::{Align, Button, Label, Layout, Panel, ProgressBar, Ui, vec2};

use super::context::PanelContext;
use crate::app::message::Action;
use crate::app::model::canvas::CanvasImage;
use crate::app::model::run::Phase;
use crate::app::state::State;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;
use crate::app::{shortcut, wording};
use crate::duration::about;

const BUTTON_HEIGHT: f32 = 36.0;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let fill = theme::palette(ui).panel;
    Panel::bottom("run")
        .exact_size(76.0)
        .resizable(false)
        .frame(egui::Frame::new().fill(fill).inner_margin(egui::Margin::symmetric(theme::PANEL_MARGIN, 0)))
        .show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                main_button(ui, context);
                stop_button(ui, context);
                next_button(ui, context);
                ui.add_space(8.0);
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    export_button(ui, context);
                    let is_open = context.state.appearance.losses_open;
                    let losses = if is_open { "Hide the losses" } else { "Show the losses" };
                    if icon::button(ui, Icon::Curve, losses, 28.0).clicked() {
                        context.send(Action::ToggleLosses);
                    }
                    ui.add_space(8.0);
                    status(ui, context.state);
                });
            });
        });
}

fn main_button(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let (text, action, shortcut) = match state.run.phase {
        Phase::Preparing | Phase::Painting => ("Pause", Action::TogglePause, &shortcut::PAUSE),
        Phase::Pausing | Phase::Paused => ("Resume", Action::TogglePause, &shortcut::PAUSE),
        _ => ("Start", Action::Start, &shortcut::START),
    };
    let mut hint = shortcut::hint(ui.ctx(), shortcut);
    if let (Action::Start, Some(time)) = (&action, state.expected_time(&state.settings)) {
        hint = format!("{hint}\nTakes {}", about(time));
    }
    if text == "Start" && state.is_painting() {
        let what = if state.clip_painting.is_some() { "clip" } else { "folder" };
        hint = format!("{hint}\nBegins when the {what} is painted");
    }
    let obstacle = match text {
        // While a run is stopping, only "Start next" can request another one.
        "Start" if state.run.phase == Phase::Stopping => Some("The run is stopping"),
        "Start" => state.start_obstacle(),
        _ => None,
    };
    let button = Button::new(theme::strong(text)).min_size(vec2(112.0, BUTTON_HEIGHT));
    let response = ui
        .scope(|ui| {
            // Once a run has finished, Export is emphasised instead.
            let is_finished = matches!(state.run.phase, Phase::Finished(_));
            if text != "Pause" && obstacle.is_none() && !is_finished {
                theme::emphasise(ui);
            }
            ui.add_enabled(obstacle.is_none(), button)
        })
        .inner;
    if response.on_hover_text(hint).on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
        context.send(action);
    }
}

fn stop_button(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let enabled = context.state.run.is_active() && context.state.run.phase != Phase::Stopping;
    let button = Button::new("Stop").min_size(vec2(72.0, BUTTON_HEIGHT));
    let response = ui.add_enabled(enabled, button);
    if response.on_hover_text("Stop painting and keep the picture so far").clicked() {
        context.send(Action::Stop);
    }
}

/// While a run is active, queues another one. Otherwise continues from the picture shown.
fn next_button(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let (text, obstacle, hint, shortcut, action) = if state.run.is_active() {
        let hint = "Paint another picture with these settings when this one is finished";
        ("Start next", state.start_obstacle(), hint, &shortcut::START, Action::Start)
    } else {
        let hint = "Paint more iterations with these settings, starting from the picture shown";
        ("Continue", state.continue_obstacle(), hint, &shortcut::CONTINUE, Action::Continue)
    };
    let response = ui.add_enabled(obstacle.is_none(), Button::new(text).min_size(vec2(92.0, BUTTON_HEIGHT)));
    let hint = format!("{hint} ({})", shortcut::written(ui.ctx(), shortcut));
    if response.on_hover_text(hint).on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
        context.send(action);
    }
}

fn export_button(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let button = Button::new("Export…").min_size(vec2(96.0, BUTTON_HEIGHT));
    let hint = match state.shown_canvas().map(|canvas| &canvas.image) {
        Some(CanvasImage::Frame(frame)) => format!(
            "Save the picture as it is now, {} pixels ({})",
            wording::size((frame.width, frame.height)),
            shortcut::written(ui.ctx(), &shortcut::EXPORT)
        ),
        _ => shortcut::hint(ui.ctx(), &shortcut::EXPORT),
    };
    let response = ui
        .scope(|ui| {
            if matches!(state.run.phase, Phase::Finished(_)) && state.can_export() {
                theme::emphasise(ui);
            }
            ui.add_enabled(state.can_export(), button)
        })
        .inner;
    let nothing = if state.exporting.is_some() { "The picture is being saved" } else { "There is no picture yet" };
    if response.on_hover_text(hint).on_disabled_hover_text(nothing).clicked() {
        context.send(Action::Export);
    }
}

/// The state of the run in words, with a progress bar.
fn status(ui: &mut Ui, state: &State) {
    let (headline, details) = match (&state.exporting, state.run.phase, state.start_obstacle()) {
        _ if state.document.saving.is_some() => ("Saving the project…", String::new()),
        (Some(job), ..) => {
            let name = job.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            ("Saving…", name)
        }
        _ if state.clip_painting.is_some() => ("Painting a clip", "A picture waits until it is painted".to_owned()),
        _ if state.active_folder().is_some() => ("Painting a folder", "A picture waits until it is painted".to_owned()),
        (None, Phase::Ready, Some(obstacle)) => (obstacle, String::new()),
        (None, Phase::Ready, None) => {
            let expected = state.expected_time(&state.settings);
            ("Ready to paint", expected.map(|time| format!("Takes {}", about(time))).unwrap_or_default())
        }
        _ => wording::progress(&state.run),
    };
    let bar = bar(state);
    ui.with_layout(Layout::top_down(Align::Min), |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        ui.add_space(if bar.is_some() { 16.0 } else { 25.0 });
        ui.horizontal(|ui| {
            let phase = state.run.phase;
            let palette = theme::palette(ui);
            let color = match phase {
                Phase::Failed => palette.problem,
                Phase::Finished(_) if state.exporting.is_none() && !state.is_painting() => palette.done,
                _ => palette.text,
            };
            let headline = ui.label(theme::strong(headline).color(color));
            // A live region: screen readers announce changes. The details beside it change too often.
            ui.ctx().accesskit_node_builder(headline.id, |node| node.set_live(egui::accesskit::Live::Polite));
            if state.run.is_active() && !state.run.device.is_empty() {
                headline.on_hover_text(format!("Painting on the {}", state.run.device));
            }
            if !details.is_empty() {
                let text = theme::caption(ui, details);
                ui.add(Label::new(text).truncate());
            }
        });
        if let Some(bar) = bar {
            let width = ui.available_width();
            // White would make the remaining part of the bar invisible on the light panel.
            ui.visuals_mut().extreme_bg_color = theme::palette(ui).line;
            ui.add(bar.desired_width(width).desired_height(6.0).corner_radius(3).fill(theme::palette(ui).accent));
        }
    });
}

fn bar(state: &State) -> Option<ProgressBar> {
    let run = &state.run;
    match run.phase {
        Phase::Preparing => Some(ProgressBar::new(0.0)),
        Phase::Stopped(_) | Phase::Failed if run.fraction > 0.0 => Some(ProgressBar::new(run.fraction)),
        _ if run.is_active() => Some(ProgressBar::new(run.fraction)),
        _ => None,
    }
}
