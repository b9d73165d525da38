//! What to train, and for how long.

use std::sync::Arc;
use std::time::Duration;

use super::photos::TrainingPhotos;
use crate::engine::instant::GeneratorWidths;
use crate::engine::training::TrainingSettings;
use crate::picture::style_file::StyleFile;
use crate::picture::{Checksum, Picture};
use crate::studio::hardware::Hardware;

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
    /// Steps or seconds outside their ranges.
    #[error("the number of steps is {0}, but must be 1 to {most}", most = TrainingOrder::MOST_STEPS)]
    Steps(u64),
    /// No time.
    #[error("the time limit is {0} seconds, but must be more than 0")]
    Time(f64),
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
    /// Channels of the networks.
    pub(super) const WIDTHS: GeneratorWidths = GeneratorWidths::BUILT_IN;
    /// The largest weight of a painting.
    pub const HEAVIEST: f32 = 1e6;

    /// Checks the parts. Threads are within 1 to 1024 as for painting.
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
        let is_wrong = |weight: f32| !(weight > 0.0 && weight <= Self::HEAVIEST);
        if let Some(wrong) = paintings.iter().map(|painting| painting.weight).find(|weight| is_wrong(*weight)) {
            return Err(TrainingError::Weight(wrong));
        }
        match limit {
            TrainingLimit::Steps(steps) if !(1..=Self::MOST_STEPS).contains(&steps) => {
                return Err(TrainingError::Steps(steps));
            }
            TrainingLimit::Time(time) if time.is_zero() => return Err(TrainingError::Time(0.0)),
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
            let pixels = Checksum::of(painting.picture.pixels().as_bytes());
            format!("{pixels}:{}", painting.weight)
        });
        let paintings: Vec<String> = pictures.collect();
        let Self { limit, seed, painting_side, .. } = self;
        let (photos, settings) = (self.photos.checksum(), self.settings());
        format!("{paintings:?} {photos} {limit:?} {seed} {painting_side} {:?} {settings:?}", Self::WIDTHS)
    }
}
