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

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingChoices {
    /// When the training is over.
    pub limit: TrainingLimit,
    /// How much the adversary counts, in percent of the most; 0 for none.
    pub adversary: u8,
    /// How far it learns to ignore noise, in percent of the most.
    pub stability: u8,
    /// Seed of the crops of the photos, and of the adversary.
    pub seed: u64,
    /// Long side in pixels at which the network sees the paintings.
    pub painting_side: u32,
}

impl Default for TrainingChoices {
    fn default() -> Self {
        let limit = TrainingLimit::Steps(TrainingOrder::USUAL_STEPS);
        Self { limit, adversary: 0, stability: 0, seed: 0, painting_side: TrainingOrder::USUAL_PAINTING_SIDE }
    }
}

/// A training to be run. [`super::TrainingWorker`] runs it.
#[derive(Clone)]
pub struct TrainingOrder {
    pub(super) paintings: Vec<PaintingToLearn>,
    pub(super) photos: TrainingPhotos,
    pub(super) choices: TrainingChoices,
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
    /// More than all of the adversary.
    #[error("the adversary's share is {0}, but must be 0 to 100")]
    Adversary(u8),
    /// More than all of the stability.
    #[error("the stability is {0}, but must be 0 to 100")]
    Stability(u8),
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

    /// The weight of an adversary that counts 100 percent: with more, the pictures have noise that the painting lacks.
    const HEAVIEST_ADVERSARY: f64 = 0.05;
    /// The weight of a stability of 100 percent: with more, plain areas have no strokes.
    const HEAVIEST_STABILITY: f64 = 30.0;

    /// The most paintings that one network learns from.
    pub const MOST_PAINTINGS: usize = 16;

    /// Checks the parts.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn new(
        paintings: Vec<PaintingToLearn>,
        photos: TrainingPhotos,
        choices: TrainingChoices,
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
        let TrainingChoices { limit, adversary, stability, painting_side, .. } = choices;
        if adversary > 100 {
            return Err(TrainingError::Adversary(adversary));
        }
        if stability > 100 {
            return Err(TrainingError::Stability(stability));
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
        Ok(Self { paintings, photos, choices, hardware })
    }

    /// The engine's settings.
    pub(super) fn settings(&self) -> TrainingSettings {
        let TrainingChoices { adversary, stability, seed, painting_side, .. } = self.choices;
        TrainingSettings {
            seed,
            painting: painting_side as usize,
            adversary: f64::from(adversary) / 100.0 * Self::HEAVIEST_ADVERSARY,
            stability: f64::from(stability) / 100.0 * Self::HEAVIEST_STABILITY,
            ..TrainingSettings::default()
        }
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
        let TrainingChoices { limit, adversary, stability, seed, painting_side } = self.choices;
        let limit = match limit {
            TrainingLimit::Steps(steps) => format!("{steps} steps"),
            TrainingLimit::Time(time) => format!("{} seconds", time.as_secs_f64()),
        };
        let (paintings, photos, start) = (paintings.join(", "), self.photos.checksum(), built_in_checksum());
        let GeneratorWidths { full, half, quarter } = TRAINED_WIDTHS;
        let share = |name: &str, percent: u8| if percent > 0 { format!("{name} {percent}; ") } else { String::new() };
        let (adversary, stability) = (share("adversary", adversary), share("stability", stability));
        format!(
            "paintings {paintings}; photos {photos}; {limit}; {adversary}{stability}seed {seed}; painting side {painting_side}; \
             start {start}; widths {full} {half} {quarter}"
        )
    }
}
