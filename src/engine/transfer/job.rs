//! What a run paints.

use super::super::budget::MemoryBudget;
use super::super::compute::{ComputeResult, Tensor};
use super::super::extent::Extent;
use super::super::loss::StyleLoss;
use super::super::motion::Prediction;
use super::super::optimizer::Optimizer;
use super::super::pyramid::Size;
use super::super::resample::{resample, resample_within};
use super::super::schedule::Schedule;
use super::super::snapshot::Snapshot;

/// What to paint. Images are 3 x height x width, sRGB 0..1, masks height x width, 0..1, of any size. All are on the
/// CPU: each scale moves what it needs to the network's device.
pub struct Job {
    /// What the picture shows.
    pub content: ContentSource,
    /// The paintings; at least one.
    pub styles: Vec<StyleImage>,
    /// What the coarsest scale starts from.
    pub initial: Initial,
    /// How styles are compared.
    pub style_loss: StyleLoss,
    /// Iterations and steps at each scale.
    pub schedule: Schedule,
    /// Seed of the noise.
    pub seed: u64,
    /// In a clip, what the picture should look like after the frames before it.
    pub continuation: Option<Continuation>,
    /// The memory that the run may take.
    pub memory: MemoryBudget,
}

/// What the picture shows.
pub enum ContentSource {
    /// A photo, at the size of the result.
    Photo {
        /// The photo.
        image: Tensor,
        /// How far it is protected: 1 keeps the photo, 0 paints.
        protect: Option<Tensor>,
    },
    /// No photo: a texture in the paintings' style.
    Texture {
        /// Size of the result.
        size: Size,
        /// Whether opposite edges continue each other, so that copies of the picture can be laid side by side.
        seamless: bool,
    },
}

/// A painting, and where its style applies.
pub struct StyleImage {
    /// The painting, at its own size.
    pub image: Tensor,
    /// Where its style applies; `None` is everywhere. Where no style applies, the photo stays.
    pub mask: Option<Tensor>,
}

/// What a frame of a clip should look like, at the size of the result.
pub struct Continuation {
    /// The prediction, and where it is sure.
    pub prediction: Prediction,
    /// Weight of the temporal loss.
    pub weight: f64,
    /// How large steps are, as a share of the usual ones.
    pub reach: f32,
}

/// What the coarsest scale starts from.
pub enum Initial {
    /// The photo, with its colours partly moved to the paintings'. For a texture, noise.
    Photo {
        /// How far the colours are moved, 0 (not at all) to 1.
        recolored: f32,
    },
    /// Noise in the paintings' colours.
    Noise,
    /// The first painting, stretched over the picture.
    Style,
    /// Any image, of any size.
    Image(Tensor),
    /// An image that was painted before. Scales whose long side is shorter than `from` pixels are left out, because the
    /// image has been through them; the last scale never is.
    Painted {
        /// The image, of any size.
        image: Tensor,
        /// Long side of the first scale to paint.
        from: usize,
    },
    /// In a clip, the prediction of [`Job::continuation`] where it shows something alike, and elsewhere as [`Self::Photo`].
    /// Only the last scale is painted.
    Continued {
        /// How far the photo's colours are moved, 0 (not at all) to 1.
        recolored: f32,
    },
}

impl Job {
    /// Whether a snapshot can be of a run of this job, which has these scales.
    pub(super) fn fits(&self, snapshot: &Snapshot, scales: &[Size]) -> bool {
        let size = Size { width: snapshot.width, height: snapshot.height };
        scales.get(snapshot.scale) == Some(&size)
            && snapshot.iteration <= self.schedule.at(snapshot.scale, scales.len())
            && snapshot.is_valid()
    }

    /// What the iterations move: the schedule's choice, except that a seamless texture has no coarse levels.
    pub(super) fn optimizer(&self) -> Optimizer {
        self.schedule.optimizer.of_picture(matches!(self.content, ContentSource::Texture { seamless: true, .. }))
    }

    /// The size of the optimiser's step at an iteration, counted from 1, out of `of`.
    ///
    /// Where coarse levels move a picture that begins as the photo or as an earlier result, steps are in proportion to the
    /// strength: a picture that moves less keeps more of the photo, at the same likeness to the painting, than one with a
    /// large weight of the content loss (docs/convergence.md has figures). Otherwise steps are shorter only below a strength
    /// of 0.25.
    pub(super) fn step_size(&self, strength: f32, iteration: u32, of: u32) -> f64 {
        let optimizer = self.optimizer();
        let begins_near = matches!(self.initial, Initial::Photo { .. } | Initial::Painted { .. });
        let reach = match optimizer {
            Optimizer::Levels if begins_near && self.photo().is_some() => strength,
            Optimizer::Levels | Optimizer::Pixels => (4.0 * strength).min(1.0),
        };
        let continued = self.continuation.as_ref().map_or(1.0, |continuation| continuation.reach);
        f64::from(reach * continued) * optimizer.step_size(iteration, of)
    }

    /// The photo, 3 x height x width, if there is one.
    pub(crate) fn photo(&self) -> Option<&Tensor> {
        match &self.content {
            ContentSource::Photo { image, .. } => Some(image),
            ContentSource::Texture { .. } => None,
        }
    }

    /// Size of the result.
    pub(in crate::engine) fn size(&self) -> ComputeResult<Size> {
        match &self.content {
            ContentSource::Photo { image, .. } => image.dims3().map(|(_, height, width)| Size { width, height }),
            ContentSource::Texture { size, .. } => Ok(*size),
        }
    }

    /// The picture's extent at one size.
    pub(super) fn extent(&self, size: Size) -> Extent {
        Extent { size, seamless: matches!(self.content, ContentSource::Texture { seamless: true, .. }) }
    }

    /// An image that was painted at the size `before`, at another size, on its device. A share `detail` (0 to 1) of the
    /// photo's detail that a smaller size could not show is added.
    pub(in crate::engine) fn resized(
        &self,
        image: &Tensor,
        before: Size,
        size: Size,
        detail: f32,
    ) -> ComputeResult<Tensor> {
        let shape = size.rows_and_columns();
        let mut image = resample(image, shape)?;
        if let (Some(photo), true) = (self.photo(), detail > 0.0 && before.pixels() < size.pixels()) {
            let at = |size: Size| resample_within(photo, size.rows_and_columns());
            let unseen = (at(size)? - resample(&at(before)?, shape)?)?.to_device(image.device())?;
            image = (image + (unseen * f64::from(detail))?)?;
        }
        image.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::compute::Device;
    use super::*;

    fn job(content: ContentSource, initial: Initial, optimizer: Optimizer) -> Job {
        let image = Tensor::zeros((3, 4, 4), &Device::cpu()).unwrap();
        Job {
            content,
            styles: vec![StyleImage { image, mask: None }],
            initial,
            style_loss: StyleLoss::Wasserstein,
            schedule: Schedule { optimizer, ..Schedule::even(10) },
            seed: 0,
            continuation: None,
            memory: MemoryBudget { comfortable: 1 << 30, most: 1 << 30 },
        }
    }

    fn photo() -> ContentSource {
        ContentSource::Photo { image: Tensor::zeros((3, 4, 4), &Device::cpu()).unwrap(), protect: None }
    }

    fn texture(seamless: bool) -> ContentSource {
        ContentSource::Texture { size: Size { width: 4, height: 4 }, seamless }
    }

    fn painted() -> Initial {
        Initial::Painted { image: Tensor::zeros((3, 4, 4), &Device::cpu()).unwrap(), from: 4 }
    }

    /// Steps as shares of the optimiser's own, at strengths of 0, 0.2 and 0.5.
    #[test]
    fn only_a_picture_that_begins_near_the_photo_moves_in_small_steps() {
        use Optimizer::{Levels, Pixels};
        let cases = [
            (job(photo(), Initial::Photo { recolored: 1.0 }, Levels), [0.0, 0.2, 0.5]),
            (job(photo(), painted(), Levels), [0.0, 0.2, 0.5]),
            (job(photo(), Initial::Noise, Levels), [0.0, 0.8, 1.0]),
            (job(photo(), Initial::Style, Levels), [0.0, 0.8, 1.0]),
            (job(texture(false), Initial::Photo { recolored: 1.0 }, Levels), [0.0, 0.8, 1.0]),
            (job(photo(), Initial::Photo { recolored: 1.0 }, Pixels), [0.0, 0.8, 1.0]),
            (job(texture(true), Initial::Noise, Levels), [0.0, 0.8, 1.0]),
        ];
        for (index, (job, shares)) in cases.iter().enumerate() {
            for (strength, share) in [0.0, 0.2, 0.5].into_iter().zip(shares) {
                let expected = share * job.optimizer().step_size(3, 10);
                let found = job.step_size(strength, 3, 10);
                assert!((found - expected).abs() < 1e-7, "{index} at {strength}: {found}, not {expected}");
            }
        }
    }

    #[test]
    fn a_seamless_texture_has_no_coarse_levels() {
        let of = |content| job(content, Initial::Noise, Optimizer::Levels).optimizer();
        assert_eq!(of(texture(true)), Optimizer::Pixels);
        assert_eq!(of(texture(false)), Optimizer::Levels);
        assert_eq!(of(photo()), Optimizer::Levels);
    }
}
