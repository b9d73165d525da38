//! What to train, and for how long.

use std::sync::Arc;
use std::time::Duration;

use super::photos::TrainingPhotos;
use crate::engine::instant::{GeneratorWidths, built_in_checksum};
use crate::engine::training::TrainingSettings;
use crate::picture::style_file::StyleFile;
use crate::picture::{Checksum, Picture};
use crate::studio::hardware::Hardware;
use crate::studio::recipe::Recipe;
use crate::studio::trained::TRAINED_WIDTHS;

/// A painting to learn from.
#[derive(Clone)]
pub struct PaintingToLearn {
    /// Its file name.
    pub name: String,
    /// The painting.
    pub picture: Arc<Picture>,
    /// Its weight; only the ratio to the other paintings' weights matters.
    pub weight: f32,
}

/// When a training is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TrainingLimit {
    /// After so many steps.
    Steps(u64),
    /// After so much time, pauses not counted.
    Time(Duration),
}

/// A training to be run. [`super::TrainingWorker`] runs it.
#[derive(Clone)]
pub struct TrainingOrder {
    pub(super) paintings: Vec<PaintingToLearn>,
    pub(super) photos: TrainingPhotos,
    pub(super) limit: TrainingLimit,
    pub(super) seed: u64,
    /// Long side in pixels at which the network sees the paintings.
    pub(super) painting_side: u32,
    pub(super) hardware: Hardware,
}

/// Why a training cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// There is no painting.
    #[error("there is no painting to learn from; name one")]
    NoPainting,
    /// A weight is not above zero.
    #[error("a painting's weight is {0}, but must be more than 0 and at most {max}", max = TrainingOrder::HEAVIEST)]
    Weight(f32),
    /// A painting with too few pixels to hold any structure.
    #[error("{name} has only {width}x{height} pixels; Impasto needs at least {least} on each side", least = Recipe::SMALLEST_SIDE)]
    TooSmall {
        /// The painting's file name.
        name: String,
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// Too many paintings.
    #[error("{0} paintings are too many to learn from; name at most {most}", most = TrainingOrder::MOST_PAINTINGS)]
    TooMany(usize),
    /// Steps outside their range.
    #[error("the number of steps is {0}, but must be 1 to {most}", most = TrainingOrder::MOST_STEPS)]
    Steps(u64),
    /// No time.
    #[error("the time limit must be more than 0 seconds")]
    NoTime,
    /// The size at which paintings are seen is outside its range.
    #[error("the size is {0}, but must be {least} to {most}", least = TrainingOrder::PAINTING_SIDE.0, most = TrainingOrder::PAINTING_SIDE.1)]
    PaintingSide(u32),
    /// No threads, or more than 1024.
    #[error("the number of threads is {0}, but must be between 1 and 1024")]
    Threads(usize),
}

impl TrainingOrder {
    /// Steps of a training for which nobody names a limit.
    pub const USUAL_STEPS: u64 = 1500;
    /// The most steps: with more the network would learn nothing new.
    pub const MOST_STEPS: u64 = 1_000_000;
    /// The usual long side in pixels at which the network sees the paintings: strokes then have about the size that they
    /// have in a picture of 512 pixels that is painted by optimisation.
    pub const USUAL_PAINTING_SIDE: u32 = 384;
    /// The least and the largest long side at which the network sees the paintings.
    pub const PAINTING_SIDE: (u32, u32) = (128, 2048);
    /// The largest weight of a painting.
    pub const HEAVIEST: f32 = 1e6;

    /// The most paintings that one network learns from.
    pub const MOST_PAINTINGS: usize = 16;

    /// Checks the parts.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn new(
        paintings: Vec<PaintingToLearn>,
        photos: TrainingPhotos,
        limit: TrainingLimit,
        seed: u64,
        painting_side: u32,
        hardware: Hardware,
    ) -> Result<Self, TrainingError> {
        if paintings.is_empty() {
            return Err(TrainingError::NoPainting);
        }
        if paintings.len() > Self::MOST_PAINTINGS {
            return Err(TrainingError::TooMany(paintings.len()));
        }
        for PaintingToLearn { name, picture, .. } in &paintings {
            let (width, height) = (picture.width(), picture.height());
            if width.min(height) < Recipe::SMALLEST_SIDE {
                return Err(TrainingError::TooSmall { name: name.clone(), width, height });
            }
        }
        let is_wrong = |weight: f32| !(weight > 0.0 && weight <= Self::HEAVIEST);
        if let Some(wrong) = paintings.iter().map(|painting| painting.weight).find(|weight| is_wrong(*weight)) {
            return Err(TrainingError::Weight(wrong));
        }
        match limit {
            TrainingLimit::Steps(steps) if !(1..=Self::MOST_STEPS).contains(&steps) => {
                return Err(TrainingError::Steps(steps));
            }
            TrainingLimit::Time(time) if time.is_zero() => return Err(TrainingError::NoTime),
            TrainingLimit::Steps(_) | TrainingLimit::Time(_) => {}
        }
        if let Some(threads) = hardware.threads.filter(|threads| !(1..=1024).contains(threads)) {
            return Err(TrainingError::Threads(threads));
        }
        if !(Self::PAINTING_SIDE.0..=Self::PAINTING_SIDE.1).contains(&painting_side) {
            return Err(TrainingError::PaintingSide(painting_side));
        }
        Ok(Self { paintings, photos, limit, seed, painting_side, hardware })
    }

    /// The engine's settings.
    pub(super) fn settings(&self) -> TrainingSettings {
        TrainingSettings { seed: self.seed, painting: self.painting_side as usize, ..TrainingSettings::default() }
    }

    /// Whether the unfinished training in a file is one of this order.
    pub fn can_go_on(&self, file: &StyleFile) -> bool {
        file.unfinished.as_ref().is_some_and(|state| state.request == self.request())
    }

    /// Everything that the network depends on, as one line of text. A training goes on only where this is the same.
    pub(super) fn request(&self) -> String {
        let pictures = self.paintings.iter().map(|painting| {
            let (pixels, size) = (painting.picture.pixels(), (painting.picture.width(), painting.picture.height()));
            format!("{} {size:?} {}", Checksum::of(pixels.as_bytes()), painting.weight)
        });
        let paintings: Vec<String> = pictures.collect();
        let limit = match self.limit {
            TrainingLimit::Steps(steps) => format!("{steps} steps"),
            TrainingLimit::Time(time) => format!("{} seconds", time.as_secs_f64()),
        };
        let Self { seed, painting_side, photos, .. } = self;
        let (paintings, photos, start) = (paintings.join(", "), photos.checksum(), built_in_checksum());
        let GeneratorWidths { full, half, quarter } = TRAINED_WIDTHS;
        format!(
            "paintings {paintings}; photos {photos}; {limit}; seed {seed}; painting side {painting_side}; \
             start {start}; widths {full} {half} {quarter}"
        )
    }
}
