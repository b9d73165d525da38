//! The statistics of features that say what a style is.

use crate::engine::compute::operations::{add_moments, clear};
use crate::engine::compute::{ComputeError, ComputeResult, Device, Tensor};

/// Mean and raw second moment of features over all positions. Several styles blend as weighted sums of
/// these (their covariances would not).
#[derive(Clone, Debug)]
pub struct Moments {
    /// `m`, one number for each channel.
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

    /// The weighted mean of several; the weights need not sum to 1, but must not all be zero.
    ///
    /// # Errors
    /// When there is none, or their shapes differ.
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

    /// `S - m m^T + e I`, channels x channels; `e` makes sure that it has a root. Both `S` and `m m^T` are rounded, and the
    /// difference is wrong by a share of `S`, however small it is itself: so `e` is at least such a share. Where most of
    /// `S` is the mean's, as it is of a picture of one colour whose features differ at its border alone, long sums of
    /// numbers that are all alike are rounded the same way again and again, and `e` grows beyond that.
    pub fn covariance(&self, epsilon: f64) -> ComputeResult<Tensor> {
        /// What rounding may come to, against the second moment's trace.
        const ROUNDING: f64 = 1e-6;
        /// The same where nothing but the mean is left.
        const ROUNDING_WHERE_FLAT: f64 = 1e-5;
        /// A smaller share of the second moment than this is spread about the mean: a picture that is nearly flat.
        const FLAT: f64 = 0.05;
        let outer = self.mean.unsqueeze(1)?.matmul(&self.mean.unsqueeze(0)?)?;
        let identity = Tensor::identity(self.mean.dim(0)?, self.mean.device())?;
        let trace = (&self.second * &identity)?.sum_all()?;
        let missing = (self.mean.sqr()?.sum_all()? - (&trace * (1.0 - FLAT))?)?.relu()?;
        let rounding = ((missing * (ROUNDING_WHERE_FLAT / FLAT))? + (trace * ROUNDING)?)?;
        (&self.second - outer)? + identity.broadcast_mul(&(rounding + epsilon)?)?
    }
}

/// The moments of features that come piece by piece.
pub struct MomentSums {
    sum: Tensor,
    products: Tensor,
    /// What all positions count.
    count: f64,
    /// All features and their weights, where they are fewer than the moments' own numbers.
    few: Option<Vec<(Tensor, Option<Tensor>)>>,
}

/// Features of all positions, where those are few.
pub(super) struct FewFeatures {
    /// Height x width x channels.
    pub(super) features: Tensor,
    /// What each position counts: height x width.
    pub(super) weights: Option<Tensor>,
}

impl MomentSums {
    /// Of nothing so far; the features will be height x width x channels, and each position counts 1.
    pub fn new(shape: (usize, usize, usize), device: &Device) -> ComputeResult<Self> {
        Self::counting(shape, (shape.0 * shape.1) as f64, device)
    }

    /// The same for positions that count by weights, height x width, none below zero.
    pub fn weighted(shape: (usize, usize, usize), weights: &Tensor) -> ComputeResult<Self> {
        Self::counting(shape, f64::from(weights.sum_all()?.to_scalar()?), weights.device())
    }

    fn counting((height, width, channels): (usize, usize, usize), count: f64, device: &Device) -> ComputeResult<Self> {
        let sum = Tensor::zeros(channels, device)?;
        let products = Tensor::zeros((channels, channels), device)?;
        let few = (height * width < channels).then(Vec::new);
        Ok(Self { sum, products, count, few })
    }

    /// Takes in some rows of features, rows x width x channels, with their part of the weights, where there are any.
    pub fn add(&mut self, features: &Tensor, weights: Option<&Tensor>) -> ComputeResult<()> {
        if let Some(few) = &mut self.few {
            few.push((features.copy()?, weights.cloned()));
        }
        add_moments(features, weights, &self.sum, &self.products)
    }

    /// Forgets all so far.
    pub fn clear(&mut self) -> ComputeResult<()> {
        if let Some(few) = &mut self.few {
            few.clear();
        }
        clear(&self.sum)?;
        clear(&self.products)
    }

    /// What all positions count: how many there are, or their weights' sum.
    pub fn count(&self) -> f64 {
        self.count
    }

    /// The moments, once every row was added; zero where nothing counts.
    pub fn moments(&self) -> ComputeResult<Moments> {
        let share = if self.count > 0.0 { 1.0 / self.count } else { 0.0 };
        Ok(Moments { mean: (&self.sum * share)?, second: (&self.products * share)? })
    }

    /// All features so far, where there are fewer positions than channels.
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
    fn features_that_are_all_the_same_have_a_covariance_with_a_root() {
        let place: Vec<f32> = (0..256).map(|channel| 90.7 / (1.0 + channel as f32)).collect();
        let features = Tensor::from_vec(place.repeat(37 * 53), (37, 53, 256), &Device::cpu()).unwrap();
        let moments = Moments::of(&features).unwrap();
        let root = inverse_root(&Square::new(&moments.covariance(1e-4).unwrap()).unwrap()).unwrap();
        assert!(root.tensor().unwrap().to_vec().unwrap().iter().all(|value| value.is_finite()));
    }

    #[test]
    fn the_covariance_of_features_that_differ_gets_epsilon_alone() {
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
