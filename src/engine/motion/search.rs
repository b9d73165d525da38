//! Optical flow by dense inverse search: patches of the first picture are looked for in the second, from coarse to fine,
//! and the pixels that they cover take a mean of what they found (Kroeger, Timofte, Dai and Van Gool 2016, "Fast optical
//! flow using dense inverse search").

use rayon::prelude::*;

use super::super::pyramid::Size;
use super::field::FlowField;
use super::frame::{FrameLevel, MotionFrame};
use super::plane::{BrightnessPlane, MARGIN};

/// Side of a patch, and how far its neighbour is.
const PATCH: usize = 8;
const STRIDE: usize = 4;

const PIXELS: usize = PATCH * PATCH;

/// The most steps of a search.
const STEPS: usize = 12;

/// A search ends when its steps are shorter than this, in pixels.
const SHORT: f32 = 0.03;

/// The flow from one picture to another of the same size, at the largest size at which it was searched.
///
/// # Panics
/// When their sizes differ.
pub fn flow(from: &MotionFrame, to: &MotionFrame) -> FlowField {
    assert_eq!(from.size(), to.size(), "pictures of one size");
    let mut found: Option<FlowField> = None;
    for (one, other) in from.levels.iter().zip(&to.levels).rev() {
        let size = one.brightness.size;
        let start = match &found {
            Some(coarser) => coarser.resized(size),
            None => FlowField::still(size),
        };
        found = Some(refined(one, &other.brightness, &start));
    }
    found.unwrap_or_else(|| unreachable!("a picture has at least one level"))
}

/// The flow at one level, near a first guess.
fn refined(from: &FrameLevel, to: &BrightnessPlane, start: &FlowField) -> FlowField {
    let size = start.size();
    let (columns, rows) = (places(size.width), places(size.height));
    let found: Vec<Vec<FoundPatch>> = rows
        .par_iter()
        .map(|&row| columns.iter().map(|&column| Patch::new(from, column, row).search(to, start)).collect())
        .collect();
    let mut dense = vec![[0.0; 2]; size.pixels()];
    dense.par_chunks_exact_mut(size.width).enumerate().for_each(|(row, pixels)| {
        let mut weights = vec![0.0; size.width];
        for (&top, found) in rows.iter().zip(&found) {
            if !(top..top + PATCH).contains(&row) {
                continue;
            }
            for (&left, FoundPatch { vector: [across, down], differences }) in columns.iter().zip(found) {
                let differences = &differences[(row - top) * PATCH..][..PATCH];
                let covered = pixels[left..].iter_mut().zip(&mut weights[left..]);
                for ((pixel, sum), difference) in covered.zip(differences) {
                    let weight = 1.0 / difference.abs().max(1.0);
                    *sum += weight;
                    pixel[0] += weight * across;
                    pixel[1] += weight * down;
                }
            }
        }
        for (pixel, weight) in pixels.iter_mut().zip(weights) {
            *pixel = pixel.map(|sum| sum / weight);
        }
    });
    FlowField::new(size, dense)
}

/// Where patches begin along a side: every pixel belongs to one, and the last may reach over the edge of a tiny picture.
fn places(length: usize) -> Vec<usize> {
    let last = length.saturating_sub(PATCH);
    let mut places: Vec<usize> = (0..last).step_by(STRIDE).collect();
    places.push(last);
    places
}

/// Where a patch went.
struct FoundPatch {
    /// In columns and rows.
    vector: [f32; 2],
    /// How much brighter each of its pixels is there, less the mean.
    differences: [f32; PIXELS],
}

impl FoundPatch {
    fn new((vector, differences): ([f32; 2], [f32; PIXELS])) -> Self {
        Self { vector, differences }
    }
}

/// A patch of the first picture.
struct Patch {
    column: usize,
    row: usize,
    /// Its brightness, less the mean.
    values: [f32; PIXELS],
    slopes: [[f32; PIXELS]; 2],
    /// The inverse of the sums of its slopes' products; `None` where it has no structure.
    inverse: Option<[[f32; 2]; 2]>,
}

impl Patch {
    fn new(from: &FrameLevel, column: usize, row: usize) -> Self {
        let values = centered(copied(&from.brightness, column, row));
        // A patch may be brighter than where it went, so slopes count less their mean as well.
        let slopes = [0, 1].map(|axis| centered(copied(&from.slopes[axis], column, row)));
        let [across, down] = &slopes;
        let (xx, xy, yy) = (dot(across, across), dot(across, down), dot(down, down));
        let determinant = xx * yy - xy * xy;
        // A patch with an edge but no corner moves along the edge only by what this adds.
        let damping = 0.001 * (xx + yy) + 1.0;
        let (xx, yy) = (xx + damping, yy + damping);
        let inverse = (determinant > 0.0 || xx + yy > 4.0 * damping).then(|| {
            let scale = 1.0 / (xx * yy - xy * xy);
            [[yy * scale, -xy * scale], [-xy * scale, xx * scale]]
        });
        Self { column, row, values, slopes, inverse }
    }

    /// Where it went, near the best of the guesses that `start` has for it and around it.
    fn search(&self, to: &BrightnessPlane, start: &FlowField) -> FoundPatch {
        let Size { width, height } = start.size();
        let guess = |across: isize, down: isize| {
            let place = |at: usize, by: isize, length: usize| {
                (at.cast_signed() + (PATCH / 2).cast_signed() + by).clamp(0, length.cast_signed() - 1).cast_unsigned()
            };
            start.get(place(self.column, across, width), place(self.row, down, height))
        };
        let around = PATCH.cast_signed();
        let own = guess(0, 0);
        let others = [(-around, 0), (around, 0), (0, -around), (0, around)].map(|(x, y)| guess(x, y));
        let mut best = (own, self.difference(to, own));
        for other in others {
            if (other[0] - own[0]).abs() + (other[1] - own[1]).abs() > 0.5 {
                let differences = self.difference(to, other);
                if square(&differences) < square(&best.1) {
                    best = (other, differences);
                }
            }
        }
        let Some(inverse) = self.inverse else { return FoundPatch::new(best) };
        let first = best;
        for _ in 0..STEPS {
            let (vector, differences) = best;
            let pull = [0, 1].map(|axis| dot(&self.slopes[axis], &differences));
            let step = inverse.map(|row| row[0] * pull[0] + row[1] * pull[1]);
            let next = [vector[0] - step[0], vector[1] - step[1]];
            let is_far = (next[0] - first.0[0]).hypot(next[1] - first.0[1]) > PATCH as f32;
            if is_far || !next.iter().all(|number| number.is_finite()) {
                return FoundPatch::new(first);
            }
            let next = (next, self.difference(to, next));
            if square(&next.1) > square(&best.1) {
                break;
            }
            best = next;
            if step[0].hypot(step[1]) < SHORT {
                break;
            }
        }
        FoundPatch::new(best)
    }

    /// How much brighter than the patch its place in the second picture is, if it moved by this vector; less the mean.
    fn difference(&self, to: &BrightnessPlane, [across, down]: [f32; 2]) -> [f32; PIXELS] {
        let outside = (MARGIN - 1) as f32;
        let place = |at: usize, by: f32, length: usize| {
            (at as f32 + by).clamp(-outside, (length - 1) as f32 + outside - PATCH as f32)
        };
        let x = place(self.column, across, to.size.width);
        let y = place(self.row, down, to.size.height);
        let (column, row) = (x.floor(), y.floor());
        let (right, below) = (x - column, y - row);
        let corners = [(1.0 - right) * (1.0 - below), right * (1.0 - below), (1.0 - right) * below, right * below];
        let mut found = [0.0; PIXELS];
        for (line, found) in found.chunks_exact_mut(PATCH).enumerate() {
            let [upper, lower] = [0, 1].map(|next| to.from(column as isize, row as isize + line.cast_signed() + next));
            for (at, found) in found.iter_mut().enumerate() {
                *found = corners[0] * upper[at]
                    + corners[1] * upper[at + 1]
                    + corners[2] * lower[at]
                    + corners[3] * lower[at + 1];
            }
        }
        let mut differences = centered(found);
        differences.iter_mut().zip(&self.values).for_each(|(found, own)| *found -= own);
        differences
    }
}

/// The pixels of a patch.
fn copied(plane: &BrightnessPlane, column: usize, row: usize) -> [f32; PIXELS] {
    let mut values = [0.0; PIXELS];
    for (line, values) in values.chunks_exact_mut(PATCH).enumerate() {
        values.copy_from_slice(&plane.from(column.cast_signed(), (row + line).cast_signed())[..PATCH]);
    }
    values
}

/// Numbers less their mean.
fn centered(mut values: [f32; PIXELS]) -> [f32; PIXELS] {
    let mean = sum(&values) / PIXELS as f32;
    for value in &mut values {
        *value -= mean;
    }
    values
}

/// Each loop is one that compilers make vectors of.
fn sum(values: &[f32; PIXELS]) -> f32 {
    let mut sums = [0.0; PATCH];
    for row in values.chunks_exact(PATCH) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
    sums.iter().sum()
}

fn dot(one: &[f32; PIXELS], other: &[f32; PIXELS]) -> f32 {
    let mut products = *one;
    products.iter_mut().zip(other).for_each(|(product, other)| *product *= other);
    sum(&products)
}

fn square(values: &[f32; PIXELS]) -> f32 {
    dot(values, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { width: 160, height: 120 };

    /// A pattern without repetition in the picture, at a place.
    fn pattern(x: f32, y: f32) -> f32 {
        let wave = |pitch: f32, angle: f32| (pitch * (x * angle.cos() + y * angle.sin())).sin();
        let waves = [(0.31, 0.2), (0.23, 1.3), (0.17, 2.2), (0.11, 0.9), (0.053, 2.8), (0.037, 1.7)];
        127.0 + 20.0 * waves.iter().map(|&(pitch, angle)| wave(pitch, angle)).sum::<f32>()
    }

    fn frame(place: impl Fn(f32, f32) -> [f32; 2]) -> MotionFrame {
        let brightness = (0..SIZE.pixels()).map(|index| {
            let [x, y] = place((index % SIZE.width) as f32, (index / SIZE.width) as f32);
            pattern(x, y)
        });
        MotionFrame::of_brightness(SIZE, &brightness.collect::<Vec<_>>())
    }

    /// The mean distance between the flow and what it should be, away from the edges.
    fn error(flow: &FlowField, expected: impl Fn(f32, f32) -> [f32; 2]) -> f32 {
        let mut distances = Vec::new();
        for row in 16..SIZE.height - 16 {
            for column in 16..SIZE.width - 16 {
                let ([x, y], [across, down]) = (flow.get(column, row), expected(column as f32, row as f32));
                distances.push((x - across).hypot(y - down));
            }
        }
        distances.iter().sum::<f32>() / distances.len() as f32
    }

    #[test]
    fn known_motion_is_found() {
        let still = frame(|x, y| [x, y]);
        for [across, down] in [[0.0, 0.0], [0.4, -0.3], [3.0, 2.0], [-11.5, 6.25]] {
            let moved = frame(|x, y| [x - across, y - down]);
            let error = error(&flow(&still, &moved), |_, _| [across, down]);
            assert!(error < 0.1, "{across} {down}: {error}");
        }
        // Zoomed by 6 % and turned by 3 degrees around the centre.
        let (center_x, center_y) = (80.0, 60.0);
        let (sine, cosine) = 3f32.to_radians().sin_cos();
        let there = |x: f32, y: f32| {
            let (x, y) = (1.06 * (x - center_x), 1.06 * (y - center_y));
            [center_x + x * cosine - y * sine, center_y + x * sine + y * cosine]
        };
        let from = |x: f32, y: f32| {
            let (x, y) = ((x - center_x) / 1.06, (y - center_y) / 1.06);
            [center_x + x * cosine + y * sine, center_y - x * sine + y * cosine]
        };
        let error = error(&flow(&still, &frame(from)), |x, y| {
            let [across, down] = there(x, y);
            [across - x, down - y]
        });
        assert!(error < 0.4, "{error}");
    }
}
