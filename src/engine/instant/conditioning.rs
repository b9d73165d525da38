//! What a style does to the generator: a factor and an offset for each channel of each normalisation.

use super::super::compute::ChannelStatistics;

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
