//! The first convolution: it reads the image, and repeats its edge instead of padding with zeros.
//!
//! Zeros there would be a grey frame as the network sees it, and painting it in costs the border its
//! strokes. With three input channels Winograd's transforms would cost more than they save, so on the CPU
//! this one is a plain product over the 27 numbers around each pixel.

// A product's rows are handed over as pointers; each block says why they are good.
#![allow(unsafe_code)]
#![allow(clippy::inline_always)] // see `product`

use std::ops::Range;

use candle_core::{Device, Result, Tensor};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::band::Band;
use super::convolution::UNFOLDED;
use super::edge::{fold, repeat};
use super::memory::{edit, values};
use super::pieces::pieces;
use super::product::{Panels, Rows};
use super::tensor_cores::conv2d;
use super::trial;

/// The image's channels.
const COLORS: usize = 3;
/// Numbers that one output looks at.
const AROUND: usize = 9 * COLORS;
/// Mean and standard deviation of ImageNet's colours, which the network was trained to see removed.
const MEAN: [f32; COLORS] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; COLORS] = [0.229, 0.224, 0.225];
/// Rows of the image that one thread works on at a time in the backward direction.
const BAND: usize = 16;

/// Image (3 x height x width, sRGB 0..1) to features, with ReLU.
pub(crate) struct FirstConvolution {
    form: Form,
    /// One for each output. The subtraction of the mean is in it.
    bias: Tensor,
}

/// The weights, with the division by the deviation in them.
enum Form {
    /// On the CPU: 27 x outputs, and outputs x 27. The 27 are ordered by tap, then colour.
    Products { forward: Panels, backward: Panels, arch: Arch },
    /// Elsewhere: outputs x 3 x 3 x 3, and the same turned for the backward direction, 3 x outputs x 3 x 3.
    Plain { forward: Tensor, backward: Tensor },
}

impl FirstConvolution {
    /// From weights given as outputs x 3 x 3 x 3.
    pub(crate) fn new(weights: &[f32], bias: &[f32], outputs: usize, device: &Device) -> Result<Self> {
        let mut scaled = weights.to_vec();
        let mut bias = bias.to_vec();
        for (index, weight) in scaled.iter_mut().enumerate() {
            let (output, color) = (index / AROUND, index / 9 % COLORS);
            *weight /= DEVIATION[color];
            bias[output] -= *weight * MEAN[color];
        }
        let form =
            if trial::has_own_kernels(device) { products(&scaled, outputs) } else { plain(&scaled, outputs, device)? };
        Ok(Self { form, bias: Tensor::from_vec(bias, outputs, device)? })
    }

    /// Some rows of the features of a whole image.
    pub(crate) fn forward(&self, image: &Tensor, output: &Band) -> Result<()> {
        let (_, height, width) = image.dims3()?;
        match &self.form {
            Form::Products { forward, arch, .. } => {
                let (planes, bias) = (values(image)?, values(&self.bias)?);
                let line = width * forward.columns();
                edit(&output.values, |output_values| {
                    output_values.par_chunks_mut(line).enumerate().for_each_init(Vec::new, |scratch, (row, line)| {
                        let row = Row { planes: &planes, at: output.first + row, height, width };
                        arch.dispatch(ForwardRow { row, kernel: forward, bias: &bias, scratch, line });
                    });
                })
            }
            Form::Plain { forward, .. } => {
                // Beside the output in several stages.
                let bytes_for_a_row = width * ((UNFOLDED + 4) * COLORS + 4 * forward.dim(0)?) * size_of::<f32>();
                for rows in pieces(output.rows(), bytes_for_a_row) {
                    // One row more on each side of what is wanted, with the edge repeated.
                    let image = repeat(image, &rows)?;
                    let sums = conv2d(&image.unsqueeze(0)?, forward, 0)?.squeeze(0)?;
                    let biased = sums.broadcast_add(&self.bias.reshape(((), 1, 1))?)?;
                    output.narrow(&rows)?.write(&biased.relu()?)?;
                }
                Ok(())
            }
        }
    }

    /// Some rows of the gradient with respect to the image, into `image_gradient` (3 x height x width), from
    /// the gradient with respect to the plain sums. That must hold the row above and the row below.
    pub(crate) fn backward(&self, gradient: &Band, rows: &Range<usize>, image_gradient: &Tensor) -> Result<()> {
        let (_, height, width) = image_gradient.dims3()?;
        match &self.form {
            Form::Products { backward, arch, .. } => {
                let gradients = values(&gradient.values)?;
                edit(image_gradient, |planes| {
                    let (red, rest) = planes.split_at_mut(height * width);
                    let (green, blue) = rest.split_at_mut(height * width);
                    let [red, green, blue] = [red, green, blue]
                        .map(|plane| plane[rows.start * width..rows.end * width].par_chunks_mut(BAND * width));
                    red.zip(green).zip(blue).enumerate().for_each_init(
                        Vec::new,
                        |scratch, (band, ((red, green), blue))| {
                            let first = rows.start + band * BAND;
                            let planes = [red, green, blue];
                            let band = BackwardBand { gradient, gradients: &gradients, first, planes, width };
                            arch.dispatch(Backward { band, kernel: backward, scratch });
                        },
                    );
                })
            }
            Form::Plain { backward, .. } => {
                let channels = gradient.values.dim(2)?;
                let bytes_for_a_row = width * ((UNFOLDED + 1) * channels + 8 * COLORS) * size_of::<f32>();
                for rows in pieces(rows.clone(), bytes_for_a_row) {
                    let have = rows.start.saturating_sub(1)..(rows.end + 1).min(height);
                    let sums = gradient.narrow(&have)?.planes()?.contiguous()?.unsqueeze(0)?;
                    // With respect to the image that its repeated edge goes around: two more rows and columns.
                    let around = conv2d(&sums, backward, 2)?.squeeze(0)?;
                    let around = fold(&fold(&around, 2, (true, true))?, 1, (have.start == 0, have.end == height))?;
                    let first = if have.start == 0 { 0 } else { have.start - 1 };
                    let around = around.narrow(1, rows.start - first, rows.len())?.contiguous()?;
                    image_gradient.slice_set(&around, 1, rows.start)?;
                }
                Ok(())
            }
        }
    }
}

fn products(weights: &[f32], outputs: usize) -> Form {
    let arch = Arch::new();
    let mut forward = Panels::new(1, AROUND, outputs, arch);
    let mut backward = Panels::new(1, outputs, AROUND, arch);
    let position = |index: usize| (index / AROUND, (index % 9) * COLORS + index / 9 % COLORS);
    for (index, &weight) in weights.iter().enumerate() {
        let (output, around) = position(index);
        *forward.value_mut(0, around, output) = weight;
        *backward.value_mut(0, output, around) = weight;
    }
    Form::Products { forward, backward, arch }
}

fn plain(weights: &[f32], outputs: usize, device: &Device) -> Result<Form> {
    let forward = Tensor::from_slice(weights, (outputs, COLORS, 3, 3), device)?;
    let backward = forward.transpose(0, 1)?.contiguous()?.flip(&[2, 3])?.contiguous()?;
    Ok(Form::Plain { forward, backward })
}

/// The coordinate that a tap (0 before, 1 at, 2 after) reads, with the edge repeated.
#[inline(always)]
fn neighbour(at: usize, tap: usize, length: usize) -> usize {
    (at + tap).saturating_sub(1).min(length - 1)
}

/// A row of an image.
struct Row<'a> {
    planes: &'a [f32],
    at: usize,
    height: usize,
    width: usize,
}

/// One row of features.
struct ForwardRow<'a> {
    row: Row<'a>,
    kernel: &'a Panels,
    bias: &'a [f32],
    scratch: &'a mut Vec<f32>,
    line: &'a mut [f32],
}

impl WithSimd for ForwardRow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Row { planes, at, height, width } = self.row;
        let padded = self.kernel.padded_columns();
        self.scratch.resize(width * (AROUND + padded), 0.0);
        let (around, sums) = self.scratch.split_at_mut(width * AROUND);
        for tap in 0..9 {
            let line = neighbour(at, tap / 3, height) * width;
            for color in 0..COLORS {
                let plane = &planes[color * height * width + line..][..width];
                for (x, around) in around.chunks_exact_mut(AROUND).enumerate() {
                    around[tap * COLORS + color] = plane[neighbour(x, tap % 3, width)];
                }
            }
        }
        let left = Rows { start: around.as_mut_ptr(), stride: AROUND };
        let product = Rows { start: sums.as_mut_ptr(), stride: padded };
        // SAFETY: `around` holds width rows of 27, `sums` width rows of the padded columns; both are borrowed.
        unsafe { self.kernel.multiply(simd, 0, left, product, width) };
        let outputs = self.bias.len();
        for (output, sums) in self.line.chunks_exact_mut(outputs).zip(sums.chunks_exact(padded)) {
            for ((output, sum), bias) in output.iter_mut().zip(sums).zip(self.bias) {
                *output = (sum + bias).max(0.0);
            }
        }
    }
}

/// Some rows of an image's gradient.
struct BackwardBand<'a> {
    gradient: &'a Band,
    gradients: &'a [f32],
    /// The image's row that the planes begin with.
    first: usize,
    planes: [&'a mut [f32]; COLORS],
    width: usize,
}

struct Backward<'a> {
    band: BackwardBand<'a>,
    kernel: &'a Panels,
    scratch: &'a mut Vec<f32>,
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let BackwardBand { gradient, gradients, first, mut planes, width } = self.band;
        let (channels, padded) = (self.kernel.rows(), self.kernel.padded_columns());
        let rows = first..first + planes[0].len() / width;
        self.scratch.resize(width * padded, 0.0);
        for plane in &mut planes {
            plane.fill(0.0);
        }
        for y in rows.start.saturating_sub(1)..(rows.end + 1).min(gradient.height) {
            let line = &gradients[(y - gradient.first) * width * channels..][..width * channels];
            let left = Rows { start: line.as_ptr().cast_mut(), stride: channels };
            let product = Rows { start: self.scratch.as_mut_ptr(), stride: padded };
            // SAFETY: `line` holds width rows of the channels and is only read; the scratch holds width
            // rows of the padded columns and is this thread's own.
            unsafe { self.kernel.multiply(simd, 0, left, product, width) };
            for tap_row in 0..3 {
                let row = neighbour(y, tap_row, gradient.height);
                if !rows.contains(&row) {
                    continue;
                }
                for (color, plane) in planes.iter_mut().enumerate() {
                    let plane = &mut plane[(row - rows.start) * width..][..width];
                    for (x, around) in self.scratch.chunks_exact(padded).enumerate() {
                        for tap in 0..3 {
                            plane[neighbour(x, tap, width)] += around[(tap_row * 3 + tap) * COLORS + color];
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::DType;

    /// The path of the other devices runs on the CPU too, so both can be compared here.
    #[test]
    fn every_device_convolves_alike() {
        let outputs = 5;
        let random = |shape: &[usize]| Tensor::randn(0f32, 1.0, shape, &Device::Cpu).unwrap();
        let weights = random(&[outputs * AROUND]).to_vec1::<f32>().unwrap();
        for (height, width) in [(1, 1), (1, 4), (3, 1), (7, 6), (40, 9)] {
            let image = random(&[3, height, width]);
            let gradient = random(&[height, width, outputs]);
            let bias = Tensor::zeros(outputs, DType::F32, &Device::Cpu).unwrap();
            let mut results = Vec::new();
            for form in [products(&weights, outputs), plain(&weights, outputs, &Device::Cpu).unwrap()] {
                let first = FirstConvolution { form, bias: bias.clone() };
                let output = Band::whole(gradient.zeros_like().unwrap()).unwrap();
                let image_gradient = image.zeros_like().unwrap();
                let half = height / 2;
                for rows in [0..half, half..height].into_iter().filter(|rows| !rows.is_empty()) {
                    first.forward(&image, &output.narrow(&rows).unwrap()).unwrap();
                    let needed = rows.start.saturating_sub(1)..(rows.end + 1).min(height);
                    let gradient = Band::whole(gradient.clone()).unwrap().narrow(&needed).unwrap();
                    first.backward(&gradient, &rows, &image_gradient).unwrap();
                }
                let mut numbers = output.values.flatten_all().unwrap().to_vec1::<f32>().unwrap();
                numbers.extend(image_gradient.flatten_all().unwrap().to_vec1::<f32>().unwrap());
                results.push(numbers);
            }
            for (one, other) in results[0].iter().zip(&results[1]) {
                assert!((one - other).abs() < 1e-3, "{height}x{width}: {one} {other}");
            }
        }
    }
}
