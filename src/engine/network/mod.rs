//! The frozen network: features of an image, and the gradient of anything made of them with respect to
//! the image. The backward pass is written by hand; nothing here uses candle's autograd.

mod architecture;
mod geometry;
mod pass;
mod plan;
mod weights;

pub use architecture::{Architecture, Tap};
#[cfg(test)]
pub(super) use pass::count;
pub use pass::{Features, Pass};
pub use weights::{WeightsError, built_in_checksum};

use std::path::Path;

use candle_core::{Device, Tensor};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use self::geometry::{Geometry, Layer};
use self::plan::Plan;
use self::weights::{ConvolutionWeights, Weights};
use super::compute::convolution::Kernel;
use super::compute::first::FirstConvolution;
use super::error::Result;
use super::memory::MemoryBudget;
use super::pyramid::Size;

/// A VGG network on a device, ready to run in both directions.
pub struct Network {
    architecture: Architecture,
    device: Device,
    first: FirstConvolution,
    /// One for each layer, `None` for the first and for the poolings.
    convolutions: Vec<Option<Convolution>>,
}

/// A convolution's weights in both directions.
struct Convolution {
    forward: Kernel,
    backward: Kernel,
    bias: Tensor,
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
        let Some(((_, _, outputs), first)) = layers.next() else {
            unreachable!("every architecture has a first convolution")
        };
        let first = FirstConvolution::new(&first.kernel, &first.bias, outputs, device)?;
        let kinds = Geometry::new(&weights.architecture, 1, 1).layers;
        let convolutions = kinds
            .into_iter()
            .enumerate()
            .map(|(index, layer)| {
                let next = if index > 0 && layer == Layer::Convolution { layers.next() } else { None };
                next.map(|((_, inputs, outputs), ConvolutionWeights { kernel, bias })| {
                    Ok(Convolution {
                        forward: Kernel::new(kernel, inputs, outputs, device)?,
                        backward: Kernel::backward(kernel, inputs, outputs, device)?,
                        bias: Tensor::from_slice(bias, outputs, device)?,
                    })
                })
                .transpose()
            })
            .collect::<candle_core::Result<_>>()?;
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

    /// Both directions for images of one size, within this much memory for features, if that can be done. With
    /// less memory they take longer; the numbers are the same up to rounding.
    pub fn pass(&self, size: Size, memory: MemoryBudget) -> Result<Pass<'_>> {
        let geometry = Geometry::new(&self.architecture, size.height, size.width);
        let plan = Plan::choose(&geometry, memory);
        Pass::new(self, geometry, plan)
    }

    /// The least memory, in bytes, that [`Self::pass`] can do with.
    pub(super) fn least_memory(architecture: &Architecture, size: Size) -> usize {
        Self::planned_memory(architecture, size, MemoryBudget { comfortable: 0, most: 0 })
    }

    /// The memory, in bytes, that [`Self::pass`] takes.
    pub(super) fn planned_memory(architecture: &Architecture, size: Size, memory: MemoryBudget) -> usize {
        Plan::choose(&Geometry::new(architecture, size.height, size.width), memory).bytes
    }

    /// The convolution that a layer is; neither the first nor a pooling.
    fn convolution(&self, layer: usize) -> &Convolution {
        match &self.convolutions[layer] {
            Some(convolution) => convolution,
            None => unreachable!("layer {layer} is not such a convolution"),
        }
    }
}
