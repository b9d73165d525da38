//! Mean and variance of channels, over several strips of a picture.

use super::super::compute::{ComputeResult, Tensor, operations};

/// Mean and variance (of the whole population) of each channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ChannelStatistics {
    positions: f64,
    pub(super) means: Vec<f64>,
    pub(super) variances: Vec<f64>,
}

impl ChannelStatistics {
    /// Of features: rows x width x channels.
    pub(super) fn of(features: &Tensor) -> ComputeResult<Self> {
        let (height, width, channels) = features.dims3()?;
        let numbers = operations::channel_statistics(features)?.to_vec()?;
        let half = |from: usize| numbers[from..from + channels].iter().copied().map(f64::from).collect();
        Ok(Self { positions: (height * width) as f64, means: half(0), variances: half(channels) })
    }

    /// Of both strips together (Chan, Golub and `LeVeque` 1979).
    pub(super) fn merged(mut self, other: &Self) -> Self {
        let positions = self.positions + other.positions;
        let (own, others) = (self.positions / positions, other.positions / positions);
        for channel in 0..self.means.len() {
            let away = other.means[channel] - self.means[channel];
            self.means[channel] += others * away;
            self.variances[channel] =
                own * self.variances[channel] + others * other.variances[channel] + own * others * away * away;
        }
        Self { positions, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::compute::Device;
    use super::*;

    #[test]
    fn strips_have_the_statistics_of_the_whole() {
        let numbers: Vec<f32> = (0..7 * 4 * 2).map(|index| ((index * 37) % 19) as f32 - 40.0).collect();
        let whole = Tensor::from_vec(numbers.clone(), (7, 4, 2), &Device::cpu()).unwrap();
        let whole = ChannelStatistics::of(&whole).unwrap();
        let strip = |rows: std::ops::Range<usize>| {
            let numbers = numbers[rows.start * 8..rows.end * 8].to_vec();
            ChannelStatistics::of(&Tensor::from_vec(numbers, (rows.len(), 4, 2), &Device::cpu()).unwrap()).unwrap()
        };
        let merged = strip(0..3).merged(&strip(3..4)).merged(&strip(4..7));
        let channel = |channel: usize| numbers.iter().skip(channel).step_by(2).copied().map(f64::from);
        for index in 0..2 {
            let mean = channel(index).sum::<f64>() / 28.0;
            let variance = channel(index).map(|number| (number - mean).powi(2)).sum::<f64>() / 28.0;
            for statistics in [&whole, &merged] {
                assert!((statistics.means[index] - mean).abs() < 1e-5, "{statistics:?} {mean}");
                assert!((statistics.variances[index] - variance).abs() < 1e-4, "{statistics:?} {variance}");
            }
        }
    }
}
