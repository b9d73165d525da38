//! Convolutions, prepared for a device.

use std::ops::Range;

use super::activation::Activation;
use super::backend::{Convolution, Epilogue, FirstLayer, SizedConvolution, SizedConvolutionGradient};
use super::band::Band;
use super::device::Device;
use super::error::ComputeResult;
use super::rows::{window_rows, windows_of, with_neighbours};
use super::shape::ConvolutionShape;
use super::tensor::Tensor;

/// A 3x3 convolution with zeros around the picture, in one direction.
pub struct ConvolutionKernel(Box<dyn Convolution>);

impl ConvolutionKernel {
    /// From weights given as outputs x inputs x 3 x 3.
    pub fn forward(weights: &[f32], inputs: usize, outputs: usize, device: &Device) -> ComputeResult<Self> {
        device.backend().convolution(weights, inputs, outputs).map(Self)
    }

    /// The gradient with respect to the input of a convolution with these weights (outputs x inputs x 3 x 3). It is the
    /// convolution of the output's gradient with the kernel turned by 180 degrees, inputs and outputs swapped; so one
    /// implementation serves both directions.
    pub fn backward(weights: &[f32], inputs: usize, outputs: usize, device: &Device) -> ComputeResult<Self> {
        let mut turned = vec![0.0; weights.len()];
        for (pair, taps) in weights.chunks_exact(9).enumerate() {
            let (output, input) = (pair / inputs, pair % inputs);
            for (tap, &value) in taps.iter().enumerate() {
                turned[(input * outputs + output) * 9 + 8 - tap] = value;
            }
        }
        Self::forward(&turned, outputs, inputs, device)
    }

    /// Convolves `input` into `output`. The input must hold the row above the output's first and the row below its
    /// last, where the picture has them.
    pub fn convolve(&self, input: &Band, epilogue: Epilogue<&Tensor>, output: &Band) -> ComputeResult<()> {
        self.0.convolve(input.parts(), epilogue.map(|bias| output.values.same_device(bias))?, output.parts())
    }

    /// The convolution of `input` with bias and ReLU, then 2x2 max pooling with stride 2, into rows of the pooled
    /// features. Each value tells which of its window's values it is, the first of several that are equal.
    ///
    /// # Errors
    /// When `input` does not hold the windows of the output and the rows above and below them, where the picture has
    /// them.
    pub fn convolve_and_pool(&self, input: &Band, bias: &Tensor, output: &Band) -> ComputeResult<()> {
        input.narrow(&with_neighbours(&window_rows(&output.rows(), input.height), input.height))?;
        self.0.convolve_and_pool(input.parts(), output.values.same_device(bias)?, output.parts())
    }

    /// Convolves the gradient before pooling, given that of pooled features ([`Epilogue::PooledMask`]), into `output`:
    /// each window's gradient goes to its largest value, and an odd last row or column, which belongs to no window, has
    /// none.
    ///
    /// # Errors
    /// When `gradient` does not hold the windows of the output's rows, of the row above and the row below, where the
    /// picture has them.
    pub fn convolve_unpooled(&self, gradient: &Band, epilogue: Epilogue<&Tensor>, output: &Band) -> ComputeResult<()> {
        gradient.narrow(&windows_of(&with_neighbours(&output.rows(), output.height), gradient.height))?;
        self.0.convolve_unpooled(
            gradient.parts(),
            epilogue.map(|bias| output.values.same_device(bias))?,
            output.parts(),
        )
    }
}

/// A convolution of any size and stride, with bias and activation.
pub struct SizedConvolutionKernel {
    shape: ConvolutionShape,
    kernel: Box<dyn SizedConvolution>,
}

impl SizedConvolutionKernel {
    /// From weights given as outputs x inputs x size x size (of a depthwise convolution, channels x 1 x size x size)
    /// and, if it has one, a bias for each output.
    pub fn new(
        shape: ConvolutionShape,
        weights: &[f32],
        bias: Option<&[f32]>,
        activation: Activation,
        device: &Device,
    ) -> ComputeResult<Self> {
        Ok(Self { shape, kernel: device.backend().sized_convolution(shape, weights, bias, activation)? })
    }

    /// How it reads its input.
    pub fn shape(&self) -> &ConvolutionShape {
        &self.shape
    }

    /// Convolves `input` into `output`. The input must hold the rows that [`ConvolutionShape::source_rows`] names.
    pub fn convolve(&self, input: &Band, output: &Band) -> ComputeResult<()> {
        self.kernel.convolve(input.parts(), output.parts())
    }
}

/// The gradients of a convolution of any size and stride that is not depthwise, for whole pictures.
pub(in crate::engine) struct SizedConvolutionGradients(Box<dyn SizedConvolutionGradient>);

impl SizedConvolutionGradients {
    /// Of the convolution with these weights, outputs x inputs x size x size.
    pub(in crate::engine) fn new(shape: ConvolutionShape, weights: &[f32], device: &Device) -> ComputeResult<Self> {
        device.backend().sized_convolution_gradient(shape, weights).map(Self)
    }

    /// Writes the gradient with respect to the input, given the gradient with respect to the convolution's sums.
    pub(in crate::engine) fn input(&self, gradient: &Band, input_gradient: &Band) -> ComputeResult<()> {
        self.0.input(gradient.parts(), input_gradient.parts())
    }

    /// The gradient with respect to the weights, in their order; waits for the device.
    pub(in crate::engine) fn kernel(&self, input: &Band, gradient: &Band) -> ComputeResult<Vec<f32>> {
        self.0.kernel(input.parts(), gradient.parts())
    }
}

/// Channels of an image.
const COLORS: usize = 3;
/// Mean and standard deviation of ImageNet's colours. The network was trained on colours from which the mean was
/// subtracted and which were then divided by the deviation.
const MEAN: [f32; COLORS] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; COLORS] = [0.229, 0.224, 0.225];

/// The network's first convolution: image (3 x height x width, sRGB 0..1) to features, with ReLU.
///
/// It repeats the image's edge instead of padding with zeros. The network sees zeros as a grey frame, and where
/// painting covers that up, the border has no strokes.
pub(in crate::engine) struct FirstConvolution(Box<dyn FirstLayer>);

impl FirstConvolution {
    /// From weights given as outputs x 3 x 3 x 3, and a bias for each output. The normalisation of colours is folded
    /// into both.
    pub(in crate::engine) fn new(weights: &[f32], bias: &[f32], device: &Device) -> ComputeResult<Self> {
        let mut weights = weights.to_vec();
        let mut bias = bias.to_vec();
        for (index, weight) in weights.iter_mut().enumerate() {
            let (output, color) = (index / (9 * COLORS), index / 9 % COLORS);
            *weight /= DEVIATION[color];
            bias[output] -= *weight * MEAN[color];
        }
        device.backend().first_layer(&weights, &bias).map(Self)
    }

    /// Some rows of the features of a whole image.
    pub(in crate::engine) fn forward(&self, image: &Tensor, output: &Band) -> ComputeResult<()> {
        self.0.forward(image.array(), output.parts())
    }

    /// Writes some rows of the gradient with respect to the image into `image_gradient` (3 x height x width), given the
    /// gradient with respect to the sums before the ReLU. That must hold the row above and the row below.
    pub(in crate::engine) fn backward(
        &self,
        gradient: &Band,
        rows: &Range<usize>,
        image_gradient: &Tensor,
    ) -> ComputeResult<()> {
        self.0.backward(gradient.parts(), rows, image_gradient.array())
    }
}
