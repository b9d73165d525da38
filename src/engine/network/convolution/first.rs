//! The first convolution: it reads the image, and repeats its edge instead of padding with zeros.
//!
//! Zeros there would be a grey frame as the network sees it, and painting it in costs the border its
//! strokes. With three input channels Winograd's transforms would cost more than they save, so this one
//! is a plain matrix product over the 27 numbers around each pixel.

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::super::values::values;
use super::super::weights::ConvolutionWeights;

/// The image's channels.
const COLORS: usize = 3;
/// Numbers that one output looks at.
const AROUND: usize = 9 * COLORS;
/// Mean and standard deviation of ImageNet's colours, which the network was trained to see removed.
const MEAN: [f32; COLORS] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; COLORS] = [0.229, 0.224, 0.225];

/// Image (3 x height x width, sRGB 0..1) to height x width x outputs, with ReLU.
pub(in super::super) struct FirstConvolution {
    /// 27 x outputs; rows are ordered by tap, then colour. The division by the deviation is in it.
    kernel: Tensor,
    /// One for each output. The subtraction of the mean is in it.
    bias: Tensor,
}

impl FirstConvolution {
    pub(in super::super) fn new(
        weights: &ConvolutionWeights,
        outputs: usize,
        device: &Device,
    ) -> candle_core::Result<Self> {
        let mut kernel = vec![0.0; AROUND * outputs];
        let mut bias = weights.bias.clone();
        for (index, &weight) in weights.kernel.iter().enumerate() {
            let (output, color, tap) = (index / AROUND, index / 9 % COLORS, index % 9);
            let scaled = weight / DEVIATION[color];
            kernel[(tap * COLORS + color) * outputs + output] = scaled;
            bias[output] -= scaled * MEAN[color];
        }
        Ok(Self {
            kernel: Tensor::from_vec(kernel, (AROUND, outputs), device)?,
            bias: Tensor::from_vec(bias, outputs, device)?,
        })
    }

    pub(in super::super) fn forward(&self, image: &Tensor) -> candle_core::Result<Tensor> {
        let (_, height, width) = image.dims3()?;
        let around = gather(image, (height, width))?;
        let outputs = around.matmul(&self.kernel)?.broadcast_add(&self.bias)?.relu()?;
        outputs.reshape((height, width, ()))
    }

    /// The gradient with respect to the image, from the gradient with respect to `output`.
    pub(in super::super) fn backward(&self, gradient: &Tensor, output: &Tensor) -> candle_core::Result<Tensor> {
        let (height, width, _) = output.dims3()?;
        let masked = gradient.mul(&output.gt(0.0)?.to_dtype(gradient.dtype())?)?;
        let around = masked.flatten(0, 1)?.matmul(&self.kernel.t()?)?;
        scatter(&around, (height, width))
    }
}

/// The 27 numbers around each pixel, as (height * width) x 27.
fn gather(image: &Tensor, (height, width): (usize, usize)) -> candle_core::Result<Tensor> {
    let planes = image.to_device(&Device::Cpu)?;
    let planes = values(&planes)?;
    let mut around = vec![0.0; height * width * AROUND];
    around.par_chunks_mut(width * AROUND).enumerate().for_each(|(y, row)| {
        for (x, taps) in row.chunks_exact_mut(AROUND).enumerate() {
            for (tap, colors) in taps.chunks_exact_mut(COLORS).enumerate() {
                let at = neighbour(y, tap / 3, height) * width + neighbour(x, tap % 3, width);
                for (color, value) in colors.iter_mut().enumerate() {
                    *value = planes[color * height * width + at];
                }
            }
        }
    });
    Tensor::from_vec(around, (height * width, AROUND), image.device())
}

/// The opposite of [`gather`]: adds each of the 27 numbers to the pixel that it came from.
fn scatter(around: &Tensor, (height, width): (usize, usize)) -> candle_core::Result<Tensor> {
    let on_cpu = around.to_device(&Device::Cpu)?;
    let numbers = values(&on_cpu)?;
    let mut planes = vec![0.0; COLORS * height * width];
    let (red, rest) = planes.split_at_mut(height * width);
    let (green, blue) = rest.split_at_mut(height * width);
    // By row of the image, so that rows can be summed side by side.
    red.par_chunks_mut(width).zip(green.par_chunks_mut(width)).zip(blue.par_chunks_mut(width)).enumerate().for_each(
        |(row, ((red, green), blue))| {
            for y in row.saturating_sub(1)..(row + 2).min(height) {
                for line in (0..3).filter(|&line| neighbour(y, line, height) == row) {
                    for x in 0..width {
                        let taps = &numbers[(y * width + x) * AROUND + line * 3 * COLORS..][..3 * COLORS];
                        for (tap, colors) in taps.chunks_exact(COLORS).enumerate() {
                            let column = neighbour(x, tap, width);
                            red[column] += colors[0];
                            green[column] += colors[1];
                            blue[column] += colors[2];
                        }
                    }
                }
            }
        },
    );
    Tensor::from_vec(planes, (COLORS, height, width), around.device())
}

/// The coordinate that a tap (0 before, 1 at, 2 after) reads, with the edge repeated.
fn neighbour(at: usize, tap: usize, length: usize) -> usize {
    (at + tap).saturating_sub(1).min(length - 1)
}
