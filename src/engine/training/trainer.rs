//! Trains a generator, step by step.

use super::super::compute::{Tensor, operations};
use super::super::control::Control;
use super::super::error::{EngineError, Result};
use super::super::instant::GeneratorParameters;
use super::super::loss::content::ContentTarget;
use super::super::network::Network;
use super::super::pyramid::Size;
use super::super::resample::resample_within;
use super::adam::ParameterAdam;
use super::adversary::{Adversary, AdversaryState};
use super::crops::{Photos, crop};
use super::objective::{CropLosses, Duel, JUDGED_TAP, ObjectiveWeights, TrainingObjective, moments_of_paintings};
use super::pass::GeneratorPass;
use super::stability::{difference_gradient, with_noise};

/// Crops that are in use at a time, each for [`USES`] steps: their content is computed once.
const POOL: u64 = 16;
const USES: u64 = 4;

/// Every how many steps a crop is painted with noise as well: by default in those without the deepest features, which take
/// less time.
const STABLE_EVERY: u64 = 2;

/// The share of a training after which the adversary takes part: first the generator must have learned the painting's
/// statistics, or the discriminator always wins.
const ADVERSARY_BEGINS: f64 = 2.0 / 3.0;

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingSettings {
    /// Width and height of the crops in pixels, a multiple of 4.
    pub crop: usize,
    /// Long side in pixels at which the network sees the painting; larger gives larger strokes.
    pub painting: usize,
    /// Seed of the crops.
    pub seed: u64,
    /// The weights of the losses.
    pub weights: ObjectiveWeights,
    /// Size of the first step; later ones are smaller.
    pub rate: f64,
    /// The weight of the adversary, which takes part in the last third; 0 for none.
    pub adversary: f64,
    /// The weight of the mean squared difference between what the network makes of a crop and of the same crop with noise;
    /// 0 for none.
    pub stability: f64,
    /// Every how many steps the deepest features are compared; at least 1.
    pub deep_every: u64,
}

impl Default for TrainingSettings {
    fn default() -> Self {
        let weights = ObjectiveWeights { content: 0.006, smoothness: 0.2 };
        Self { crop: 256, painting: 384, seed: 0, weights, rate: 2e-3, adversary: 0.0, stability: 0.0, deep_every: 2 }
    }
}

/// What a training has come to: everything that the next step depends on, beside what does not change.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingState {
    /// What was learned so far.
    pub parameters: GeneratorParameters,
    /// The optimiser.
    pub adam: ParameterAdam,
    /// Steps so far.
    pub steps: u64,
    /// The adversary, once it took part.
    pub adversary: Option<AdversaryState>,
}

impl TrainingState {
    /// Before the first step.
    pub fn new(parameters: GeneratorParameters) -> Self {
        let adam = ParameterAdam::new(parameters.numbers().len());
        Self { parameters, adam, steps: 0, adversary: None }
    }
}

/// A training in progress.
pub struct Trainer<'a> {
    photos: &'a dyn Photos,
    settings: TrainingSettings,
    objective: TrainingObjective<'a>,
    adversary: Option<Adversary<'a>>,
    pass: GeneratorPass,
    state: &'a mut TrainingState,
    pool: Vec<Option<(Tensor, ContentTarget)>>,
    pool_epoch: u64,
}

impl<'a> Trainer<'a> {
    /// Trains a generator from this state on to paint photos as `paintings` are painted (3 x height x width, 0..1, on the
    /// CPU, each with its weight).
    ///
    /// # Errors
    /// When there is no painting or the device fails, or [`EngineError::Stopped`].
    ///
    /// # Panics
    /// When there is no photo.
    pub fn new(
        network: &'a Network,
        paintings: &[(Tensor, f32)],
        photos: &'a dyn Photos,
        state: &'a mut TrainingState,
        settings: TrainingSettings,
        control: &Control,
    ) -> Result<Self> {
        assert!(photos.count() > 0, "a network is trained on photos");
        let seen = paintings.iter().map(|(painting, weight)| {
            let (_, height, width) = painting.dims3()?;
            let own = Size { width, height };
            let size = own.scaled((settings.painting as f64 / own.long_side() as f64).min(1.0));
            Ok((resample_within(painting, size.rows_and_columns())?, *weight))
        });
        let seen = seen.collect::<Result<Vec<_>>>()?;
        let moments = moments_of_paintings(network, &seen, control)?;
        let TrainingSettings { crop, seed, .. } = settings;
        let adversary =
            (settings.adversary > 0.0).then(|| Adversary::new(network, seen, &moments[JUDGED_TAP], crop, seed));
        let objective = TrainingObjective::new(network, &moments, settings.crop, settings.weights)?;
        let size = Size { width: settings.crop, height: settings.crop };
        let pass = GeneratorPass::new(state.parameters.widths(), size, network.device())?;
        let pool = (0..POOL).map(|_| None).collect();
        Ok(Self { photos, settings, objective, adversary: adversary.transpose()?, pass, state, pool, pool_epoch: 0 })
    }

    /// What it has come to.
    pub fn state(&self) -> &TrainingState {
        self.state
    }

    /// Takes a step. `progress` is the share of the training that is over, 0 to 1: the size of the steps falls with
    /// half a cosine (Loshchilov and Hutter 2017). Returns the losses before the step.
    ///
    /// # Errors
    /// When the device fails or a gradient is not finite, or [`EngineError::Stopped`]; then no step was taken.
    pub fn step(&mut self, progress: f64, control: &Control) -> Result<CropLosses> {
        let slot = self.fill_slot(control)?;
        let Some((crop, content)) = &self.pool[slot] else { unreachable!("the slot was filled") };
        let is_noisy = self.state.steps % STABLE_EVERY == 1 && self.settings.stability > 0.0;
        let noisy = if is_noisy {
            let noisy = with_noise(crop, self.settings.seed, self.state.steps)?;
            let painted = self.pass.forward(&self.state.parameters, &noisy)?;
            Some((noisy, painted))
        } else {
            None
        };
        let painted = self.pass.forward(&self.state.parameters, crop)?;
        control.checkpoint()?;
        let every = self.settings.deep_every;
        let depth = if self.state.steps.is_multiple_of(every) { every as f64 } else { 0.0 };
        let active = self.adversary.as_mut().filter(|_| progress >= ADVERSARY_BEGINS);
        // Its state is only kept if the whole step succeeds.
        let mut adversary_state = self.state.adversary.clone();
        let duel = active.map(|adversary| {
            let state = adversary_state.get_or_insert_with(|| adversary.begin());
            Duel { state, adversary, step: self.state.steps, weight: self.settings.adversary }
        });
        let losses = self.objective.evaluate(&painted, content, depth, duel, control)?;
        let gradient = if let Some((noisy, painted_noisy)) = noisy {
            let difference = difference_gradient(&painted_noisy, &painted, self.settings.stability)?;
            operations::accumulate(self.objective.gradient(), &difference.affine(-1.0, 0.0)?)?;
            let mut gradient = self.pass.backward(self.objective.gradient())?;
            self.pass.forward(&self.state.parameters, &noisy)?;
            let own = self.pass.backward(&difference)?;
            gradient.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            gradient
        } else {
            self.pass.backward(self.objective.gradient())?
        };
        let rate = self.settings.rate * 0.5 * (1.0 + (std::f64::consts::PI * progress.clamp(0.0, 1.0)).cos());
        let TrainingState { parameters, adam, steps, adversary } = &mut *self.state;
        if !adam.step(parameters.numbers_mut(), &gradient, rate) {
            return Err(EngineError::TrainingNotFinite(*steps));
        }
        *steps += 1;
        *adversary = adversary_state;
        Ok(losses)
    }

    /// Fills the slot of the pool that this step uses.
    fn fill_slot(&mut self, control: &Control) -> Result<usize> {
        let epoch = self.state.steps / (POOL * USES);
        if epoch != self.pool_epoch {
            self.pool.iter_mut().for_each(|slot| *slot = None);
            self.pool_epoch = epoch;
        }
        let slot = self.state.steps % POOL;
        if self.pool[slot as usize].is_none() {
            let crop = crop(self.photos, self.settings.crop, self.settings.seed, epoch * POOL + slot)?;
            let crop = crop.to_device(self.objective.device())?;
            let content = self.objective.content(&crop, control)?;
            self.pool[slot as usize] = Some((crop, content));
        }
        Ok(slot as usize)
    }
}
