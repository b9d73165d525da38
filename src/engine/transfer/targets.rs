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
use super::job::Style;
use super::regions::{Region, Regions};
use super::scale::CurrentScale;

/// The targets of one scale.
pub(super) struct Targets {
    /// `None` where there is no photo.
    pub(super) content: Option<ContentTarget>,
    /// For each region of the picture that has styles of its own, one for each of [`Tap::STYLE`].
    pub(super) regions: Vec<Vec<StyleTarget>>,
    /// Each style's.
    manners: Vec<Manners>,
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

/// A painting's manner at each of [`Tap::STYLE`].
pub(super) struct Manners {
    brush_scale: f32,
    taps: Vec<Manner>,
}

impl Manners {
    /// Every painting's, found before there is a pass for the picture itself: one pass's memory at a time.
    pub(super) fn of_all(scale: &CurrentScale, balance: &Balance) -> Result<Vec<Self>> {
        let styles = scale.job.styles.iter().zip(&balance.styles);
        styles.map(|(style, balance)| Self::new(scale, style, balance.brush_scale)).collect()
    }

    /// At the size that the painting's strokes should have beside this scale's picture; paintings are not enlarged, since
    /// that adds nothing but blur.
    fn new(scale: &CurrentScale, style: &Style, brush_scale: f32) -> Result<Self> {
        let long_side = scale.size.long_side() as f64 * f64::from(brush_scale);
        let (_, height, width) = style.image.dims3()?;
        let own = Size { width, height };
        let size = own.scaled((long_side / own.long_side() as f64).min(1.0));
        let painting = resample(&style.image, size.rows_and_columns())?.to_device(scale.network.device())?;
        let mut pass = scale.pass(size)?;
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
        let taps = seen.iter().map(|(sums, samples, _)| {
            let samples = samples.as_ref().map(Samples::all).transpose()?;
            Ok(Manner { moments: sums.moments()?, samples })
        });
        Ok(Self { brush_scale, taps: taps.collect::<candle_core::Result<_>>()? })
    }

    /// Whether they were found for strokes of another size.
    fn are_stale(&self, brush_scale: f32) -> bool {
        self.brush_scale.to_bits() != brush_scale.to_bits()
    }
}

impl Targets {
    /// `pass` is for what the canvas shows.
    pub(super) fn new(
        scale: &CurrentScale,
        canvas: &Canvas,
        pass: &mut Pass,
        manners: Vec<Manners>,
        regions: &Regions,
        balance: Balance,
    ) -> Result<Self> {
        let content = scale.job.photo().map(|photo| content_target(scale, photo, pass)).transpose()?;
        let mut targets = Self { content, regions: Vec::new(), manners, balance };
        targets.regions = targets.compared_with(scale, canvas, pass, regions, &targets.balance)?;
        Ok(targets)
    }

    /// Whether a painting must be looked at again for this balance.
    pub(super) fn have_stale_manners(&self, balance: &Balance) -> bool {
        self.manners.iter().zip(&balance.styles).any(|(manners, style)| manners.are_stale(style.brush_scale))
    }

    /// Looks again at the paintings whose strokes have another size in this balance. No other pass may be held meanwhile.
    pub(super) fn find_manners(&mut self, scale: &CurrentScale, balance: &Balance) -> Result<()> {
        let Self { manners, .. } = self;
        for ((manners, style), balance) in manners.iter_mut().zip(&scale.job.styles).zip(&balance.styles) {
            if manners.are_stale(balance.brush_scale) {
                *manners = Manners::new(scale, style, balance.brush_scale)?;
            }
        }
        Ok(())
    }

    /// Takes up a balance whose styles are the same.
    pub(super) fn reweigh(&mut self, balance: Balance) {
        self.balance = balance;
        for region in &mut self.regions {
            for (target, weight) in region.iter_mut().zip(self.balance.tap_weights()) {
                target.set_weight(weight);
            }
        }
    }

    /// Takes up a balance, once the manners are those that it asks for; `regions` and `canvas` belong to it.
    pub(super) fn compare_anew(
        &mut self,
        scale: &CurrentScale,
        canvas: &Canvas,
        pass: &Pass,
        regions: &Regions,
        balance: Balance,
    ) -> Result<()> {
        self.regions = self.compared_with(scale, canvas, pass, regions, &balance)?;
        self.balance = balance;
        Ok(())
    }

    /// For each region one target for each of [`Tap::STYLE`].
    fn compared_with(
        &self,
        scale: &CurrentScale,
        canvas: &Canvas,
        pass: &Pass,
        Regions { regions, .. }: &Regions,
        balance: &Balance,
    ) -> Result<Vec<Vec<StyleTarget>>> {
        let device = scale.network.device();
        let mut all = Vec::with_capacity(regions.len());
        for Region { styles, share } in regions {
            let share = share.as_ref().map(|share| share.to_device(device)).transpose()?;
            let mut targets = Vec::with_capacity(Tap::STYLE.len());
            for (index, (tap, weight)) in Tap::STYLE.into_iter().zip(balance.tap_weights()).enumerate() {
                scale.control.checkpoint()?;
                let at_tap =
                    styles.iter().map(|&style| (balance.styles[style].weight, &self.manners[style].taps[index]));
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
            all.push(targets);
        }
        Ok(all)
    }
}

fn content_target(scale: &CurrentScale, photo: &Tensor, pass: &mut Pass) -> Result<ContentTarget> {
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
