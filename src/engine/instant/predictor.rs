//! The style prediction network: `MobileNetV2` (Sandler et al. 2018) with a head of 100 numbers. Batch normalisations are
//! folded into its weights.

use rayon::prelude::*;

use super::super::compute::{
    Activation, Band, ComputeError, ComputeResult, ConvolutionShape, Device, Padding, SizedConvolutionKernel, Tensor,
    operations,
};
use super::super::error::Result;
use super::super::resample::resample_within;
use super::style_vector::StyleVector;
use super::weights::InstantWeights;

/// Channels after the first convolution.
const FIRST: usize = 32;

/// Channels before the head.
const LAST: usize = 1280;

/// Of each block the output channels, and the stride of its depthwise convolution. All but the first block widen their
/// input sixfold first.
const BLOCKS: [(usize, usize); 17] = [
    (16, 1),
    (24, 2),
    (24, 1),
    (32, 2),
    (32, 1),
    (32, 1),
    (64, 2),
    (64, 1),
    (64, 1),
    (64, 1),
    (96, 1),
    (96, 1),
    (96, 1),
    (160, 2),
    (160, 1),
    (160, 1),
    (320, 1),
];

/// Turns a painting into the numbers of its style.
pub struct StylePredictor {
    device: Device,
    first: SizedConvolutionKernel,
    blocks: Vec<InvertedResidual>,
    last: SizedConvolutionKernel,
    head: SizedConvolutionKernel,
}

/// A block of `MobileNetV2`.
struct InvertedResidual {
    layers: Vec<SizedConvolutionKernel>,
    /// Whether the input is added to the output.
    is_residual: bool,
}

impl StylePredictor {
    /// Width and height of the painting that the network looks at.
    pub const SIDE: usize = 256;

    pub(super) fn new(weights: &InstantWeights, device: &Device) -> Result<Self> {
        let layer = |name: &str, shape: ConvolutionShape, activation: Activation| -> Result<_> {
            let ConvolutionShape { inputs, outputs, size, is_depthwise, .. } = shape;
            let inputs = if is_depthwise { 1 } else { inputs };
            let kernel = weights.numbers(&format!("predict.{name}.weight"), &[outputs, inputs, size, size])?;
            let bias = match name {
                "bottleneck" => None,
                _ => Some(weights.numbers(&format!("predict.{name}.bias"), &[outputs])?),
            };
            Ok(SizedConvolutionKernel::new(shape, &kernel, bias.as_deref(), activation, device)?)
        };
        let first = layer("first", spatial(3, FIRST, 2, false), Activation::Relu6)?;
        let inputs = |index: usize| if index == 0 { FIRST } else { BLOCKS[index - 1].0 };
        let block = |index: usize| -> Result<_> {
            let (inputs, (outputs, stride)) = (inputs(index), BLOCKS[index]);
            let name = |part: &str| format!("block{index:02}.{part}");
            let width = if index == 0 { inputs } else { 6 * inputs };
            let mut layers = Vec::new();
            if index > 0 {
                layers.push(layer(&name("expand"), pointwise(inputs, width), Activation::Relu6)?);
            }
            layers.push(layer(&name("depthwise"), spatial(width, width, stride, true), Activation::Relu6)?);
            layers.push(layer(&name("project"), pointwise(width, outputs), Activation::Identity)?);
            Ok(InvertedResidual { layers, is_residual: stride == 1 && inputs == outputs })
        };
        // Unpacking two million weights takes most of the time of a first small picture.
        let blocks = (0..BLOCKS.len()).into_par_iter().map(block).collect::<Result<_>>()?;
        let inputs = inputs(BLOCKS.len());
        let last = layer("last", pointwise(inputs, LAST), Activation::Relu6)?;
        let head = layer("bottleneck", pointwise(LAST, StyleVector::LENGTH), Activation::Identity)?;
        Ok(Self { device: device.clone(), first, blocks, last, head })
    }

    /// The style of a painting (3 x height x width, 0..1, of any size), of which the network looks at the middle square.
    pub fn style(&self, painting: &Tensor) -> Result<StyleVector> {
        let (_, height, width) = painting.dims3()?;
        let side = height.min(width);
        let square = painting.narrow(1, (height - side) / 2, side)?.narrow(2, (width - side) / 2, side)?;
        let small = resample_within(&square, (Self::SIDE, Self::SIDE))?;
        let mut features = run(&self.first, &features_of(&small, &self.device)?)?;
        for block in &self.blocks {
            let mut output = features.clone();
            for layer in &block.layers {
                output = run(layer, &output)?;
            }
            if block.is_residual {
                operations::accumulate(&output, &features)?;
            }
            features = output;
        }
        let features = run(&self.last, &features)?;
        // The mean over all places, and the head on it.
        let (_, _, channels) = features.dims3()?;
        let means = operations::channel_statistics(&features)?.means.into_iter().map(|mean| mean as f32).collect();
        let pooled = Tensor::features((1, 1, channels), &self.device)?;
        pooled.overwrite(&Tensor::from_vec(means, (1, 1, channels), &self.device)?)?;
        let numbers = run(&self.head, &pooled)?.to_vec()?;
        let vector = StyleVector::new(&numbers);
        Ok(vector.ok_or_else(|| ComputeError::new("the style of a painting is not finite"))?)
    }
}

/// An image (planes x height x width) as features on a device.
pub(super) fn features_of(image: &Tensor, device: &Device) -> ComputeResult<Tensor> {
    let (planes, height, width) = image.dims3()?;
    let features = Tensor::features((height, width, planes), device)?;
    features.overwrite(&image.to_device(device)?.permute([1, 2, 0])?)?;
    Ok(features)
}

/// One layer on whole features.
fn run(layer: &SizedConvolutionKernel, input: &Tensor) -> ComputeResult<Tensor> {
    let (height, width, _) = input.dims3()?;
    let shape = layer.shape();
    let output =
        Tensor::features((shape.output_length(height), shape.output_length(width), shape.outputs), input.device())?;
    layer.convolve(&Band::whole(input.clone())?, &Band::whole(output.clone())?)?;
    Ok(output)
}

/// A 3x3 convolution, padded by one on each side, or with stride 2 at the right and the bottom only.
fn spatial(inputs: usize, outputs: usize, stride: usize, is_depthwise: bool) -> ConvolutionShape {
    let padding = Padding::Zeros { before: usize::from(stride == 1) };
    ConvolutionShape { inputs, outputs, size: 3, stride, enlargement: 1, padding, is_depthwise }
}

/// A 1x1 convolution.
fn pointwise(inputs: usize, outputs: usize) -> ConvolutionShape {
    let padding = Padding::Zeros { before: 0 };
    ConvolutionShape { inputs, outputs, size: 1, stride: 1, enlargement: 1, padding, is_depthwise: false }
}
