//! A VGG network on a device.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::compute::{ComputeResult, ConvolutionKernel, Device, FirstConvolution, Tensor};
use super::super::error::Result;
use super::architecture::Architecture;
use super::geometry::{Geometry, Layer};
use super::weights::{ConvolutionWeights, Weights};

/// A VGG network on a device, ready to run in both directions.
pub struct Network {
    pub(super) architecture: Architecture,
    pub(super) device: Device,
    pub(super) first: FirstConvolution,
    /// One for each layer, `None` for the first and for the poolings.
    pub(super) convolutions: Vec<Option<ConvolutionLayer>>,
}

/// A convolution's weights in both directions.
pub(super) struct ConvolutionLayer {
    pub(super) forward: ConvolutionKernel,
    pub(super) backward: ConvolutionKernel,
    pub(super) bias: Tensor,
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

    /// What the content of a weights file holds; `name` stands for its path in messages.
    pub fn check_bytes(bytes: &[u8], name: &str) -> Result<&'static str> {
        Ok(Weights::parse(bytes, name)?.architecture.name())
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
        let Some((_, first)) = layers.next() else { unreachable!("every architecture has a first convolution") };
        let first = FirstConvolution::new(&first.kernel, &first.bias, device)?;
        let kinds = Geometry::new(&weights.architecture, 1, 1).layers;
        let convolutions = kinds
            .into_iter()
            .enumerate()
            .map(|(index, layer)| {
                let next = if index > 0 && layer == Layer::Convolution { layers.next() } else { None };
                next.map(|((_, inputs, outputs), ConvolutionWeights { kernel, bias })| {
                    Ok(ConvolutionLayer {
                        forward: ConvolutionKernel::forward(kernel, inputs, outputs, device)?,
                        backward: ConvolutionKernel::backward(kernel, inputs, outputs, device)?,
                        bias: Tensor::from_vec(bias.clone(), outputs, device)?,
                    })
                })
                .transpose()
            })
            .collect::<ComputeResult<_>>()?;
        Ok(Self { architecture: weights.architecture.clone(), device: device.clone(), first, convolutions })
    }

    /// Its layers.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Where it runs.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The convolution that a layer is; neither the first nor a pooling.
    pub(super) fn convolution(&self, layer: usize) -> &ConvolutionLayer {
        match &self.convolutions[layer] {
            Some(convolution) => convolution,
            None => unreachable!("layer {layer} is not such a convolution"),
        }
    }
}
