//! The texture of the mask that is being edited.

use std::sync::Arc;

use egui::Color32;

use crate::app::model::mask::Mask;
use crate::app::widget::theme::MASK;

#[derive(Default)]
pub(in crate::app) struct MaskTexture(Option<UploadedMask>);

struct UploadedMask {
    mask: Arc<Mask>,
    texture: egui::TextureHandle,
}

impl MaskTexture {
    /// The texture of a mask, uploaded again only when the mask has changed.
    pub(in crate::app) fn texture(&mut self, ctx: &egui::Context, mask: &Arc<Mask>) -> egui::TextureId {
        match &mut self.0 {
            Some(uploaded) if Arc::ptr_eq(&uploaded.mask, mask) => uploaded.texture.id(),
            Some(uploaded) if uploaded.mask.size() == mask.size() => {
                uploaded.texture.set(image(mask), egui::TextureOptions::LINEAR);
                uploaded.mask = Arc::clone(mask);
                uploaded.texture.id()
            }
            none => {
                let texture = ctx.load_texture("mask", image(mask), egui::TextureOptions::LINEAR);
                none.insert(UploadedMask { mask: Arc::clone(mask), texture }).texture.id()
            }
        }
    }
}

fn image(mask: &Mask) -> egui::ColorImage {
    // The 256 shades are computed once instead of for each pixel.
    let shades: Vec<Color32> = (0..=255u8).map(|value| MASK.gamma_multiply(0.65 * f32::from(value) / 255.0)).collect();
    let pixels = mask.values().iter().map(|value| shades[usize::from(*value)]).collect();
    egui::ColorImage::new(mask.size(), pixels)
}
