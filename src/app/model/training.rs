//! The training of a style that is in progress.

use std::path::PathBuf;
use std::sync::Arc;

use super::styles::OwnStyle;
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
    /// The style's file.
    pub output: PathBuf,
    /// The photo that is painted with what was learned by now.
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
    },
    /// What the unfinished training in the output learns.
    GoingOn,
}

/// A training in progress.
#[derive(Clone, Debug)]
pub struct Training {
    /// The style's name.
    pub name: String,
    /// The style's file.
    pub output: PathBuf,
    /// How far it is; `None` before the first step.
    pub progress: Option<TrainingProgress>,
    /// The style loss so far.
    pub curve: Vec<f64>,
    /// The photo as the network paints it by now.
    pub preview: Option<Arc<Picture>>,
    /// Whether the user paused it.
    pub is_paused: bool,
    /// Whether it gives way to a run.
    pub gives_way: bool,
    /// Whether it is being stopped.
    pub is_stopping: bool,
}

impl Training {
    pub(in crate::app) fn new(output: PathBuf) -> Self {
        let name = OwnStyle::name_of(&output);
        let (curve, preview) = (Vec::new(), None);
        Self { name, output, progress: None, curve, preview, is_paused: false, gives_way: false, is_stopping: false }
    }

    /// Takes the progress of a step.
    pub(in crate::app) fn advance(&mut self, progress: TrainingProgress) {
        self.progress = Some(progress);
        self.curve.push(progress.style);
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
