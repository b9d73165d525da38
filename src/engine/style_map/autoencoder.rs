//! The variational autoencoder that learns the plane.

use candle_core::{D, Device, Tensor, Var};
use candle_nn::{AdamW, Linear, Module, Optimizer, ParamsAdamW};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::super::compute::ComputeError;
use super::super::control::Control;
use super::super::error::Result;
use super::super::instant::StyleVector;
use super::latent::{LatentPlane, normal, standard_of, standardised, with_prior_scale};
use super::perceptron::Perceptron;

/// Numbers of the hidden layers.
const HIDDEN: usize = 64;

/// Styles of a step.
const BATCH: usize = 256;

/// The optimiser's first step size; it falls to nothing along a half cosine.
const RATE: f64 = 3e-3;

/// The share of the steps over which the divergence from the prior begins to count (Bowman et al. 2016, "Generating sentences
/// from a continuous space"): before that, the plane unfolds.
const WARM_UP: f64 = 0.3;

/// How to learn a plane.
#[derive(Clone, Copy, Debug)]
pub struct PlaneTraining {
    /// Seed of the first weights, the batches and the noise.
    pub seed: u64,
    /// Steps of the optimiser.
    pub steps: usize,
}

impl Default for PlaneTraining {
    fn default() -> Self {
        Self { seed: 0, steps: 3000 }
    }
}

/// A plane, and how well it was learned.
#[derive(Clone, Debug)]
pub struct LearnedPlane {
    /// The plane.
    pub plane: LatentPlane,
    /// The evidence lower bound, in nats for each style, of styles relative to their scale.
    pub evidence: f64,
}

/// Learns the plane of styles: an encoder of 100-64-2, a decoder of 2-64-100, and a Gaussian likelihood with one variance, which
/// is the best one at each step (Rybkin, Daniilidis and Levine 2021, "Simple and effective VAE training with calibrated decoders",
/// arXiv 2006.13202). The same styles and seed give the same plane. `on_step` is told the steps done.
///
/// # Errors
/// When it was stopped, or the tensor library reports an error. [`super::principal_plane`] is for fewer than two styles.
pub fn learn(
    styles: &[StyleVector],
    training: PlaneTraining,
    control: &Control,
    on_step: &mut dyn FnMut(usize),
) -> Result<Option<LearnedPlane>> {
    let Some((centre, scale)) = standard_of(styles).filter(|_| styles.len() > 1) else { return Ok(None) };
    let rows: Vec<f32> = styles.iter().flat_map(|style| standardised(style, &centre, scale)).collect();
    let mut random = StdRng::seed_from_u64(training.seed);
    let model = Autoencoder::new(&mut random).map_err(ComputeError::from)?;
    train(&model, &rows, training, (&mut random, control), on_step)?;
    let evidence = model.evidence(&rows).map_err(ComputeError::from)?;
    let (encoder, decoder) = model.networks().map_err(ComputeError::from)?;
    let plane = LatentPlane::new(centre, scale, encoder, decoder);
    // Where styles are nearly on a plane, the divergence counts too little to give places the scale of the prior.
    let plane = plane.map(|plane| with_prior_scale(&plane, styles).unwrap_or(plane));
    Ok(plane.map(|plane| LearnedPlane { plane, evidence }))
}

fn train(
    model: &Autoencoder,
    rows: &[f32],
    PlaneTraining { steps, .. }: PlaneTraining,
    (random, control): (&mut StdRng, &Control),
    on_step: &mut dyn FnMut(usize),
) -> Result<()> {
    let count = rows.len() / StyleVector::LENGTH;
    let parameters = ParamsAdamW { lr: RATE, weight_decay: 1e-4, ..ParamsAdamW::default() };
    let mut optimizer = AdamW::new(model.variables(), parameters).map_err(ComputeError::from)?;
    for step in 0..steps {
        control.checkpoint()?;
        let share = step as f64 / steps as f64;
        optimizer.set_learning_rate(RATE * 0.5 * (1.0 + (std::f64::consts::PI * share).cos()));
        let batch = BATCH.min(count);
        let mut chosen = Vec::with_capacity(batch * StyleVector::LENGTH);
        for _ in 0..batch {
            let row = random.random_range(0..count) * StyleVector::LENGTH;
            chosen.extend_from_slice(&rows[row..row + StyleVector::LENGTH]);
        }
        let noise: Vec<f32> = (0..2 * batch).map(|_| normal(random)).collect();
        let beta = (share / WARM_UP).min(1.0);
        let mut update = || -> candle_core::Result<()> {
            let styles = Tensor::from_slice(&chosen, (batch, StyleVector::LENGTH), &Device::Cpu)?;
            let noise = Tensor::from_slice(&noise, (batch, 2), &Device::Cpu)?;
            let (error, divergence) = model.losses(&styles, &noise)?;
            // The likelihood with the best variance, without what does not depend on the parameters.
            let likelihood = (error.log()? * (StyleVector::LENGTH as f64 / 2.0))?;
            optimizer.backward_step(&(likelihood + (divergence * beta)?)?)
        };
        update().map_err(ComputeError::from)?;
        on_step(step + 1);
    }
    Ok(())
}

/// The networks, as variables of candle.
struct Autoencoder {
    /// Of each layer the weight (outputs x inputs) and the bias.
    variables: Vec<(Var, Var)>,
}

/// The layers: to the hidden numbers, to the places and the logarithms of their variances, to hidden numbers, and back.
const LAYERS: [(usize, usize); 4] =
    [(StyleVector::LENGTH, HIDDEN), (HIDDEN, 4), (2, HIDDEN), (HIDDEN, StyleVector::LENGTH)];

impl Autoencoder {
    /// With random weights (Glorot and Bengio 2010) and no biases.
    fn new(random: &mut StdRng) -> candle_core::Result<Self> {
        let layer = |(inputs, outputs): (usize, usize)| {
            let reach = (6.0 / (inputs + outputs) as f32).sqrt();
            let weights: Vec<f32> = (0..inputs * outputs).map(|_| random.random_range(-reach..reach)).collect();
            let weight = Var::from_vec(weights, (outputs, inputs), &Device::Cpu)?;
            Ok((weight, Var::zeros(outputs, candle_core::DType::F32, &Device::Cpu)?))
        };
        Ok(Self { variables: LAYERS.into_iter().map(layer).collect::<candle_core::Result<_>>()? })
    }

    fn variables(&self) -> Vec<Var> {
        self.variables.iter().flat_map(|(weight, bias)| [weight.clone(), bias.clone()]).collect()
    }

    fn layer(&self, index: usize) -> Linear {
        let (weight, bias) = &self.variables[index];
        Linear::new(weight.as_tensor().clone(), Some(bias.as_tensor().clone()))
    }

    /// The mean square of what does not come back, and the divergence of the places from the prior in nats, each of one style.
    fn losses(&self, styles: &Tensor, noise: &Tensor) -> candle_core::Result<(Tensor, Tensor)> {
        let places = self.layer(1).forward(&self.layer(0).forward(styles)?.tanh()?)?;
        let (means, logarithms) = (places.narrow(D::Minus1, 0, 2)?, places.narrow(D::Minus1, 2, 2)?);
        let variances = logarithms.exp()?;
        let chosen = (&means + ((&logarithms * 0.5)?.exp()? * noise)?)?;
        let back = self.layer(3).forward(&self.layer(2).forward(&chosen)?.tanh()?)?;
        let error = (back - styles)?.sqr()?.mean_all()?;
        let divergence = ((means.sqr()? + variances)? - logarithms)?;
        let divergence = ((divergence - 1.0)?.sum(D::Minus1)?.mean_all()? * 0.5)?;
        Ok((error, divergence))
    }

    /// The evidence lower bound in nats, with two draws for each style.
    fn evidence(&self, rows: &[f32]) -> candle_core::Result<f64> {
        const DRAWS: usize = 2;
        let count = rows.len() / StyleVector::LENGTH;
        let styles = Tensor::from_slice(rows, (count, StyleVector::LENGTH), &Device::Cpu)?;
        let mut random = StdRng::seed_from_u64(1);
        let (mut error, mut divergence) = (0.0, 0.0);
        for _ in 0..DRAWS {
            let noise: Vec<f32> = (0..2 * count).map(|_| normal(&mut random)).collect();
            let noise = Tensor::from_vec(noise, (count, 2), &Device::Cpu)?;
            let (own_error, own_divergence) = self.losses(&styles, &noise)?;
            error += f64::from(own_error.to_scalar::<f32>()?) / DRAWS as f64;
            divergence = f64::from(own_divergence.to_scalar::<f32>()?);
        }
        // The logarithm of a normal density with the best variance, of all numbers of a style.
        let likelihood =
            -0.5 * StyleVector::LENGTH as f64 * ((2.0 * std::f64::consts::PI * error.max(1e-12)).ln() + 1.0);
        Ok(likelihood - divergence)
    }

    /// The encoder and the decoder.
    fn networks(&self) -> candle_core::Result<(Perceptron, Perceptron)> {
        let network = |layers: std::ops::Range<usize>| -> candle_core::Result<Perceptron> {
            let sizes: Vec<usize> =
                [LAYERS[layers.start].0].into_iter().chain(layers.clone().map(|index| LAYERS[index].1)).collect();
            let mut parameters = Vec::new();
            for (weight, bias) in &self.variables[layers] {
                parameters.extend(weight.flatten_all()?.to_vec1::<f32>()?);
                parameters.extend(bias.to_vec1::<f32>()?);
            }
            Perceptron::new(&sizes, parameters)
                .ok_or_else(|| candle_core::Error::Msg("training has diverged".to_owned()))
        };
        Ok((network(0..2)?, network(2..4)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::balance::Balance;

    /// Styles on a bent sheet: what principal components cannot flatten.
    fn sheet(count: usize) -> Vec<StyleVector> {
        let mut random = StdRng::seed_from_u64(5);
        let style = |_| {
            let (across, along): (f32, f32) = (random.random_range(-1.5..1.5), random.random_range(-1.0..1.0));
            let number = |index: usize| match index % 4 {
                0 => (2.0 * across).sin(),
                1 => (2.0 * across).cos(),
                2 => along,
                _ => across * along,
            };
            StyleVector::new(&(0..StyleVector::LENGTH).map(number).collect::<Vec<_>>()).unwrap()
        };
        (0..count).map(style).collect()
    }

    fn learned(styles: &[StyleVector], seed: u64) -> LearnedPlane {
        let control = Control::new(Balance::default());
        let training = PlaneTraining { seed, steps: 1500 };
        learn(styles, training, &control, &mut |_| {}).unwrap().unwrap()
    }

    #[test]
    fn a_bent_sheet_is_flattened_further_than_by_principal_components() {
        let styles = sheet(400);
        let LearnedPlane { plane, evidence } = learned(&styles, 0);
        let flat = super::super::principal_plane(&styles).unwrap();
        let [own, flat] = [&plane, &flat].map(|plane| plane.explained(&styles));
        assert!(1.0 - own < 0.35 * (1.0 - flat) && own > 0.9 && evidence.is_finite(), "{own} {flat} {evidence}");
        // Places are spread as the prior says.
        let squares = styles.iter().flat_map(|style| plane.place(style)).map(|place| f64::from(place).powi(2));
        let spread = (squares.sum::<f64>() / (2 * styles.len()) as f64).sqrt();
        assert!((spread - 1.0).abs() < 1e-3, "{spread}");
    }

    #[test]
    fn the_seed_decides() {
        let styles = sheet(60);
        let training = |seed| PlaneTraining { seed, steps: 60 };
        let control = Control::new(Balance::default());
        let plane = |seed| learn(&styles, training(seed), &control, &mut |_| {}).unwrap().unwrap().plane;
        assert_eq!(plane(1), plane(1));
        assert_ne!(plane(1), plane(2));
        assert!(learn(&styles[..1], training(1), &control, &mut |_| {}).unwrap().is_none());
        control.stop();
        assert!(learn(&styles, training(1), &control, &mut |_| {}).is_err());
    }
}
