//! Samples of features at one tap, spread evenly over a picture.

use std::ops::Range;

use crate::engine::compute::{ComputeResult, Tensor};

/// A sample of a picture's features at one tap.
pub struct FeatureSamples {
    most: usize,
    parts: Vec<Tensor>,
}

impl FeatureSamples {
    /// At most about this many; all features of a picture that has no more.
    pub fn new(most: usize) -> Self {
        Self { most, parts: Vec::new() }
    }

    /// Samples some rows of features, rows x width x channels; `height` is the number of rows of the whole picture's
    /// features.
    pub fn take(&mut self, rows: &Range<usize>, features: &Tensor, height: usize) -> ComputeResult<()> {
        let (_, width, _) = features.dims3()?;
        let first = rows.start * width;
        let positions = first..rows.end * width;
        let chosen = positions.filter(|&position| is_sampled(position, height * width, self.most));
        let chosen: Vec<u32> = chosen.map(|position| (position - first) as u32).collect();
        if !chosen.is_empty() {
            let count = chosen.len();
            let chosen = Tensor::from_indices(chosen, count, features.device())?;
            self.parts.push(features.flatten(0, 1)?.index_select(&chosen)?);
        }
        Ok(())
    }

    /// Forgets what was sampled.
    pub fn clear(&mut self) {
        self.parts.clear();
    }

    /// All samples, count x channels.
    ///
    /// # Errors
    /// When there are none.
    pub fn all(&self) -> ComputeResult<Tensor> {
        Tensor::cat(&self.parts, 0)
    }

    /// Combines the samples of several paintings into about `most`, each with a share in proportion to its weight.
    ///
    /// # Errors
    /// When `parts` is empty, or the channel counts differ.
    pub fn blend(parts: &[(f32, &Tensor)], most: usize) -> ComputeResult<Tensor> {
        let total: f32 = parts.iter().map(|(weight, _)| weight).sum();
        let parts = parts.iter().map(|(weight, samples)| {
            let count = samples.dim(0)?;
            let wanted = ((weight / total * most as f32) as usize).clamp(1, count);
            let evenly: Vec<u32> = (0..wanted).map(|index| (index * count / wanted) as u32).collect();
            samples.index_select(&Tensor::from_indices(evenly, wanted, samples.device())?)
        });
        Tensor::cat(&parts.collect::<ComputeResult<Vec<_>>>()?, 0)
    }
}

/// Whether a position out of `of` is one of about `most` samples. Multiples of the golden ratio are spread evenly, and
/// do not align with any picture width.
pub(super) fn is_sampled(position: usize, of: usize, most: usize) -> bool {
    const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;
    (position as f64 * GOLDEN_RATIO).fract() * (of as f64) < most as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compute::Device;

    const MOST: usize = 2048;

    fn column(numbers: impl Iterator<Item = u32>) -> Tensor {
        let numbers: Vec<f32> = numbers.map(|number| number as f32).collect();
        let count = numbers.len();
        Tensor::from_vec(numbers, (count, 1, 1), &Device::cpu()).unwrap()
    }

    #[test]
    fn samples_are_spread_over_the_picture_and_do_not_depend_on_its_chunks() {
        let height = 40_000;
        let whole = column(0..height);
        let taken = |cuts: &[usize]| {
            let mut samples = FeatureSamples::new(MOST);
            for cut in cuts.windows(2) {
                let chunk = whole.narrow(0, cut[0], cut[1] - cut[0]).unwrap();
                samples.take(&(cut[0]..cut[1]), &chunk, height as usize).unwrap();
            }
            samples.all().unwrap().to_vec().unwrap()
        };
        let all = taken(&[0, 40_000]);
        assert_eq!(all, taken(&[0, 7, 30_000, 40_000]));
        assert!(all.len().abs_diff(MOST) < 8, "{}", all.len());
        let widest = all.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f32::max);
        assert!(widest < 3.0 * height as f32 / MOST as f32, "{widest}");
    }

    #[test]
    fn paintings_share_the_samples_by_weight() {
        let [many, few] = [column(0..3000), column(0..3)].map(|column| column.squeeze(1).unwrap());
        let blend = |parts: &[(f32, &Tensor)]| FeatureSamples::blend(parts, MOST).unwrap();
        assert_eq!(blend(&[(1.0, &few)]).dims(), [3, 1]);
        assert_eq!(blend(&[(3.0, &many), (1.0, &few)]).dims(), [MOST * 3 / 4 + 3, 1]);
        assert_eq!(blend(&[(1.0, &many), (1e-9, &few)]).dims(), [MOST + 1, 1]);
    }
}
