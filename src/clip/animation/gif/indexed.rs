//! Pixels as places in a palette.

use std::collections::HashMap;

use image::{Rgba, RgbaImage};

use super::dither::Ditherer;
use super::palette::palette_of;

/// Colours in a palette.
const COLORS: usize = 256;

/// Pixels as places in a palette of their own.
pub(super) struct IndexedPixels {
    /// Red, green and blue of each colour.
    pub(super) palette: Vec<u8>,
    /// The place of each pixel's colour.
    pub(super) indices: Vec<u8>,
    /// The place that stands for transparent pixels.
    pub(super) transparent: Option<u8>,
}

impl IndexedPixels {
    /// Of pixels that are opaque or transparent. `place` is where the left top one is in the frame.
    pub(super) fn of(pixels: &RgbaImage, place: (u32, u32)) -> Self {
        let has_clear = pixels.pixels().copied().any(is_clear);
        let most = if has_clear { COLORS - 1 } else { COLORS };
        let (mut palette, mut indices) = match exact(pixels, most) {
            Some(exact) => exact,
            None => dithered(pixels, most, place),
        };
        let transparent = has_clear.then_some((palette.len() / 3) as u8);
        if let Some(transparent) = transparent {
            palette.extend([0; 3]);
            for (index, pixel) in indices.iter_mut().zip(pixels.pixels()) {
                *index = if is_clear(*pixel) { transparent } else { *index };
            }
        }
        Self { palette, indices, transparent }
    }
}

fn is_clear(pixel: Rgba<u8>) -> bool {
    pixel.0[3] == 0
}

/// A palette of all colours, if there are at most so many.
fn exact(pixels: &RgbaImage, most: usize) -> Option<(Vec<u8>, Vec<u8>)> {
    let (mut palette, mut places) = (Vec::new(), HashMap::new());
    let mut indices = Vec::with_capacity(pixels.len() / 4);
    for pixel in pixels.pixels() {
        let index = if is_clear(*pixel) {
            0
        } else {
            let next = places.len();
            let index = *places.entry(pixel.0).or_insert(next);
            if index == most {
                return None;
            }
            if index == next {
                palette.extend(&pixel.0[..3]);
            }
            index as u8
        };
        indices.push(index);
    }
    Some((palette, indices))
}

/// A palette of colours for all pixels, and pixels that mix them.
fn dithered(pixels: &RgbaImage, most: usize, (left, top): (u32, u32)) -> (Vec<u8>, Vec<u8>) {
    let color = |pixel: &Rgba<u8>| [pixel.0[0], pixel.0[1], pixel.0[2]];
    let opaque: Vec<[u8; 3]> = pixels.pixels().filter(|pixel| !is_clear(**pixel)).map(color).collect();
    let palette = palette_of(&opaque, most);
    let mut ditherer = Ditherer::new(&palette);
    let index = |(x, y, pixel): (u32, u32, &Rgba<u8>)| {
        if is_clear(*pixel) { 0 } else { ditherer.index(color(pixel), (left + x, top + y)) }
    };
    let indices = pixels.enumerate_pixels().map(index).collect();
    (palette, indices)
}
