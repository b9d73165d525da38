//! The adversary: a discriminator that learns beside the generator, and what the generator is told by it.
//!
//! Statistics of whole pictures say nothing about which features belong together in one stroke. The discriminator sees
//! patches: it learns to tell those of the painting from those of painted crops, and the generator learns to paint
//! patches that it takes for the painting's (Goodfellow et al. 2014; with one painting, Li and Wand 2016). It judges the
//! features of VGG that the style loss is computed from anyway.

use rand::Rng;
use rand::rngs::StdRng;

use super::super::compute::{Activation, Band, ComputeResult, Device, Tensor, reflected};
use super::super::control::Control;
use super::super::error::{EngineError, Result};
use super::super::loss::moments::Moments;
use super::super::network::{Network, Pass, Tap};
use super::super::pyramid::Size;
use super::super::resample::resample_within;
use super::adam::ParameterAdam;
use super::crops::{at_index, mirrored};
use super::discriminator::{DiscriminatorPass, count, hinge, random_parameters};

/// The features that it judges.
pub(super) const JUDGED: Tap = Tap::STYLE[2];

/// How many they are, in VGG-16 and in VGG-19.
const JUDGED_CHANNELS: usize = 256;

/// Size of the discriminator's steps.
const RATE: f64 = 2e-4;

/// Crops of the painting that are in use at a time, each for [`USES`] steps.
const POOL: u64 = 8;
const USES: u64 = 8;

/// The smallest crop is taken from the painting at this share of its size; larger ones would show no more.
const SMALLEST: f64 = 0.7;

/// Added to the seed, so that the painting's crops are others than the photos'.
const SEED: u64 = 0xAD5E_25A1;

/// What the discriminator learned.
#[derive(Clone, Debug, PartialEq)]
pub struct AdversaryState {
    /// Its parameters.
    pub parameters: Vec<f32>,
    /// Its optimiser.
    pub adam: ParameterAdam,
}

impl AdversaryState {
    /// From what was saved; `None` where there are more or fewer parameters than a discriminator has.
    pub fn new(parameters: Vec<f32>, adam: ParameterAdam) -> Option<Self> {
        let count = count(JUDGED_CHANNELS);
        (parameters.len() == count && adam.means().0.len() == count).then_some(Self { parameters, adam })
    }
}

/// A discriminator against one painting, or several.
pub(super) struct Adversary<'a> {
    network: Pass<'a>,
    paintings: Vec<(Tensor, f32)>,
    /// What brings the painting's features to a mean of 0 and a variance of 1.
    factors: Vec<f32>,
    offsets: Vec<f32>,
    discriminator: DiscriminatorPass,
    /// The features of crops of the painting, scaled.
    pool: Vec<Option<Tensor>>,
    pool_epoch: u64,
    /// The features of the painted crop, scaled; afterwards the gradient with respect to them.
    painted: Band,
    judged: Band,
    side: usize,
    seed: u64,
    device: Device,
}

impl<'a> Adversary<'a> {
    /// For crops of `side` x `side` pixels. The paintings, 3 x height x width on the CPU with their weights, are as
    /// large as the network sees them, and have these moments at [`JUDGED`].
    pub(super) fn new(
        network: &'a Network,
        paintings: Vec<(Tensor, f32)>,
        moments: &Moments,
        side: usize,
        seed: u64,
    ) -> Result<Self> {
        let device = network.device();
        let pass = network.pass_until(JUDGED, Size { width: side, height: side })?;
        let shape @ (_, _, channels) = pass.shape(JUDGED);
        let (means, seconds) = (moments.mean.to_vec()?, moments.second.to_vec()?);
        let scales = means.iter().enumerate().map(|(channel, &mean)| {
            let variance = (seconds[channel * (channels + 1)] - mean * mean).max(0.0);
            // Channels that are hardly ever active are not enlarged without limit.
            let factor = 1.0 / (variance + 1e-3 * seconds[channel * (channels + 1)] + 1e-12).sqrt();
            (factor, -mean * factor)
        });
        let (factors, offsets) = scales.unzip();
        let features = || Band::whole(Tensor::features(shape, device)?);
        Ok(Self {
            network: pass,
            paintings,
            factors,
            offsets,
            discriminator: DiscriminatorPass::new(shape, device)?,
            pool: (0..POOL).map(|_| None).collect(),
            pool_epoch: 0,
            painted: features()?,
            judged: features()?,
            side,
            seed: seed ^ SEED,
            device: device.clone(),
        })
    }

    /// Before its first step.
    pub(super) fn begin(&self) -> AdversaryState {
        let (_, _, channels) = self.network.shape(JUDGED);
        let adam = ParameterAdam::new(count(channels));
        AdversaryState { parameters: random_parameters(channels, self.seed), adam }
    }

    /// Where the features of a painted crop belong before [`Self::compete`].
    pub(super) fn painted(&self) -> &Band {
        &self.painted
    }

    /// Lets the discriminator learn from the painted features and a crop of the painting, in step `step` of the
    /// training. Afterwards [`Self::gradient`] has the gradient of the generator's loss, the mean score with a minus
    /// sign. Returns the discriminator's loss before: 2 if it knows nothing, 0 if it is always right.
    pub(super) fn compete(&mut self, state: &mut AdversaryState, step: u64, control: &Control) -> Result<f64> {
        self.painted.scale_channels(&self.factors, &self.offsets, Activation::Identity)?;
        let real = self.real(step, control)?;
        self.judged.copy_from(&real)?;
        let (real_loss, gradient) = hinge(&self.discriminator.forward(&state.parameters, &self.judged)?, 1.0)?;
        let mut learned = self.discriminator.backward(&gradient, &self.judged)?;
        control.checkpoint()?;
        let (painted_loss, gradient) = hinge(&self.discriminator.forward(&state.parameters, &self.painted)?, -1.0)?;
        let of_painted = self.discriminator.backward(&gradient, &self.painted)?;
        learned.iter_mut().zip(of_painted).for_each(|(sum, part)| *sum += part);
        if !state.adam.step(&mut state.parameters, &learned, RATE) {
            return Err(EngineError::TrainingNotFinite(step));
        }
        control.checkpoint()?;
        let scores = self.discriminator.forward(&state.parameters, &self.painted)?;
        let each = -1.0 / scores.elem_count() as f32;
        let gradient = Tensor::full(each, scores.dims3()?, &self.device)?;
        self.discriminator.backward_to_features(&gradient, &self.painted)?;
        // The features were scaled before they were judged.
        let zeros = vec![0.0; self.factors.len()];
        self.painted.scale_channels(&self.factors, &zeros, Activation::Identity)?;
        Ok(real_loss + painted_loss)
    }

    /// The gradient with respect to the painted features, after [`Self::compete`].
    pub(super) fn gradient(&self) -> &Band {
        &self.painted
    }

    /// The scaled features of the crop of the painting that a step uses.
    fn real(&mut self, step: u64, control: &Control) -> Result<Tensor> {
        let epoch = step / (POOL * USES);
        if epoch != self.pool_epoch {
            self.pool.iter_mut().for_each(|slot| *slot = None);
            self.pool_epoch = epoch;
        }
        let slot = (step % POOL) as usize;
        if let Some(features) = &self.pool[slot] {
            return Ok(features.clone());
        }
        let crop = self.crop(&mut at_index(self.seed, epoch * POOL + step % POOL))?.to_device(&self.device)?;
        let features = Band::whole(self.judged.values.zeros_like()?)?;
        self.network.forward(&crop, control, |found| match found.tap {
            JUDGED => Ok(features.narrow(&found.rows)?.copy_from(found.values)?),
            _ => Ok(()),
        })?;
        features.scale_channels(&self.factors, &self.offsets, Activation::Identity)?;
        self.pool[slot] = Some(features.values.clone());
        Ok(features.values)
    }

    /// A random crop of a random painting, heavier ones more often. Where the painting is smaller than the crop, it goes
    /// on mirrored.
    fn crop(&self, random: &mut StdRng) -> ComputeResult<Tensor> {
        let all: f32 = self.paintings.iter().map(|(_, weight)| weight).sum();
        let mut left = random.random::<f32>() * all;
        let chosen = self.paintings.iter().find(|(_, weight)| {
            left -= weight;
            left < 0.0
        });
        let painting = chosen.or(self.paintings.last()).map(|(painting, _)| painting);
        let Some(painting) = painting else { unreachable!("there is a painting") };
        let (_, height, width) = painting.dims3()?;
        let size = Size { width, height }.scaled(random.random_range(SMALLEST..=1.0));
        let resized = resample_within(painting, size.rows_and_columns())?;
        let place = |length: usize, random: &mut StdRng| random.random_range(0..=length.saturating_sub(self.side));
        let (top, left) = (place(size.height, random), place(size.width, random));
        let numbers = resized.to_vec()?;
        let side = self.side;
        let pixel = |index: usize| {
            let (plane, y, x) = (index / (side * side), index / side % side, index % side);
            let (y, x) = (reflected(top + y, size.height), reflected(left + x, size.width));
            numbers[(plane * size.height + y) * size.width + x]
        };
        let crop = Tensor::from_vec((0..3 * side * side).map(pixel).collect(), (3, side, side), &Device::cpu())?;
        if random.random() { mirrored(&crop) } else { Ok(crop) }
    }
}
