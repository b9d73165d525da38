//! What a run paints.

use candle_core::Tensor;

use super::super::balance::Balance;
use super::super::budget::MemoryBudget;
use super::super::extent::Extent;
use super::super::loss::StyleLoss;
use super::super::loss::moments::Moments;
use super::super::palette::{noise, palette, recolor};
use super::super::pyramid::Size;
use super::super::resample::{resample, resample_within};
use super::super::schedule::Schedule;
use super::super::snapshot::Snapshot;

/// What to paint. Images are 3 x height x width, sRGB 0..1, masks height x width, 0..1, of any size; all on the CPU:
/// each scale takes to the network's device what it needs there.
pub struct Job {
    /// What the picture shows.
    pub subject: Subject,
    /// The paintings; at least one.
    pub styles: Vec<Style>,
    /// What the coarsest scale starts from.
    pub initial: Initial,
    /// How styles are compared.
    pub style_loss: StyleLoss,
    /// Iterations and steps at each scale.
    pub schedule: Schedule,
    /// Seed of the noise.
    pub seed: u64,
    /// What the run may take.
    pub memory: MemoryBudget,
}

/// What the picture shows.
pub enum Subject {
    /// A photo, at the size of the result.
    Photo {
        /// The photo.
        image: Tensor,
        /// Where it is left alone: 1 leaves it, 0 paints.
        protect: Option<Tensor>,
    },
    /// Nothing; the paintings' manner alone.
    Texture {
        /// Of the result.
        size: Size,
        /// Whether each edge goes on at the opposite one, so that the picture can be laid side by side with itself.
        seamless: bool,
    },
}

/// A painting, and where its manner applies.
pub struct Style {
    /// The painting, at its own size.
    pub image: Tensor,
    /// Everywhere without; where no style applies, the photo stays.
    pub mask: Option<Tensor>,
}

/// What the coarsest scale starts from.
pub enum Initial {
    /// The photo, its colours carried so far (0 to 1) onto the paintings'. For a texture, noise.
    Photo {
        /// 0 leaves them.
        recolored: f32,
    },
    /// Noise in the paintings' colours.
    Noise,
    /// The first painting, stretched over the picture.
    Style,
    /// Any image, of any size.
    Image(Tensor),
    /// An image that was painted before. The scales whose long side is shorter than `from` pixels, which it has had,
    /// are left out; the last one never is.
    Painted {
        /// The image, of any size.
        image: Tensor,
        /// Long side of the first scale to paint.
        from: usize,
    },
}

impl Job {
    /// Whether a run of this job can have stood there.
    pub(super) fn fits(&self, snapshot: &Snapshot, scales: &[Size]) -> bool {
        let size = Size { width: snapshot.width, height: snapshot.height };
        scales.get(snapshot.scale) == Some(&size)
            && snapshot.iteration <= self.schedule.at(snapshot.scale, scales.len())
            && snapshot.is_sound()
    }

    pub(super) fn photo(&self) -> Option<&Tensor> {
        match &self.subject {
            Subject::Photo { image, .. } => Some(image),
            Subject::Texture { .. } => None,
        }
    }

    pub(super) fn size(&self) -> candle_core::Result<Size> {
        match &self.subject {
            Subject::Photo { image, .. } => image.dims3().map(|(_, height, width)| Size { width, height }),
            Subject::Texture { size, .. } => Ok(*size),
        }
    }

    pub(super) fn extent(&self, size: Size) -> Extent {
        Extent { size, seamless: matches!(self.subject, Subject::Texture { seamless: true, .. }) }
    }

    pub(super) fn initial_image(&self, balance: &Balance, size: Size) -> candle_core::Result<Tensor> {
        let shape = size.rows_and_columns();
        let painted_palette = || {
            let palettes =
                self.styles.iter().map(|style| palette(&style.image)).collect::<candle_core::Result<Vec<_>>>()?;
            // All alike where none counts: they have no mean, and a person may give one of them a weight at any time.
            let none_counts = balance.styles.iter().all(|style| style.weight == 0.0);
            let weights = balance.styles.iter().map(|style| if none_counts { 1.0 } else { style.weight });
            Moments::blend(&weights.zip(&palettes).collect::<Vec<_>>())
        };
        match (&self.initial, self.photo()) {
            (Initial::Photo { recolored }, Some(photo)) => {
                let photo = resample_within(photo, shape)?;
                let carried = recolor(&photo, &painted_palette()?)?;
                &photo + ((carried - &photo)? * f64::from(*recolored))?
            }
            (Initial::Photo { .. }, None) | (Initial::Noise, _) => noise(shape, &painted_palette()?, self.seed),
            (Initial::Style, _) => resample(&self.styles[0].image, shape),
            (Initial::Image(image) | Initial::Painted { image, .. }, _) => resample(image, shape),
        }
    }
}
