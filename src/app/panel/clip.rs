//! The bar of a clip, above the run bar: the frame to look at, the part to paint, and the painting in progress.

use std::ops::RangeInclusive;

use egui::{Align, Button, Label, Layout, Rect, Response, Ui, vec2};

use super::bar::{self, BarButton, GAP, Progress, ROW, fixed, row};
use super::context::PanelContext;
use crate::app::message::{Action, ClipAction};
use crate::app::model::clip::{ClipPainting, OpenClip};
use crate::app::widget::{field, theme};
use crate::app::wording;
use crate::studio::Method;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let rows = if state.clip.is_some() { 3 } else { 0 };
    let progress = state.clip_painting.as_ref().map(progress);
    let controls = |ui: &mut Ui, context: &mut PanelContext<'_>| {
        if let Some(clip) = &context.state.clip {
            row(ui, ROW, |ui| time(ui, context, clip));
            row(ui, ROW, |ui| part(ui, context, clip));
            row(ui, ROW, |ui| manner(ui, context, clip));
        }
    };
    bar::show(ui, context, "clip", progress, (rows, controls));
}

/// The painting: how far it is, and its buttons.
fn progress(painting: &ClipPainting) -> Progress<'_> {
    let (text, name) = if painting.is_paused { ("Resume", "Resume the clip") } else { ("Pause", "Pause the clip") };
    let stop = BarButton {
        text: "Stop and keep",
        name: "Stop the clip and keep its frames",
        hint: "Write the frames so far as a clip. Painting the same clip to the same name goes on",
        enabled: !painting.is_stopping,
        action: Action::Clip(ClipAction::Stop),
    };
    let pause = BarButton {
        text,
        name,
        hint: "Leave the processor to other work for a while",
        enabled: !painting.is_stopping,
        action: Action::Clip(ClipAction::TogglePause),
    };
    Progress {
        headline: format!("Painting {}", painting.name()),
        device: painting.device.as_deref(),
        words: wording::progress_of_clip(painting),
        fraction: painting.fraction(),
        buttons: vec![stop, pause],
    }
}

/// The time of the frame that is shown.
fn time(ui: &mut Ui, context: &mut PanelContext<'_>, clip: &OpenClip) {
    fixed(ui, 132.0, ROW, |ui| {
        let text = match clip.duration() {
            Some(duration) => format!("{} of {}", wording::clip_time(clip.time), wording::clip_time(duration)),
            None => wording::clip_time(clip.time),
        };
        ui.add(Label::new(text).truncate());
    });
    let Some(duration) = clip.duration() else {
        ui.label(theme::caption(ui, "The file does not say how long this clip is"));
        return;
    };
    // Hours have tenths of a second in so many digits.
    let (mut seconds, reach) = (clip.time as f32, 0.0..=duration as f32);
    let slider = field::slider(ui, &mut seconds, reach, false, "Time in the clip");
    mark_part(ui, &slider, clip, duration);
    let slider = slider.on_hover_text("The frame to look at and to try settings on");
    if slider.changed() {
        context.send(Action::Clip(ClipAction::Seek(f64::from(seconds))));
    }
}

/// A line under the slider for the part that is painted.
fn mark_part(ui: &Ui, slider: &Response, clip: &OpenClip, duration: f64) {
    let rail = slider.rect.shrink2(vec2(slider.rect.height() / 2.5, 0.0));
    let at = |seconds: f64| egui::lerp(rail.x_range(), (seconds / duration).clamp(0.0, 1.0) as f32);
    let (from, to) = (at(clip.choices.part.from), at(clip.end().unwrap_or(duration)));
    let line = Rect::from_x_y_ranges(from..=to, rail.bottom()..=rail.bottom() + 3.0);
    ui.painter().rect_filled(line, 1.5, theme::palette(ui).done);
}

/// The part that is painted, and whether it begins again.
fn part(ui: &mut Ui, context: &mut PanelContext<'_>, clip: &OpenClip) {
    ui.spacing_mut().button_padding.x = 6.0;
    let longest = clip.duration().unwrap_or(f64::from(u32::MAX));
    let part = clip.choices.part;
    let from = seconds(ui, part.from, 0.0..=longest, ("From", "When the part to paint begins"), None);
    if let Some(from) = from.or_else(|| here(ui, clip, "From here", "Begin with the frame that is shown")) {
        context.send(Action::Clip(ClipAction::BeginAt(from)));
    }
    ui.add_space(GAP);
    let end = part.to.is_none().then_some("End");
    let to = seconds(ui, clip.end().unwrap_or(0.0), 0.0..=longest, ("To", "When the part to paint ends"), end);
    if let Some(to) = to.or_else(|| here(ui, clip, "To here", "End before the frame that is shown")) {
        context.send(Action::Clip(ClipAction::EndAt(to)));
    }
    ui.add_space(GAP);
    let mut is_loop = clip.choices.is_loop;
    let hint = "The first frame follows the last one, so that no jump is seen when the clip begins again";
    if field::checkbox(ui, &mut is_loop, "Loops").on_hover_text(hint).changed() {
        context.send(Action::Clip(ClipAction::SetLoop(is_loop)));
    }
}

/// A time with its name; returns it where it was changed. `instead` is shown in its place.
fn seconds(
    ui: &mut Ui,
    mut value: f64,
    range: RangeInclusive<f64>,
    (name, meaning): (&str, &str),
    instead: Option<&'static str>,
) -> Option<f64> {
    ui.label(name).on_hover_text(meaning);
    let number = field::number(&mut value).range(range).speed(0.05).custom_formatter(move |value, _| match instead {
        Some(text) => text.to_owned(),
        None => format!("{value:.2} s"),
    });
    let parser = |text: &str| field::typed_number(text.trim_end().trim_end_matches('s'));
    let response = ui.add_sized(vec2(66.0, ROW), number.custom_parser(parser)).on_hover_text(meaning);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(format!("{name}, seconds")));
    response.changed().then_some(value)
}

/// A button that takes the time of the frame that is shown.
fn here(ui: &mut Ui, clip: &OpenClip, text: &str, hint: &str) -> Option<f64> {
    ui.add(Button::new(text).min_size(vec2(0.0, ROW))).on_hover_text(hint).clicked().then_some(clip.time)
}

/// How the frames are painted, and the button that asks where to.
fn manner(ui: &mut Ui, context: &mut PanelContext<'_>, clip: &OpenClip) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        paint_button(ui, context);
        let mut method = clip.method;
        let choices = [(Method::Instant, "Instant"), (Method::Optimise, "Optimise")];
        let combo = ui.scope(|ui| field::combo(ui, "Method for the clip", &mut method, &choices)).response;
        combo.on_hover_text(
            "Instant paints each frame in a moment. Optimise takes the time of a picture for each frame",
        );
        if method != clip.method {
            context.send(Action::Clip(ClipAction::SetMethod(method)));
        }
        if clip.source.is_sequence() {
            let hint = "Open these pictures as single photos, which are painted each by itself";
            if ui.add(Button::new("As photos").min_size(vec2(0.0, ROW))).on_hover_text(hint).clicked() {
                context.send(Action::Clip(ClipAction::OpenAsPhotos));
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| steadiness(ui, context, clip));
    });
}

fn steadiness(ui: &mut Ui, context: &mut PanelContext<'_>, clip: &OpenClip) {
    const MEANING: &str = "How much each frame takes from those before it. 0 paints every frame by itself, which \
                           flickers; 100 holds the strokes still, and fast movements may smear";
    let mut steadiness = clip.choices.steadiness;
    fixed(ui, 94.0, ROW, |ui| {
        ui.label(format!("Steadiness {steadiness:.0}")).on_hover_text(MEANING);
    });
    let width = ui.available_width().clamp(40.0, 180.0);
    let changed = ui.allocate_ui(vec2(width, ROW), |ui| {
        ui.set_width(width);
        field::slider(ui, &mut steadiness, 0.0..=100.0, false, "Steadiness").on_hover_text(MEANING).changed()
    });
    if changed.inner {
        context.send(Action::Clip(ClipAction::SetSteadiness(steadiness.round())));
    }
}

fn paint_button(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let state = context.state;
    let obstacle = state.start_obstacle();
    let button = Button::new(theme::strong("Paint clip…")).min_size(vec2(96.0, ROW));
    let hint = if state.is_painting() {
        "Choose where to write the painted clip. It is painted when what is being painted now has ended"
    } else {
        "Choose where to write the painted clip, and paint it with these settings"
    };
    let response = ui.add_enabled(obstacle.is_none(), button);
    if response.on_hover_text(hint).on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
        context.send(Action::Clip(ClipAction::AskWhere));
    }
}
