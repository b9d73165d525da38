//! What the features of a scale are compared with: the photo's own, and the paintings' statistics.

use candle_core::Tensor;

use super::super::balance::Balance;
use super::super::error::Result;
use super::super::loss::content::ContentTarget;
use super::super::loss::moments::{MomentSums, Moments};
use super::super::loss::neighbours::Samples;
use super::super::loss::style::StyleTarget;
use super::super::network::{Pass, Tap};
use super::super::pyramid::Size;
use super::super::resample::{resample, resample_within};
use super::canvas::Canvas;
use super::regions::{parts, shares};
use super::{Style, Surroundings};

/// The targets of one scale.
pub(super) struct Targets {
    /// `None` where there is no photo.
    pub(super) content: Option<ContentTarget>,
    /// For each region of the picture that has styles of its own, one for each of [`Tap::STYLE`].
    pub(super) regions: Vec<Vec<StyleTarget>>,
    /// Each style's manner at each tap.
    manners: Vec<Vec<Manner>>,
    /// What all this was made for.
    pub(super) balance: Balance,
}

/// What a painting's features are like at one tap.
struct Manner {
    moments: Moments,
    /// Some of the features themselves (count x channels), where they are compared with.
    samples: Option<Tensor>,
}

impl Manner {
    /// Of several paintings together; the weights need not sum to 1, but must not all be zero.
    fn blend(parts: &[(f32, &Self)]) -> candle_core::Result<Self> {
        let moments: Vec<_> = parts.iter().map(|(weight, manner)| (*weight, &manner.moments)).collect();
        let samples: Option<Vec<_>> =
            parts.iter().map(|(weight, manner)| Some((*weight, manner.samples.as_ref()?))).collect();
        let samples = samples.map(|samples| Samples::blend(&samples)).transpose()?;
        Ok(Self { moments: Moments::blend(&moments)?, samples })
    }
}

/// The paintings' manners for one scale, found before there is a pass for the picture itself: one pass's memory at a
/// time.
pub(super) struct Manners {
    manners: Vec<Vec<Manner>>,
    balance: Balance,
}

impl Manners {
    pub(super) fn new(scale: &Surroundings) -> Result<Self> {
        let balance = scale.control.balance();
        let styles = scale.job.styles.iter().zip(&balance.styles);
        let manners = styles.map(|(style, balance)| manners(scale, style, balance.brush_scale));
        Ok(Self { manners: manners.collect::<Result<_>>()?, balance })
    }
}

impl Targets {
    /// `pass` is for what the canvas shows.
    pub(super) fn new(scale: &Surroundings, canvas: &Canvas, pass: &mut Pass, styles: Manners) -> Result<Self> {
        let content = scale.job.photo().map(|photo| content_target(scale, photo, pass)).transpose()?;
        let Manners { manners, balance } = styles;
        let mut targets = Self { content, regions: Vec::new(), manners, balance };
        targets.compare_with_styles(scale, canvas, pass)?;
        Ok(targets)
    }

    /// Takes up what the person changed since the last iteration.
    pub(super) fn follow(&mut self, scale: &Surroundings, canvas: &Canvas, pass: &Pass) -> Result<()> {
        let balance = scale.control.balance();
        if balance == self.balance {
            return Ok(());
        }
        let mut are_new = false;
        for (index, (new, old)) in balance.styles.iter().zip(&self.balance.styles).enumerate() {
            if new.brush_scale.to_bits() != old.brush_scale.to_bits() {
                self.manners[index] = manners(scale, &scale.job.styles[index], new.brush_scale)?;
            }
            are_new |= new != old;
        }
        self.balance = balance;
        if are_new {
            return self.compare_with_styles(scale, canvas, pass);
        }
        for region in &mut self.regions {
            for (target, weight) in region.iter_mut().zip(self.balance.tap_weights()) {
                target.set_weight(weight);
            }
        }
        Ok(())
    }

    fn compare_with_styles(&mut self, scale: &Surroundings, canvas: &Canvas, pass: &Pass) -> Result<()> {
        let Self { balance, manners, .. } = &*self;
        let parts = parts(&scale.job.styles, &balance.styles, scale.size)?;
        let device = scale.network.device();
        let shares = shares(&parts, &balance.styles, scale.size)?.into_iter();
        let shares = shares.map(|share| share.map(|share| share.to_device(device)).transpose());
        let shares = shares.collect::<candle_core::Result<Vec<_>>>()?;
        let mut regions = Vec::with_capacity(parts.len());
        for (part, share) in parts.into_iter().zip(&shares) {
            let mut targets = Vec::with_capacity(Tap::STYLE.len());
            for (index, (tap, weight)) in Tap::STYLE.into_iter().zip(balance.tap_weights()).enumerate() {
                scale.control.checkpoint()?;
                let at_tap = part.styles.iter().map(|&style| (balance.styles[style].weight, &manners[style][index]));
                let Manner { moments, samples } = Manner::blend(&at_tap.collect::<Vec<_>>())?;
                let shape = pass.shape(tap);
                let weights = canvas.weights(share.as_ref(), scale.size, (shape.0, shape.1))?;
                let loss = scale.job.style_loss;
                let target = StyleTarget::new(loss, &moments, shape, weight, weights)?;
                targets.push(match (samples, loss.neighbours_at(index)) {
                    (Some(samples), Some(counts)) => target.with_neighbours(&samples, &moments.mean, counts)?,
                    _ => target,
                });
            }
            regions.push(targets);
        }
        self.regions = regions;
        Ok(())
    }
}

/// A painting's manner at each style tap, at the size that its strokes should have beside this scale's picture; paintings
/// are not enlarged, since that adds nothing but blur.
fn manners(scale: &Surroundings, style: &Style, brush_scale: f32) -> Result<Vec<Manner>> {
    let long_side = scale.size.long_side() as f64 * f64::from(brush_scale);
    let (_, height, width) = style.image.dims3()?;
    let own = Size { width, height };
    let size = own.scaled((long_side / own.long_side() as f64).min(1.0));
    let painting = resample(&style.image, size.rows_and_columns())?.to_device(scale.network.device())?;
    let mut pass = scale.network.pass(size, scale.job.memory.for_features(scale.size, scale.job.size()?))?;
    let mut seen = Vec::with_capacity(Tap::STYLE.len());
    for (index, tap) in Tap::STYLE.into_iter().enumerate() {
        let samples = scale.job.style_loss.neighbours_at(index).map(|_| Samples::default());
        seen.push((MomentSums::new(pass.shape(tap), scale.network.device())?, samples, pass.shape(tap).0));
    }
    pass.forward(&painting, scale.control, |features| {
        if let Some(index) = features.tap.style_index() {
            let (sums, samples, height) = &mut seen[index];
            sums.add(features.values, None)?;
            if let Some(samples) = samples {
                samples.take(&features.rows, features.values, *height)?;
            }
        }
        Ok(())
    })?;
    let manners = seen.iter().map(|(sums, samples, _)| {
        let samples = samples.as_ref().map(Samples::all).transpose()?;
        Ok(Manner { moments: sums.moments()?, samples })
    });
    Ok(manners.collect::<candle_core::Result<_>>()?)
}

fn content_target(scale: &Surroundings, photo: &Tensor, pass: &mut Pass) -> Result<ContentTarget> {
    let photo = resample_within(photo, scale.size.rows_and_columns())?.to_device(scale.network.device())?;
    let target = ContentTarget::new(pass.shape(Tap::CONTENT), scale.network.device())?;
    pass.forward(&photo, scale.control, |features| {
        if features.tap == Tap::CONTENT {
            target.set(&features.rows, features.values)?;
        }
        Ok(())
    })?;
    Ok(target)
}
