//! The two types of channel values in a picture: `u8` and `u16`.

use std::sync::Arc;

use image::{DynamicImage, ImageBuffer};
use moxcms::{CmsError, ColorProfile, Layout, TransformExecutor, TransformOptions};

/// A colour conversion between ICC profiles.
pub(super) type Transform<S> = Arc<dyn TransformExecutor<S> + Send + Sync>;

/// A channel value of 8 or 16 bits.
pub(super) trait Sample: Copy + Default + Send + Sync {
    /// The highest value.
    const STEPS: u32;

    /// The value nearest to `unit` clamped to 0..=1, where 1 is the highest value; NaN becomes 0.
    fn from_unit(unit: f32) -> Self;

    /// The value divided by the highest value, in 0..=1.
    fn to_unit(self) -> f32;

    /// The image of interleaved grey (1 channel), grey and alpha (2), RGB (3) or RGBA values (4);
    /// `None` for any other number of channels or too few values.
    fn image(width: u32, height: u32, channels: usize, samples: Vec<Self>) -> Option<DynamicImage>;

    /// The conversion from colours of `profile` in the layout `from` to sRGB in the layout `to`.
    fn transform_to_srgb(profile: &ColorProfile, from: Layout, to: Layout) -> Result<Transform<Self>, CmsError>;
}

impl Sample for u8 {
    const STEPS: u32 = Self::MAX as u32;

    fn from_unit(unit: f32) -> Self {
        // The cast turns NaN into 0.
        (unit.clamp(0.0, 1.0) * 255.0).round() as Self
    }

    fn to_unit(self) -> f32 {
        f32::from(self) / 255.0
    }

    fn image(width: u32, height: u32, channels: usize, samples: Vec<Self>) -> Option<DynamicImage> {
        match channels {
            1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
            2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8),
            3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
            4 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
            _ => None,
        }
    }

    fn transform_to_srgb(profile: &ColorProfile, from: Layout, to: Layout) -> Result<Transform<Self>, CmsError> {
        profile.create_transform_8bit(from, &ColorProfile::new_srgb(), to, TransformOptions::default())
    }
}

impl Sample for u16 {
    const STEPS: u32 = Self::MAX as u32;

    fn from_unit(unit: f32) -> Self {
        // The cast turns NaN into 0.
        (unit.clamp(0.0, 1.0) * 65535.0).round() as Self
    }

    fn to_unit(self) -> f32 {
        f32::from(self) / 65535.0
    }

    fn image(width: u32, height: u32, channels: usize, samples: Vec<Self>) -> Option<DynamicImage> {
        match channels {
            1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16),
            2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16),
            3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb16),
            4 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba16),
            _ => None,
        }
    }

    fn transform_to_srgb(profile: &ColorProfile, from: Layout, to: Layout) -> Result<Transform<Self>, CmsError> {
        profile.create_transform_16bit(from, &ColorProfile::new_srgb(), to, TransformOptions::default())
    }
}
