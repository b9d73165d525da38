//! The texture of the mask that is being edited.

use std::sync::Arc;

use egui::Color32;

use crate::app::model::mask::Sheet;
use crate::app::widget::theme::MASK;

#[derive(Default)]
pub(in crate::app) struct MaskTexture(Option<UploadedSheet>);

struct UploadedSheet {
    sheet: Arc<Sheet>,
    texture: egui::TextureHandle,
}

impl MaskTexture {
    /// The texture of a sheet, uploaded again only when the sheet has changed.
    pub(in crate::app) fn texture(&mut self, ctx: &egui::Context, sheet: &Arc<Sheet>) -> egui::TextureId {
        match &mut self.0 {
            Some(uploaded) if Arc::ptr_eq(&uploaded.sheet, sheet) => uploaded.texture.id(),
            Some(uploaded) if uploaded.sheet.size() == sheet.size() => {
                uploaded.texture.set(image(sheet), egui::TextureOptions::LINEAR);
                uploaded.sheet = Arc::clone(sheet);
                uploaded.texture.id()
            }
            none => {
                let texture = ctx.load_texture("mask", image(sheet), egui::TextureOptions::LINEAR);
                none.insert(UploadedSheet { sheet: Arc::clone(sheet), texture }).texture.id()
            }
        }
    }
}

fn image(sheet: &Sheet) -> egui::ColorImage {
    // The 256 shades are computed once instead of for each pixel.
    let shades: Vec<Color32> = (0..=255u8).map(|value| MASK.gamma_multiply(0.65 * f32::from(value) / 255.0)).collect();
    let pixels = sheet.values().iter().map(|value| shades[usize::from(*value)]).collect();
    egui::ColorImage::new(sheet.size(), pixels)
}
