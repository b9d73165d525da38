//! The samples.

use egui::{CollapsingHeader, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use super::card;
use super::context::PanelContext;
use crate::app::message::Action;
use crate::app::model::card::{Origin, Target};
use crate::app::widget::hint::Hint;
use crate::app::widget::{icon, theme};
use crate::studio::samples::{self, SampleKind, SamplePicture};

const COLUMNS: usize = 4;
const GAP: f32 = 6.0;

pub(super) fn show(ui: &mut Ui, context: &mut PanelContext<'_>) {
    let header = CollapsingHeader::new(theme::heading("Samples")).default_open(true).icon(icon::fold);
    header.show_unindented(ui, |ui| {
        ui.label(theme::caption(ui, "Photos"));
        grid(ui, context, SampleKind::Photo);
        ui.label(theme::caption(ui, "Paintings"));
        grid(ui, context, SampleKind::Painting);
    });
}

fn grid(ui: &mut Ui, context: &mut PanelContext<'_>, kind: SampleKind) {
    let indices: Vec<usize> = samples::of_kind(kind).collect();
    let side = ((ui.available_width() - GAP * (COLUMNS - 1) as f32) / COLUMNS as f32).floor();
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    for row in indices.chunks(COLUMNS) {
        ui.horizontal(|ui| {
            for &index in row {
                if let Some(sample) = samples::ALL.get(index) {
                    tile(ui, context, index, sample, side);
                }
            }
        });
    }
    ui.add_space(GAP);
}

fn tile(ui: &mut Ui, context: &mut PanelContext<'_>, index: usize, sample: &SamplePicture, side: f32) {
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    let (name, target) = match sample.kind {
        SampleKind::Photo => (format!("Sample photo {}", sample.title), Target::Photo),
        SampleKind::Painting => (format!("Sample painting {}", sample.title), Target::NewPainting),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let palette = theme::palette(ui);
    ui.painter().rect_filled(rect, 4.0, palette.raised);
    if let Some(thumbnail) = context.state.sample_thumbnails.get(&index) {
        card::thumbnail(ui, context, thumbnail, rect, card::Fill::Cropped);
    }
    if response.hovered() || response.has_focus() {
        ui.painter().rect_stroke(rect, 4.0, Stroke::new(2.0, palette.accent), StrokeKind::Inside);
    }
    let hint = format!("{}\n{}", sample.title, sample.credit);
    if response.hint(hint).clicked() {
        context.send(Action::Add { origins: vec![Origin::Sample(index)], target });
    }
}
