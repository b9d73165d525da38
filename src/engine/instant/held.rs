//! Statistics of channels that are held over a shot.

use super::super::compute::ChannelStatistics;

/// How far the held statistics move towards those of each frame.
const RATE: f64 = 0.1;

/// The statistics by which the generator normalises the frames of a shot. Those of each frame alone change with whatever
/// enters the frame, and with them the colours and strokes everywhere; these follow slowly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldStatistics {
    /// One for each normalisation of a frame, in the order in which the frame is painted.
    layers: Vec<ChannelStatistics>,
    next: usize,
}

impl HeldStatistics {
    /// Begins a frame. A frame that is the first `of_shot` begins with its own statistics.
    pub fn begin(&mut self, of_shot: bool) {
        self.next = 0;
        if of_shot {
            self.layers.clear();
        }
    }

    /// What to normalise with at the next normalisation, whose features have these statistics.
    pub(super) fn follow(&mut self, own: ChannelStatistics) -> &ChannelStatistics {
        match self.layers.get_mut(self.next) {
            Some(held) => held.approach(&own, RATE),
            None => self.layers.push(own),
        }
        self.next += 1;
        &self.layers[self.next - 1]
    }

    /// All numbers, to go on with another time: for each normalisation the number of its channels, their means, and their
    /// variances.
    pub fn numbers(&self) -> Vec<f64> {
        let layer = |layer: &ChannelStatistics| {
            let count = layer.means.len() as f64;
            [count].into_iter().chain(layer.means.clone()).chain(layer.variances.clone()).collect::<Vec<_>>()
        };
        self.layers.iter().flat_map(layer).collect()
    }

    /// From all its numbers; `None` if they are not of statistics.
    pub fn from_numbers(numbers: &[f64]) -> Option<Self> {
        let (mut layers, mut rest) = (Vec::new(), numbers);
        while let Some((&count, after)) = rest.split_first() {
            let count = (count >= 0.0 && count <= after.len() as f64).then_some(count as usize)?;
            let (means, after) = after.split_at(count);
            let (variances, after) = after.split_at_checked(count)?;
            layers.push(ChannelStatistics::new(1, means.to_vec(), variances.to_vec()));
            rest = after;
        }
        Some(Self { layers, next: 0 })
    }
}
