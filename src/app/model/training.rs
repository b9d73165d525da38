//! The training of a style that is in progress.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::picture::Picture;
use crate::studio::Hardware;
use crate::studio::training::TrainingProgress;

/// Longest curve: more points than it is wide.
const MOST: usize = 512;

/// How thoroughly to train.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Thoroughness {
    /// Palette and strokes.
    Quick,
    /// As good as most paintings need.
    #[default]
    Standard,
    /// As good as the network can learn.
    Thorough,
}

impl Thoroughness {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Quick, Self::Standard, Self::Thorough];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quick => "Quick",
            Self::Standard => "Standard",
            Self::Thorough => "Thorough",
        }
    }

    /// What it gives, for a hint.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Quick => "The palette and the strokes",
            Self::Standard => "As close to the painting as most pictures need",
            Self::Thorough => "As close to the painting as the network can come",
        }
    }

    /// Steps of the training.
    pub fn steps(self) -> u64 {
        match self {
            Self::Quick => 500,
            Self::Standard => 1500,
            Self::Thorough => 4000,
        }
    }
}

/// A training to start.
#[derive(Clone, Debug)]
pub struct TrainingRequest {
    /// What it learns.
    pub subject: TrainingSubject,
    /// The photo that is painted with what was learned so far.
    pub photo: Option<Arc<Picture>>,
    /// Where to train.
    pub hardware: Hardware,
}

/// What a training learns.
#[derive(Clone, Debug)]
pub enum TrainingSubject {
    /// A painting, from the beginning.
    Painting {
        /// Its name for the user.
        name: String,
        /// The painting.
        picture: Arc<Picture>,
        /// How many steps the training takes.
        steps: u64,
        /// How much the adversary counts, in percent of the most.
        adversary: u8,
        /// How far the network learns to ignore noise, in percent of the most.
        stability: u8,
        /// The folder for the style.
        folder: PathBuf,
    },
    /// What the unfinished training in this file learns.
    GoingOn(PathBuf),
}

/// A training in progress.
#[derive(Clone, Debug, Default)]
pub struct Training {
    /// The style's name.
    pub name: String,
    /// The style's file, once it is known.
    pub output: Option<PathBuf>,
    /// The processor's name, once training has begun.
    pub device: Option<String>,
    /// Steps so far, and steps in all, once they are known.
    pub steps: Option<(u64, u64)>,
    /// Estimated time left; `None` before the first step.
    pub remaining: Option<Duration>,
    /// The style loss so far: steps and losses.
    pub curve: Vec<(u64, f64)>,
    /// The photo as the network paints it so far.
    pub preview: Option<Arc<Picture>>,
    /// Whether the user paused it.
    pub is_paused: bool,
    /// Whether it gives way to a run.
    pub gives_way: bool,
    /// Whether it is being stopped.
    pub is_stopping: bool,
}

impl Training {
    /// A training of a style of this name.
    pub(in crate::app) fn new(name: String) -> Self {
        Self { name, ..Self::default() }
    }

    /// Takes the progress of a step.
    pub(in crate::app) fn advance(&mut self, progress: &TrainingProgress) {
        self.steps = Some((progress.step, progress.of));
        self.remaining = Some(progress.remaining);
        self.curve.push((progress.step, progress.style));
        if self.curve.len() > MOST {
            let mut odd = false;
            self.curve.retain(|_| {
                odd = !odd;
                odd
            });
        }
    }

    /// Whether it stands still.
    pub fn is_waiting(&self) -> bool {
        self.is_paused || self.gives_way
    }
}
