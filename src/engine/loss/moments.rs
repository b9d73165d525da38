//! The statistics of features that define a style.

use crate::engine::compute::operations::{add_moments, clear};
use crate::engine::compute::{ComputeError, ComputeResult, Device, Tensor};

/// Mean and raw second moment of features over all positions. Several styles are blended as weighted sums of their
/// moments; their covariances could not be blended like this.
#[derive(Clone, Debug)]
pub struct Moments {
    /// `m`, one value for each channel.
    pub mean: Tensor,
    /// `S = F^T F / N`, channels x channels.
    pub second: Tensor,
}

impl Moments {
    /// Moments of features, height x width x channels.
    pub fn of(features: &Tensor) -> ComputeResult<Self> {
        let mut sums = MomentSums::new(features.dims3()?, features.device())?;
        sums.add(features, None)?;
        sums.moments()
    }

    /// The weighted mean of several moments; the weights need not sum to 1, but must not all be zero.
    ///
    /// # Errors
    /// When `parts` is empty, or the shapes differ.
    pub fn blend(parts: &[(f32, &Self)]) -> ComputeResult<Self> {
        let total: f32 = parts.iter().map(|(weight, _)| weight).sum();
        let sum = |part: fn(&Self) -> &Tensor| {
            let mut blended: Option<Tensor> = None;
            for (weight, moments) in parts {
                let share = (part(moments) * f64::from(weight / total))?;
                blended = Some(match blended {
                    Some(blended) => (blended + share)?,
                    None => share,
                });
            }
            blended.ok_or_else(|| ComputeError::new("there are no moments to blend"))
        };
        Ok(Self { mean: sum(|moments| &moments.mean)?, second: sum(|moments| &moments.second)? })
    }

    /// `S - m m^T + e I`, channels x channels; `e` ensures that it has a square root. `S` and `m m^T` are both rounded,
    /// so the error of the difference is proportional to `S`, however small the difference itself is; `e` is therefore
    /// at least `epsilon` plus a share of the trace of `S`. It is larger still when most of `S` comes from the mean, as
    /// for a picture of one colour whose features differ only at its border, because long sums of nearly equal numbers
    /// are rounded in the same direction again and again.
    pub fn covariance(&self, epsilon: f64) -> ComputeResult<Tensor> {
        /// Bound on the rounding error, relative to the trace of the second moment.
        const ROUNDING: f64 = 1e-6;
        /// The same bound when the second moment comes from the mean alone.
        const ROUNDING_WHERE_FLAT: f64 = 1e-5;
        /// A picture is nearly flat if its variance about the mean is less than this share of the second moment.
        const FLAT: f64 = 0.05;
        let outer = self.mean.unsqueeze(1)?.matmul(&self.mean.unsqueeze(0)?)?;
        let identity = Tensor::identity(self.mean.dim(0)?, self.mean.device())?;
        let trace = (&self.second * &identity)?.sum_all()?;
        let missing = (self.mean.sqr()?.sum_all()? - (&trace * (1.0 - FLAT))?)?.relu()?;
        let rounding = ((missing * (ROUNDING_WHERE_FLAT / FLAT))? + (trace * ROUNDING)?)?;
        (&self.second - outer)? + identity.broadcast_mul(&(rounding + epsilon)?)?
    }
}

/// Accumulates the moments of features that arrive a few rows at a time.
pub struct MomentSums {
    sum: Tensor,
    products: Tensor,
    /// The total weight of all positions.
    count: f64,
    /// All features and their weights, if there are fewer positions than channels, so that they take less memory than
    /// the second moment.
    few: Option<Vec<(Tensor, Option<Tensor>)>>,
}

/// The features of all positions, if there are fewer positions than channels.
pub(super) struct FewFeatures {
    /// Height x width x channels.
    pub(super) features: Tensor,
    /// The weight of each position: height x width.
    pub(super) weights: Option<Tensor>,
}

impl MomentSums {
    /// Empty sums for features of height x width x channels; each position has weight 1.
    pub fn new(shape: (usize, usize, usize), device: &Device) -> ComputeResult<Self> {
        Self::with_count(shape, (shape.0 * shape.1) as f64, device)
    }

    /// The same with a weight for each position: height x width, none negative.
    pub fn weighted(shape: (usize, usize, usize), weights: &Tensor) -> ComputeResult<Self> {
        Self::with_count(shape, f64::from(weights.sum_all()?.to_scalar()?), weights.device())
    }

    fn with_count(
        (height, width, channels): (usize, usize, usize),
        count: f64,
        device: &Device,
    ) -> ComputeResult<Self> {
        let sum = Tensor::zeros(channels, device)?;
        let products = Tensor::zeros((channels, channels), device)?;
        let few = (height * width < channels).then(Vec::new);
        Ok(Self { sum, products, count, few })
    }

    /// Adds some rows of features, rows x width x channels, with the same rows of the weights, if there are weights.
    pub fn add(&mut self, features: &Tensor, weights: Option<&Tensor>) -> ComputeResult<()> {
        if let Some(few) = &mut self.few {
            few.push((features.copy()?, weights.cloned()));
        }
        add_moments(features, weights, &self.sum, &self.products)
    }

    /// Resets the sums to zero.
    pub fn clear(&mut self) -> ComputeResult<()> {
        if let Some(few) = &mut self.few {
            few.clear();
        }
        clear(&self.sum)?;
        clear(&self.products)
    }

    /// The total weight of all positions: their number, or the sum of their weights.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// The moments, once every row has been added; zero if the total weight is zero.
    pub fn moments(&self) -> ComputeResult<Moments> {
        let share = if self.count > 0.0 { 1.0 / self.count } else { 0.0 };
        Ok(Moments { mean: (&self.sum * share)?, second: (&self.products * share)? })
    }

    /// All features added so far; `None` unless there are fewer positions than channels.
    pub(super) fn few(&self) -> ComputeResult<Option<FewFeatures>> {
        let Some(parts) = &self.few else { return Ok(None) };
        let features = Tensor::cat(&parts.iter().map(|(features, _)| features).collect::<Vec<_>>(), 0)?;
        let weights: Option<Vec<&Tensor>> = parts.iter().map(|(_, weights)| weights.as_ref()).collect();
        let weights =
            weights.filter(|weights| !weights.is_empty()).map(|weights| Tensor::cat(&weights, 0)).transpose()?;
        Ok(Some(FewFeatures { features, weights }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compute::square::Square;
    use crate::engine::loss::root::inverse_root;

    #[test]
    fn the_covariance_of_identical_features_has_a_square_root() {
        let place: Vec<f32> = (0..256).map(|channel| 90.7 / (1.0 + channel as f32)).collect();
        let features = Tensor::from_vec(place.repeat(37 * 53), (37, 53, 256), &Device::cpu()).unwrap();
        let moments = Moments::of(&features).unwrap();
        let root = inverse_root(&Square::new(&moments.covariance(1e-4).unwrap()).unwrap()).unwrap();
        assert!(root.tensor().unwrap().to_vec().unwrap().iter().all(|value| value.is_finite()));
    }

    #[test]
    fn varied_features_gain_hardly_more_than_epsilon() {
        let features = (0..20 * 30 * 8).map(|index| 1.5 + 1.5 * (index as f32 * 0.7).sin()).collect();
        let moments = Moments::of(&Tensor::from_vec(features, (20, 30, 8), &Device::cpu()).unwrap()).unwrap();
        let own = moments.covariance(0.0).unwrap().to_vec().unwrap();
        let raised = moments.covariance(0.5).unwrap().to_vec().unwrap();
        for (index, (raised, own)) in raised.iter().zip(&own).enumerate() {
            let expected = if index % 9 == 0 { 0.5 } else { 0.0 };
            assert!((raised - own - expected).abs() < 1e-5, "{raised} {own}");
        }
        let (second, mean) = (moments.second.to_vec().unwrap(), moments.mean.to_vec().unwrap());
        assert!((own[3 * 9] - (second[3 * 9] - mean[3].powi(2))).abs() < 1e-4);
    }
}
