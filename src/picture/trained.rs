//! A trained style: a network that learned to paint as one painting, or several, are painted.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A network that learned a style. A [`super::Picture`] that was read from a `.style` file is the picture of the
/// paintings, and carries what was learned from them.
#[derive(Clone, PartialEq)]
pub struct TrainedStyle {
    /// Channels of the network's features at the full, half and quarter size of the picture.
    pub widths: [u32; 3],
    /// The network's parameters, all finite, in the order of `engine::instant::GeneratorParameters`. Files hold them in
    /// half precision.
    pub parameters: Vec<f32>,
    /// How it was trained.
    pub record: TrainingRecord,
}

/// How a style was trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecord {
    /// The file names of the paintings, and their weights.
    pub paintings: Vec<(String, f32)>,
    /// How many photos it was trained on.
    pub photos: u32,
    /// Whether the samples of the program were among them.
    pub sample_photos: bool,
    /// Long side in pixels at which the network saw the paintings.
    pub painting_side: u32,
    /// How much the adversary counted, in percent of the most.
    #[serde(default)]
    pub adversary: u8,
    /// How far it learned to ignore noise, in percent of the most.
    #[serde(default)]
    pub stability: u8,
    /// Seed of the crops.
    pub seed: u64,
    /// Steps so far.
    pub steps: u64,
    /// The program that trained it, with its version.
    pub program: String,
    /// SHA-256 of the weights that training began with.
    pub start: String,
}

impl fmt::Debug for TrainedStyle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { widths, parameters, record } = self;
        write!(formatter, "TrainedStyle({widths:?}, {} parameters, {record:?})", parameters.len())
    }
}
