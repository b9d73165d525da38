//! Pictures that were uploaded to the graphics adapter, or are on their way.

mod display;
mod mask;
mod thumbnail;

pub(super) use display::{Display, DisplaySide};
pub(super) use mask::MaskTexture;
pub(super) use thumbnail::Thumbnails;

/// Everything that panels draw pictures from.
pub(super) struct Textures {
    /// Thumbnails.
    pub(super) thumbnails: Thumbnails,
    /// The pictures in the middle.
    pub(super) display: Display,
    /// The mask that is being edited.
    pub(super) mask: MaskTexture,
}
