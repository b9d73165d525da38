//! The linear maps from a style's vector to the generator's normalisations.

use super::super::network::WeightsError;
use super::conditioning::{ChannelScales, Conditioning};
use super::layers::{GeneratorLayer, GeneratorWidths};
use super::style_vector::StyleVector;
use super::weights::InstantWeights;

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
        let layers = GeneratorWidths::BUILT_IN.layers();
        let maps = layers.iter().filter(|layer| layer.is_normalized).map(|GeneratorLayer { name, shape, .. }| {
            let channels = shape.outputs;
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
