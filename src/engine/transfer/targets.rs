//! What the features of a scale are compared with: the photo's features, and the statistics of the paintings' features.

use super::super::balance::Balance;
use super::super::compute::{ComputeResult, Tensor};
use super::super::error::Result;
use super::super::loss::content::ContentTarget;
use super::super::loss::feature_samples::FeatureSamples;
use super::super::loss::moments::{MomentSums, Moments};
use super::super::loss::neighbours;
use super::super::loss::self_similarity::SelfSimilarity;
use super::super::loss::style::StyleTarget;
use super::super::network::{Pass, Tap};
use super::super::pyramid::Size;
use super::super::resample::{resample, resample_mask, resample_within};
use super::job::StyleImage;
use super::regions::Regions;
use super::scale::CurrentScale;

/// The targets of one scale.
pub(super) struct Targets {
    /// `None` where there is no photo.
    pub(super) photo: Option<PhotoTargets>,
    /// For each region one target at each of [`Tap::STYLE`].
    pub(super) regions: Vec<Vec<StyleTarget>>,
    /// The statistics of each painting.
    statistics: Vec<StyleStatistics>,
    /// The balance that the targets were made for.
    pub(super) balance: Balance,
}

/// What the picture is compared with of the photo, at [`Tap::CONTENT`].
pub(super) struct PhotoTargets {
    pub(super) content: ContentTarget,
    pub(super) similarity: SelfSimilarity,
}

/// The statistics of features at one tap.
struct TapStatistics {
    moments: Moments,
    /// Some of the features themselves (count x channels), where the style loss compares with them.
    samples: Option<Tensor>,
}

impl TapStatistics {
    /// The weighted mean of several paintings' statistics; the weights need not sum to 1, but must not all be zero.
    fn blend(parts: &[(f32, &Self)]) -> ComputeResult<Self> {
        let moments: Vec<_> = parts.iter().map(|(weight, statistics)| (*weight, &statistics.moments)).collect();
        let samples: Option<Vec<_>> =
            parts.iter().map(|(weight, statistics)| Some((*weight, statistics.samples.as_ref()?))).collect();
        let samples = samples.map(|samples| FeatureSamples::blend(&samples, neighbours::SAMPLES)).transpose()?;
        Ok(Self { moments: Moments::blend(&moments)?, samples })
    }
}

/// The statistics of one painting's features.
pub(super) struct StyleStatistics {
    /// The brush scale that they were measured for.
    brush_scale: f32,
    /// At each of [`Tap::STYLE`].
    taps: Vec<TapStatistics>,
}

impl StyleStatistics {
    /// The statistics of every painting. They are measured before there is a pass for the picture: one pass is held in
    /// memory at a time.
    pub(super) fn measure_all(scale: &CurrentScale, balance: &Balance) -> Result<Vec<Self>> {
        let styles = scale.job.styles.iter().zip(&balance.styles);
        styles.map(|(style, balance)| Self::measure(scale, style, balance.brush_scale)).collect()
    }

    /// The statistics of a painting at the size that its strokes should have beside this scale's picture. Paintings are
    /// not enlarged, because that adds nothing but blur.
    fn measure(scale: &CurrentScale, style: &StyleImage, brush_scale: f32) -> Result<Self> {
        let long_side = scale.size.long_side() as f64 * f64::from(brush_scale);
        let (_, height, width) = style.image.dims3()?;
        let own = Size { width, height };
        let size = own.scaled((long_side / own.long_side() as f64).min(1.0));
        let painting = resample(&style.image, size.rows_and_columns())?.to_device(scale.network.device())?;
        let mut pass = scale.pass(size, None)?;
        let mut sums = Vec::with_capacity(Tap::STYLE.len());
        for (index, tap) in Tap::STYLE.into_iter().enumerate() {
            let samples = scale.job.style_loss.neighbours_at(index).map(|_| FeatureSamples::new(neighbours::SAMPLES));
            sums.push((MomentSums::new(pass.shape(tap), scale.network.device())?, samples, pass.shape(tap).0));
        }
        pass.forward(&painting, scale.control, |features| {
            if let Some(index) = features.tap.style_index() {
                let (sums, samples, height) = &mut sums[index];
                sums.add(features.values, None)?;
                if let Some(samples) = samples {
                    samples.take(&features.rows, features.values, *height)?;
                }
            }
            Ok(())
        })?;
        let taps = sums.iter().map(|(sums, samples, _)| {
            let samples = samples.as_ref().map(FeatureSamples::all).transpose()?;
            Ok(TapStatistics { moments: sums.moments()?, samples })
        });
        Ok(Self { brush_scale, taps: taps.collect::<ComputeResult<_>>()? })
    }

    /// Whether they were measured for another brush scale.
    fn are_stale(&self, brush_scale: f32) -> bool {
        self.brush_scale.to_bits() != brush_scale.to_bits()
    }
}

impl Targets {
    /// `pass` must have the size of what the network is shown.
    pub(super) fn new(
        scale: &CurrentScale,
        pass: &mut Pass,
        statistics: Vec<StyleStatistics>,
        regions: &Regions,
        balance: Balance,
    ) -> Result<Self> {
        let mut targets = Self { photo: None, regions: Vec::new(), statistics, balance };
        targets.look_at_photo(scale, pass)?;
        targets.regions = targets.style_targets(scale, pass, regions, &targets.balance)?;
        Ok(targets)
    }

    /// Takes the content from the job's photo.
    pub(super) fn look_at_photo(&mut self, scale: &CurrentScale, pass: &mut Pass) -> Result<()> {
        self.photo = scale.job.photo().map(|photo| photo_targets(scale, photo, pass)).transpose()?;
        Ok(())
    }

    /// Whether a painting must be measured again for this balance.
    pub(super) fn have_stale_statistics(&self, balance: &Balance) -> bool {
        let styles = self.statistics.iter().zip(&balance.styles);
        styles.into_iter().any(|(statistics, style)| statistics.are_stale(style.brush_scale))
    }

    /// Measures the paintings again whose brush scale has changed. No other pass may be held meanwhile.
    pub(super) fn measure_stale(&mut self, scale: &CurrentScale, balance: &Balance) -> Result<()> {
        for ((statistics, style), balance) in self.statistics.iter_mut().zip(&scale.job.styles).zip(&balance.styles) {
            if statistics.are_stale(balance.brush_scale) {
                *statistics = StyleStatistics::measure(scale, style, balance.brush_scale)?;
            }
        }
        Ok(())
    }

    /// Follows a balance in which the styles are the same.
    pub(super) fn reweigh(&mut self, balance: Balance) {
        self.balance = balance;
        for region in &mut self.regions {
            for (target, weight) in region.iter_mut().zip(self.balance.tap_weights()) {
                target.set_weight(weight);
            }
        }
    }

    /// Follows a balance in which styles have changed. The statistics must not be stale for it, and `regions` must have
    /// been made for it.
    pub(super) fn rebuild(
        &mut self,
        scale: &CurrentScale,
        pass: &Pass,
        regions: &Regions,
        balance: Balance,
    ) -> Result<()> {
        self.regions = self.style_targets(scale, pass, regions, &balance)?;
        self.balance = balance;
        Ok(())
    }

    /// For each region one target at each of [`Tap::STYLE`].
    fn style_targets(
        &self,
        scale: &CurrentScale,
        pass: &Pass,
        regions: &Regions,
        balance: &Balance,
    ) -> Result<Vec<Vec<StyleTarget>>> {
        let mut all = Vec::new();
        for region in regions.iter() {
            let pixel_weights = regions.pixel_weights(region, scale.network.device())?;
            let mut targets = Vec::with_capacity(Tap::STYLE.len());
            for (index, (tap, tap_weight)) in Tap::STYLE.into_iter().zip(balance.tap_weights()).enumerate() {
                scale.control.checkpoint()?;
                let blend = region.styles.iter().map(|&(style, weight)| (weight, &self.statistics[style].taps[index]));
                let TapStatistics { moments, samples } = TapStatistics::blend(&blend.collect::<Vec<_>>())?;
                let shape = pass.shape(tap);
                let weights =
                    pixel_weights.as_ref().map(|pixels| resample_mask(pixels, (shape.0, shape.1))).transpose()?;
                let loss = scale.job.style_loss;
                let target = StyleTarget::new(loss, &moments, shape, tap_weight, weights)?;
                targets.push(match (samples, loss.neighbours_at(index)) {
                    (Some(samples), Some(weight)) => target.with_neighbours(&samples, &moments.mean, weight)?,
                    _ => target,
                });
            }
            all.push(targets);
        }
        Ok(all)
    }
}

/// Runs the network on the photo.
fn photo_targets(scale: &CurrentScale, photo: &Tensor, pass: &mut Pass) -> Result<PhotoTargets> {
    let photo = resample_within(photo, scale.size.rows_and_columns())?.to_device(scale.network.device())?;
    let shape = pass.shape(Tap::CONTENT);
    let content = ContentTarget::new(shape, scale.network.device())?;
    let mut samples = FeatureSamples::new(SelfSimilarity::POSITIONS);
    pass.forward(&photo, scale.control, |features| {
        if features.tap == Tap::CONTENT {
            content.set(&features.rows, features.values)?;
            samples.take(&features.rows, features.values, shape.0)?;
        }
        Ok(())
    })?;
    Ok(PhotoTargets { content, similarity: SelfSimilarity::new(&samples, shape)? })
}
