//! The nearest-neighbour style loss: at each position, the feature should point in the same direction as its nearest
//! neighbour among the paintings' features (Kolkin et al., "Neural Neighbor Style Transfer", 2022).
//!
//! Moments describe how often features occur, not where they belong. This loss asks for features that actually occur in
//! the paintings: strokes become crisper, and a sky is matched with the painting's sky.

use std::ops::Range;

use crate::engine::compute::directions::Directions;
use crate::engine::compute::{ComputeResult, Number, Tensor};

/// The most painting features to search at one tap.
const MAX_SAMPLES: usize = 2048;

/// A sample of a painting's features at one tap, spread over the whole painting.
#[derive(Default)]
pub struct FeatureSamples(Vec<Tensor>);

impl FeatureSamples {
    /// Samples some rows of features, rows x width x channels; `height` is the number of rows of the whole painting's
    /// features.
    pub fn take(&mut self, rows: &Range<usize>, features: &Tensor, height: usize) -> ComputeResult<()> {
        let (_, width, _) = features.dims3()?;
        let first = rows.start * width;
        let chosen = (first..rows.end * width).filter(|&position| is_chosen(position, height * width));
        let chosen: Vec<u32> = chosen.map(|position| (position - first) as u32).collect();
        if !chosen.is_empty() {
            let count = chosen.len();
            let chosen = Tensor::from_indices(chosen, count, features.device())?;
            self.0.push(features.flatten(0, 1)?.index_select(&chosen)?);
        }
        Ok(())
    }

    /// All samples, count x channels.
    ///
    /// # Errors
    /// When there are none.
    pub fn all(&self) -> ComputeResult<Tensor> {
        Tensor::cat(&self.0, 0)
    }

    /// Combines the samples of several paintings, each with a share in proportion to its weight.
    ///
    /// # Errors
    /// When `parts` is empty, or the channel counts differ.
    pub fn blend(parts: &[(f32, &Tensor)]) -> ComputeResult<Tensor> {
        let total: f32 = parts.iter().map(|(weight, _)| weight).sum();
        let parts = parts.iter().map(|(weight, samples)| {
            let count = samples.dim(0)?;
            let wanted = ((weight / total * MAX_SAMPLES as f32) as usize).clamp(1, count);
            let evenly: Vec<u32> = (0..wanted).map(|index| (index * count / wanted) as u32).collect();
            samples.index_select(&Tensor::from_indices(evenly, wanted, samples.device())?)
        });
        Tensor::cat(&parts.collect::<ComputeResult<Vec<_>>>()?, 0)
    }
}

/// Whether a position out of `of` is one of the [`MAX_SAMPLES`]. Multiples of the golden ratio are spread evenly, and
/// do not align with any picture width.
fn is_chosen(position: usize, of: usize) -> bool {
    const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;
    (position as f64 * GOLDEN_RATIO).fract() * (of as f64) < MAX_SAMPLES as f64
}

/// The nearest-neighbour target at one tap.
///
/// With features `F`, the paintings' mean `m`, and at each position the direction `u`, seen from `m`, of the painting
/// feature nearest in angle: the loss is the mean of `1 - cos(F - m, u)`. Its gradient treats `u` as constant, because
/// the nearest neighbour minimises the loss: `(cos(F - m, u) (F - m) / |F - m| - u) / (|F - m| N)`.
pub(super) struct Neighbours {
    directions: Directions,
    /// Index of the nearest direction at each position: height x width.
    nearest: Tensor,
    /// The loss summed over all positions seen so far.
    distance: Number,
}

impl Neighbours {
    /// A target for features of height x width. `samples` are the paintings' features (count x channels); `mean` is the
    /// paintings' mean.
    pub(super) fn new(samples: &Tensor, mean: &Tensor, (height, width): (usize, usize)) -> ComputeResult<Self> {
        let nearest = Tensor::from_indices(vec![0; height * width], (height, width), samples.device())?;
        Ok(Self { directions: Directions::new(samples, mean)?, nearest, distance: Number::default() })
    }

    /// Starts an evaluation.
    pub(super) fn begin(&mut self) {
        self.distance = Number::default();
    }

    /// Adds some rows of features, with their weights.
    pub(super) fn add_rows(
        &mut self,
        rows: &Range<usize>,
        features: &Tensor,
        weights: Option<&Tensor>,
    ) -> ComputeResult<()> {
        let nearest = self.directions.nearest(features)?;
        self.distance = self.distance.plus(&self.directions.distance(features, &nearest, weights)?)?;
        self.nearest_at(rows)?.overwrite(&nearest)
    }

    /// The loss of all features seen, times the number of positions or the sum of their weights.
    pub(super) fn loss(&self) -> &Number {
        &self.distance
    }

    /// Adds `factor` times the gradient of [`Self::loss`] at some rows of features to a gradient of the same shape.
    pub(super) fn add_gradient(
        &self,
        gradient: &Tensor,
        rows: &Range<usize>,
        features: &Tensor,
        weights: Option<&Tensor>,
        factor: f64,
    ) -> ComputeResult<()> {
        self.directions.add_gradient(gradient, features, &self.nearest_at(rows)?, weights, factor as f32)
    }

    fn nearest_at(&self, rows: &Range<usize>) -> ComputeResult<Tensor> {
        self.nearest.narrow(0, rows.start, rows.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compute::Device;

    fn column(numbers: impl Iterator<Item = u32>) -> Tensor {
        let numbers: Vec<f32> = numbers.map(|number| number as f32).collect();
        let count = numbers.len();
        Tensor::from_vec(numbers, (count, 1, 1), &Device::cpu()).unwrap()
    }

    #[test]
    fn samples_are_spread_over_the_painting_and_do_not_depend_on_its_chunks() {
        let height = 40_000;
        let whole = column(0..height);
        let taken = |cuts: &[usize]| {
            let mut samples = FeatureSamples::default();
            for cut in cuts.windows(2) {
                let chunk = whole.narrow(0, cut[0], cut[1] - cut[0]).unwrap();
                samples.take(&(cut[0]..cut[1]), &chunk, height as usize).unwrap();
            }
            samples.all().unwrap().to_vec().unwrap()
        };
        let all = taken(&[0, 40_000]);
        assert_eq!(all, taken(&[0, 7, 30_000, 40_000]));
        assert!(all.len().abs_diff(MAX_SAMPLES) < 8, "{}", all.len());
        let widest = all.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f32::max);
        assert!(widest < 3.0 * height as f32 / MAX_SAMPLES as f32, "{widest}");
    }

    #[test]
    fn paintings_share_the_samples_by_weight() {
        let [many, few] = [column(0..3000), column(0..3)].map(|column| column.squeeze(1).unwrap());
        assert_eq!(FeatureSamples::blend(&[(1.0, &few)]).unwrap().dims(), [3, 1]);
        assert_eq!(FeatureSamples::blend(&[(3.0, &many), (1.0, &few)]).unwrap().dims(), [MAX_SAMPLES * 3 / 4 + 3, 1]);
        assert_eq!(FeatureSamples::blend(&[(1.0, &many), (1e-9, &few)]).unwrap().dims(), [MAX_SAMPLES + 1, 1]);
    }
}
