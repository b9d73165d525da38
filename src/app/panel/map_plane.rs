//! The plane of a style map: its paintings, where they lie dense, favourites, and the place that is tried on the photo.

use egui::{
    Align2, Color32, CursorIcon, Event, FontId, Key, PointerButton, Rect, Response, Role, Sense, Stroke, StrokeKind,
    Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::card::{Fill, thumbnail};
use super::context::PanelContext;
use super::zoom;
use crate::app::map_view::{MapGeometry, MapView};
use crate::app::message::{Action, MapAction};
use crate::app::model::open_map::OpenMap;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;
use crate::app::wording;

/// Side of a thumbnail and room between two, in points.
const THUMBNAIL: f32 = 52.0;
const GAP: f32 = 4.0;

/// Radius of a painting without room for its thumbnail, and of the cursor, in points.
const DOT: f32 = 3.5;
const CURSOR: f32 = 9.0;

/// How far an arrow key moves the cursor, in points; with Shift, ten times as far.
const STEP: f32 = 6.0;

const ARROWS: [(Key, Vec2); 4] = [
    (Key::ArrowLeft, vec2(-1.0, 0.0)),
    (Key::ArrowRight, vec2(1.0, 0.0)),
    (Key::ArrowUp, vec2(0.0, -1.0)),
    (Key::ArrowDown, vec2(0.0, 1.0)),
];

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>, open: &OpenMap) {
    let area = ui.max_rect();
    let palette = theme::palette(ui);
    ui.painter().rect_filled(area, 0.0, palette.canvas);
    let geometry = MapGeometry { area, bounds: open.chart.bounds };
    let response = ui.interact(area, ui.scope_id().with("plane"), Sense::click_and_drag());
    let name = format!("Style map, {}", wording::nearest(open));
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_description(
            "Arrow keys move the place, Shift and Enter add it to the paintings; the paintings and favourites on it are buttons",
        );
    });
    let view = moved(ui, &response, &geometry, open.view);
    let density = context.textures.density.texture(ui.ctx(), &open.chart, palette.accent);
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    ui.painter_at(area).image(density, geometry.whole(view), whole, Color32::WHITE);
    let stars = favourites(context, open, (&geometry, view));
    paintings(ui, context, open, (&geometry, view), &stars);
    for star in &stars {
        favourite(ui, context, open, star);
    }
    // In front of the thumbnails, on which a drag may begin.
    let view = try_places(ui, context, open, &response, (&geometry, view));
    cursor(ui, geometry.position(view, open.cursor), area);
    if response.has_focus() {
        let stroke = Stroke::new(2.0, palette.accent);
        ui.painter().rect_stroke(area, 0.0, stroke, StrokeKind::Inside);
    }
    let view = zoom_buttons(ui, &geometry, view);
    if view != open.view {
        context.send(Action::Map(MapAction::SetView(view)));
    }
}

/// The view after wheel, pinch and drag by another than the primary button.
fn moved(ui: &Ui, response: &Response, geometry: &MapGeometry, view: MapView) -> MapView {
    let mut view = view;
    let pointer = ui.ctx().pointer_latest_pos().filter(|at| response.rect.contains(*at));
    if response.contains_pointer()
        && let Some(at) = pointer
    {
        let factor = zoom::factor(ui);
        if (factor - 1.0).abs() > 1e-4 {
            view = geometry.zoomed(view, factor, at);
        }
    }
    if [PointerButton::Middle, PointerButton::Secondary].into_iter().any(|button| response.dragged_by(button)) {
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
        view = geometry.panned(view, response.drag_delta());
    } else if response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::Crosshair);
    }
    view
}

/// Tries the place under the pointer or that of the arrow keys on the photo, and takes it when button or key is released. Returns the
/// view, moved so that the place that the keys have reached is visible.
fn try_places(
    ui: &Ui,
    context: &mut PanelContext<'_>,
    open: &OpenMap,
    response: &Response,
    (geometry, view): (&MapGeometry, MapView),
) -> MapView {
    let (is_down, is_added) = ui.input(|input| (input.pointer.primary_down(), input.modifiers.shift));
    // A press on a zoom button is none on the plane below it.
    let is_on_buttons =
        ui.input(|input| input.pointer.press_origin()).is_some_and(|at| zoom_bar(geometry.area).contains(at));
    let is_pressed = response.dragged_by(PointerButton::Primary) || response.is_pointer_button_down_on() && is_down;
    let at = response.interact_pointer_pos().filter(|_| is_pressed && is_down && !is_on_buttons);
    let by_keys = if response.has_focus() { arrows(ui, response) } else { Vec2::ZERO };
    if let Some(at) = at {
        let place = geometry.place(view, geometry.area.clamp(at));
        context.send(Action::Map(MapAction::Try { place, is_added }));
        return view;
    }
    if by_keys != Vec2::ZERO {
        let place = geometry.stepped(view, open.cursor, by_keys);
        context.send(Action::Map(MapAction::Try { place, is_added: false }));
        return geometry.showing(view, place);
    }
    if response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        context.send(Action::Map(MapAction::GoTo { place: open.cursor, is_added }));
    }
    let holds_key = response.has_focus() && ui.input(|input| ARROWS.iter().any(|(key, _)| input.key_down(*key)));
    let is_waiting = open.tried.as_ref().is_some_and(|tried| tried.taken.is_none());
    if is_waiting && !holds_key {
        context.send(Action::Map(MapAction::Take));
    }
    view
}

/// How far the arrow keys move the cursor on the screen.
fn arrows(ui: &Ui, response: &Response) -> Vec2 {
    let arrows = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
    ui.input(|input| {
        let step = |event: &Event| match event {
            Event::Key { key, pressed: true, modifiers, .. } => {
                let (_, by) = ARROWS.iter().find(|(arrow, _)| arrow == key)?;
                Some(*by * if modifiers.shift { 10.0 * STEP } else { STEP })
            }
            _ => None,
        };
        input.events.iter().filter_map(step).fold(Vec2::ZERO, |sum, by| sum + by)
    })
}

/// The paintings: thumbnails that do not overlap, and dots where there is no room.
fn paintings(
    ui: &mut Ui,
    context: &mut PanelContext<'_>,
    open: &OpenMap,
    (geometry, view): (&MapGeometry, MapView),
    stars: &[FavouriteStar],
) {
    let area = geometry.area;
    let palette = theme::palette(ui);
    let mut taken: Vec<Rect> = stars.iter().map(|star| star.rect).collect();
    let mut shown = Vec::new();
    for &index in &open.chart.order {
        let at = geometry.position(view, open.map.paintings[index].place);
        let room = Rect::from_center_size(at, Vec2::splat(THUMBNAIL + GAP));
        if !area.contains_rect(room) || taken.iter().any(|other| other.intersects(room)) {
            if area.contains(at) {
                ui.painter().circle(at, DOT, palette.weak, Stroke::new(1.0, palette.canvas));
            }
            continue;
        }
        taken.push(room);
        shown.push((index, room.shrink(GAP / 2.0)));
    }
    // In the order of the map, which is that of the Tab key, so that zooming does not change it.
    shown.sort_by_key(|(index, _)| *index);
    for (index, rect) in shown {
        painting(ui, context, open, (index, rect));
    }
}

/// A painting: a click takes its own place.
fn painting(ui: &Ui, context: &mut PanelContext<'_>, open: &OpenMap, (index, rect): (usize, Rect)) {
    let palette = theme::palette(ui);
    let painting = &open.map.paintings[index];
    let response = ui.interact(rect, ui.scope_id().with(("painting", index)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Painting {}", painting.name)));
    ui.painter().rect_filled(rect, 4.0, palette.raised);
    match open.thumbnail(index) {
        Some(picture) => thumbnail(ui, context, picture, rect, Fill::Cropped),
        None if open.lacks_thumbnail(index) => context.send(Action::Map(MapAction::ReadThumbnail(index))),
        None => {}
    }
    let is_near = response.hovered() || response.has_focus();
    let stroke = if is_near { Stroke::new(2.0, palette.accent) } else { Stroke::new(1.0, palette.line) };
    ui.painter().rect_stroke(rect, 4.0, stroke, StrokeKind::Outside);
    if response.on_hover_text(painting.name.as_str()).clicked() {
        let is_added = ui.input(|input| input.modifiers.shift);
        context.send(Action::Map(MapAction::GoTo { place: painting.place, is_added }));
    }
}

/// A favourite place that is visible.
struct FavouriteStar {
    /// Its number, from 1.
    number: usize,
    place: [f32; 2],
    rect: Rect,
}

/// The favourites that are visible.
fn favourites(
    context: &PanelContext<'_>,
    open: &OpenMap,
    (geometry, view): (&MapGeometry, MapView),
) -> Vec<FavouriteStar> {
    let places = context.state.favourites.of(open.plane).iter().enumerate();
    let star = |(index, place): (usize, &[f32; 2])| {
        let rect = Rect::from_center_size(geometry.position(view, *place), Vec2::splat(22.0));
        FavouriteStar { number: index + 1, place: *place, rect }
    };
    places.map(star).filter(|star| geometry.area.contains_rect(star.rect)).collect()
}

/// A favourite: a click takes its place.
fn favourite(ui: &Ui, context: &mut PanelContext<'_>, open: &OpenMap, star: &FavouriteStar) {
    let palette = theme::palette(ui);
    let FavouriteStar { number, place, rect } = *star;
    let response = ui.interact(rect, ui.scope_id().with(("favourite", number)), Sense::click());
    // The shares are computed only where they are wanted: there may be many favourites.
    let name = || format!("Favourite {number}: {}", wording::shares(&open.map, &open.map.shares(place)));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name()));
    let is_near = response.hovered() || response.has_focus();
    ui.painter().circle(rect.center(), 10.0, palette.panel.gamma_multiply(0.85), Stroke::new(1.0, palette.line));
    icon::paint(ui.painter(), Icon::Star, rect, if is_near { palette.text } else { palette.accent });
    let response = response.on_hover_ui(|ui| {
        ui.label(name());
    });
    if response.clicked() {
        let is_added = ui.input(|input| input.modifiers.shift);
        context.send(Action::Map(MapAction::GoTo { place, is_added }));
    }
}

/// The place of the cursor, visible on any picture.
fn cursor(ui: &Ui, at: egui::Pos2, area: Rect) {
    let painter = ui.painter_at(area);
    let (light, dark) = (Color32::from_white_alpha(240), Color32::from_black_alpha(150));
    painter.circle_stroke(at, CURSOR, Stroke::new(4.0, dark));
    painter.circle_stroke(at, CURSOR, Stroke::new(2.0, light));
    painter.circle_filled(at, 2.0, light);
}

/// Side of a zoom button in points.
const ZOOM_BUTTON: f32 = 26.0;

/// Where the zoom buttons are: in the lower right corner.
fn zoom_bar(area: Rect) -> Rect {
    let size = vec2(3.0 * ZOOM_BUTTON, ZOOM_BUTTON);
    Rect::from_min_size(area.right_bottom() - size - vec2(12.0, 10.0), size)
}

/// Zoom and fit.
fn zoom_buttons(ui: &Ui, geometry: &MapGeometry, view: MapView) -> MapView {
    let area = geometry.area;
    let palette = theme::palette(ui);
    let place = zoom_bar(area);
    ui.painter().rect(place, 6.0, palette.panel, Stroke::new(1.0, palette.line), StrokeKind::Outside);
    let button = |index: usize, icon: Option<Icon>, name: &str| {
        let rect = Rect::from_min_size(place.min + vec2(index as f32 * ZOOM_BUTTON, 0.0), Vec2::splat(ZOOM_BUTTON));
        let id = ui.scope_id().with(name);
        if let Some(icon) = icon {
            return icon::button_at(ui, rect, icon, name, id).clicked();
        }
        let response = ui.interact(rect, id, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
        let is_near = response.hovered() || response.has_focus();
        let color = if is_near { palette.text } else { palette.weak };
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, "Fit", FontId::proportional(11.5), color);
        response.on_hover_text(name).clicked()
    };
    let mut view = view;
    for (index, icon, name, factor) in
        [(0, Icon::ZoomOut, "Zoom out on the map", 0.7), (1, Icon::ZoomIn, "Zoom in on the map", 1.0 / 0.7)]
    {
        if button(index, Some(icon), name) {
            view = geometry.zoomed(view, factor, area.center());
        }
    }
    if button(2, None, "Show all paintings of the map") { MapView::Fit } else { view }
}
