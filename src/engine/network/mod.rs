//! The frozen network: features of an image, and the gradient of anything made of them with respect to
//! the image. The backward pass is written by hand; nothing here uses candle's autograd.

mod architecture;
mod convolution;
mod pooling;
pub(crate) mod values;
mod weights;

pub use architecture::{Architecture, Tap};
pub use weights::{WeightsError, built_in_checksum};

use std::path::Path;

use candle_core::{Device, Tensor};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use self::convolution::{Convolution, FirstConvolution};
use self::weights::{ConvolutionWeights, Weights};
use super::control::Control;
use super::error::Result;

/// A VGG network on a device, ready to run in both directions.
pub struct Network {
    architecture: Architecture,
    device: Device,
    first: FirstConvolution,
    /// The convolutions of each stage; the first stage is without the network's first.
    stages: Vec<Vec<Convolution>>,
}

/// What the forward pass leaves for the losses and for the backward pass: the output of every
/// convolution after its ReLU, height x width x channels.
pub struct Activations {
    stages: Vec<Vec<Tensor>>,
}

impl Activations {
    /// The features at a place of the network, height x width x channels.
    ///
    /// # Panics
    /// When the network has no such place; every [`Architecture`] has those of [`Tap::STYLE`] and [`Tap::CONTENT`].
    pub fn at(&self, tap: Tap) -> &Tensor {
        &self.stages[tap.stage][tap.convolution]
    }
}

impl Network {
    /// The network that the program carries, VGG-16.
    pub fn built_in(device: &Device) -> Result<Self> {
        Self::new(&Weights::built_in()?, device)
    }

    /// A network from a safetensors file with VGG-16's or VGG-19's tensors.
    pub fn open(path: &Path, device: &Device) -> Result<Self> {
        Self::new(&Weights::open(path)?, device)
    }

    /// What a weights file holds, in words, without making a network of it.
    pub fn check(path: &Path) -> Result<&'static str> {
        Ok(Weights::open(path)?.architecture.name())
    }

    /// A network with random weights, for tests in which real ones are not the point.
    pub fn random(architecture: &Architecture, seed: u64, device: &Device) -> Result<Self> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut uniform =
            |count: usize, most: f32| -> Vec<f32> { (0..count).map(|_| random.random_range(-most..most)).collect() };
        let convolutions = architecture
            .convolutions()
            .map(|(_, inputs, outputs)| ConvolutionWeights {
                // He et al.: keeps the size of the activations from layer to layer.
                kernel: uniform(outputs * inputs * 9, (6.0 / (9 * inputs) as f32).sqrt()),
                bias: uniform(outputs, 0.1),
            })
            .collect();
        Self::new(&Weights { architecture: architecture.clone(), convolutions }, device)
    }

    fn new(weights: &Weights, device: &Device) -> Result<Self> {
        let mut layers = weights.architecture.convolutions().zip(&weights.convolutions);
        let mut stages: Vec<Vec<Convolution>> = vec![Vec::new()];
        let Some(((_, _, outputs), first)) = layers.next() else {
            unreachable!("every architecture has a first convolution")
        };
        let first = FirstConvolution::new(first, outputs, device)?;
        for ((tap, inputs, outputs), weights) in layers {
            stages.resize_with(tap.stage + 1, Vec::new);
            stages[tap.stage].push(Convolution::new(weights, inputs, outputs, device)?);
        }
        Ok(Self { architecture: weights.architecture.clone(), device: device.clone(), first, stages })
    }

    /// The network's shape.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Where it runs.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Features of an image (3 x height x width, sRGB 0..1).
    ///
    /// # Errors
    /// [`super::EngineError::Stopped`] when stopped between two stages.
    pub fn forward(&self, image: &Tensor, control: &Control) -> Result<Activations> {
        let mut stages: Vec<Vec<Tensor>> = Vec::with_capacity(self.stages.len());
        for convolutions in &self.stages {
            control.checkpoint()?;
            let mut outputs = Vec::with_capacity(convolutions.len() + 1);
            let mut input = match stages.last().and_then(|below| below.last()) {
                None => {
                    outputs.push(self.first.forward(image)?);
                    outputs[0].clone()
                }
                Some(below) => pooling::forward(below)?,
            };
            for convolution in convolutions {
                input = convolution.forward(&input)?;
                outputs.push(input.clone());
            }
            stages.push(outputs);
        }
        Ok(Activations { stages })
    }

    /// The gradient with respect to the image (3 x height x width), from the gradients with respect to
    /// the features at some places, each height x width x channels. Several gradients at one place add up.
    ///
    /// # Errors
    /// [`super::EngineError::Stopped`] when stopped between two stages.
    pub fn backward(
        &self,
        activations: &Activations,
        gradients: &[(Tap, Tensor)],
        control: &Control,
    ) -> Result<Tensor> {
        // Nothing flows back from above the last convolution.
        let mut flow: Option<Tensor> = None;
        for (stage, convolutions) in self.stages.iter().enumerate().rev() {
            control.checkpoint()?;
            let outputs = &activations.stages[stage];
            if let Some(above) = flow.take() {
                flow = Some(pooling::backward(&above, &outputs[outputs.len() - 1])?);
            }
            // The first stage's first convolution is not in the list.
            let skipped = outputs.len() - convolutions.len();
            for (index, output) in outputs.iter().enumerate().rev() {
                let tap = Tap { stage, convolution: index };
                for (_, gradient) in gradients.iter().filter(|(at, _)| *at == tap) {
                    flow = Some(match flow {
                        Some(flow) => (flow + gradient)?,
                        None => gradient.clone(),
                    });
                }
                flow = match (flow, index.checked_sub(skipped)) {
                    (Some(flow), Some(index)) => Some(convolutions[index].backward(&flow, output)?),
                    (Some(flow), None) => return Ok(self.first.backward(&flow, output)?),
                    (None, _) => None,
                };
            }
        }
        // No gradient reached the image: nothing was asked of the features.
        let (height, width, _) = activations.stages[0][0].dims3()?;
        Ok(Tensor::zeros((3, height, width), candle_core::DType::F32, &self.device)?)
    }
}
