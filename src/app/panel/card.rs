//! The cards of the panel on the left: the photo's large one, and one row for each painting.

use egui::{
    Align2, Color32, FontId, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::context::PanelContext;
use crate::app::model::card::Card;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;
use crate::app::wording;

const PHOTO_HEIGHT: f32 = 136.0;

/// What the user did with a card.
pub(super) struct CardResponse {
    /// The picture, which can be clicked and dragged.
    pub(super) picture: Response,
    /// The rectangle of the whole card.
    pub(super) rect: Rect,
    /// The button that opens the menu.
    pub(super) more: Option<Response>,
    /// Whether the remove button was clicked.
    pub(super) removed: bool,
}

/// The card of the photo.
pub(super) fn photo(ui: &mut Ui, context: &mut PanelContext<'_>, card: Option<&Card>) -> CardResponse {
    let Some(card) = card else {
        let picture = vacant(ui, "Add a photo…", context.other_way_in(), vec2(ui.available_width(), PHOTO_HEIGHT));
        return CardResponse { rect: picture.rect, picture, more: None, removed: false };
    };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), PHOTO_HEIGHT), Sense::click());
    set_name(ui, &response, &format!("Replace the photo {}", card.name()));
    let palette = theme::palette(ui);
    ui.painter().rect_filled(rect, theme::ROUND, palette.raised);
    if let Some(loaded) = &card.loaded {
        thumbnail(ui, context, &loaded.thumbnail, rect, Fill::Whole);
    }
    outline(ui, &response, rect);
    if card.pending.is_some() {
        loading(ui, rect);
    }
    // A background that makes the icon visible on any picture.
    ui.painter().circle_filled(corner(rect).center(), 11.0, palette.panel.gamma_multiply(0.85));
    let removed = remove_button(ui, card, rect, response.id);
    ui.add_space(-4.0);
    label_row(ui, card);
    CardResponse { picture: response, rect, more: None, removed }
}

/// The card of a painting; `masked` if it has a mask. `below` draws what comes under the name.
pub(super) fn painting(
    ui: &mut Ui,
    context: &mut PanelContext<'_>,
    card: &Card,
    masked: bool,
    below: impl FnOnce(&mut Ui),
) -> CardResponse {
    const SIDE: f32 = 60.0;
    let palette = theme::palette(ui);
    let frame = egui::Frame::new().fill(palette.raised).corner_radius(theme::ROUND).inner_margin(8);
    let inner = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(10.0, 6.0);
        let response = ui
            .horizontal(|ui| {
                let (rect, response) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::click_and_drag());
                set_name(ui, &response, &format!("Replace the painting {}", card.name()));
                ui.painter().rect_filled(rect, 4.0, palette.panel);
                if let Some(loaded) = &card.loaded {
                    thumbnail(ui, context, &loaded.thumbnail, rect, Fill::Cropped);
                }
                outline(ui, &response, rect);
                if card.pending.is_some() {
                    loading(ui, rect);
                }
                ui.vertical(|ui| {
                    ui.set_max_width(ui.available_width() - 44.0);
                    ui.spacing_mut().item_spacing.y = 2.0;
                    let title = two_lines(ui, card.name());
                    let note = if masked { format!("{}, masked", size(card)) } else { size(card) };
                    let note = theme::caption(ui, note);
                    ui.add_space((SIDE - title.size().y - 16.0) / 2.0);
                    ui.label(title);
                    ui.add(egui::Label::new(note).extend());
                });
                response
            })
            .inner;
        below(ui);
        response
    });
    let rect = inner.response.rect;
    let removed = remove_button(ui, card, rect, inner.inner.id);
    let place = Rect::from_min_size(rect.right_top() + vec2(-54.0, 4.0), Vec2::splat(24.0));
    let more =
        icon::button_at(ui, place, Icon::More, &format!("More for {}", card.name()), inner.inner.id.with("more"));
    CardResponse { picture: inner.inner, rect, more: Some(more), removed }
}

/// A name in at most two lines; a longer one is shown in full in a tooltip.
fn two_lines(ui: &Ui, text: &str) -> std::sync::Arc<egui::Galley> {
    let format = egui::TextFormat::simple(egui::TextStyle::Body.resolve(ui.style()), theme::palette(ui).text);
    let mut job = egui::text::LayoutJob::single_section(text.to_owned(), format);
    job.wrap = egui::text::TextWrapping { max_width: ui.available_width(), max_rows: 2, ..Default::default() };
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

/// An empty card.
pub(super) fn vacant(ui: &mut Ui, text: &str, hint: &str, room: Vec2) -> Response {
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text));
    let palette = theme::palette(ui);
    let near = response.hovered() || response.has_focus();
    if near {
        ui.painter().rect_filled(rect, theme::ROUND, palette.raised);
    }
    dashed(ui, rect, if near { palette.accent } else { palette.weak.gamma_multiply(0.6) });
    let center = rect.center();
    icon::paint(
        ui.painter(),
        Icon::Plus,
        Rect::from_center_size(center - vec2(0.0, 24.0), Vec2::splat(28.0)),
        palette.weak,
    );
    let font = |size| FontId::proportional(size);
    ui.painter().text(center + vec2(0.0, 2.0), Align2::CENTER_CENTER, text, font(13.5), palette.text);
    ui.painter().text(center + vec2(0.0, 22.0), Align2::CENTER_CENTER, hint, font(12.0), palette.weak);
    response
}

/// A dashed, rounded outline.
pub(super) fn dashed(ui: &Ui, rect: Rect, color: Color32) {
    let rect = rect.shrink(1.0);
    let round = f32::from(theme::ROUND);
    let mut path = Vec::new();
    for (corner, turn) in [
        (pos2(rect.right() - round, rect.top() + round), -0.25),
        (pos2(rect.right() - round, rect.bottom() - round), 0.0),
        (pos2(rect.left() + round, rect.bottom() - round), 0.25),
        (pos2(rect.left() + round, rect.top() + round), 0.5),
    ] {
        path.extend((0..=6).map(|step| {
            let angle = (turn + 0.25 * step as f32 / 6.0) * std::f32::consts::TAU;
            corner + round * Vec2::angled(angle)
        }));
    }
    path.extend(path.first().copied());
    ui.painter().extend(egui::Shape::dashed_line(&path, Stroke::new(1.25, color), 5.0, 4.0));
}

/// How a thumbnail fills its rectangle.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// The whole picture, with bars at the sides.
    Whole,
    /// The middle of the picture, without bars.
    Cropped,
}

pub(super) fn thumbnail(
    ui: &Ui,
    context: &mut PanelContext<'_>,
    picture: &std::sync::Arc<crate::picture::Picture>,
    rect: Rect,
    fill: Fill,
) {
    let texture = context.textures.thumbnails.texture(ui.ctx(), picture);
    let shape = vec2(picture.width() as f32, picture.height() as f32);
    let scale = rect.size() / shape;
    let (place, part) = match fill {
        Fill::Whole => {
            let size = shape * scale.min_elem();
            (Rect::from_center_size(rect.center(), size), Vec2::splat(1.0))
        }
        Fill::Cropped => (rect, rect.size() / (shape * scale.max_elem())),
    };
    let uv = Rect::from_center_size(pos2(0.5, 0.5), part);
    egui::Image::from_texture((texture.id(), place.size())).uv(uv).corner_radius(4).paint_at(ui, place);
}

fn set_name(ui: &Ui, response: &Response, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
}

fn outline(ui: &Ui, response: &Response, rect: Rect) {
    if response.hovered() || response.has_focus() {
        let stroke = Stroke::new(2.0, theme::palette(ui).accent);
        ui.painter().rect_stroke(rect, theme::ROUND, stroke, StrokeKind::Inside);
    }
}

fn loading(ui: &Ui, rect: Rect) {
    ui.painter().rect_filled(rect, theme::ROUND, theme::palette(ui).raised.gamma_multiply(0.8));
    let place = Rect::from_center_size(rect.center(), Vec2::splat(24.0));
    egui::Spinner::new().color(theme::palette(ui).accent).paint_at(ui, place);
}

fn remove_button(ui: &Ui, card: &Card, rect: Rect, near: Id) -> bool {
    let name = format!("Remove {}", card.name());
    icon::button_at(ui, corner(rect), Icon::Cross, &name, near.with("remove")).clicked()
}

/// The place of the remove button on a card.
fn corner(card: Rect) -> Rect {
    Rect::from_min_size(card.right_top() + vec2(-28.0, 4.0), Vec2::splat(24.0))
}

fn label_row(ui: &mut Ui, card: &Card) {
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if place_of(card).is_none() {
                ui.label(theme::caption(ui, size(card)));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(card.name()).truncate());
            });
        });
    });
    // It takes a line of its own.
    if let Some(text) = place_of(card) {
        ui.add_space(-6.0);
        ui.add(egui::Label::new(theme::caption(ui, text)).truncate());
    }
}

/// What the clip of a card is, or which photo of its folder it shows; `None` for a picture by itself and while the card waits.
fn place_of(card: &Card) -> Option<String> {
    let loaded = card.loaded.as_ref().filter(|_| card.pending.is_none())?;
    let folder = || loaded.folder().map(|(folder, index)| wording::photo_of(folder, index));
    loaded.clip().map(|clip| wording::clip(clip)).or_else(folder)
}

fn size(card: &Card) -> String {
    match (&card.pending, &card.loaded) {
        (Some(_), _) => "Loading…".to_owned(),
        (None, Some(loaded)) if loaded.picture.trained_style().is_some() => "Trained style".to_owned(),
        (None, Some(loaded)) if loaded.picture.map_place().is_some() => "Place on a map".to_owned(),
        (None, Some(loaded)) => wording::size((loaded.picture.width(), loaded.picture.height())),
        (None, None) => String::new(),
    }
}
