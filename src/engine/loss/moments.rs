//! The statistics of features that say what a style is.

use candle_core::Tensor;

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
        let features = features.flatten(0, 1)?;
        let positions = features.dim(0)? as f64;
        let mean = features.mean(0)?;
        let second = (features.t()?.matmul(&features)? / positions)?;
        Ok(Self { mean, second })
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
