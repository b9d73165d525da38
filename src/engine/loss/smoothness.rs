//! Calm: squared total variation over a nine-point stencil, as in crowsonkb/style-transfer-pytorch.

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use crate::engine::network::values::values;

/// The total variation of an image (3 x height x width) and its gradient of the same shape.
///
/// The mean squared difference of neighbours along an axis counts 2/3, that of diagonal neighbours 1/6,
/// both in two directions; the edge is repeated, so diagonals reach one pixel further than the image.
pub fn evaluate(image: &Tensor) -> candle_core::Result<(f64, Tensor)> {
    let (planes, height, width) = image.dims3()?;
    let on_cpu = image.to_device(&Device::Cpu)?;
    let numbers = values(&on_cpu)?;
    let axis = 2.0 / 3.0 / (planes * height * width) as f32;
    let diagonal = 2.0 / 12.0 / (planes * (height + 1) * (width + 1)) as f32;

    let mut gradient = vec![0.0; numbers.len()];
    let loss: f64 = numbers
        .par_chunks(height * width)
        .zip(gradient.par_chunks_mut(height * width))
        .map(|(plane, gradient)| {
            let mut sum = 0.0f64;
            let mut pair = |one: usize, other: usize, weight: f32| {
                let difference = plane[other] - plane[one];
                sum += f64::from(weight * difference * difference);
                gradient[other] += 2.0 * weight * difference;
                gradient[one] -= 2.0 * weight * difference;
            };
            // Row and column 0 stand for the repeated edge before the image.
            for row in 0..=height {
                let (above, below) = (row.saturating_sub(1) * width, row.min(height - 1) * width);
                for column in 0..=width {
                    let (left, right) = (column.saturating_sub(1), column.min(width - 1));
                    if row > 0 {
                        pair(above + left, above + right, if column > 0 { axis } else { 0.0 });
                    }
                    if column > 0 {
                        pair(above + left, below + left, if row > 0 { axis } else { 0.0 });
                    }
                    pair(above + left, below + right, diagonal);
                    pair(above + right, below + left, diagonal);
                }
            }
            sum
        })
        .sum();
    Ok((loss, Tensor::from_vec(gradient, image.shape(), image.device())?))
}
