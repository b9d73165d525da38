//! What a painted crop is judged by: its style against the whole painting's, and its content against the photo's.

use super::super::budget::MemoryBudget;
use super::super::compute::{Device, Tensor, operations};
use super::super::control::Control;
use super::super::error::Result;
use super::super::loss::content::ContentTarget;
use super::super::loss::moments::{MomentSums, Moments};
use super::super::loss::style::StyleTarget;
use super::super::loss::{StyleLoss, smoothness};
use super::super::network::{Features, Network, Pass, Tap};
use super::super::pyramid::Size;
use super::adversary::{Adversary, AdversaryState, JUDGED};

/// The taps whose statistics are compared, with their weights, which sum to 1: those of optimised pictures but for the
/// last, which sees little of a crop.
pub(super) const STYLE_TAPS: [(Tap, f64); 4] = [
    (Tap::STYLE[0], 256.0 / 340.0),
    (Tap::STYLE[1], 64.0 / 340.0),
    (Tap::STYLE[2], 16.0 / 340.0),
    (Tap::STYLE[3], 4.0 / 340.0),
];

/// The deepest tap.
const DEEPEST: usize = STYLE_TAPS.len() - 1;

/// The tap at which content is compared, `relu3_1`, is that of a style tap, because its features are computed anyway.
const CONTENT: usize = 2;

/// The tap that an adversary judges.
pub(super) const JUDGED_TAP: usize = 2;

/// The objective for crops of one size.
pub(super) struct TrainingObjective<'a> {
    deep: Pass<'a>,
    shallow: Pass<'a>,
    targets: Vec<StyleTarget>,
    gradient: Tensor,
    device: Device,
    weights: ObjectiveWeights,
}

/// The weights of the losses beside the style loss, whose weight is 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObjectiveWeights {
    /// Of the content loss.
    pub content: f64,
    /// Of the total variation.
    pub smoothness: f64,
}

/// The losses of a crop, without their weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CropLosses {
    /// The style loss; of a shallow evaluation without the deepest tap.
    pub style: f64,
    /// The content loss.
    pub content: f64,
    /// The discriminator's, where it takes part: 2 if it knows nothing, 0 if it is always right.
    pub discriminator: Option<f64>,
}

/// An adversary in one step of a training.
pub(super) struct Duel<'a, 'b> {
    pub(super) adversary: &'a mut Adversary<'b>,
    pub(super) state: &'a mut AdversaryState,
    pub(super) step: u64,
    pub(super) weight: f64,
}

/// The weighted mean of several paintings' moments, at each of [`STYLE_TAPS`]. Paintings are 3 x height x width.
pub(super) fn moments_of_paintings(
    network: &Network,
    paintings: &[(Tensor, f32)],
    control: &Control,
) -> Result<Vec<Moments>> {
    let measured = paintings.iter().map(|(painting, weight)| Ok((*weight, moments(network, painting, control)?)));
    let measured = measured.collect::<Result<Vec<_>>>()?;
    let blend = |tap: usize| {
        Ok(Moments::blend(&measured.iter().map(|(weight, moments)| (*weight, &moments[tap])).collect::<Vec<_>>())?)
    };
    (0..STYLE_TAPS.len()).map(blend).collect()
}

/// The moments of one painting.
fn moments(network: &Network, painting: &Tensor, control: &Control) -> Result<Vec<Moments>> {
    /// In strips where a painting is large.
    const MEMORY: MemoryBudget = MemoryBudget { comfortable: 256 << 20, most: 256 << 20 };
    let (_, height, width) = painting.dims3()?;
    let mut pass = network.pass(Size { width, height }, MEMORY)?;
    let sums = STYLE_TAPS.iter().map(|&(tap, _)| MomentSums::new(pass.shape(tap), network.device()));
    let mut sums = sums.collect::<std::result::Result<Vec<_>, _>>()?;
    pass.forward(&painting.to_device(network.device())?, control, |features| {
        let index = STYLE_TAPS.iter().position(|&(tap, _)| tap == features.tap);
        Ok(index.map_or(Ok(()), |index| sums[index].add(features.values, None))?)
    })?;
    Ok(sums.iter().map(MomentSums::moments).collect::<std::result::Result<_, _>>()?)
}

impl<'a> TrainingObjective<'a> {
    /// For crops of `side` x `side` pixels and a painting with these moments.
    pub(super) fn new(
        network: &'a Network,
        moments: &[Moments],
        side: usize,
        weights: ObjectiveWeights,
    ) -> Result<Self> {
        let size = Size { width: side, height: side };
        let deep = network.pass_until(STYLE_TAPS[DEEPEST].0, size)?;
        let shallow = network.pass_until(STYLE_TAPS[DEEPEST - 1].0, size)?;
        let targets = STYLE_TAPS.iter().zip(moments).map(|(&(tap, weight), moments)| {
            StyleTarget::new(StyleLoss::Wasserstein, moments, deep.shape(tap), weight, None)
        });
        let device = network.device().clone();
        let targets = targets.collect::<std::result::Result<_, _>>()?;
        let gradient = Tensor::zeros((3, side, side), &device)?;
        Ok(Self { deep, shallow, targets, gradient, device, weights })
    }

    /// What the content of a crop (3 x side x side) is compared with.
    pub(super) fn content(&mut self, crop: &Tensor, control: &Control) -> Result<ContentTarget> {
        let tap = STYLE_TAPS[CONTENT].0;
        let target = ContentTarget::new(self.shallow.shape(tap), &self.device)?;
        self.shallow.forward(crop, control, |features| {
            if features.tap == tap {
                target.set(&features.rows, features.values)?;
            }
            Ok(())
        })?;
        Ok(target)
    }

    /// The losses of a painted crop (3 x side x side). [`Self::gradient`] then has their gradient. A deep evaluation
    /// counts the deepest tap `depth` times; with a depth of 0 the evaluation is shallow, which takes half the time. An
    /// adversary learns from the painted crop and is counted with its weight.
    pub(super) fn evaluate(
        &mut self,
        painted: &Tensor,
        content: &ContentTarget,
        depth: f64,
        mut adversary: Option<Duel>,
        control: &Control,
    ) -> Result<CropLosses> {
        let taps = if depth > 0.0 { STYLE_TAPS.len() } else { DEEPEST };
        let pass = if depth > 0.0 { &mut self.deep } else { &mut self.shallow };
        let targets = &mut self.targets[..taps];
        if let Some(deepest) = targets.get_mut(DEEPEST) {
            deepest.set_weight(STYLE_TAPS[DEEPEST].1 * depth);
        }
        for target in &mut *targets {
            target.begin()?;
        }
        let index_of = |tap: Tap| STYLE_TAPS.iter().position(|&(other, _)| tap == other).filter(|&index| index < taps);
        let mut content_loss = 0.0;
        pass.forward(painted, control, |Features { tap, rows, values }| {
            let Some(index) = index_of(tap) else { return Ok(()) };
            if index == CONTENT {
                content_loss += content.loss(&rows, values)?.read()?;
            }
            if let Some(Duel { adversary, .. }) = adversary.as_ref().filter(|_| tap == JUDGED) {
                adversary.painted().narrow(&rows)?.copy_from(values)?;
            }
            Ok(targets[index].add_rows(&rows, values)?)
        })?;
        let mut style = 0.0;
        for target in &mut *targets {
            control.checkpoint()?;
            style += target.loss()?.read()?;
        }
        let discriminator = match &mut adversary {
            Some(Duel { adversary, state, step, .. }) => Some(adversary.compete(state, *step, control)?),
            None => None,
        };
        let weights = self.weights;
        pass.backward(painted, &self.gradient, control, |Features { tap, rows, values }, gradient| {
            let Some(index) = index_of(tap) else { return Ok(()) };
            if index == CONTENT {
                content.add_gradient(gradient, &rows, values, weights.content)?;
            }
            if let Some(Duel { adversary, weight, .. }) = adversary.as_ref().filter(|_| tap == JUDGED) {
                let own = adversary.gradient().narrow(&rows)?.values;
                operations::accumulate(gradient, &own.affine(*weight, 0.0)?)?;
            }
            Ok(targets[index].add_gradient(gradient, &rows, values)?)
        })?;
        smoothness::add_gradient(&self.gradient, painted, weights.smoothness)?;
        Ok(CropLosses { style, content: content_loss, discriminator })
    }

    /// Where it is evaluated.
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// The gradient of the weighted losses of the crop that was evaluated last: 3 x side x side.
    pub(super) fn gradient(&self) -> &Tensor {
        &self.gradient
    }
}
