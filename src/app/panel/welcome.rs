//! Shown while there is no photo: how to begin.

use egui::{Align, Button, Layout, Rect, Sense, Ui, UiBuilder, Vec2, vec2};

use super::card;
use super::context::PanelContext;
use crate::app::message::Action;
use crate::app::model::card::{Origin, Target};
use crate::app::widget::theme;
use crate::studio::samples;

/// Smallest and largest size.
const SIZE: [Vec2; 2] = [vec2(460.0, 420.0), vec2(640.0, 480.0)];

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let room = ui.max_rect();
    ui.painter().rect_filled(room, 0.0, theme::palette(ui).canvas);
    let size = (0.5 * room.size()).clamp(SIZE[0], SIZE[1]).min(room.size() - Vec2::splat(32.0));
    let place = Rect::from_center_size(room.center(), size);
    ui.scope_builder(UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Center)), |ui| {
        ui.label(theme::title("Paint a photo in the manner of a painting"));
        ui.label(if context.state.takes_drops {
            "Drop a photo and a painting anywhere on this window, or choose them."
        } else {
            "Choose a photo and a painting, or paste them."
        });
        ui.add_space(12.0);
        steps(ui, context);
        ui.add_space(28.0);
        ui.label(theme::caption(ui, "No pictures at hand?"));
        samples_offer(ui, context);
    });
}

fn steps(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let sources = &context.state.sources;
    let photo_loading = sources.photo.is_some();
    let has_painting = !sources.paintings.is_empty();
    let gap = 12.0;
    let width = (ui.available_width() - gap) / 2.0;
    let room = vec2(width, 0.6 * width);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = gap;
        let photo = if photo_loading {
            loading(ui, "Loading the photo…", room)
        } else {
            card::vacant(ui, "Choose a photo…", "what to paint", room)
        };
        if photo.clicked() && !photo_loading {
            context.send(Action::Choose(Target::Photo));
        }
        context.add_drop_zone(photo.rect, Target::Photo);
        let (text, hint) = if has_painting {
            ("Add another painting…", "one has been added")
        } else {
            ("Choose a painting…", "how to paint it")
        };
        let painting = card::vacant(ui, text, hint, room);
        context.add_drop_zone(painting.rect, Target::NewPainting);
        if painting.clicked() {
            context.send(Action::Choose(Target::NewPainting));
        }
    });
}

fn loading(ui: &mut Ui, text: &str, room: Vec2) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
    let palette = theme::palette(ui);
    ui.painter().rect_filled(rect, theme::ROUND, palette.panel);
    let spinner = Rect::from_center_size(rect.center() - vec2(0.0, 14.0), Vec2::splat(24.0));
    egui::Spinner::new().color(palette.accent).paint_at(ui, spinner);
    let font = egui::FontId::proportional(13.5);
    ui.painter().text(rect.center() + vec2(0.0, 20.0), egui::Align2::CENTER_CENTER, text, font, palette.text);
    response
}

fn samples_offer(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let (Some(photo), Some(painting)) = samples::pair() else { return };
    let (state, size) = (context.state, vec2(84.0, 60.0));
    let button = vec2(164.0, 36.0);
    let whole = 2.0 * size.x + button.x + 2.0 * 12.0;
    let (row, _) = ui.allocate_exact_size(vec2(whole, size.y), Sense::hover());
    for (index, left) in [(photo, row.left()), (painting, row.left() + size.x + 12.0)] {
        let rect = Rect::from_min_size(egui::pos2(left, row.top()), size);
        ui.painter().rect_filled(rect, 4.0, theme::palette(ui).panel);
        if let Some(thumbnail) = state.sample_thumbnails.get(&index) {
            card::thumbnail(ui, context, thumbnail, rect, card::Fill::Cropped);
        }
    }
    let place = Rect::from_center_size(egui::pos2(row.right() - button.x / 2.0, row.center().y), button);
    let clicked = ui
        .scope_builder(UiBuilder::new().max_rect(place), |ui| {
            theme::emphasise(ui);
            ui.put(place, Button::new(theme::strong("Try it with samples")).min_size(button)).clicked()
        })
        .inner;
    if clicked {
        context.send(Action::Add { origins: vec![Origin::Sample(photo)], target: Target::Photo });
        if state.sources.paintings.is_empty() {
            context.send(Action::Add { origins: vec![Origin::Sample(painting)], target: Target::NewPainting });
        }
    }
}
