//! Interpolation by cubic splines, which keeps more of fine strokes than cubic convolution does (Thévenaz, Blu and Unser
//! 2000, "Interpolation revisited"). What is interpolated again in every frame of a clip would soon be washed away.

use rayon::prelude::*;

use super::super::pyramid::Size;

/// The pole of the filter that turns pixels into coefficients: the square root of 3, less 2.
const POLE: f32 = -0.267_949_2;

/// Pixels after which a power of the pole is too small to count.
const REACH: usize = 16;

/// A plane whose numbers are asked for between its pixels.
pub(super) struct SplinePlane {
    size: Size,
    coefficients: Vec<f32>,
}

impl SplinePlane {
    /// Of pixels, row by row.
    pub(super) fn new(pixels: &[f32], size: Size) -> Self {
        let Size { width, height } = size;
        let mut coefficients = pixels.to_vec();
        coefficients.par_chunks_exact_mut(width).for_each(|row| filter(row, 1));
        // Columns side by side, so that each step of the filter goes through whole rows.
        if height > 1 {
            filter(&mut coefficients, width);
        }
        Self { size, coefficients }
    }

    /// The number at a place, which is moved into the plane if it lies outside.
    #[inline]
    pub(super) fn at(&self, x: f32, y: f32) -> f32 {
        let Size { width, height } = self.size;
        let (columns, across) = taps(x, width);
        let (rows, down) = taps(y, height);
        let mut sum = 0.0;
        for (row, down) in rows.iter().zip(down) {
            let row = &self.coefficients[row * width..][..width];
            sum += down * (0..4).map(|tap| across[tap] * row[columns[tap]]).sum::<f32>();
        }
        sum
    }
}

/// Turns numbers into the coefficients of the spline through them, along the places that are `stride` apart, for each
/// of the `stride` lines side by side.
fn filter(numbers: &mut [f32], stride: usize) {
    let count = numbers.len() / stride;
    if count < 2 {
        return;
    }
    let gain = (1.0 - POLE) * (1.0 - 1.0 / POLE);
    // Beyond its ends a line is mirrored.
    let mut first = numbers[..stride].to_vec();
    let mut power = 1.0;
    for step in 1..REACH {
        power *= POLE;
        let place = step % (2 * count - 2);
        let place = place.min(2 * count - 2 - place);
        first.iter_mut().zip(&numbers[place * stride..]).for_each(|(sum, number)| *sum += power * number);
    }
    numbers[..stride].copy_from_slice(&first);
    for place in 1..count {
        let (before, own) = numbers.split_at_mut(place * stride);
        let before = &before[(place - 1) * stride..];
        own[..stride].iter_mut().zip(before).for_each(|(own, before)| *own += POLE * before);
    }
    let (before, last) = numbers.split_at_mut((count - 1) * stride);
    let before = &before[(count - 2) * stride..];
    let ending = POLE / (POLE * POLE - 1.0);
    last.iter_mut().zip(before).for_each(|(last, before)| *last = ending * (*last + POLE * before));
    for place in (0..count - 1).rev() {
        let (own, after) = numbers.split_at_mut((place + 1) * stride);
        let own = &mut own[place * stride..];
        own.iter_mut().zip(&after[..stride]).for_each(|(own, after)| *own = POLE * (after - *own));
    }
    for number in numbers {
        *number *= gain;
    }
}

/// The four coefficients of a side around a place, and their weights.
#[inline]
fn taps(place: f32, length: usize) -> ([usize; 4], [f32; 4]) {
    let place = place.clamp(0.0, (length - 1) as f32);
    let begin = place as usize;
    let t = place - begin as f32;
    let (square, cube, rest) = (t * t, t * t * t, 1.0 - t);
    let weights = [
        rest * rest * rest / 6.0,
        (3.0 * cube - 6.0 * square + 4.0) / 6.0,
        (3.0 * (t + square - cube) + 1.0) / 6.0,
        cube / 6.0,
    ];
    let last = length - 1;
    let before = if begin == 0 { 1.min(last) } else { begin - 1 };
    let mirrored = |place: usize| if place > last { (2 * last).saturating_sub(place) } else { place };
    ([before, begin, mirrored(begin + 1), mirrored(begin + 2)], weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_stay_and_slow_waves_are_met_between_them() {
        let size = Size { width: 40, height: 30 };
        let wave = |x: f32, y: f32| (0.7 * x).sin() + (0.5 * y + 0.3 * x).cos();
        let pixels: Vec<f32> = (0..size.pixels()).map(|index| wave((index % 40) as f32, (index / 40) as f32)).collect();
        let plane = SplinePlane::new(&pixels, size);
        for (index, pixel) in pixels.iter().enumerate() {
            assert!((plane.at((index % 40) as f32, (index / 40) as f32) - pixel).abs() < 1e-4);
        }
        // Where it does not have to stay within the pixels around it.
        let (mut error, mut count) = (0.0, 0);
        for index in 0..200 {
            let (x, y) = (5.0 + 0.137 * index as f32, 4.0 + 0.1 * index as f32);
            error += (plane.at(x, y) - wave(x, y)).abs();
            count += 1;
        }
        assert!(error / (count as f32) < 0.02, "{}", error / count as f32);
    }

    #[test]
    fn single_rows_and_pixels_are_planes() {
        for (width, height) in [(1, 1), (1, 5), (5, 1), (2, 2)] {
            let size = Size { width, height };
            let pixels: Vec<f32> = (0..size.pixels()).map(|index| index as f32).collect();
            let plane = SplinePlane::new(&pixels, size);
            for (index, pixel) in pixels.iter().enumerate() {
                assert!((plane.at((index % width) as f32, (index / width) as f32) - pixel).abs() < 1e-3);
            }
        }
    }
}
