//! What the features of a scale are compared with: the photo's own, and the paintings' statistics.

use candle_core::Tensor;

use super::super::balance::Balance;
use super::super::error::Result;
use super::super::loss::content::ContentTarget;
use super::super::loss::moments::{MomentSums, Moments};
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
    /// Each style's moments at each tap.
    moments: Vec<Vec<Moments>>,
    /// What all this was made for.
    pub(super) balance: Balance,
}

/// The paintings' moments for one scale, found before there is a pass for the picture itself: one pass's memory at a
/// time.
pub(super) struct StyleMoments {
    moments: Vec<Vec<Moments>>,
    balance: Balance,
}

impl StyleMoments {
    pub(super) fn new(scale: &Surroundings) -> Result<Self> {
        let balance = scale.control.balance();
        let moments = scale.job.styles.iter().zip(&balance.styles);
        let moments = moments.map(|(style, balance)| style_moments(scale, style, balance.brush_scale));
        Ok(Self { moments: moments.collect::<Result<_>>()?, balance })
    }
}

impl Targets {
    /// `pass` is for what the canvas shows.
    pub(super) fn new(scale: &Surroundings, canvas: &Canvas, pass: &mut Pass, styles: StyleMoments) -> Result<Self> {
        let content = scale.job.photo().map(|photo| content_target(scale, photo, pass)).transpose()?;
        let StyleMoments { moments, balance } = styles;
        let mut targets = Self { content, regions: Vec::new(), moments, balance };
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
                self.moments[index] = style_moments(scale, &scale.job.styles[index], new.brush_scale)?;
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
        let Self { balance, moments, .. } = &*self;
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
                let at_tap = part.styles.iter().map(|&style| (balance.styles[style].weight, &moments[style][index]));
                let blended = Moments::blend(&at_tap.collect::<Vec<_>>())?;
                let shape = pass.shape(tap);
                let weights = canvas.weights(share.as_ref(), scale.size, (shape.0, shape.1))?;
                let loss = scale.job.style_loss;
                targets.push(StyleTarget::new(loss, &blended, shape, weight, weights)?);
            }
            regions.push(targets);
        }
        self.regions = regions;
        Ok(())
    }
}

/// A painting's moments at each style tap, at the size that its strokes should have beside this scale's picture;
/// paintings are not enlarged, since that adds nothing but blur.
fn style_moments(scale: &Surroundings, style: &Style, brush_scale: f32) -> Result<Vec<Moments>> {
    let long_side = scale.size.long_side() as f64 * f64::from(brush_scale);
    let (_, height, width) = style.image.dims3()?;
    let own = Size { width, height };
    let size = own.scaled((long_side / own.long_side() as f64).min(1.0));
    let painting = resample(&style.image, size.rows_and_columns())?.to_device(scale.network.device())?;
    let mut pass = scale.network.pass(size, scale.job.memory.for_features(scale.size, scale.job.size()?))?;
    let mut sums = Tap::STYLE
        .map(|tap| MomentSums::new(pass.shape(tap), scale.network.device()))
        .into_iter()
        .collect::<candle_core::Result<Vec<_>>>()?;
    pass.forward(&painting, scale.control, |features| {
        if let Some(index) = features.tap.style_index() {
            sums[index].add(features.values, None)?;
        }
        Ok(())
    })?;
    Ok(sums.iter().map(MomentSums::moments).collect::<candle_core::Result<_>>()?)
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
