//! The texture of the density of a style map's paintings.

use std::sync::Arc;

use egui::{Color32, ColorImage, TextureHandle, TextureId, TextureOptions};

use crate::app::model::map_chart::MapChart;

/// The most opaque colour, relative to an opaque one.
const STRONGEST: f32 = 0.4;

#[derive(Default)]
pub(in crate::app) struct DensityTexture(Option<UploadedDensity>);

struct UploadedDensity {
    chart: Arc<MapChart>,
    color: Color32,
    texture: TextureHandle,
}

impl DensityTexture {
    /// The density of a chart in shades of a colour, uploaded again only when one of them has changed.
    pub(in crate::app) fn texture(&mut self, ctx: &egui::Context, chart: &Arc<MapChart>, color: Color32) -> TextureId {
        let is_same = |own: &&UploadedDensity| Arc::ptr_eq(&own.chart, chart) && own.color == color;
        if let Some(own) = self.0.as_ref().filter(is_same) {
            return own.texture.id();
        }
        let texture = ctx.load_texture("density", image(chart, color), TextureOptions::LINEAR);
        self.0.insert(UploadedDensity { chart: Arc::clone(chart), color, texture }).texture.id()
    }
}

fn image(chart: &MapChart, color: Color32) -> ColorImage {
    let shade = |value: &u8| color.gamma_multiply(STRONGEST * f32::from(*value) / 255.0);
    ColorImage::new([MapChart::SIDE; 2], chart.density.iter().map(shade).collect())
}
