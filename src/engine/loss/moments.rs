//! The statistics of features that say what a style is.

use candle_core::{DType, Device, Tensor};

use crate::engine::compute::elementwise::clear;
use crate::engine::compute::statistics::add_moments;

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
    pub fn of(features: &Tensor) -> candle_core::Result<Self> {
        let mut sums = MomentSums::new(features.dims3()?, features.device())?;
        sums.add(features)?;
        sums.moments()
    }

    /// The weighted mean of several; the weights need not sum to 1, but must not all be zero.
    ///
    /// # Errors
    /// When there is none, or their shapes differ.
    pub fn blend(parts: &[(f32, &Self)]) -> candle_core::Result<Self> {
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
            blended.ok_or_else(|| candle_core::Error::Msg("there are no moments to blend".to_owned()))
        };
        Ok(Self { mean: sum(|moments| &moments.mean)?, second: sum(|moments| &moments.second)? })
    }

    /// `S - m m^T + e I`, channels x channels; `e` makes sure that it has a root.
    pub fn covariance(&self, epsilon: f64) -> candle_core::Result<Tensor> {
        let outer = self.mean.unsqueeze(1)?.matmul(&self.mean.unsqueeze(0)?)?;
        let identity = Tensor::eye(self.mean.dim(0)?, self.mean.dtype(), self.mean.device())?;
        (&self.second - outer)? + (identity * epsilon)?
    }
}

/// The moments of features that come piece by piece.
pub struct MomentSums {
    sum: Tensor,
    products: Tensor,
    positions: usize,
    /// All features, where they are fewer than the moments' own numbers.
    few: Option<Vec<Tensor>>,
}

impl MomentSums {
    /// Of nothing so far; the features will be height x width x channels.
    pub fn new((height, width, channels): (usize, usize, usize), device: &Device) -> candle_core::Result<Self> {
        let sum = Tensor::zeros(channels, DType::F32, device)?;
        let products = Tensor::zeros((channels, channels), DType::F32, device)?;
        let few = (2 * height * width <= channels).then(Vec::new);
        Ok(Self { sum, products, positions: 0, few })
    }

    /// Takes in some rows of features, rows x width x channels.
    pub fn add(&mut self, features: &Tensor) -> candle_core::Result<()> {
        let (rows, width, _) = features.dims3()?;
        self.positions += rows * width;
        if let Some(few) = &mut self.few {
            few.push(features.copy()?);
        }
        add_moments(features, &self.sum, &self.products)
    }

    /// Forgets all so far.
    pub fn clear(&mut self) -> candle_core::Result<()> {
        self.positions = 0;
        if let Some(few) = &mut self.few {
            few.clear();
        }
        clear(&self.sum)?;
        clear(&self.products)
    }

    /// Whether [`Self::few`] keeps all features.
    pub fn are_few(&self) -> bool {
        self.few.is_some()
    }

    /// The moments of all rows so far.
    pub fn moments(&self) -> candle_core::Result<Moments> {
        let share = 1.0 / self.positions.max(1) as f64;
        Ok(Moments { mean: (&self.sum * share)?, second: (&self.products * share)? })
    }

    /// All features so far, height x width x channels, where there are at most half as many positions as channels.
    pub fn few(&self) -> candle_core::Result<Option<Tensor>> {
        self.few.as_ref().map(|parts| Tensor::cat(parts, 0)).transpose()
    }
}
