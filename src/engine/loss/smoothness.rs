//! Calm: squared total variation over a nine-point stencil, as in crowsonkb/style-transfer-pytorch.

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use crate::engine::compute::memory::{edit, overwrite, values};

/// Rows of one plane that one thread works on at a time.
const BAND: usize = 64;

/// The total variation of an image (3 x height x width); adds `weight` times its gradient to a gradient of
/// the same shape.
///
/// The mean squared difference of neighbours along an axis counts 2/3, that of diagonal neighbours 1/6,
/// both in two directions; the edge is repeated, so diagonals reach one pixel further than the image.
pub fn add_to(gradient: &Tensor, image: &Tensor, weight: f64) -> candle_core::Result<f64> {
    if !image.device().is_cpu() {
        let here = gradient.to_device(&Device::Cpu)?;
        let loss = add_to(&here, &image.to_device(&Device::Cpu)?, weight)?;
        overwrite(gradient, &here.to_device(image.device())?)?;
        return Ok(loss);
    }
    let (_, height, width) = image.dims3()?;
    let numbers = values(image)?;
    edit(gradient, |gradient| {
        let mut total = 0.0;
        for (plane, gradient) in numbers.chunks_exact(height * width).zip(gradient.chunks_exact_mut(height * width)) {
            // Bands are summed in order, so that the same image always has the same sum.
            let sums: Vec<f64> = gradient
                .par_chunks_mut(BAND * width)
                .enumerate()
                .map(|(band, gradient)| add_band(plane, (height, width), band * BAND, gradient, weight as f32))
                .collect();
            total += sums.into_iter().sum::<f64>();
        }
        total
    })
}

/// The part of some rows of a plane, from row `first` on.
fn add_band(plane: &[f32], (height, width): (usize, usize), first: usize, gradient: &mut [f32], weight: f32) -> f64 {
    let axis = 2.0 / 3.0 / (3 * height * width) as f32;
    let diagonal = 2.0 / 12.0 / (3 * (height + 1) * (width + 1)) as f32;
    let own = first * width..first * width + gradient.len();
    let last = first + gradient.len() / width;
    let mut total = 0.0f64;
    // Row and column 0 stand for the repeated edge before the image. The rows of pairs between two bands
    // are gone through by both; each adds what falls on its own pixels, and the lower one counts the loss.
    for row in first..=last {
        let (above, below) = (row.saturating_sub(1) * width, row.min(height - 1) * width);
        let counts = row < last || row == height;
        let mut sum = 0.0f32;
        let mut pair = |one: usize, other: usize, part: f32| {
            let difference = plane[other] - plane[one];
            sum += part * difference * difference;
            let slope = 2.0 * weight * part * difference;
            if own.contains(&other) {
                gradient[other - own.start] += slope;
            }
            if own.contains(&one) {
                gradient[one - own.start] -= slope;
            }
        };
        for column in 0..=width {
            let (left, right) = (column.saturating_sub(1), column.min(width - 1));
            if row > 0 && column > 0 {
                pair(above + left, above + right, axis);
                pair(above + left, below + left, axis);
            }
            pair(above + left, below + right, diagonal);
            pair(above + right, below + left, diagonal);
        }
        if counts {
            total += f64::from(sum);
        }
    }
    total
}
