//! A recipe: pictures and settings that are checked once, so that a run cannot fail because of them.

use std::sync::Arc;
use std::time::Duration;

use super::hardware::Hardware;
use super::ingredients::{Ingredients, Subject};
use super::settings::{Method, SettingError, Settings, Start};
use super::sizes::{held_bytes, least_for_instant};
use super::style::Style;
use super::trained::{TRAINED_WIDTHS, style_of_place, widths_for};
use crate::engine::instant::{GeneratorParameters, StyleVector, built_in_checksum};
use crate::engine::memory;
use crate::engine::network::Architecture;
use crate::engine::pyramid::Size;
use crate::picture::Picture;
use crate::picture::style_map::StyleMap;

/// Pictures and settings that fit together, as checked by [`Recipe::new`].
#[derive(Clone, Debug)]
pub struct Recipe {
    ingredients: Ingredients,
    /// A style in place of the only painting's, for an instant picture.
    drawn_style: Option<Arc<StyleVector>>,
}

/// Why pictures and settings do not fit together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RecipeError {
    /// A setting outside its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// No painting.
    #[error("there is no painting to learn from; add at least one style")]
    NoStyle,
    /// All weights are zero.
    #[error("every style has a weight of 0; give at least one a larger weight")]
    NoWeight,
    /// A picture with too few pixels to hold any structure.
    #[error("{which} has only {width}x{height} pixels; Impasto needs at least {smallest} on each side")]
    TooSmall {
        /// Which picture, as text.
        which: &'static str,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The smallest width and height allowed.
        smallest: u32,
    },
    /// A trained style whose network has other parameters than its widths say.
    #[error("a trained style is damaged; copy it again, or train it again")]
    DamagedStyle,
    /// A trained style that began with other weights, so that it cannot be blended.
    #[error("a trained style was made by another version of Impasto; train its painting again")]
    OtherStyle,
    /// A style map whose networks do not fit together.
    #[error("a style map is damaged; copy it again, or make it again")]
    DamagedMap,
    /// A style map that was made with other weights, so that its numbers mean nothing.
    #[error("a style map was made by another version of Impasto; make it again")]
    OtherMap,
    /// [`Start::Picture`] or [`Start::Continue`] without a picture.
    #[error("there is no picture to start from; choose one, or start from the photo")]
    NoStartPicture,
    /// A mask whose proportions differ from the photo's.
    #[error(
        "{which} is {width}x{height} pixels, which is not the shape of the photo ({photo_width}x{photo_height}); \
         make it from the photo itself"
    )]
    MaskShape {
        /// Which mask, as text.
        which: &'static str,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The photo's width.
        photo_width: u32,
        /// The photo's height.
        photo_height: u32,
    },
    /// A mask that is black everywhere.
    #[error("the mask of a style is black all over, so the style applies nowhere; paint white where it should")]
    MaskDark,
    /// A mask without a photo.
    #[error("masks say where in a photo a style applies; a texture has none")]
    MaskOfTexture,
    /// A texture in one pass of a network, which [`super::BrushworkOrder`] is for.
    #[error("an instant picture is painted from a photo; a texture has none")]
    InstantTexture,
    /// Brushwork with a side outside the range.
    #[error("the size is {width}x{height}, but each side must be {least} to {most}")]
    BrushworkSize {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The shortest side allowed.
        least: u32,
        /// The longest.
        most: u32,
    },
    /// Brushwork without a seam whose sides the network cannot divide.
    #[error("the size is {width}x{height}, but the sides of an instant seamless texture must be multiples of {step}")]
    SeamlessBrushwork {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// What the sides must be multiples of.
        step: u32,
    },
    /// Brushwork too wide for the memory budget, or too large for a format that is not written while it is painted.
    #[error("painting {width}x{height} needs about {needed} MiB of memory, but only {given} MiB may be used; {advice}")]
    BrushworkMemory {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
        /// The memory needed, in mebibytes.
        needed: usize,
        /// The memory budget, in mebibytes.
        given: usize,
        /// What to do.
        advice: &'static str,
    },
    /// A result too large for the memory budget.
    #[error(
        "painting at {size} pixels needs about {needed} MiB of memory, but only {given} MiB may be used; \
         the largest size that fits is {largest}"
    )]
    TooLarge {
        /// The requested long side in pixels.
        size: u32,
        /// The memory needed, in mebibytes.
        needed: usize,
        /// The memory budget, in mebibytes.
        given: usize,
        /// The largest long side that fits, in pixels.
        largest: usize,
    },
    /// No threads, or more than 1024.
    #[error("the number of threads is {0}, but must be between 1 and 1024")]
    Threads(usize),
}

impl Recipe {
    /// The smallest width and height, in pixels, of the pictures to paint from.
    pub const SMALLEST_SIDE: u32 = 2;

    /// Checks that pictures and settings fit together. A seamless texture is painted without coarse levels, whatever the
    /// settings say, and so with the weights that suit this.
    ///
    /// # Errors
    /// The first reason why they do not.
    pub fn new(mut ingredients: Ingredients) -> Result<Self, RecipeError> {
        let Ingredients { subject, styles, start_picture, settings, hardware, .. } = &ingredients;
        settings.validate()?;
        match subject {
            Subject::Photo { picture, .. } => check_size("the photo", picture)?,
            Subject::Texture { width, height, .. } => {
                for side in [*width, *height] {
                    Settings { size: side, ..Settings::default() }.validate()?;
                }
            }
        }
        check_styles(styles)?;
        check_masks(subject, styles)?;
        if settings.method == Method::Instant && matches!(subject, Subject::Texture { .. }) {
            return Err(RecipeError::InstantTexture);
        }
        if matches!(settings.start, Start::Picture | Start::Continue(_)) {
            let picture = start_picture.as_ref().ok_or(RecipeError::NoStartPicture)?;
            check_size("the picture to start from", picture)?;
        }
        check_threads(hardware)?;
        check_memory(&ingredients)?;
        let seamless = ingredients.extent().seamless;
        ingredients.settings.optimizer = ingredients.settings.optimizer.of_picture(seamless);
        Ok(Self { ingredients, drawn_style: None })
    }

    /// The pictures and settings.
    pub fn ingredients(&self) -> &Ingredients {
        &self.ingredients
    }

    /// The same recipe of an instant picture in another style than its only painting's.
    #[must_use]
    pub(super) fn in_style(self, style: Arc<StyleVector>) -> Self {
        Self { drawn_style: Some(style), ..self }
    }

    /// The style in place of the painting's.
    pub(super) fn drawn_style(&self) -> Option<&StyleVector> {
        self.drawn_style.as_deref()
    }

    /// The same recipe with a time limit.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.ingredients.time_limit = Some(limit);
        self
    }

    /// Width and height of the result in pixels.
    pub fn result_size(&self) -> (u32, u32) {
        self.ingredients.result_size()
    }
}

/// Checks paintings and their weights.
pub(super) fn check_styles(styles: &[Style<Arc<Picture>>]) -> Result<(), RecipeError> {
    if styles.is_empty() {
        return Err(RecipeError::NoStyle);
    }
    for style in styles {
        style.validate()?;
        check_size("a painting", &style.source)?;
        check_trained_style(&style.source)?;
        check_place(&style.source)?;
    }
    if styles.iter().all(|style| style.weight == 0.0) { Err(RecipeError::NoWeight) } else { Ok(()) }
}

/// Checks the number of threads.
pub(super) fn check_threads(hardware: &Hardware) -> Result<(), RecipeError> {
    match hardware.threads {
        Some(threads) if !(1..=1024).contains(&threads) => Err(RecipeError::Threads(threads)),
        _ => Ok(()),
    }
}

/// Checks what a painting carries, where it was read from the file of a trained style.
fn check_trained_style(painting: &Picture) -> Result<(), RecipeError> {
    let Some(style) = painting.trained_style() else { return Ok(()) };
    let widths = widths_for(painting);
    if style.record.start != built_in_checksum() || widths != TRAINED_WIDTHS {
        return Err(RecipeError::OtherStyle);
    }
    if style.parameters.len() == GeneratorParameters::count(widths) { Ok(()) } else { Err(RecipeError::DamagedStyle) }
}

/// Checks the map of a place, where a painting carries one.
fn check_place(painting: &Picture) -> Result<(), RecipeError> {
    let Some(place) = painting.map_place() else { return Ok(()) };
    check_map(place.map())?;
    if style_of_place(painting).is_some() { Ok(()) } else { Err(RecipeError::DamagedMap) }
}

/// Checks that the numbers of a map are those of this program's networks.
pub(super) fn check_map(map: &StyleMap) -> Result<(), RecipeError> {
    if map.record.weights == built_in_checksum() { Ok(()) } else { Err(RecipeError::OtherMap) }
}

/// Checks the memory. Assumes the built-in network, because the recipe does not know which one will be used; VGG-19
/// needs up to 6 % more.
fn check_memory(ingredients: &Ingredients) -> Result<(), RecipeError> {
    let (network, hardware) = (Architecture::vgg16(), ingredients.hardware);
    let result = ingredients.extent();
    let held = held_bytes(ingredients, false);
    let (given, snapshots) = (hardware.budget(), hardware.takes_snapshots);
    let budget = given.beside(held);
    let least = |size: Size| match ingredients.settings.method {
        Method::Optimise => memory::least(&network, result.at(size), snapshots),
        Method::Instant => least_for_instant(ingredients, size),
    };
    let needed = least(result.size);
    if needed <= budget.most {
        return Ok(());
    }
    let largest = memory::largest_side(result.size, |size| least(size) <= budget.most);
    let (size, needed, given) = (result.size.long_side() as u32, (needed + held) >> 20, given.most >> 20);
    Err(RecipeError::TooLarge { size, needed, given, largest })
}

fn check_masks(subject: &Subject, styles: &[Style<Arc<Picture>>]) -> Result<(), RecipeError> {
    let Subject::Photo { picture: photo, protect } = subject else {
        let has_mask = styles.iter().any(|style| style.mask.is_some());
        return if has_mask { Err(RecipeError::MaskOfTexture) } else { Ok(()) };
    };
    for mask in styles.iter().filter_map(|style| style.mask.as_ref()) {
        check_mask_shape("the mask of a style", mask, photo)?;
        if is_dark(mask) {
            return Err(RecipeError::MaskDark);
        }
    }
    protect.as_ref().map_or(Ok(()), |mask| check_mask_shape("the protection mask", mask, photo))
}

/// Whether a mask is black everywhere.
fn is_dark(mask: &Picture) -> bool {
    const ROWS: u32 = 64;
    let mut bands = (0..mask.height()).step_by(ROWS as usize).map(|top| mask.rows(top, ROWS).to_light());
    bands.all(|band| band.iter().all(|light| *light < 1.0 / 255.0))
}

/// Checks that a mask has the photo's proportions, within rounding. It may be larger or smaller than the photo.
fn check_mask_shape(which: &'static str, mask: &Picture, photo: &Picture) -> Result<(), RecipeError> {
    let (width, height) = (mask.width(), mask.height());
    let (photo_width, photo_height) = (photo.width(), photo.height());
    let ratio = f64::from(width) / f64::from(height) * f64::from(photo_height) / f64::from(photo_width);
    let rounding = 1.0 / f64::from(width.min(height).min(photo_width).min(photo_height));
    if (ratio - 1.0).abs() <= rounding.max(0.01) {
        return Ok(());
    }
    Err(RecipeError::MaskShape { which, width, height, photo_width, photo_height })
}

fn check_size(which: &'static str, picture: &Picture) -> Result<(), RecipeError> {
    let (width, height, smallest) = (picture.width(), picture.height(), Recipe::SMALLEST_SIDE);
    if width.min(height) < smallest {
        return Err(RecipeError::TooSmall { which, width, height, smallest });
    }
    Ok(())
}
