//! 3x3 convolutions by Winograd's algorithm.

use super::frame::ConvolutionFrame;
use super::slices::{edit_rows, line, row_values, values};
use super::winograd::{self, FeatureFrame, Sink, Source, Surroundings, WinogradKernel};
use crate::engine::compute::activation::Activation;
use crate::engine::compute::array::Array;
use crate::engine::compute::backend::{Convolution, Epilogue, FeatureRows, SizedConvolution};
use crate::engine::compute::error::ComputeResult;
use crate::engine::compute::shape::{ConvolutionShape, Padding};

/// A convolution with zeros around the picture.
pub(super) struct CpuConvolution(WinogradKernel);

impl CpuConvolution {
    /// From weights given as outputs x inputs x 3 x 3.
    pub(super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        Self(WinogradKernel::new(weights, inputs, outputs))
    }
}

impl Convolution for CpuConvolution {
    fn convolve(&self, input: FeatureRows, epilogue: Epilogue<&dyn Array>, output: FeatureRows) -> ComputeResult<()> {
        let numbers = row_values(&input)?;
        self.store(Source::Features(&numbers), input.first, epilogue, &output)
    }

    fn convolve_and_pool(&self, input: FeatureRows, bias: &dyn Array, output: FeatureRows) -> ComputeResult<()> {
        let (numbers, bias) = (row_values(&input)?, values(bias)?);
        let frame = Self::frame((input.height, line(&input)?.0), input.first, output.first);
        let sink = Sink::Pool(&bias);
        edit_rows(&output, |output| winograd::convolve(Source::Features(&numbers), frame, &self.0, sink, output))
    }

    fn convolve_unpooled(
        &self,
        gradient: FeatureRows,
        epilogue: Epilogue<&dyn Array>,
        output: FeatureRows,
    ) -> ComputeResult<()> {
        let numbers = row_values(&gradient)?;
        self.store(Source::Pooled(&numbers), gradient.first, epilogue, &output)
    }
}

impl CpuConvolution {
    fn frame((height, width): (usize, usize), input_start: usize, output_start: usize) -> FeatureFrame {
        FeatureFrame { height, width, input_start, output_start, surroundings: Surroundings::Zeros }
    }

    /// Convolves a source, whose first row is `input_start`, into rows that are not pooled.
    fn store(
        &self,
        source: Source,
        input_start: usize,
        epilogue: Epilogue<&dyn Array>,
        output: &FeatureRows,
    ) -> ComputeResult<()> {
        let frame = Self::frame((output.height, line(output)?.0), input_start, output.first);
        let convolve = |epilogue: Epilogue<&[f32]>| {
            edit_rows(output, |output| winograd::convolve(source, frame, &self.0, Sink::Store(epilogue), output))
        };
        match epilogue {
            Epilogue::Bias(bias) => convolve(Epilogue::Bias(&values(bias)?)),
            Epilogue::BiasRelu(bias) => convolve(Epilogue::BiasRelu(&values(bias)?)),
            Epilogue::ReluMask => convolve(Epilogue::ReluMask),
            Epilogue::PooledMask => convolve(Epilogue::PooledMask),
            Epilogue::Identity => convolve(Epilogue::Identity),
        }
    }
}

/// A convolution that mirrors the picture at its edges.
pub(super) struct CpuSizedWinograd {
    shape: ConvolutionShape,
    kernel: WinogradKernel,
    bias: Vec<f32>,
    activation: Activation,
}

impl CpuSizedWinograd {
    /// With fewer channels the transforms cost more than the products save.
    const FEWEST_CHANNELS: usize = 16;

    /// Whether convolutions of this shape and activation are faster here.
    pub(super) fn computes(shape: &ConvolutionShape, activation: Activation) -> bool {
        let ConvolutionShape { inputs, outputs, size, stride, enlargement, padding, is_depthwise } = *shape;
        let is_possible = (size, stride, enlargement, padding, is_depthwise) == (3, 1, 1, Padding::Reflection, false);
        let has_epilogue = matches!(activation, Activation::Relu | Activation::Identity);
        is_possible && has_epilogue && inputs.min(outputs) >= Self::FEWEST_CHANNELS
    }

    /// From weights given as outputs x inputs x 3 x 3.
    pub(super) fn new(shape: ConvolutionShape, weights: &[f32], bias: Option<&[f32]>, activation: Activation) -> Self {
        let kernel = WinogradKernel::new(weights, shape.inputs, shape.outputs);
        let bias = bias.map_or_else(|| vec![0.0; shape.outputs], <[f32]>::to_vec);
        Self { shape, kernel, bias, activation }
    }
}

impl SizedConvolution for CpuSizedWinograd {
    fn convolve(&self, input: FeatureRows, output: FeatureRows) -> ComputeResult<()> {
        let numbers = row_values(&input)?;
        let ConvolutionFrame { input_first, height, width, output_first, .. } =
            ConvolutionFrame::new(&self.shape, &input, &output)?;
        let frame = FeatureFrame {
            height,
            width,
            input_start: input_first,
            output_start: output_first,
            surroundings: Surroundings::Reflection,
        };
        let epilogue = match self.activation {
            Activation::Relu => Epilogue::BiasRelu(self.bias.as_slice()),
            // There are no others: `computes`.
            _ => Epilogue::Bias(self.bias.as_slice()),
        };
        edit_rows(&output, |output| {
            winograd::convolve(Source::Features(&numbers), frame, &self.kernel, Sink::Store(epilogue), output);
        })
    }
}
