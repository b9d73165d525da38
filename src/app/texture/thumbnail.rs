//! The small pictures on cards and in the gallery, uploaded once.

use std::sync::Arc;

use egui::{ColorImage, TextureHandle, TextureOptions};

use crate::picture::Picture;

/// Textures of small pictures; those no longer asked for are let go.
#[derive(Default)]
pub(in crate::app) struct Thumbnails {
    entries: Vec<ThumbnailEntry>,
}

struct ThumbnailEntry {
    picture: Arc<Picture>,
    texture: TextureHandle,
    asked_for: bool,
}

impl Thumbnails {
    /// The texture of a small picture.
    pub(in crate::app) fn texture(&mut self, ctx: &egui::Context, picture: &Arc<Picture>) -> TextureHandle {
        if let Some(entry) = self.entries.iter_mut().find(|entry| Arc::ptr_eq(&entry.picture, picture)) {
            entry.asked_for = true;
            return entry.texture.clone();
        }
        let size = [picture.width() as usize, picture.height() as usize];
        let image = ColorImage::from_rgba_unmultiplied(size, &picture.to_rgba8());
        let texture = ctx.load_texture("small picture", image, TextureOptions::LINEAR);
        self.entries.push(ThumbnailEntry { picture: Arc::clone(picture), texture: texture.clone(), asked_for: true });
        texture
    }

    /// Lets go of those that nobody asked for since the last call.
    pub(in crate::app) fn forget_unused(&mut self) {
        self.entries.retain_mut(|entry| std::mem::take(&mut entry.asked_for));
    }
}
