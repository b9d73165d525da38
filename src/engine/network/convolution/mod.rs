//! 3x3 convolutions with their ReLU, and the gradients of both with respect to the input.
//!
//! The input gradient of such a convolution is the same convolution of the output gradient, with the
//! kernel turned by 180 degrees and its channel axes swapped; so [`convolve`] serves both directions.
//! It is the one place that knows how a device convolves.

mod first;
mod winograd;

pub(super) use first::FirstConvolution;

use candle_core::{Device, Tensor};

use super::values::values;
use super::weights::ConvolutionWeights;

/// A 3x3 convolution with zeros around the picture, then ReLU. Pictures are height x width x channels.
pub(super) struct Convolution {
    forward: Kernel,
    backward: Kernel,
    bias: Tensor,
}

/// Weights in the form that a device convolves with.
enum Kernel {
    /// On the CPU.
    Winograd(winograd::Kernel),
    /// Elsewhere: outputs x inputs x 3 x 3, for candle's own convolution.
    Plain(Tensor),
}

impl Kernel {
    fn new(weights: &[f32], inputs: usize, outputs: usize, device: &Device) -> candle_core::Result<Self> {
        if device.is_cpu() {
            Ok(Self::Winograd(winograd::Kernel::new(weights, inputs, outputs)))
        } else {
            Tensor::from_slice(weights, (outputs, inputs, 3, 3), device).map(Self::Plain)
        }
    }
}

impl Convolution {
    pub(super) fn new(
        weights: &ConvolutionWeights,
        inputs: usize,
        outputs: usize,
        device: &Device,
    ) -> candle_core::Result<Self> {
        Ok(Self {
            forward: Kernel::new(&weights.kernel, inputs, outputs, device)?,
            backward: Kernel::new(&turned(&weights.kernel, inputs, outputs), outputs, inputs, device)?,
            bias: Tensor::from_slice(&weights.bias, outputs, device)?,
        })
    }

    /// Height x width x inputs to height x width x outputs.
    pub(super) fn forward(&self, input: &Tensor) -> candle_core::Result<Tensor> {
        convolve(input, None, &self.forward, Some(&self.bias))
    }

    /// The gradient with respect to the input, from the gradient with respect to `output`, which is
    /// what [`Self::forward`] gave.
    pub(super) fn backward(&self, gradient: &Tensor, output: &Tensor) -> candle_core::Result<Tensor> {
        convolve(gradient, Some(output), &self.backward, None)
    }
}

/// The kernel of the backward direction: turned by 180 degrees, inputs and outputs swapped.
fn turned(weights: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
    let mut turned = vec![0.0; weights.len()];
    for (pair, taps) in weights.chunks_exact(9).enumerate() {
        let (output, input) = (pair / inputs, pair % inputs);
        for (tap, &value) in taps.iter().enumerate() {
            turned[(input * outputs + output) * 9 + 8 - tap] = value;
        }
    }
    turned
}

/// Convolves `input`, which counts only where `mask` is above zero; with a bias, adds it and applies ReLU.
fn convolve(
    input: &Tensor,
    mask: Option<&Tensor>,
    kernel: &Kernel,
    bias: Option<&Tensor>,
) -> candle_core::Result<Tensor> {
    let (height, width, _) = input.dims3()?;
    match kernel {
        Kernel::Winograd(kernel) => {
            let mask = mask.map(values).transpose()?;
            let bias = bias.map(values).transpose()?;
            let finish = bias.as_deref().map_or(winograd::Finish::Plain, winograd::Finish::BiasRelu);
            let mut output = vec![0.0; height * width * kernel.outputs()];
            winograd::convolve(&values(input)?, mask.as_deref(), (height, width), kernel, finish, &mut output);
            Tensor::from_vec(output, (height, width, kernel.outputs()), &Device::Cpu)
        }
        Kernel::Plain(kernel) => {
            let masked = mask.map(|mask| input.mul(&mask.gt(0.0)?.to_dtype(input.dtype())?)).transpose()?;
            let output = masked
                .as_ref()
                .unwrap_or(input)
                .permute((2, 0, 1))?
                .contiguous()?
                .unsqueeze(0)?
                .conv2d(kernel, 1, 1, 1, 1)?
                .squeeze(0)?
                .permute((1, 2, 0))?
                .contiguous()?;
            match bias {
                Some(bias) => output.broadcast_add(bias)?.relu(),
                None => Ok(output),
            }
        }
    }
}
