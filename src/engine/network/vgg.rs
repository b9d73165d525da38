//! A VGG network on a device.

use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::compute::{ComputeResult, ConvolutionKernel, Device, FirstConvolution, Tensor};
use super::super::error::Result;
use super::architecture::Architecture;
use super::weights::{ConvolutionWeights, Weights};

/// A VGG network on a device, ready for forward and backward passes.
pub struct Network {
    pub(super) architecture: Architecture,
    pub(super) device: Device,
    pub(super) first: FirstConvolution,
    /// All after the first.
    convolutions: Vec<ConvolutionLayer>,
}

/// A convolution's weights for both passes.
pub(super) struct ConvolutionLayer {
    pub(super) forward: ConvolutionKernel,
    pub(super) backward: ConvolutionKernel,
    pub(super) bias: Tensor,
}

impl Network {
    /// The VGG-16 that is built into the program.
    pub fn built_in(device: &Device) -> Result<Self> {
        Self::new(&Weights::built_in()?, device)
    }

    /// Loads a network from a safetensors file with VGG-16's or VGG-19's tensors.
    ///
    /// # Errors
    /// [`crate::engine::EngineError::Weights`] when the file cannot be used.
    pub fn open(path: &Path, device: &Device) -> Result<Self> {
        Self::new(&Weights::open(path)?, device)
    }

    /// The name of the architecture in a weights file, without building the network.
    ///
    /// # Errors
    /// [`crate::engine::EngineError::Weights`] when the file cannot be used.
    pub fn check(path: &Path) -> Result<&'static str> {
        Ok(Weights::open(path)?.architecture.name())
    }

    /// As [`Self::check`], for the content of a weights file; error messages give `name` as its path.
    pub fn check_bytes(bytes: &[u8], name: &str) -> Result<&'static str> {
        Ok(Weights::parse(bytes, name)?.architecture.name())
    }

    /// A network with random weights, for tests that do not need real ones.
    pub fn random(architecture: &Architecture, seed: u64, device: &Device) -> Result<Self> {
        let mut random = StdRng::seed_from_u64(seed);
        let mut uniform =
            |count: usize, most: f32| -> Vec<f32> { (0..count).map(|_| random.random_range(-most..most)).collect() };
        let convolutions = architecture
            .convolutions()
            .map(|(_, inputs, outputs)| ConvolutionWeights {
                // The initialisation of He et al., which keeps the scale of the activations from layer to layer.
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
        let convolutions = layers
            .map(|((_, inputs, outputs), ConvolutionWeights { kernel, bias })| {
                Ok(ConvolutionLayer {
                    forward: ConvolutionKernel::forward(kernel, inputs, outputs, device)?,
                    backward: ConvolutionKernel::backward(kernel, inputs, outputs, device)?,
                    bias: Tensor::from_vec(bias.clone(), outputs, device)?,
                })
            })
            .collect::<ComputeResult<_>>()?;
        Ok(Self { architecture: weights.architecture.clone(), device: device.clone(), first, convolutions })
    }

    /// The architecture.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The device that the network is on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The convolution at a layer, which must not be the first.
    pub(super) fn convolution(&self, layer: usize) -> &ConvolutionLayer {
        &self.convolutions[layer - 1]
    }
}
