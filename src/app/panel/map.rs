//! The style map that is open, beside the picture: its head, the plane, and what lies at the place of the cursor.

use egui::{Align, Button, Label, Layout, Panel, Popup, Response, Ui, vec2};

use super::context::{DropLanding, PanelContext};
use super::map_plane;
use crate::app::message::{Action, MapAction};
use crate::app::model::open_map::OpenMap;
use crate::app::widget::icon::{self, Icon};
use crate::app::widget::theme;
use crate::app::wording;

/// The narrowest map, and the narrowest room for the picture beside it, in points.
const NARROWEST: f32 = 220.0;
const REST: f32 = 264.0;

const MARGIN: i8 = 12;
const BUTTON: f32 = 28.0;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let Some(open) = &context.state.map else { return };
    if context.state.easel.is_some() {
        return;
    }
    let fill = theme::palette(ui).panel;
    let room = ui.available_width();
    let widest = (room - REST).max(NARROWEST);
    let panel = Panel::left("map").default_size((0.5 * room).clamp(NARROWEST, widest)).size_range(NARROWEST..=widest);
    let shown = panel.resizable(true).frame(egui::Frame::new().fill(fill)).show(ui, |ui| {
        let margin = egui::Margin { left: MARGIN, right: MARGIN, top: 8, bottom: 8 };
        Panel::top("map head").resizable(false).frame(egui::Frame::new().inner_margin(margin)).show(ui, |ui| {
            head(ui, context, open);
        });
        Panel::bottom("map foot").resizable(false).frame(egui::Frame::new().inner_margin(margin)).show(ui, |ui| {
            foot(ui, context, open);
        });
        egui::CentralPanel::no_frame().show(ui, |ui| map_plane::show(ui, context, open));
    });
    context.add_drop_landing(shown.response.rect, DropLanding::Map);
}

/// The name, and the buttons for the whole map.
fn head(ui: &mut Ui, context: &mut PanelContext<'_>, open: &OpenMap) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_height(BUTTON);
        ui.spacing_mut().item_spacing.x = 4.0;
        if icon::button(ui, Icon::Cross, "Close the map", BUTTON).clicked() {
            context.send(Action::Map(MapAction::Close));
        }
        menu(&icon::button(ui, Icon::More, "More for the map", BUTTON), context, open);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let count = open.map.paintings.len();
            let text = format!("{}, {}", open.name(), wording::paintings(count));
            let hint = format!("{}\n{}", open.path.display(), wording::quality_of_map(&open.map.record));
            ui.add(Label::new(theme::strong(text)).truncate()).on_hover_text(hint);
        });
    });
}

fn menu(button: &Response, context: &mut PanelContext<'_>, open: &OpenMap) {
    const BUSY: &str = "The map is being changed, or another one is being made";
    let busy = context.state.map_making.is_some().then_some(BUSY);
    Popup::menu(button).show(|ui| {
        ui.set_min_width(200.0);
        let mut item = |text: &str, obstacle: Option<&str>, action: MapAction| {
            let button = ui.add_enabled(obstacle.is_none(), Button::new(text).truncate());
            if button.on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
                context.send(Action::Map(action));
            }
        };
        item("Add paintings…", busy, MapAction::ChoosePaintings);
        if let Some(painting) = open.painting_at_cursor() {
            let name = &open.map.paintings[painting].name;
            let is_needed = (open.map.paintings.len() <= 2).then_some("A map needs two paintings");
            item(&format!("Remove {name}"), busy.or(is_needed), MapAction::Remove(painting));
        }
        item("Lay out anew", busy, MapAction::LearnAgain);
        item("Export a copy…", None, MapAction::AskWhere);
    });
}

/// What lies at the place of the cursor, and what can be done with it.
fn foot(ui: &mut Ui, context: &mut PanelContext<'_>, open: &OpenMap) {
    ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
    let state = context.state;
    let near = wording::nearest(open);
    ui.add(Label::new(theme::caption(ui, &near)).truncate()).on_hover_text(near);
    ui.horizontal(|ui| {
        let is_favourite = state.favourites.contain(open.plane, open.cursor);
        let name = if is_favourite { "No longer a favourite place" } else { "Make this place a favourite" };
        let star = icon::button(ui, Icon::Star, name, BUTTON);
        if is_favourite {
            icon::paint(ui.painter(), Icon::Star, star.rect, theme::palette(ui).accent);
        }
        if star.clicked() {
            context.send(Action::Map(MapAction::ToggleFavourite));
        }
        let surprise = Button::new("Surprise me").min_size(vec2(ui.available_width(), BUTTON));
        if ui.add(surprise).on_hover_text("A place drawn at random, as likely as your paintings lie").clicked() {
            context.send(Action::Map(MapAction::Surprise));
        }
    });
    let obstacle = if state.sources.photo.is_none() { Some("Add a photo to begin") } else { None };
    let size = vec2(ui.available_width(), BUTTON);
    let hint = if state.is_painting() {
        "Paint the photo by optimisation in the style of this place when what is being painted now has ended"
    } else {
        "Paint the photo by optimisation in the style of this place"
    };
    let paint =
        ui.add_enabled_ui(obstacle.is_none(), |ui| ui.add_sized(size, Button::new(theme::strong("Paint with this"))));
    if paint.inner.on_hover_text(hint).on_disabled_hover_text(obstacle.unwrap_or_default()).clicked() {
        context.send(Action::Map(MapAction::PaintWith));
    }
}
