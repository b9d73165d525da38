//! Which parts of its pictures a run uses, at which sizes, and how much memory that takes.

use std::sync::Arc;

use super::ingredients::{Ingredients, Subject};
use super::settings::{Method, Settings};
use super::style::Style;
use super::trained::widths_for;
use crate::engine::instant::{GeneratorWidths, StylePredictor, least_memory};
use crate::engine::pyramid::Size;
use crate::picture::Picture;

/// A painting is cropped at each edge by its width or height divided by this, rounded down: scans and photographs of
/// paintings often show paper or frame there, which would be painted along the border of the picture.
const MARGIN: u32 = 64;

/// A rectangle of a picture, in pixels.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) picture: &'a Picture,
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) size: Size,
}

impl<'a> Part<'a> {
    /// The whole picture.
    pub(super) fn whole(picture: &'a Picture) -> Self {
        let size = Size { width: picture.width() as usize, height: picture.height() as usize };
        Self { picture, left: 0, top: 0, size }
    }

    /// A painting without its margins.
    pub(super) fn painting(picture: &'a Picture) -> Self {
        let [left, top] = [picture.width(), picture.height()].map(|side| (side / MARGIN) as usize);
        let Size { width, height } = Self::whole(picture).size;
        Self { picture, left, top, size: Size { width: width - 2 * left, height: height - 2 * top } }
    }

    /// The size of a copy of a painting from which its style is predicted.
    pub(super) fn for_predictor(&self) -> Size {
        let short = self.size.width.min(self.size.height).max(1);
        self.size.scaled((StylePredictor::SIDE as f64 / short as f64).min(1.0))
    }
}

/// The largest size at which a run uses a painting. It is never larger than the painting itself. With `is_steered`, it
/// allows for the largest brush scales. An instant picture takes its style from a small copy.
pub(super) fn painting_size(style: &Style<Arc<Picture>>, ingredients: &Ingredients, is_steered: bool) -> Size {
    let largest = *Settings::BRUSH_SCALE.end();
    let scale = if is_steered { largest * largest } else { style.brush_scale * ingredients.settings.brush_scale };
    let own = Part::painting(&style.source).size;
    if ingredients.settings.method == Method::Instant {
        return Part::painting(&style.source).for_predictor();
    }
    own.scaled((ingredients.extent().size.long_side() as f64 * f64::from(scale) / own.long_side() as f64).min(1.0))
}

/// `size`, or `most` if `size` has more pixels.
pub(super) fn at_most(size: Size, most: Size) -> Size {
    if size.pixels() > most.pixels() { most } else { size }
}

/// The least memory in bytes in which an instant picture of this size can be painted, beside [`held_bytes`].
pub(super) fn least_for_instant(ingredients: &Ingredients, size: Size) -> usize {
    let Ingredients { settings, styles, .. } = ingredients;
    let balances = settings.balance(styles.iter().map(Style::balance)).styles;
    let widths = styles.iter().map(|style| widths_for(&style.source));
    let widest = widths.fold(GeneratorWidths::BUILT_IN, GeneratorWidths::max);
    least_memory(size, &balances, widest, settings.instant(), ingredients.has_masks())
}

/// System memory in bytes that the job's pictures other than the photo take during the run.
pub(super) fn held_bytes(ingredients: &Ingredients, is_steered: bool) -> usize {
    let result = ingredients.extent().size;
    let Ingredients { subject, styles, start_picture, .. } = ingredients;
    let protect = match subject {
        Subject::Photo { protect, .. } => protect.as_ref(),
        Subject::Texture { .. } => None,
    };
    let masks = styles.iter().filter_map(|style| style.mask.as_ref()).chain(protect);
    let masks = masks.map(|mask| at_most(Part::whole(mask).size, result).pixels());
    let paintings = styles.iter().map(|style| painting_size(style, ingredients, is_steered).pixels());
    let start = start_picture.iter().map(|picture| at_most(Part::whole(picture).size, result).pixels());
    (3 * paintings.chain(start).sum::<usize>() + masks.sum::<usize>()) * size_of::<f32>()
}
