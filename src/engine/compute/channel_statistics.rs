//! Mean and variance of channels, over several parts of a picture.

/// Added to variances before the root.
const EPSILON: f64 = 1e-5;

/// Mean and variance (of the whole population) of each channel of features.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine) struct ChannelStatistics {
    positions: f64,
    /// One for each channel.
    pub(in crate::engine) means: Vec<f64>,
    /// One for each channel.
    pub(in crate::engine) variances: Vec<f64>,
}

impl ChannelStatistics {
    /// Of so many positions.
    pub(in crate::engine) fn new(positions: usize, means: Vec<f64>, variances: Vec<f64>) -> Self {
        Self { positions: positions as f64, means, variances }
    }

    /// What normalises each channel: one divided by its standard deviation.
    pub(in crate::engine) fn inverse_deviations(&self) -> Vec<f64> {
        self.variances.iter().map(|variance| (variance + EPSILON).sqrt().recip()).collect()
    }

    /// Moves a share `rate` of the way to `other`.
    pub(in crate::engine) fn approach(&mut self, other: &Self, rate: f64) {
        let move_on = |own: &mut Vec<f64>, others: &[f64]| {
            own.iter_mut().zip(others).for_each(|(own, other)| *own += rate * (other - *own));
        };
        move_on(&mut self.means, &other.means);
        move_on(&mut self.variances, &other.variances);
    }

    /// Of both parts together (Chan, Golub and `LeVeque` 1979).
    #[must_use]
    pub(in crate::engine) fn merged(mut self, other: &Self) -> Self {
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
    use super::super::operations::channel_statistics;
    use super::super::{Device, Tensor};

    #[test]
    fn parts_have_the_statistics_of_the_whole() {
        let numbers: Vec<f32> = (0..7 * 4 * 2).map(|index| ((index * 37) % 19) as f32 - 40.0).collect();
        let strip = |rows: std::ops::Range<usize>| {
            let numbers = numbers[rows.start * 8..rows.end * 8].to_vec();
            channel_statistics(&Tensor::from_vec(numbers, (rows.len(), 4, 2), &Device::cpu()).unwrap()).unwrap()
        };
        let whole = strip(0..7);
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
