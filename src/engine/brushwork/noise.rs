//! Marbled noise: colours that were stirred.
//!
//! Smooth noise of several sizes is the colour, and smooth noise moves where each pixel takes it from, twice (domain
//! warping, Quilez 2002; noise on a lattice, Perlin 1985). The result has contours at all scales, long ones and short
//! ones, as photos have. White or smooth noise has none, and strokes would follow nothing.

#![allow(clippy::inline_always)] // code that runs inside `dispatch` must be inlined there

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::super::compute::{ComputeResult, Device, Tensor};
use super::super::pyramid::Size;

/// Distances in pixels between the points of each colour noise, and their amplitudes.
const COLORS: [(f32, f32); 5] = [(144.0, 0.12), (67.0, 0.10), (31.0, 0.08), (15.0, 0.06), (8.0, 0.04)];

/// The same of the noises that move pixels, with amplitudes in pixels; the first moves what the second looks up.
const MOVES: [(f32, f32); 2] = [(54.0, 33.0), (144.0, 90.0)];

/// By how many radians each noise's lattice is turned against the one before: the golden angle, so that no two of them
/// have the same direction, and none has the picture's. Noise is weaker along the lines of its lattice.
const TURN: f32 = 2.399_963_2;

/// Brings noise on a lattice to a standard deviation of 1.
const NORMAL: f32 = 5.4;

/// Pixels that are computed together.
const LANES: usize = 32;

/// Marbled noise on the whole plane.
#[derive(Clone, Debug)]
pub struct Marbling {
    seed: u64,
    /// How much larger its forms are than usual.
    scale: f32,
    /// The size after which it repeats.
    period: Option<Size>,
}

/// Points at which a noise is given.
#[derive(Clone, Copy)]
struct Lattice {
    /// What columns and rows are multiplied by, to count in points along each of its directions.
    factors: [[f32; 2]; 2],
    /// Where the picture's corner is between its points.
    offsets: [f32; 2],
    /// By how many points along each of its directions it repeats after the period's width, and after its height.
    repeats: [[f32; 2]; 2],
    /// The inverse of the determinant of `repeats`; 0 where it does not repeat.
    inverse: f32,
    key: u32,
}

impl Marbling {
    /// Noise for a seed, whose forms are `scale` times as large as usual. With a period it repeats after so many columns
    /// and rows.
    pub fn new(seed: u64, scale: f32, period: Option<Size>) -> Self {
        Self { seed, scale, period }
    }

    /// Noise of the same kind that does not repeat.
    pub(super) fn endless(&self) -> Self {
        Self { period: None, ..self.clone() }
    }

    /// The part that begins at this column and row: height x width x 3, around 0.5 and within 0..1, on the CPU.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn part(&self, left: usize, top: usize, size: Size) -> ComputeResult<Tensor> {
        let Size { width, height } = size;
        let lattice = |index: usize, distance: f32| self.lattice(index as u32, distance);
        let colors = std::array::from_fn(|index| lattice(index, self.scale * COLORS[index].0));
        let moves = std::array::from_fn(|index| lattice(COLORS.len() + index, self.scale * MOVES[index].0));
        let arch = Arch::new();
        let mut numbers = vec![0f32; 3 * width * height];
        numbers.par_chunks_exact_mut(3 * width).enumerate().for_each(|(row, pixels)| {
            let start = [left as f32, (top + row) as f32];
            arch.dispatch(MarbledRow { colors: &colors, moves: &moves, scale: self.scale, start, pixels });
        });
        Tensor::from_vec(numbers, (height, width, 3), &Device::cpu())
    }

    /// The lattice of one noise. Where the noise repeats, the lattice is stretched and turned to the nearest one that
    /// repeats too.
    fn lattice(&self, index: u32, distance: f32) -> Lattice {
        let [seed_low, seed_high] = [self.seed as u32, (self.seed >> 32) as u32];
        let key = mixed(mixed(seed_low ^ 0x9E37_79B9).wrapping_add(seed_high) ^ mixed(index.wrapping_add(0x85EB_CA6B)));
        // Multiples of irrational numbers, so that no two lattices have a point in common.
        let offsets = [0.618_034, 0.414_213_6].map(|part| part * index as f32 % 1.0);
        let (sine, cosine) = ((index + 1) as f32 * TURN).sin_cos();
        let factors = [[cosine / distance, -sine / distance], [sine / distance, cosine / distance]];
        let Some(Size { width, height }) = self.period else {
            return Lattice { factors, offsets, repeats: [[0.0; 2]; 2], inverse: 0.0, key };
        };
        let sides = [width as f32, height as f32];
        let after = |side: usize| [0, 1].map(|axis| (factors[axis][side] * sides[side]).round());
        let mut repeats @ [[a, b], [c, d]] = [after(0), after(1)];
        let mut determinant = a * d - b * c;
        if determinant < 1.0 {
            // A side is shorter than the distance, so the lattice has one point along it, and is not turned.
            let [across, down] = sides.map(|side| (side / distance).round().max(1.0));
            (repeats, determinant) = ([[across, 0.0], [0.0, down]], across * down);
        }
        let factors = [0, 1].map(|axis| [0, 1].map(|side| repeats[side][axis] / sides[side]));
        Lattice { factors, offsets, repeats, inverse: 1.0 / determinant, key }
    }
}

/// A row of pixels.
struct MarbledRow<'a> {
    colors: &'a [Lattice; COLORS.len()],
    moves: &'a [Lattice; MOVES.len()],
    scale: f32,
    /// Column and row of the first.
    start: [f32; 2],
    pixels: &'a mut [f32],
}

impl WithSimd for MarbledRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { colors, moves, scale, start: [left, row], pixels } = self;
        for (part, pixels) in pixels.chunks_mut(3 * LANES).enumerate() {
            let columns = std::array::from_fn(|lane| left + (part * LANES + lane) as f32);
            let values = marbled(colors, (moves, scale), columns, [row; LANES]);
            for (lane, pixel) in pixels.chunks_exact_mut(3).enumerate() {
                pixel.iter_mut().zip(&values).for_each(|(pixel, plane)| *pixel = plane[lane]);
            }
        }
    }
}

/// The colours at some pixels.
#[inline(always)]
fn marbled(
    colors: &[Lattice; COLORS.len()],
    (moves, scale): (&[Lattice; MOVES.len()], f32),
    mut columns: [f32; LANES],
    mut rows: [f32; LANES],
) -> [[f32; LANES]; 3] {
    for (lattice, (_, amplitude)) in moves.iter().zip(MOVES) {
        let [across, along, _] = lattice.noise(&columns, &rows);
        for lane in 0..LANES {
            columns[lane] += scale * amplitude * across[lane];
            rows[lane] += scale * amplitude * along[lane];
        }
    }
    let mut sums = [[0.5; LANES]; 3];
    for (lattice, (_, amplitude)) in colors.iter().zip(COLORS) {
        for (sums, noise) in sums.iter_mut().zip(lattice.noise(&columns, &rows)) {
            sums.iter_mut().zip(noise).for_each(|(sum, noise)| *sum += amplitude * noise);
        }
    }
    sums.map(|plane| plane.map(|value| value.clamp(0.0, 1.0)))
}

impl Lattice {
    /// Three independent noises at some pixels, each of mean 0 and standard deviation 1. Each loop is one that compilers
    /// make vectors of.
    #[inline(always)]
    fn noise(&self, columns: &[f32; LANES], rows: &[f32; LANES]) -> [[f32; LANES]; 3] {
        let (left, x) = self.place(columns, rows, 0);
        let (above, y) = self.place(columns, rows, 1);
        let [[a, b], [c, d]] = self.repeats;
        let mut noises = [[0.0; LANES]; 3];
        for (down, across) in [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)] {
            let mut bits = [0; LANES];
            let mut shares = [0.0; LANES];
            for lane in 0..LANES {
                let (column, row) = (left[lane] + across, above[lane] + down);
                // How often the period's width and height fit between the first such point and this one. Both are whole
                // numbers before they are divided; with the half they do not round to the wrong side, up to periods of
                // some 30,000 pixels, from where on single points differ.
                let widths = ((column * d - row * c + 0.5) * self.inverse).floor();
                let heights = ((row * a - column * b + 0.5) * self.inverse).floor();
                let (column, row) = (column - widths * a - heights * c, row - widths * b - heights * d);
                bits[lane] = mixed(mixed(key(column) ^ self.key).wrapping_add(key(row)));
                // How near this corner is.
                shares[lane] = NORMAL * fade(1.0 - (x[lane] - across).abs()) * fade(1.0 - (y[lane] - down).abs());
            }
            for (noise, shift) in noises.iter_mut().zip([0, 10, 20]) {
                for lane in 0..LANES {
                    let [along_x, along_y] = [shift, shift + 5].map(|shift| slope(bits[lane] >> shift));
                    noise[lane] += shares[lane] * (along_x * (x[lane] - across) + along_y * (y[lane] - down));
                }
            }
        }
        noises
    }

    /// Along one of the lattice's directions: its points before some pixels, and how far behind these the pixels are, 0
    /// to 1.
    #[inline(always)]
    fn place(&self, columns: &[f32; LANES], rows: &[f32; LANES], axis: usize) -> ([f32; LANES], [f32; LANES]) {
        let ([across, along], offset) = (self.factors[axis], self.offsets[axis]);
        let (mut before, mut between) = ([0.0; LANES], [0.0; LANES]);
        for lane in 0..LANES {
            let at = across * columns[lane] + along * rows[lane] + offset;
            before[lane] = at.floor();
            between[lane] = at - before[lane];
        }
        (before, between)
    }
}

/// Different bits for each whole number between -2^22 and 2^22.
#[inline(always)]
fn key(number: f32) -> u32 {
    (number + 12_582_912.0).to_bits()
}

/// From 0 to 1, without a kink at the ends (Perlin 2002).
#[inline(always)]
fn fade(between: f32) -> f32 {
    between * between * between * (between * (between * 6.0 - 15.0) + 10.0)
}

/// A slope between -1 and 1 from the lowest five bits of a number.
#[inline(always)]
fn slope(bits: u32) -> f32 {
    (bits & 0x1F).cast_signed() as f32 * (2.0 / 31.0) - 1.0
}

/// A number each of whose bits depends on all bits of `number` (Wellons 2018, "lowbias32").
#[inline(always)]
fn mixed(mut number: u32) -> u32 {
    number ^= number >> 16;
    number = number.wrapping_mul(0x7FEB_352D);
    number ^= number >> 15;
    number = number.wrapping_mul(0x846C_A68B);
    number ^ number >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 200, height: 150 };

    fn part(noise: &Marbling, left: usize, top: usize) -> Vec<f32> {
        noise.part(left, top, SIZE).unwrap().to_vec().unwrap()
    }

    fn distance(one: &[f32], other: &[f32]) -> f32 {
        one.iter().zip(other).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn parts_are_of_one_whole() {
        let noise = Marbling::new(7, 1.0, None);
        let whole = part(&noise, 30, 20);
        let other = part(&noise, 30 + 64, 20 + 50);
        for (color, y, x) in [(0, 0, 0), (1, 70, 100), (2, 99, 135)] {
            let in_whole = whole[((y + 50) * SIZE.width + x + 64) * 3 + color];
            assert!((in_whole - other[(y * SIZE.width + x) * 3 + color]).abs() < 1e-3);
        }
    }

    #[test]
    fn it_repeats_only_where_asked_for() {
        for (width, height) in [(512, 300), (16, 20), (2000, 64), (60, 4096)] {
            let noise = Marbling::new(7, 1.0, Some(Size { width, height }));
            let here = part(&noise, 10, 30);
            assert!(distance(&here, &part(&noise, 10 + width, 30 + 2 * height)) < 4e-3, "{width}x{height}");
            assert!(distance(&here, &part(&noise, 10 + 3 * width, 30 + height)) < 4e-3, "{width}x{height}");
            assert!(distance(&here, &part(&noise, 10 + width / 2, 30)) > 0.1, "{width}x{height}");
            assert!(distance(&here, &part(&noise, 10, 30 + height / 2)) > 0.1, "{width}x{height}");
        }
        let noise = Marbling::new(7, 1.0, None);
        for distance_between in [512, 1024, 4096, 16384] {
            assert!(distance(&part(&noise, 0, 0), &part(&noise, distance_between, 0)) > 0.2);
        }
        assert!(distance(&part(&noise, 0, 0), &part(&Marbling::new(8, 1.0, None), 0, 0)) > 0.2);
        assert!(distance(&part(&noise, 0, 0), &part(&Marbling::new(7 << 32, 1.0, None), 0, 0)) > 0.2);
    }

    #[test]
    fn a_narrow_strip_that_repeats_varies_along_its_length() {
        for (width, height) in [(2048, 20), (2048, 64), (32, 2048)] {
            let size = Size { width, height };
            let strip = Marbling::new(3, 1.0, Some(size)).part(0, 0, size).unwrap().to_vec().unwrap();
            let mean = strip.iter().sum::<f32>() / strip.len() as f32;
            let variance = strip.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / strip.len() as f32;
            assert!(variance.sqrt() > 0.12, "{width}x{height}: {}", variance.sqrt());
        }
    }

    /// Forms of twice the size are the same forms, but for the place of their points.
    #[test]
    fn its_forms_grow_with_the_scale() {
        let (usual, large) = (Marbling::new(7, 1.0, None), Marbling::new(7, 2.0, None));
        let (usual, large) = (part(&usual, 40, 30), part(&large, 80, 60));
        for (y, x) in [(0, 0), (33, 91), (70, 20)] {
            let [one, other] = [usual[(y * SIZE.width + x) * 3], large[(2 * y * SIZE.width + 2 * x) * 3]];
            assert!((one - other).abs() < 1e-3, "{one} {other}");
        }
    }

    #[test]
    fn its_statistics_are_the_same_everywhere() {
        let noise = Marbling::new(3, 1.0, None);
        for (left, top) in [(0, 0), (5000, 0), (0, 60_000)] {
            let part = noise.part(left, top, Size { width: 2048, height: 2048 }).unwrap().to_vec().unwrap();
            for color in 0..3 {
                let values = || part.iter().skip(color).step_by(3).map(|&value| f64::from(value));
                let count = (part.len() / 3) as f64;
                let mean = values().sum::<f64>() / count;
                let deviation = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt();
                assert!((mean - 0.5).abs() < 0.04, "{left} {top}: {mean}");
                assert!((deviation - 0.19).abs() < 0.03, "{left} {top}: {deviation}");
            }
        }
    }
}
