//! What a style does to the generator: a factor and an offset for each channel of each normalisation.

use super::super::network::WeightsError;
use super::style_vector::StyleVector;
use super::weights::InstantWeights;

/// The generator's normalisations, in order, each with its channels.
const NORMALIZATIONS: [(&str, usize); 13] = [
    ("residual1.conv1", 32),
    ("residual1.conv2", 32),
    ("residual2.conv1", 32),
    ("residual2.conv2", 32),
    ("residual3.conv1", 32),
    ("residual3.conv2", 32),
    ("residual4.conv1", 32),
    ("residual4.conv2", 32),
    ("residual5.conv1", 32),
    ("residual5.conv2", 32),
    ("expand1", 16),
    ("expand2", 8),
    ("expand3", 3),
];

/// Conditional instance normalisation (Dumoulin, Shlens and Kudlur 2016): the normalised channels are multiplied by
/// `gamma`, and `beta` is added.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditioning(pub(super) Vec<ChannelScales>);

/// Of one normalisation, one number for each channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChannelScales {
    pub(super) gamma: Vec<f32>,
    pub(super) beta: Vec<f32>,
}

/// The linear maps from a style's vector to all normalisations.
pub(super) struct Conditioner(Vec<[LinearMap; 2]>);

/// `weights vector + bias`.
struct LinearMap {
    /// Channels x [`StyleVector::LENGTH`].
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Conditioner {
    pub(super) fn new(weights: &InstantWeights) -> Result<Self, WeightsError> {
        let map = |name: String, channels: usize| {
            Ok(LinearMap {
                weights: weights.numbers(&format!("{name}.weight"), &[channels, StyleVector::LENGTH])?,
                bias: weights.numbers(&format!("{name}.bias"), &[channels])?,
            })
        };
        let maps = NORMALIZATIONS.iter().map(|&(name, channels)| {
            Ok([map(format!("transform.{name}.gamma"), channels)?, map(format!("transform.{name}.beta"), channels)?])
        });
        maps.collect::<Result<_, _>>().map(Self)
    }

    /// What a style does to the generator.
    pub(super) fn conditioning(&self, style: &StyleVector) -> Conditioning {
        let scales = |[gamma, beta]: &[LinearMap; 2]| ChannelScales { gamma: gamma.of(style), beta: beta.of(style) };
        Conditioning(self.0.iter().map(scales).collect())
    }
}

impl LinearMap {
    fn of(&self, vector: &StyleVector) -> Vec<f32> {
        let rows = self.weights.chunks_exact(StyleVector::LENGTH).zip(&self.bias);
        let product =
            |row: &[f32]| row.iter().zip(vector.numbers()).map(|(weight, number)| weight * number).sum::<f32>();
        rows.map(|(row, bias)| product(row) + bias).collect()
    }
}
