//! Calms the areas of a painted picture where the photo is flat, such as a sky. The network weaves a lattice there, a
//! few pixels wide, that has nothing to do with the painting.

use rayon::prelude::*;

use super::super::compute::{ComputeResult, Tensor};

/// Pixels on each side over which the photo is judged flat or not.
const JUDGED: usize = 6;

/// Pixels on each side over which flat areas are averaged, twice: the lattice repeats every 4 to 8 pixels.
const AVERAGED: usize = 4;

/// The deviation of the photo's luminance within an area that counts as half flat.
const HALF_FLAT: f32 = 0.012;

/// Numbers that calming takes for each pixel: the painted picture twice, the flatness, and an average in three steps.
pub(super) const CALM_NUMBERS: usize = 10;

/// Rows that one thread averages at a time.
const ROWS: usize = 64;

/// Averages a painted picture where the photo is flat; both are 3 x height x width on the CPU. `amount` of 0 changes
/// nothing, and more counts busier areas as flat too.
pub(super) fn calm(painted: &Tensor, photo: &Tensor, amount: f32) -> ComputeResult<Tensor> {
    if amount <= 0.0 {
        return Ok(painted.clone());
    }
    let (_, height, width) = painted.dims3()?;
    let pixels = height * width;
    let flatness = flatness(&luminance(photo)?, width, HALF_FLAT * amount);
    let mut planes = painted.to_vec()?;
    for plane in planes.chunks_exact_mut(pixels) {
        let averaged = averaged(&averaged(plane, width, AVERAGED), width, AVERAGED);
        plane.par_iter_mut().zip(averaged).zip(&flatness).for_each(|((pixel, averaged), flatness)| {
            *pixel += flatness * (averaged - *pixel);
        });
    }
    Tensor::from_vec(planes, painted.dims(), painted.device())
}

/// The luminance of each pixel of a photo.
fn luminance(photo: &Tensor) -> ComputeResult<Vec<f32>> {
    let photo = photo.to_vec()?;
    let (red, rest) = photo.split_at(photo.len() / 3);
    let (green, blue) = rest.split_at(red.len());
    // Rec. 709.
    let luminance = |((red, green), blue): ((&f32, &f32), &f32)| 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    Ok(red.par_iter().zip(green).zip(blue).map(luminance).collect())
}

/// How flat a photo is at each pixel, from 0 (busy) to 1, by its luminance. `half` is the deviation at which it is one
/// half.
fn flatness(luminance: &[f32], width: usize, half: f32) -> Vec<f32> {
    let squares: Vec<f32> = luminance.par_iter().map(|luminance| luminance * luminance).collect();
    let means = averaged(luminance, width, JUDGED);
    let squares = averaged(&squares, width, JUDGED);
    let flat = |(square, mean): (f32, f32)| {
        let variance = (square - mean * mean).max(0.0);
        let ratio = variance / (half * half);
        1.0 / (1.0 + ratio * ratio)
    };
    let judged: Vec<f32> = squares.into_par_iter().zip(means).map(flat).collect();
    // Without hard borders between flat and busy areas.
    averaged(&judged, width, AVERAGED)
}

/// The mean of the pixels up to `radius` away in each direction, as far as the picture goes.
fn averaged(plane: &[f32], width: usize, radius: usize) -> Vec<f32> {
    let height = plane.len() / width;
    let mut across = vec![0.0; plane.len()];
    across.par_chunks_mut(width).zip(plane.par_chunks(width)).for_each(|(across, line)| {
        let mut sum: f64 = line[..radius.min(width)].iter().copied().map(f64::from).sum();
        for (x, across) in across.iter_mut().enumerate() {
            if let Some(next) = line.get(x + radius) {
                sum += f64::from(*next);
            }
            if x > radius {
                sum -= f64::from(line[x - radius - 1]);
            }
            let count = (x + radius + 1).min(width) - x.saturating_sub(radius);
            *across = (sum / count as f64) as f32;
        }
    });
    let row = |y: usize| &across[y * width..][..width];
    let mut averaged = vec![0.0; plane.len()];
    averaged.par_chunks_mut(ROWS * width).enumerate().for_each(|(chunk, lines)| {
        let first = chunk * ROWS;
        let mut sums = vec![0f64; width];
        let add = |sums: &mut [f64], y: usize, sign: f64| {
            sums.iter_mut().zip(row(y)).for_each(|(sum, value)| *sum += sign * f64::from(*value));
        };
        for y in first.saturating_sub(radius)..(first + radius).min(height) {
            add(&mut sums, y, 1.0);
        }
        for (index, line) in lines.chunks_exact_mut(width).enumerate() {
            let y = first + index;
            if y + radius < height {
                add(&mut sums, y + radius, 1.0);
            }
            if index > 0 && y > radius {
                add(&mut sums, y - radius - 1, -1.0);
            }
            let count = (y + radius + 1).min(height) - y.saturating_sub(radius);
            line.iter_mut().zip(&sums).for_each(|(value, sum)| *value = (sum / count as f64) as f32);
        }
    });
    averaged
}

#[cfg(test)]
mod tests {
    use super::super::super::compute::Device;
    use super::*;

    #[test]
    fn averages_are_means_of_what_is_there() {
        let (width, height) = (9, 150);
        let plane: Vec<f32> = (0..width * height).map(|index| ((index * 31) % 17) as f32).collect();
        for radius in [1, 4, 70, 200] {
            let averaged = averaged(&plane, width, radius);
            for (at, found) in averaged.into_iter().enumerate() {
                let (x, y) = (at % width, at / width);
                let rows = y.saturating_sub(radius)..(y + radius + 1).min(height);
                let columns = x.saturating_sub(radius)..(x + radius + 1).min(width);
                let sum: f32 = rows.clone().map(|y| plane[y * width..][columns.clone()].iter().sum::<f32>()).sum();
                let expected = sum / (rows.len() * columns.len()) as f32;
                assert!((found - expected).abs() < 1e-4, "{x} {y} {radius}: {found} {expected}");
            }
        }
    }

    #[test]
    fn flat_areas_alone_are_calmed() {
        let (width, height) = (80, 40);
        let picture = |value: &dyn Fn(usize, usize) -> f32| {
            let plane: Vec<f32> = (0..height * width).map(|at| value(at % width, at / width)).collect();
            Tensor::from_vec(plane.repeat(3), (3, height, width), &Device::cpu()).unwrap()
        };
        let lattice = |x: usize, y: usize| if (x + y) % 4 < 2 { 0.3 } else { 0.7 };
        // A sky on the left, leaves on the right.
        let photo =
            picture(&|x, y| if x < 40 { 0.6 + 0.0005 * y as f32 } else { ((x * 7 + y * 13) % 10) as f32 / 10.0 });
        let painted = picture(&lattice);
        let calmed = calm(&painted, &photo, 1.0).unwrap().to_vec().unwrap();
        for x in 0..width {
            let found = calmed[20 * width + x];
            if x < 24 {
                assert!((found - 0.5).abs() < 0.03, "{x}: {found}");
            } else if x > 55 {
                assert!((found - lattice(x, 20)).abs() < 0.01, "{x}: {found}");
            }
        }
        assert_eq!(calm(&painted, &photo, 0.0).unwrap().to_vec().unwrap(), painted.to_vec().unwrap());
    }
}
