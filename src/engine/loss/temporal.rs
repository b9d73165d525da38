//! The temporal loss, likeness to what a frame of a clip should look like after those before it (Ruder, Dosovitskiy and
//! Brox 2016, "Artistic style transfer for videos", formula 7).

use crate::engine::compute::operations::{accumulate, sum};
use crate::engine::compute::{ComputeResult, Number, Tensor};

/// What a picture is compared with, and where.
///
/// The loss is `sum(c (x - p)^2) / (3 N)` of a picture `x` against the prediction `p`, where `c` says how sure it is at each of `N`
/// pixels. Its gradient is `2 c (x - p) / (3 N)`.
pub struct TemporalTarget {
    /// 3 x height x width.
    image: Tensor,
    /// 1 x height x width, 0 to 1.
    sure: Tensor,
}

impl TemporalTarget {
    /// From the prediction (3 x height x width) and how sure it is (height x width), on the picture's device.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(image: Tensor, sure: &Tensor) -> ComputeResult<Self> {
        Ok(Self { image, sure: sure.unsqueeze(0)? })
    }

    /// The loss of a picture; adds `weight` times its gradient to `gradient`, which has the picture's shape.
    ///
    /// # Errors
    /// When the device fails.
    pub fn add_gradient(&self, gradient: &Tensor, picture: &Tensor, weight: f64) -> ComputeResult<Number> {
        let away = (picture - &self.image)?;
        let counted = away.broadcast_mul(&self.sure)?;
        let share = 1.0 / picture.elem_count() as f64;
        accumulate(gradient, &counted.affine(2.0 * weight * share, 0.0)?)?;
        sum(&(counted * away)?)?.affine(share, 0.0)
    }
}
