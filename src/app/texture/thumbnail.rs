//! Textures of the thumbnails on cards and in the gallery, each uploaded once.

use std::sync::Arc;

use egui::{ColorImage, TextureHandle, TextureOptions};

use crate::picture::Picture;

/// Textures of thumbnails; unused ones are freed.
#[derive(Default)]
pub(in crate::app) struct Thumbnails {
    entries: Vec<ThumbnailEntry>,
}

struct ThumbnailEntry {
    picture: Arc<Picture>,
    texture: TextureHandle,
    used: bool,
}

impl Thumbnails {
    pub(in crate::app) fn texture(&mut self, ctx: &egui::Context, picture: &Arc<Picture>) -> TextureHandle {
        if let Some(entry) = self.entries.iter_mut().find(|entry| Arc::ptr_eq(&entry.picture, picture)) {
            entry.used = true;
            return entry.texture.clone();
        }
        let size = [picture.width() as usize, picture.height() as usize];
        let image = ColorImage::from_rgba_unmultiplied(size, &picture.to_rgba8());
        let texture = ctx.load_texture("thumbnail", image, TextureOptions::LINEAR);
        self.entries.push(ThumbnailEntry { picture: Arc::clone(picture), texture: texture.clone(), used: true });
        texture
    }

    /// Frees the textures that were not used since the last call.
    pub(in crate::app) fn forget_unused(&mut self) {
        self.entries.retain_mut(|entry| std::mem::take(&mut entry.used));
    }
}
