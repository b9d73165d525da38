//! Sums of squared differences between neighbouring pixels, and their gradient.

use rayon::prelude::*;

use crate::engine::compute::backend::VariationShares;

/// Rows of one plane that one thread works on at a time.
const STRIP: usize = 64;

/// The weighted sum for planes of height x width; adds `weight` times its gradient to a gradient of the same shape.
pub(super) fn add_variation(
    gradient: &mut [f32],
    numbers: &[f32],
    (height, width): (usize, usize),
    shares: VariationShares,
    weight: f32,
) -> f64 {
    let mut total = 0.0;
    for (plane, gradient) in numbers.chunks_exact(height * width).zip(gradient.chunks_exact_mut(height * width)) {
        // The sums of strips are added in order, so that the same image always has the same sum.
        let sums: Vec<f64> = gradient
            .par_chunks_mut(STRIP * width)
            .enumerate()
            .map(|(strip, gradient)| add_strip(plane, (height, width), strip * STRIP, gradient, shares, weight))
            .collect();
        total += sums.into_iter().sum::<f64>();
    }
    total
}

/// The part of some rows of a plane, from row `first` on.
fn add_strip(
    plane: &[f32],
    (height, width): (usize, usize),
    first: usize,
    gradient: &mut [f32],
    (axis, diagonal): VariationShares,
    weight: f32,
) -> f64 {
    let own = first * width..first * width + gradient.len();
    let last = first + gradient.len() / width;
    let mut total = 0.0f64;
    // Row and column 0 stand for the repeated edge before the image. The pairs of rows between two strips are computed
    // for both; each adds the gradient of its own pixels, and the lower one counts the sum.
    for row in first..=last {
        let (above, below) = (row.saturating_sub(1) * width, row.min(height - 1) * width);
        let counts = row < last || row == height;
        let mut sum = 0.0f32;
        let mut pair = |one: usize, other: usize, share: f32| {
            let difference = plane[other] - plane[one];
            sum += share * difference * difference;
            let slope = 2.0 * weight * share * difference;
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
