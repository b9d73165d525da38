//! The smoothness loss: squared total variation over a nine-point stencil, as in crowsonkb/style-transfer-pytorch.

use crate::engine::compute::operations::add_variation;
use crate::engine::compute::{ComputeResult, Number, Tensor};

/// Returns the total variation of an image (3 x height x width), and adds `weight` times its gradient to `gradient`,
/// which has the same shape.
///
/// The mean squared difference of neighbours along an axis has weight 2/3, that of diagonal neighbours 1/6, each in two
/// directions. The edge is repeated, so diagonals extend one pixel beyond the image.
pub fn add_gradient(gradient: &Tensor, image: &Tensor, weight: f64) -> ComputeResult<Number> {
    let (_, height, width) = image.dims3()?;
    let axis = 2.0 / 3.0 / (3 * height * width) as f32;
    let diagonal = 2.0 / 12.0 / (3 * (height + 1) * (width + 1)) as f32;
    add_variation(gradient, image, (axis, diagonal), weight as f32)
}
