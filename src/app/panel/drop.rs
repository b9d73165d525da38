//! Files dragged over the window: shows where they will land, and adds them when dropped.

use std::path::{Path, PathBuf};

use egui::{Align2, FontId, Id, LayerId, Order, Rect, Stroke, StrokeKind, Ui};

use super::context::{DropLanding, PanelContext};
use crate::app::message::{Action, MapAction};
use crate::app::model::card::{Origin, Target};
use crate::app::model::question::Question;
use crate::app::widget::theme;
use crate::clip::has_film_ending;
use crate::picture::path::lower_ending;
use crate::picture::style_map::StyleMap;
use crate::studio::project::is_project;

pub(super) fn show(ui: &Ui, context: &mut PanelContext<'_>) {
    let (hovering, dropped) = ui.ctx().input(|input| {
        let dropped: Vec<PathBuf> = input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect();
        (input.raw.hovered_files.len(), dropped)
    });
    // Some systems do not report the pointer during a drag; then the files land wherever they fit.
    let pointer = ui.ctx().pointer_latest_pos();
    let (rect, landing) = match context.drop_zone_at(pointer) {
        Some(zone) => (zone.rect, zone.landing),
        None => (ui.ctx().content_rect().shrink(8.0), DropLanding::Pictures(Target::Anywhere)),
    };
    // A question is about what is dropped, wherever that is.
    let landing = if context.state.question().is_some() { DropLanding::Pictures(Target::Anywhere) } else { landing };
    if !dropped.is_empty() {
        context.send(match landing {
            DropLanding::Map if !dropped.iter().any(|path| opens_by_itself(path)) => {
                Action::Map(MapAction::AddPaintings(dropped))
            }
            DropLanding::Map => add(dropped, Target::Anywhere),
            DropLanding::Pictures(target) => add(dropped, target),
        });
    } else if hovering > 0 {
        overlay(ui, rect, &words(context, landing, hovering));
    }
}

/// Whether a file is a map, a project or a clip by its name, which is opened wherever it is dropped.
fn opens_by_itself(path: &Path) -> bool {
    lower_ending(path) == StyleMap::ENDING || is_project(path) || has_film_ending(path)
}

fn add(files: Vec<PathBuf>, target: Target) -> Action {
    Action::Add { origins: files.into_iter().map(Origin::File).collect(), target }
}

/// What dropping so many files would do.
fn words(context: &PanelContext<'_>, landing: DropLanding, files: usize) -> String {
    let has_photo = context.state.sources.photo.is_some();
    if let Some(Question::Missing(_)) = context.state.question() {
        return "Drop the missing picture".to_owned();
    }
    let more = files > 1;
    let DropLanding::Pictures(target) = landing else { return "Drop to add to the map".to_owned() };
    match target {
        Target::Photo if has_photo => "Drop to replace the photo",
        Target::Photo => "Drop to add as the photo",
        Target::Painting(_) => "Drop to replace this painting",
        Target::Anywhere if !has_photo && more => "Drop to add as photo and paintings",
        Target::Anywhere if !has_photo => "Drop to add as the photo",
        Target::Anywhere | Target::NewPainting if more => "Drop to add as paintings",
        Target::Anywhere | Target::NewPainting => "Drop to add as a painting",
    }
    .to_owned()
}

fn overlay(ui: &Ui, rect: Rect, text: &str) {
    let palette = theme::palette(ui);
    let painter = ui.ctx().layer_painter(LayerId::new(Order::Foreground, Id::unique("drop")));
    let whole = ui.ctx().content_rect();
    painter.rect_filled(whole, 0.0, palette.canvas.gamma_multiply(0.72));
    painter.rect(rect, 10.0, palette.accent.gamma_multiply(0.12), Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    let font = FontId::proportional(20.0);
    let galley = painter.layout_no_wrap(text.to_owned(), font, palette.text);
    let place = Align2::CENTER_CENTER.anchor_size(whole.center(), galley.size());
    painter.rect_filled(place.expand2(egui::vec2(24.0, 14.0)), 10.0, palette.panel);
    painter.galley(place.min, galley, palette.text);
}
