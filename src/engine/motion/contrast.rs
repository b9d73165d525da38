//! Gives a mean of pictures the contrast of one of them: strokes that do not lie exactly upon each other grow pale where they
//! are mixed.

use rayon::prelude::*;

use super::super::pyramid::Size;

/// How far the surroundings of a pixel reach, in pixels.
const RADIUS: usize = 6;

/// Added to variances of values within 0..1, so that flat places stay as they are.
const FLAT: f32 = 1e-5;

/// The most that contrast is raised.
const MOST: f32 = 2.0;

/// Raises the contrast of a plane around each pixel towards that of `own`, by the share 0 to 1.
pub(super) fn restore(plane: &mut [f32], own: &[f32], size: Size, share: f32) {
    let ((means, variances), (_, wanted)) = rayon::join(|| surroundings(plane, size), || surroundings(own, size));
    let rest = means.par_iter().zip(&variances).zip(&wanted);
    plane.par_iter_mut().zip(rest).for_each(|(value, ((mean, variance), wanted))| {
        let ratio = ((wanted + FLAT) / (variance + FLAT)).sqrt().clamp(1.0, MOST);
        *value = mean + (*value - mean) * (1.0 + share * (ratio - 1.0));
    });
}

/// The mean and the variance of the pixels around each one.
fn surroundings(plane: &[f32], size: Size) -> (Vec<f32>, Vec<f32>) {
    let squares: Vec<f32> = plane.iter().map(|value| value * value).collect();
    let (means, mut variances) = rayon::join(|| box_means(plane, size), || box_means(&squares, size));
    variances.iter_mut().zip(&means).for_each(|(square, mean)| *square = (*square - mean * mean).max(0.0));
    (means, variances)
}

/// The mean of the square around each pixel, as far as it lies in the plane.
fn box_means(plane: &[f32], Size { width, height }: Size) -> Vec<f32> {
    let mut across = vec![0.0; plane.len()];
    across.par_chunks_exact_mut(width).zip(plane.par_chunks_exact(width)).for_each(|(means, row)| {
        for (column, mean) in means.iter_mut().enumerate() {
            let around = &row[column.saturating_sub(RADIUS)..(column + RADIUS + 1).min(width)];
            *mean = around.iter().sum::<f32>() / around.len() as f32;
        }
    });
    let mut means = vec![0.0; plane.len()];
    means.par_chunks_exact_mut(width).enumerate().for_each(|(row, means)| {
        let rows = row.saturating_sub(RADIUS)..(row + RADIUS + 1).min(height);
        let count = rows.len() as f32;
        for row in rows {
            means.iter_mut().zip(&across[row * width..][..width]).for_each(|(sum, value)| *sum += value);
        }
        for sum in means {
            *sum /= count;
        }
    });
    means
}
