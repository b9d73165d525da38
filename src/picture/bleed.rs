//! Colours for fully transparent pixels: their stored colours mean nothing, but the style network and resizing still
//! read them.

use rayon::prelude::*;

/// A level of an image pyramid.
struct Level {
    width: usize,
    height: usize,
    /// Red, green, blue and a weight, row by row. The weight is 0 where the colour is not known yet.
    pixels: Vec<[f32; 4]>,
}

impl Level {
    /// Halves a level of `width` × `height` pixels: each pixel here is the weighted mean of a block of 2 × 2.
    fn half_of(width: usize, height: usize, pixel: impl Fn(usize) -> [f32; 4] + Sync) -> Self {
        let half = width.div_ceil(2);
        let mut pixels = vec![[0.0; 4]; half * height.div_ceil(2)];
        pixels.par_chunks_mut(half).enumerate().for_each(|(y, row)| {
            for (x, mean) in row.iter_mut().enumerate() {
                let mut sums = [0.0; 4];
                for (below, right) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                    if 2 * y + below < height && 2 * x + right < width {
                        let [red, green, blue, weight] = pixel((2 * y + below) * width + 2 * x + right);
                        let weighted = [red * weight, green * weight, blue * weight, weight];
                        sums = [0, 1, 2, 3].map(|channel| sums[channel] + weighted[channel]);
                    }
                }
                if sums[3] > 0.0 {
                    *mean = [sums[0] / sums[3], sums[1] / sums[3], sums[2] / sums[3], sums[3] / 4.0];
                }
            }
        });
        Self { width: half, height: height.div_ceil(2), pixels }
    }

    /// The colour at pixel (`x`, `y`) of the next finer level, interpolated between four pixels of this one.
    fn upsample_at(&self, x: usize, y: usize) -> [f32; 3] {
        let pair = |at: usize, side: usize| {
            let near = at / 2;
            let far = if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(side - 1) };
            [(near, 0.75), (far, 0.25)]
        };
        let mut colour = [0.0; 3];
        for (y, share) in pair(y, self.height) {
            for (x, share) in pair(x, self.width).map(|(x, of)| (x, of * share)) {
                let pixel = self.pixels[y * self.width + x];
                colour = [0, 1, 2].map(|channel| colour[channel] + share * pixel[channel]);
            }
        }
        colour
    }
}

/// Fills every pixel of `alpha` 0 with the colours around it, more blurred the further they are away, by an image
/// pyramid (pull-push). A fully transparent picture becomes white.
///
/// `planes` has the shape 3 × height × `width`: red, green and blue, row by row. `alpha` has height × `width` values.
pub(super) fn fill_transparent(planes: &mut [f32], alpha: &[f32], width: usize) {
    if alpha.iter().all(|alpha| *alpha > 0.0) {
        return;
    }
    let (red, others) = planes.split_at_mut(alpha.len());
    let (green, blue) = others.split_at_mut(alpha.len());
    let height = alpha.len() / width;
    let mut levels = vec![Level::half_of(width, height, |at| [red[at], green[at], blue[at], alpha[at]])];
    while let Some(Level { width, height, pixels }) = levels.last()
        && pixels.len() > 1
    {
        let half = Level::half_of(*width, *height, |at| pixels[at]);
        levels.push(half);
    }
    if let Some(coarsest) = levels.last_mut()
        && coarsest.pixels[0][3] == 0.0
    {
        coarsest.pixels[0] = [1.0; 4];
    }
    for at in (1..levels.len()).rev() {
        let (finer, coarser) = levels.split_at_mut(at);
        let (level, coarser) = (&mut finer[at - 1], &coarser[0]);
        level.pixels.par_chunks_mut(level.width).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.iter_mut().enumerate().filter(|(_, pixel)| pixel[3] == 0.0) {
                let [red, green, blue] = coarser.upsample_at(x, y);
                *pixel = [red, green, blue, 0.0];
            }
        });
    }
    (red.par_chunks_mut(width), green.par_chunks_mut(width), blue.par_chunks_mut(width), alpha.par_chunks(width))
        .into_par_iter()
        .enumerate()
        .for_each(|(y, (red, green, blue, alpha))| {
            for x in (0..width).filter(|x| alpha[*x] == 0.0) {
                [red[x], green[x], blue[x]] = levels[0].upsample_at(x, y);
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparent_pixels_take_the_colours_around_them() {
        let (width, height) = (13, 9);
        // Opaque on the left, in two colours; hidden white on the right.
        let alpha: Vec<f32> = (0..width * height).map(|at| if at % width < 4 { 1.0 } else { 0.0 }).collect();
        let plane = |above: f32, below: f32| -> Vec<f32> {
            let colour = |at: usize| if at / width < 5 { above } else { below };
            (0..width * height).map(|at| if alpha[at] > 0.0 { colour(at) } else { 1.0 }).collect()
        };
        let before = [plane(0.8, 0.2), plane(0.1, 0.1), plane(0.0, 0.6)].concat();
        let mut planes = before.clone();
        fill_transparent(&mut planes, &alpha, width);
        for (at, value) in planes.iter().enumerate() {
            if alpha[at % alpha.len()] > 0.0 {
                assert_eq!(value.to_bits(), before[at].to_bits());
            } else {
                let range = [0.2..=0.8, 0.1..=0.1, 0.0..=0.6][at / alpha.len()].clone();
                assert!(*value > range.start() - 1e-5 && *value < range.end() + 1e-5, "{value} at {at}");
            }
        }
        // Next to the edge, the colour is mostly the neighbour's.
        assert!(planes[4] > 0.6 && planes[8 * width + 4] < 0.4, "{} {}", planes[4], planes[8 * width + 4]);
    }

    #[test]
    fn a_fully_transparent_picture_becomes_white() {
        let mut planes = vec![0.3; 3 * 20];
        fill_transparent(&mut planes, &[0.0; 20], 5);
        assert_eq!(planes, [1.0; 60]);
    }
}
