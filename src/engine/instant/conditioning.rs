//! What a style does to the generator: a factor and an offset for each channel of each normalisation.

use super::super::compute::ChannelStatistics;
use super::super::network::WeightsError;
use super::layers::{GeneratorLayer, GeneratorWidths};
use super::style_vector::StyleVector;
use super::weights::InstantWeights;

/// Conditional instance normalisation (Dumoulin, Shlens and Kudlur 2016): the normalised channels are multiplied by
/// `gamma`, and `beta` is added.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditioning(pub(in super::super) Vec<ChannelScales>);

/// Of one normalisation, one number for each channel.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) struct ChannelScales {
    pub(in super::super) gamma: Vec<f32>,
    pub(in super::super) beta: Vec<f32>,
}

impl ChannelScales {
    /// From factors and then as many offsets.
    pub(in super::super) fn new(numbers: &[f32]) -> Self {
        let (gamma, beta) = numbers.split_at(numbers.len() / 2);
        Self { gamma: gamma.to_vec(), beta: beta.to_vec() }
    }

    /// What normalises channels with these statistics and then scales them.
    pub(in super::super) fn factors_and_offsets(&self, statistics: &ChannelStatistics) -> (Vec<f32>, Vec<f32>) {
        let channels = self.gamma.iter().zip(&self.beta).zip(&statistics.means).zip(statistics.inverse_deviations());
        let scale = |(((&gamma, &beta), &mean), inverse): (((&f32, &f32), &f64), f64)| {
            let factor = f64::from(gamma) * inverse;
            (factor as f32, (f64::from(beta) - mean * factor) as f32)
        };
        channels.map(scale).unzip()
    }
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
