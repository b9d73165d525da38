//! Textures: pictures uploaded to the graphics adapter, or being prepared for it.

mod density;
mod display;
mod mask;
mod thumbnail;

pub(super) use density::DensityTexture;
pub(super) use display::{Display, DisplaySide};
pub(super) use mask::MaskTexture;
pub(super) use thumbnail::Thumbnails;

pub(super) struct Textures {
    pub(super) thumbnails: Thumbnails,
    pub(super) display: Display,
    pub(super) mask: MaskTexture,
    pub(super) density: DensityTexture,
}
