//! The discriminator: a small network on VGG's features that tells patches of the painting from patches of what the
//! generator paints (Li and Wand 2016, "Precomputed real-time texture synthesis with Markovian generative adversarial
//! networks").

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::compute::{Activation, Band, ComputeError, ComputeResult, ConvolutionShape, Device, Padding, Tensor};
use super::layer::LayerPass;

/// Channels between its layers.
const CHANNELS: usize = 64;

/// Its convolutions for features with `inputs` channels, the first two with a ReLU. Each score sees 5 x 5 features.
fn shapes(inputs: usize) -> [ConvolutionShape; 3] {
    let shape = |inputs, outputs, size| ConvolutionShape {
        inputs,
        outputs,
        size,
        stride: 1,
        enlargement: 1,
        padding: Padding::Reflection,
        is_depthwise: false,
    };
    [shape(inputs, CHANNELS, 1), shape(CHANNELS, CHANNELS, 3), shape(CHANNELS, 1, 3)]
}

/// How many parameters a discriminator of features with `inputs` channels has: of each layer the kernel (outputs x inputs
/// x size x size) and a bias for each output.
pub(super) fn count(inputs: usize) -> usize {
    shapes(inputs).iter().map(|shape| shape.kernel_length() + shape.outputs).sum()
}

/// Random parameters to begin with: kernels of variance `2 / fan-in` (He, Zhang, Ren and Sun 2015), biases of zero.
pub(super) fn random_parameters(inputs: usize, seed: u64) -> Vec<f32> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut numbers = Vec::with_capacity(count(inputs));
    for shape in shapes(inputs) {
        let fan_in = shape.inputs * shape.size * shape.size;
        // An even distribution over -a..a has the variance a^2 / 3.
        let most = (6.0 / fan_in as f32).sqrt();
        numbers.extend((0..shape.kernel_length()).map(|_| random.random_range(-most..most)));
        numbers.extend(std::iter::repeat_n(0.0, shape.outputs));
    }
    numbers
}

/// The discriminator's forward and backward passes for features of one size.
pub(super) struct DiscriminatorPass {
    layers: [LayerPass; 3],
    device: Device,
}

impl DiscriminatorPass {
    /// For features of height x width x channels.
    pub(super) fn new((height, width, channels): (usize, usize, usize), device: &Device) -> ComputeResult<Self> {
        let [first, second, third] =
            shapes(channels).map(|shape| LayerPass::new(shape, false, (height, width), device));
        Ok(Self { layers: [first?, second?, third?], device: device.clone() })
    }

    /// The scores of features: one for each position, height x width x 1, above zero where they look like the painting's.
    pub(super) fn forward(&mut self, parameters: &[f32], features: &Band) -> ComputeResult<Tensor> {
        let (_, _, channels) = features.values.dims3()?;
        if parameters.len() != count(channels) {
            return Err(ComputeError::new("these parameters are of another discriminator"));
        }
        let mut rest = parameters;
        let mut input = features.clone();
        let last = self.layers.len() - 1;
        for (index, (layer, shape)) in self.layers.iter_mut().zip(shapes(channels)).enumerate() {
            let (kernel, others) = rest.split_at(shape.kernel_length());
            let (bias, others) = others.split_at(shape.outputs);
            rest = others;
            let activation = if index == last { Activation::Identity } else { Activation::Relu };
            layer.forward((kernel, bias), activation, &input, &self.device)?;
            input = layer.output().clone();
        }
        Ok(input.values)
    }

    /// The gradient with respect to all parameters, given the gradient with respect to the scores of `features`, which
    /// were the last to be judged. Either this or [`Self::backward_to_features`] can follow a forward pass.
    pub(super) fn backward(&mut self, scores: &Tensor, features: &Band) -> ComputeResult<Vec<f32>> {
        let [first, second, third] = &self.layers;
        third.output().copy_from(scores)?;
        let of_third = third.backward(second.output(), Some(second.gradient()))?;
        second.output().relu_backward(second.gradient())?;
        let of_second = second.backward(first.output(), Some(first.gradient()))?;
        first.output().relu_backward(first.gradient())?;
        let of_first = first.backward(features, None)?;
        Ok([of_first, of_second, of_third].concat())
    }

    /// Writes the gradient with respect to the features that were judged last, given the gradient with respect to their
    /// scores.
    pub(super) fn backward_to_features(&mut self, scores: &Tensor, gradient: &Band) -> ComputeResult<()> {
        let [first, second, third] = &self.layers;
        third.output().copy_from(scores)?;
        third.backward_to_input(second.gradient())?;
        second.output().relu_backward(second.gradient())?;
        second.backward_to_input(first.gradient())?;
        first.output().relu_backward(first.gradient())?;
        first.backward_to_input(gradient)
    }
}

/// The hinge loss of scores that should be above 1 (`sign` of 1) or below -1 (`sign` of -1), `mean(max(0, 1 - sign s))`,
/// and its gradient with respect to the scores (Lim and Ye 2017, "Geometric GAN").
pub(super) fn hinge(scores: &Tensor, sign: f32) -> ComputeResult<(f64, Tensor)> {
    let numbers = scores.to_vec()?;
    let count = numbers.len() as f32;
    let loss = numbers.iter().map(|&score| f64::from((1.0 - sign * score).max(0.0))).sum::<f64>() / f64::from(count);
    let gradient = numbers.iter().map(|&score| if sign * score < 1.0 { -sign / count } else { 0.0 }).collect();
    Ok((loss, Tensor::from_vec(gradient, scores.dims(), scores.device())?))
}

#[cfg(test)]
mod tests {
    use super::super::super::compute::Trial;
    use super::*;

    fn numbers(count: usize, pitch: f64) -> Vec<f32> {
        (0..count).map(|index| (pitch * index as f64).cos() as f32).collect()
    }

    fn dot(one: &[f32], other: &[f32]) -> f64 {
        one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
    }

    /// The expected numbers are what these lines print:
    ///
    /// ```python
    /// import torch, torch.nn.functional as F
    /// numbers = lambda n, pitch: torch.cos(pitch * torch.arange(n, dtype=torch.float64))
    /// shapes = [(64, 8, 1), (64, 64, 3), (1, 64, 3)]
    /// parameters = 0.2 * numbers(sum(o * i * s * s + o for o, i, s in shapes), 12.9898)
    /// features = numbers(6 * 7 * 8, 0.7)  # height x width x channels
    /// parameters.requires_grad_(), features.requires_grad_()
    /// x, rest = features.view(1, 6, 7, 8).permute(0, 3, 1, 2), parameters
    /// for number, (o, i, s) in enumerate(shapes):
    ///     kernel, bias, rest = rest.split([o * i * s * s, o, len(rest) - o * i * s * s - o])
    ///     x = F.conv2d(F.pad(x, [s // 2] * 4, mode="reflect"), kernel.view(o, i, s, s), bias)
    ///     x = F.relu(x) if number < 2 else x
    /// loss = F.relu(1 - x).mean()
    /// loss.backward()
    /// print(loss.item())
    /// for gradient in [parameters.grad, features.grad]:
    ///     print(gradient.norm().item(), (gradient * numbers(len(gradient), 0.61)).sum().item())
    /// ```
    #[test]
    fn loss_and_gradients_are_pytorchs() {
        const SHAPE: (usize, usize, usize) = (6, 7, 8);
        for device in [Device::cpu(), Device::trial(Trial::default())] {
            let parameters: Vec<f32> = numbers(count(8), 12.9898).iter().map(|number| 0.2 * number).collect();
            let features = Band::whole(Tensor::from_vec(numbers(6 * 7 * 8, 0.7), SHAPE, &device).unwrap()).unwrap();
            let mut pass = DiscriminatorPass::new(SHAPE, &device).unwrap();
            let (loss, gradient) = hinge(&pass.forward(&parameters, &features).unwrap(), 1.0).unwrap();
            assert!((loss - 0.711_384_563_6).abs() < 1e-5, "{loss}");
            let of_parameters = pass.backward(&gradient, &features).unwrap();
            pass.forward(&parameters, &features).unwrap();
            let of_features = Band::whole(features.values.zeros_like().unwrap()).unwrap();
            pass.backward_to_features(&gradient, &of_features).unwrap();
            let of_features = of_features.values.to_vec().unwrap();
            for (found, norm, expected) in
                [(of_parameters, 18.025_517_740, 1.270_175_215), (of_features, 0.177_785_200_5, -0.008_011_171_98)]
            {
                assert!((dot(&found, &found).sqrt() / norm - 1.0).abs() < 1e-4, "{norm} on {device:?}");
                let own = dot(&found, &numbers(found.len(), 0.61));
                assert!((own - expected).abs() < 1e-4 * norm, "{own} instead of {expected} on {device:?}");
            }
        }
    }

    #[test]
    fn the_hinge_loss_asks_no_more_than_one() {
        let scores = Tensor::from_vec(vec![2.0, 0.5, -3.0, -0.5], (2, 2, 1), &Device::cpu()).unwrap();
        let (loss, gradient) = hinge(&scores, 1.0).unwrap();
        assert!((loss - (0.0 + 0.5 + 4.0 + 1.5) / 4.0).abs() < 1e-9);
        assert_eq!(gradient.to_vec().unwrap(), [0.0, -0.25, -0.25, -0.25]);
        let (loss, gradient) = hinge(&scores, -1.0).unwrap();
        assert!((loss - (3.0 + 1.5 + 0.0 + 0.5) / 4.0).abs() < 1e-9);
        assert_eq!(gradient.to_vec().unwrap(), [0.25, 0.25, 0.0, 0.25]);
    }
}
