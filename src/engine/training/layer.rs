//! The forward and backward passes of one layer of the generator.

use super::super::compute::{
    Activation, Band, ChannelMixture, ComputeError, ComputeResult, ConvolutionShape, Device, SizedConvolutionGradients,
    SizedConvolutionKernel, Tensor, operations,
};
use super::super::instant::ChannelScales;

/// A layer's buffers for pictures of one size.
pub(super) struct LayerPass {
    shape: ConvolutionShape,
    /// Of a normalised layer, the convolution's sums.
    sums: Option<Band>,
    output: Band,
    gradient: Band,
    /// What the last forward pass leaves for the backward pass.
    used: Option<Used>,
}

struct Used {
    convolution: SizedConvolutionGradients,
    normalization: Option<Normalization>,
}

/// What a normalised layer did to its sums.
struct Normalization {
    /// The mean of each channel.
    means: Vec<f32>,
    /// One divided by the standard deviation of each channel.
    inverse_deviations: Vec<f64>,
    gamma: Vec<f32>,
}

impl LayerPass {
    /// For outputs of this height and width. A normalised layer scales its sums; others have a bias.
    pub(super) fn new(
        shape: ConvolutionShape,
        is_normalized: bool,
        (height, width): (usize, usize),
        device: &Device,
    ) -> ComputeResult<Self> {
        let features = || Band::whole(Tensor::features((height, width, shape.outputs), device)?);
        let sums = if is_normalized { Some(features()?) } else { None };
        Ok(Self { shape, sums, output: features()?, gradient: features()?, used: None })
    }

    /// What the layer made of its input. Before [`Self::backward`] it must be replaced by the gradient with respect to
    /// the numbers before the activation.
    pub(super) fn output(&self) -> &Band {
        &self.output
    }

    /// Memory for the gradient with respect to the output.
    pub(super) fn gradient(&self) -> &Band {
        &self.gradient
    }

    /// Computes the output, from the layer's kernel and from what follows it: biases, or factors and offsets.
    pub(super) fn forward(
        &mut self,
        (kernel, after): (&[f32], &[f32]),
        activation: Activation,
        input: &Band,
        device: &Device,
    ) -> ComputeResult<()> {
        let normalization = match &self.sums {
            None => {
                let convolution = SizedConvolutionKernel::new(self.shape, kernel, Some(after), activation, device)?;
                convolution.convolve(input, &self.output)?;
                None
            }
            Some(sums) => {
                let convolution = SizedConvolutionKernel::new(self.shape, kernel, None, Activation::Identity, device)?;
                convolution.convolve(input, sums)?;
                let statistics = operations::channel_statistics(&sums.values)?;
                let scales = ChannelScales::new(after);
                let (factors, offsets) = scales.factors_and_offsets(&statistics);
                self.output.copy_from(&sums.values)?;
                self.output.scale_channels(&factors, &offsets, activation)?;
                let means = statistics.means.iter().map(|&mean| mean as f32).collect();
                Some(Normalization { means, inverse_deviations: statistics.inverse_deviations(), gamma: scales.gamma })
            }
        };
        let convolution = SizedConvolutionGradients::new(self.shape, kernel, device)?;
        self.used = Some(Used { convolution, normalization });
        Ok(())
    }

    /// The gradient with respect to the layer's parameters, in their order. The output must hold the gradient with
    /// respect to the numbers before the activation. Writes the gradient with respect to the input, where that is
    /// asked for.
    pub(super) fn backward(&self, input: &Band, input_gradient: Option<&Band>) -> ComputeResult<Vec<f32>> {
        let Some(Used { convolution, normalization }) = &self.used else {
            return Err(ComputeError::new("a layer has no output to follow back"));
        };
        let output = &self.output.values;
        let after = if let (Some(normalization), Some(sums)) = (normalization, &self.sums) {
            normalization.backward(output, &sums.values)?
        } else {
            let sums = operations::channel_products(output, output, &vec![0.0; output.dim(2)?])?;
            sums.gradients.iter().map(|&sum| sum as f32).collect()
        };
        let mut gradient = convolution.kernel(input, &self.output)?;
        gradient.extend(after);
        if let Some(input_gradient) = input_gradient {
            convolution.input(&self.output, input_gradient)?;
        }
        Ok(gradient)
    }

    /// As [`Self::backward`], but for the gradient with respect to the input alone, of a layer that is not normalised.
    pub(super) fn backward_to_input(&self, input_gradient: &Band) -> ComputeResult<()> {
        match &self.used {
            Some(Used { convolution, normalization: None }) => convolution.input(&self.output, input_gradient),
            _ => Err(ComputeError::new("a layer has no output to follow back")),
        }
    }
}

impl Normalization {
    /// Replaces the gradient with respect to the scaled numbers by the gradient with respect to the sums. Returns the
    /// gradients with respect to factors and offsets.
    ///
    /// With `N` positions, `n = (x - m) / d` and the gradient `g`, it is `gamma / d (g - mean(g) - n mean(g n))` (Ioffe
    /// and Szegedy 2015, "Batch normalization", for each picture on its own).
    fn backward(&self, gradient: &Tensor, sums: &Tensor) -> ComputeResult<Vec<f32>> {
        let (height, width, _) = sums.dims3()?;
        let positions = (height * width) as f64;
        let found = operations::channel_products(gradient, sums, &self.means)?;
        let mut mixture = ChannelMixture::default();
        let mut of_gamma = Vec::new();
        for (channel, inverse) in self.inverse_deviations.iter().enumerate() {
            let (sum, product) = (found.gradients[channel], found.products[channel] * inverse);
            let factor = f64::from(self.gamma[channel]) * inverse;
            let of_sums = -factor * product * inverse / positions;
            mixture.gradient.push(factor as f32);
            mixture.feature.push(of_sums as f32);
            mixture.offset.push((-factor * sum / positions - of_sums * f64::from(self.means[channel])) as f32);
            of_gamma.push(product as f32);
        }
        operations::mix_channels(gradient, sums, &mixture)?;
        Ok(of_gamma.into_iter().chain(found.gradients.iter().map(|&sum| sum as f32)).collect())
    }
}
