//! The numbers of a generator that paints one style.

use super::conditioning::{ChannelScales, Conditioning};
use super::layers::{GeneratorLayer, GeneratorWidths};

/// Everything that a generator learns: for each layer, in the order in which they are computed, the kernel (outputs x
/// inputs x size x size), and then a bias for each output channel, or of a normalised layer a factor and then an offset
/// for each.
///
/// Parameters of the same widths can be blended. What lies between two sets that were trained from the same start
/// paints a style between theirs (Wang et al. 2019, "Deep network interpolation").
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratorParameters {
    widths: GeneratorWidths,
    numbers: Vec<f32>,
}

impl GeneratorParameters {
    /// From their numbers; `None` where there are more or fewer, or any is not finite.
    pub fn new(widths: GeneratorWidths, numbers: Vec<f32>) -> Option<Self> {
        let fits = numbers.len() == Self::count(widths) && numbers.iter().all(|number| number.is_finite());
        fits.then_some(Self { widths, numbers })
    }

    /// How many numbers a generator of these widths has.
    pub fn count(widths: GeneratorWidths) -> usize {
        widths.layers().iter().map(GeneratorLayer::length).sum()
    }

    /// How many numbers each kernel, each layer's biases, factors and offsets have, in their order.
    pub fn lengths(widths: GeneratorWidths) -> Vec<usize> {
        let parts = |layer: &GeneratorLayer| {
            let after = std::iter::repeat_n(layer.shape.outputs, if layer.is_normalized { 2 } else { 1 });
            std::iter::once(layer.shape.kernel_length()).chain(after).collect::<Vec<_>>()
        };
        widths.layers().iter().flat_map(parts).collect()
    }

    /// Channels of its features.
    pub fn widths(&self) -> GeneratorWidths {
        self.widths
    }

    /// All numbers.
    pub fn numbers(&self) -> &[f32] {
        &self.numbers
    }

    /// All numbers, to be changed.
    pub(in super::super) fn numbers_mut(&mut self) -> &mut [f32] {
        &mut self.numbers
    }

    /// Each layer with its kernel and with what follows it.
    pub(in super::super) fn layers(&self) -> impl Iterator<Item = (GeneratorLayer, &[f32], &[f32])> {
        let mut rest = self.numbers.as_slice();
        self.widths.layers().into_iter().map(move |layer| {
            let (own, others) = rest.split_at(layer.length());
            rest = others;
            let (kernel, after) = own.split_at(layer.shape.kernel_length());
            (layer, kernel, after)
        })
    }

    /// The factors and offsets of the normalised layers.
    pub fn conditioning(&self) -> Conditioning {
        let normalized = self.layers().filter(|(layer, ..)| layer.is_normalized);
        Conditioning(normalized.map(|(_, _, scales)| ChannelScales::new(scales)).collect())
    }

    /// The same kernels with other factors and offsets.
    #[must_use]
    pub fn with_conditioning(mut self, conditioning: &Conditioning) -> Self {
        let mut scales = conditioning.0.iter().peekable();
        let mut begin = 0;
        for layer in self.widths.layers() {
            let own = &mut self.numbers[begin..][..layer.length()];
            begin += own.len();
            if let Some(ChannelScales { gamma, beta }) = scales.next_if(|_| layer.is_normalized) {
                let (own_gamma, own_beta) = own[layer.shape.kernel_length()..].split_at_mut(gamma.len());
                own_gamma.copy_from_slice(gamma);
                own_beta.copy_from_slice(beta);
            }
        }
        self
    }

    /// The mean of parameters, each counted with its weight; `None` where the weights sum to nothing or the widths
    /// differ.
    pub fn blend<'a>(parts: impl IntoIterator<Item = (&'a Self, f32)>) -> Option<Self> {
        let mut blended: Option<Self> = None;
        let mut total = 0.0;
        for (part, weight) in parts {
            let sum =
                blended.get_or_insert_with(|| Self { widths: part.widths, numbers: vec![0.0; part.numbers.len()] });
            if sum.widths != part.widths {
                return None;
            }
            sum.numbers.iter_mut().zip(&part.numbers).for_each(|(sum, number)| *sum += weight * number);
            total += weight;
        }
        let mut blended = blended.filter(|_| total > 0.0)?;
        blended.numbers.iter_mut().for_each(|number| *number /= total);
        Some(blended)
    }
}
