//! Means of what surrounds each pixel.

use rayon::prelude::*;

use super::super::pyramid::Size;

/// The mean of the square around each pixel, which reaches `radius` pixels to each side, as far as it lies in the plane.
pub(super) fn box_means(plane: &[f32], Size { width, height }: Size, radius: usize) -> Vec<f32> {
    let mut across = vec![0.0; plane.len()];
    across.par_chunks_exact_mut(width).zip(plane.par_chunks_exact(width)).for_each(|(means, row)| {
        for (column, mean) in means.iter_mut().enumerate() {
            let around = &row[column.saturating_sub(radius)..(column + radius + 1).min(width)];
            *mean = around.iter().sum::<f32>() / around.len() as f32;
        }
    });
    let mut means = vec![0.0; plane.len()];
    means.par_chunks_exact_mut(width).enumerate().for_each(|(row, means)| {
        let rows = row.saturating_sub(radius)..(row + radius + 1).min(height);
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
