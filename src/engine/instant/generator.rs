//! The style transfer network: it paints a photo in one pass.
//!
//! Three convolutions shrink the picture to a quarter, five residual blocks work on it there, and three more
//! convolutions enlarge it again. After each but the first three convolutions, every channel is normalised over the
//! whole picture (instance normalisation, Ulyanov, Vedaldi and Lempitsky 2016) and then scaled as the style says. So a
//! large picture cannot be painted part by part; instead the layers whose features would take much memory are computed
//! in strips: the first three, which have no normalisation, and the last two.

use std::ops::Range;

use super::super::compute::chunks::chunks;
use super::super::compute::{
    Activation, Band, ChannelStatistics, ComputeResult, Device, FeatureBuffer, SizedConvolutionKernel, Tensor,
    operations,
};
use super::super::control::Control;
use super::super::error::Result;
use super::conditioning::{ChannelScales, Conditioning};
use super::held::HeldStatistics;
use super::layers::{GeneratorLayer, GeneratorWidths};
use super::parameters::GeneratorParameters;
use super::predictor::features_of;

/// The picture is shrunk this many times, so its sides are padded to multiples of it.
const SHRINKING: usize = 4;

/// Numbers of the largest features that are held for one strip. Fewer in unit tests, so that they see several strips.
const STRIP: usize = if cfg!(test) { 1 << 13 } else { 1 << 21 };

/// Paints pictures of any size in one pass.
pub struct Generator {
    device: Device,
    layers: Vec<SizedConvolutionKernel>,
}

impl Generator {
    /// A generator with these kernels and biases. What a style does to it is passed to [`Self::paint`].
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(parameters: &GeneratorParameters, device: &Device) -> Result<Self> {
        let layers = parameters.layers().map(|(GeneratorLayer { shape, is_normalized, .. }, kernel, after)| {
            // Elsewhere the normalisation would take a bias away again.
            let bias = (!is_normalized).then_some(after);
            let activation = if is_normalized { Activation::Identity } else { Activation::Relu };
            SizedConvolutionKernel::new(shape, kernel, bias, activation, device)
        });
        Ok(Self { device: device.clone(), layers: layers.collect::<ComputeResult<_>>()? })
    }

    /// The layers that contract, those of the residual blocks, and those that expand.
    fn parts(&self) -> (&[SizedConvolutionKernel], &[SizedConvolutionKernel], &[SizedConvolutionKernel]) {
        let (contract, rest) = self.layers.split_at(GeneratorWidths::OUTER);
        let (residual, expand) = rest.split_at(2 * GeneratorWidths::BLOCKS);
        (contract, residual, expand)
    }

    /// Bytes that a generator of these widths takes to paint a picture of so many pixels, beside the photo and the
    /// weights.
    pub fn memory(GeneratorWidths { full, half, quarter }: GeneratorWidths, pixels: usize) -> usize {
        let (at_half, at_quarter) = (pixels * half / 4, pixels * quarter / 16);
        // Three times the features of a quarter of the size, those and the features of half the size, or these and the
        // painted picture.
        let numbers = (3 * at_quarter).max(at_quarter + at_half).max(at_half + 3 * pixels);
        // The features after the first two convolutions, and the photo's pixels.
        let strip = pixels.min(STRIP / full) * (full + half / 4 + 3);
        (numbers + strip) * size_of::<f32>()
    }

    /// Paints an image (3 x height x width, 0..1). Returns the picture, of the same size, on this network's device.
    ///
    /// # Errors
    /// [`super::super::EngineError::Stopped`] after a stop; another error when the device fails.
    pub fn paint(&self, image: &Tensor, style: &Conditioning, control: &Control) -> Result<Tensor> {
        self.paint_in_shot(image, style, None, control)
    }

    /// As [`Self::paint`], for a frame of a shot whose statistics are `held`.
    ///
    /// # Errors
    /// As [`Self::paint`].
    pub fn paint_in_shot(
        &self,
        image: &Tensor,
        style: &Conditioning,
        held: Option<&mut HeldStatistics>,
        control: &Control,
    ) -> Result<Tensor> {
        let (_, height, width) = image.dims3()?;
        let mut rules = NormalizationRules { scales: style.0.iter(), held };
        let image = mirrored(&mirrored(image, 1)?, 2)?;
        let features = self.contracted(&image, control)?;
        self.add_residuals(&features, &mut rules, control)?;
        control.checkpoint()?;
        let (_, _, expand) = self.parts();
        let half = self.output_of(&expand[0], &features)?;
        normalize(&expand[0], &features, &mut rules, Activation::Relu, &half)?;
        drop(features);
        let painted = self.expanded(&half, &mut rules, control)?;
        drop(half);
        let (factors, offsets) = rules.next(operations::channel_statistics(&painted)?);
        Band::whole(painted.clone())?.scale_channels(&factors, &offsets, Activation::Sigmoid)?;
        let planes = painted.narrow(0, 0, height)?.narrow(1, 0, width)?.permute([2, 0, 1])?;
        Ok(planes.contiguous()?)
    }

    /// Adds what each residual block makes of the features to them.
    fn add_residuals(&self, features: &Tensor, rules: &mut NormalizationRules, control: &Control) -> Result<()> {
        let (_, residual, _) = self.parts();
        // Every output has the shape of the features.
        let (inner, outer) = (self.output_of(&residual[0], features)?, self.output_of(&residual[0], features)?);
        for block in residual.chunks_exact(2) {
            control.checkpoint()?;
            normalize(&block[0], features, rules, Activation::Relu, &inner)?;
            control.checkpoint()?;
            normalize(&block[1], &inner, rules, Activation::Identity, &outer)?;
            operations::accumulate(features, &outer)?;
        }
        Ok(())
    }

    /// The features after the first three convolutions, in strips.
    fn contracted(&self, image: &Tensor, control: &Control) -> Result<Tensor> {
        let (contract, _, _) = self.parts();
        let [first, second, third] = contract else { unreachable!("three layers contract") };
        let (_, height, width) = image.dims3()?;
        let contracted = Tensor::features((height / 4, width / 4, third.shape().outputs), &self.device)?;
        let contracted_band = Band::whole(contracted.clone())?;
        let strip = (STRIP / (width * first.shape().outputs) / 4).clamp(1, height / 4);
        // At half the size a strip needs one row more than twice its own, at the full size three more than four times.
        let (most_medium, most_large) = ((2 * strip + 1).min(height / 2), (4 * strip + 3).min(height));
        let large = FeatureBuffer::new(most_large * width * first.shape().outputs, &self.device)?;
        let medium = FeatureBuffer::new(most_medium * (width / 2) * second.shape().outputs, &self.device)?;
        for rows in chunks(0..height / 4, strip) {
            control.checkpoint()?;
            let middle = third.shape().source_rows(&rows, height / 2);
            let outer = second.shape().source_rows(&middle, height);
            let needed = first.shape().source_rows(&outer, height);
            let image = features_of(&image.narrow(1, needed.start, needed.len())?, &self.device)?;
            let image = Band::new(image, needed.start, height);
            let large = strip_of(first, &image, &outer, (width, height), &large)?;
            let medium = strip_of(second, &large, &middle, (width / 2, height / 2), &medium)?;
            third.convolve(&medium, &contracted_band.narrow(&rows)?)?;
        }
        Ok(contracted)
    }

    /// Memory for a layer's output on whole features.
    fn output_of(&self, layer: &SizedConvolutionKernel, input: &Tensor) -> ComputeResult<Tensor> {
        let (height, width, _) = input.dims3()?;
        let shape = layer.shape();
        Tensor::features((shape.output_length(height), shape.output_length(width), shape.outputs), &self.device)
    }

    /// The sums of the last convolution, from features of half the picture's size. The features between are computed
    /// twice where they do not fit one strip: once for their statistics, once for what follows.
    fn expanded(&self, half: &Tensor, rules: &mut NormalizationRules, control: &Control) -> Result<Tensor> {
        let (_, _, expand) = self.parts();
        let [_, second, third] = expand else { unreachable!("three layers expand") };
        let (height, width) = (2 * half.dim(0)?, 2 * half.dim(1)?);
        let half = Band::whole(half.clone())?;
        let rows_at_once = (STRIP / (width * second.shape().outputs)).clamp(1, height);
        let most = (rows_at_once + third.shape().size - 1).min(height);
        let buffer = FeatureBuffer::new(most * width * second.shape().outputs, &self.device)?;
        let strip = |rows: &Range<usize>| -> Result<Band> {
            control.checkpoint()?;
            let needed = second.shape().source_rows(rows, height / 2);
            Ok(strip_of(second, &half.narrow(&needed)?, rows, (width, height), &buffer)?)
        };
        let mut statistics: Option<ChannelStatistics> = None;
        let mut whole = None;
        for rows in chunks(0..height, rows_at_once) {
            let features = strip(&rows)?;
            let own = operations::channel_statistics(&features.values)?;
            statistics = Some(match statistics {
                Some(before) => before.merged(&own),
                None => own,
            });
            whole = (rows.len() == height).then_some(features);
        }
        let Some(statistics) = statistics else { unreachable!("a picture has rows") };
        let (factors, offsets) = rules.next(statistics);
        let painted = Tensor::features((height, width, third.shape().outputs), &self.device)?;
        let painted_band = Band::whole(painted.clone())?;
        for rows in chunks(0..height, rows_at_once) {
            let features = match whole.take() {
                Some(features) => features,
                None => strip(&third.shape().source_rows(&rows, height))?,
            };
            features.scale_channels(&factors, &offsets, Activation::Relu)?;
            third.convolve(&features, &painted_band.narrow(&rows)?)?;
        }
        Ok(painted)
    }
}

/// What normalises each layer in turn.
struct NormalizationRules<'a> {
    scales: std::slice::Iter<'a, ChannelScales>,
    held: Option<&'a mut HeldStatistics>,
}

impl NormalizationRules<'_> {
    /// The factor and the offset of each channel at the next normalisation, whose features have these statistics.
    fn next(&mut self, own: ChannelStatistics) -> (Vec<f32>, Vec<f32>) {
        let scales = self.scales.next().unwrap_or_else(|| unreachable!("a style scales every normalisation"));
        match &mut self.held {
            Some(held) => scales.factors_and_offsets(held.follow(own)),
            None => scales.factors_and_offsets(&own),
        }
    }
}

/// Some rows of a layer's output, which has this width and height, in memory that holds them until it is used again.
fn strip_of(
    layer: &SizedConvolutionKernel,
    input: &Band,
    rows: &Range<usize>,
    (width, height): (usize, usize),
    memory: &FeatureBuffer,
) -> ComputeResult<Band> {
    let output = memory.view((rows.len(), width, layer.shape().outputs))?;
    let output = Band::new(output, rows.start, height);
    layer.convolve(input, &output)?;
    Ok(output)
}

/// A layer on whole features, normalised and activated.
fn normalize(
    layer: &SizedConvolutionKernel,
    input: &Tensor,
    rules: &mut NormalizationRules,
    activation: Activation,
    output: &Tensor,
) -> Result<()> {
    let output = Band::whole(output.clone())?;
    layer.convolve(&Band::whole(input.clone())?, &output)?;
    let (factors, offsets) = rules.next(operations::channel_statistics(&output.values)?);
    Ok(output.scale_channels(&factors, &offsets, activation)?)
}

/// An image (planes x height x width), mirrored at the end of an axis up to a multiple of [`SHRINKING`].
fn mirrored(image: &Tensor, axis: usize) -> ComputeResult<Tensor> {
    let length = image.dim(axis)?;
    let missing = length.next_multiple_of(SHRINKING) - length;
    let lines = (1..=missing).map(|line| image.narrow(axis, length.saturating_sub(1 + line), 1));
    let parts = std::iter::once(Ok(image.clone())).chain(lines).collect::<ComputeResult<Vec<_>>>()?;
    if missing == 0 { Ok(image.clone()) } else { Tensor::cat(&parts, axis) }
}

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::super::super::balance::Balance;
    use super::super::super::compute::Trial;
    use super::super::conditioner::Conditioner;
    use super::super::style_vector::StyleVector;
    use super::super::weights::InstantWeights;
    use super::*;

    /// As `tests/instant.rs`, but here strips have a few rows only.
    #[test]
    fn strips_give_the_numbers_of_the_whole() {
        let (height, width) = (64, 96);
        assert!(STRIP < height * width * 8 / 3, "several strips");
        let file = std::fs::read("tests/reference/arbitrary-style.safetensors").unwrap();
        let reference = SafeTensors::deserialize(&file).unwrap();
        let expected = |name: &str| -> Vec<f32> {
            let numbers = reference.tensor(name).unwrap().data().chunks_exact(4);
            numbers.map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
        };
        let at = |index: usize| {
            let (channel, y, x) = (index / (height * width), index / width % height, index % width);
            let (channel, y, x) = (channel as f64, y as f64, x as f64);
            (0.5 + 0.5 * (0.7 * (0.11 * x + 0.07 * y * (channel + 1.0)) + channel).sin()) as f32
        };
        let photo: Vec<f32> = (0..3 * height * width).map(at).collect();
        let weights = InstantWeights::built_in().unwrap();
        let style = StyleVector::new(&expected("style_vector")).unwrap();
        let style = Conditioner::new(&weights).unwrap().conditioning(&style);
        for device in [Device::cpu(), Device::trial(Trial::default())] {
            let photo = Tensor::from_vec(photo.clone(), (3, height, width), &device).unwrap();
            let generator = Generator::new(&weights.generator().unwrap(), &device).unwrap();
            let painted = generator.paint(&photo, &style, &Control::new(Balance::default())).unwrap();
            let pairs = painted.to_vec().unwrap().into_iter().zip(expected("output_96x64"));
            let most = pairs.map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max);
            assert!(most < 1e-4, "{device:?}: {most}");
        }
    }
}
