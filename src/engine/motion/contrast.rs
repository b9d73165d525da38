//! Gives a mean of pictures the contrast of one of them: strokes that do not lie exactly upon each other grow pale where they
//! are mixed.

use rayon::prelude::*;

use super::super::pyramid::Size;
use super::surroundings::box_means;

/// How far the surroundings of a pixel reach, in pixels. The finest strokes are what mixing takes most of.
const RADIUS: usize = 1;

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
    let (means, mut variances) = rayon::join(|| box_means(plane, size, RADIUS), || box_means(&squares, size, RADIUS));
    variances.iter_mut().zip(&means).for_each(|(square, mean)| *square = (*square - mean * mean).max(0.0));
    (means, variances)
}
