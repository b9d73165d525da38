//! Converts coefficients to pixels: the inverse discrete cosine transform (IDCT), chroma upsampling and colour
//! conversion.

use std::array;

use rayon::prelude::*;

use super::scans::Plane;
use super::segments::{JpegColours, JpegFrame};
use crate::picture::sample::Sample;

/// Scale factors for the coefficients of rows and columns 0 to 7, for the IDCT of Arai, Agui and Nakajima.
const SCALES: [f32; 8] = [1.0, 1.387_039_8, 1.306_563, 1.175_875_6, 1.0, 0.785_694_96, 0.541_196_1, 0.275_899_38];

/// Interleaved pixels of the channels in `planes`. `YCbCr` is converted to RGB; YCCK is left as it is.
pub(super) fn pixels<S: Sample>(frame: &JpegFrame, colours: JpegColours, mut planes: Vec<Plane>) -> Vec<S> {
    let highest = f32::from((1_u16 << frame.precision) - 1);
    for plane in &mut planes {
        transform(plane, highest);
    }
    let channels = planes.len();
    let mut pixels = vec![S::default(); channels * frame.width * frame.height];
    let middle = f32::midpoint(highest, 1.0);
    pixels.par_chunks_mut(channels * frame.width).enumerate().for_each_init(
        || vec![vec![0_i32; frame.width]; channels],
        |rows, (y, pixels)| {
            for ((row, plane), component) in rows.iter_mut().zip(&planes).zip(&frame.components) {
                plane.upsample_row(y, component.sampling, frame.sampling(), row);
            }
            for (x, pixel) in pixels.chunks_exact_mut(channels).enumerate() {
                let mut values: [f32; 4] = array::from_fn(|channel| rows.get(channel).map_or(0.0, |row| row[x] as f32));
                if colours == JpegColours::YCbCr {
                    let [luma, blueness, redness, _] = values;
                    let (blueness, redness) = (blueness - middle, redness - middle);
                    values[0] = luma + 1.402 * redness;
                    values[1] = luma - 0.344_136 * blueness - 0.714_136 * redness;
                    values[2] = luma + 1.772 * blueness;
                }
                for (sample, value) in pixel.iter_mut().zip(values) {
                    *sample = S::from_unit(value / highest);
                }
            }
        },
    );
    pixels
}

/// Dequantises and transforms the coefficients of `plane` to samples from 0 to `highest`, in place.
fn transform(plane: &mut Plane, highest: f32) {
    let table = plane.table.unwrap_or([1; 64]);
    let factors: [f32; 64] =
        array::from_fn(|place| f32::from(table[place]) * SCALES[place / 8] * SCALES[place % 8] / 8.0);
    let middle = f32::midpoint(highest, 1.0);
    plane.blocks.par_iter_mut().with_min_len(256).for_each(|block| {
        if block[1..].iter().all(|&coefficient| coefficient == 0) {
            let uniform = (f32::from(block[0]) * factors[0] + middle).round().clamp(0.0, highest) as i16;
            block.fill(uniform);
            return;
        }
        let mut values = [[0.0_f32; 8]; 8];
        for (place, (&coefficient, factor)) in block.iter().zip(&factors).enumerate() {
            values[place / 8][place % 8] = f32::from(coefficient) * factor;
        }
        let values = transposed(columns(transposed(columns(values))));
        for (place, sample) in block.iter_mut().enumerate() {
            *sample = (values[place / 8][place % 8] + middle).round().clamp(0.0, highest) as i16;
        }
    });
}

fn transposed(rows: [[f32; 8]; 8]) -> [[f32; 8]; 8] {
    array::from_fn(|row| array::from_fn(|column| rows[column][row]))
}

/// The one-dimensional IDCT of each column.
fn columns(rows: [[f32; 8]; 8]) -> [[f32; 8]; 8] {
    let add = |a: [f32; 8], b: [f32; 8]| -> [f32; 8] { array::from_fn(|column| a[column] + b[column]) };
    let sub = |a: [f32; 8], b: [f32; 8]| -> [f32; 8] { array::from_fn(|column| a[column] - b[column]) };
    let mul = |a: [f32; 8], factor: f32| a.map(|value| value * factor);

    let (sum, difference) = (add(rows[0], rows[4]), sub(rows[0], rows[4]));
    let inner = add(rows[2], rows[6]);
    let outer = sub(mul(sub(rows[2], rows[6]), std::f32::consts::SQRT_2), inner);
    let even = [add(sum, inner), add(difference, outer), sub(difference, outer), sub(sum, inner)];

    let (z13, z10) = (add(rows[5], rows[3]), sub(rows[5], rows[3]));
    let (z11, z12) = (add(rows[1], rows[7]), sub(rows[1], rows[7]));
    let z5 = mul(add(z10, z12), 1.847_759);
    let seventh = add(z11, z13);
    let sixth = sub(sub(z5, mul(z10, 2.613_126)), seventh);
    let fifth = sub(mul(sub(z11, z13), std::f32::consts::SQRT_2), sixth);
    let fourth = sub(sub(z5, mul(z12, 1.082_392_2)), fifth);
    let odd = [seventh, sixth, fifth, fourth];

    array::from_fn(|row| if row < 4 { add(even[row], odd[row]) } else { sub(even[7 - row], odd[7 - row]) })
}

impl Plane {
    /// Copies row `y` of the plane to `row`.
    fn copy_row(&self, y: usize, row: &mut [i32]) {
        let blocks = &self.blocks[y / 8 * self.stride..][..self.stride];
        for (samples, block) in row.chunks_mut(8).zip(blocks) {
            for (to, &from) in samples.iter_mut().zip(&block[y % 8 * 8..]) {
                *to = from.into();
            }
        }
    }

    /// Writes row `y` of the picture to `row`, upsampled from this channel's `sampling` factors to the `largest` of all
    /// channels.
    ///
    /// Like libjpeg, it interpolates where the resolution is doubled, and repeats samples for higher factors.
    fn upsample_row(&self, y: usize, sampling: [usize; 2], largest: [usize; 2], row: &mut [i32]) {
        let [wide, high] = self.size;
        let doubles = [0, 1].map(|axis| largest[axis] == 2 * sampling[axis]);
        let keeps = [0, 1].map(|axis| largest[axis] == sampling[axis]);
        let interpolates = (doubles[0] && (doubles[1] || keeps[1]) && wide > 2) || (keeps[0] && doubles[1]);
        // The index of the sample at the centre of a pixel.
        let nearest = |pixel: usize, axis: usize| (2 * pixel + 1) * sampling[axis] / (2 * largest[axis]);
        let neighbour = |pixel: usize, count: usize| {
            if pixel.is_multiple_of(2) { (pixel / 2).saturating_sub(1) } else { (pixel / 2 + 1).min(count - 1) }
        };
        let mut samples = vec![0; wide];
        self.copy_row(nearest(y, 1), &mut samples);
        if interpolates && doubles[1] {
            let mut others = vec![0; wide];
            self.copy_row(neighbour(y, high), &mut others);
            for (sample, other) in samples.iter_mut().zip(others) {
                *sample = 3 * *sample + other;
            }
        }
        if interpolates && doubles[0] {
            // Round alternately up and down, so that the picture does not become lighter.
            let (shift, round) = if doubles[1] { (4, [8, 7]) } else { (2, [1, 2]) };
            for (x, value) in row.iter_mut().enumerate() {
                *value = (3 * samples[x / 2] + samples[neighbour(x, wide)] + round[x % 2]) >> shift;
            }
        } else if interpolates {
            for (value, sample) in row.iter_mut().zip(samples) {
                *value = (sample + 1 + i32::from(y % 2 == 1)) >> 2;
            }
        } else if keeps[0] {
            row.copy_from_slice(&samples);
        } else {
            for (x, value) in row.iter_mut().enumerate() {
                *value = samples[nearest(x, 0)];
            }
        }
    }
}
