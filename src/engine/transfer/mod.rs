//! The loop that paints: coarse to fine, each scale beginning with what the last one made.

mod canvas;
mod last_good;
mod objective;
mod regions;
mod targets;

use candle_core::Tensor;

use super::balance::{Balance, Losses};
use super::control::Control;
use super::error::{EngineError, Result};
use super::loss::StyleLoss;
use super::loss::moments::Moments;
use super::memory::MemoryBudget;
use super::network::Network;
use super::optimizer::Adam;
use super::palette::{noise, palette, recolor};
use super::pyramid::{Size, scales};
use super::resample::{resample, resample_within};
use super::schedule::Schedule;
use super::snapshot::Snapshot;
use canvas::Canvas;
use last_good::LastGood;
pub use objective::Objective;

/// What to paint. Images are 3 x height x width, sRGB 0..1, masks height x width, 0..1, of any size; all on the
/// network's device.
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

/// One iteration, done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iteration {
    /// Index of the scale.
    pub scale: usize,
    /// Iterations done at this scale.
    pub done: u32,
    /// Iterations in all at this scale.
    pub of: u32,
    /// The losses before the step.
    pub losses: Losses,
}

/// Hears what the engine does, on the engine's thread.
pub trait Observer {
    /// The scales, coarse to fine; the last is the result's.
    fn started(&mut self, scales: &[Size]);
    /// A scale begins, an index into those.
    fn scale_began(&mut self, scale: usize);
    /// An iteration is done; the image is what it left, at the scale's size. The next one changes it: copy what
    /// is to be kept.
    fn iterated(&mut self, iteration: Iteration, image: &Tensor);
    /// Asked after each iteration: whether [`Observer::keep`] is to be called.
    fn wants_snapshot(&mut self) -> bool {
        false
    }
    /// Where the run stands now, for [`resume`].
    fn keep(&mut self, snapshot: Snapshot) {
        drop(snapshot);
    }
    /// The picture ran out of range; painting went back to the last good one and goes on with smaller steps.
    fn recovered(&mut self) {}
}

/// How a run ended, with its image at the size of the result.
pub enum Outcome {
    /// All scales were painted.
    Finished(Tensor),
    /// Stopped by [`Control::stop`]; the image is what there was.
    Stopped(Tensor),
}

/// Paints.
///
/// # Errors
/// When the device fails, or a loss is no longer a number whatever is tried. A stop is no error.
///
/// # Panics
/// When the job has no style.
pub fn run(network: &Network, job: &Job, control: &Control, observer: &mut dyn Observer) -> Result<Outcome> {
    paint(network, job, None, control, observer)
}

/// Paints on from where a run of the same job stood.
///
/// # Errors
/// As [`run`], and [`EngineError::Unfit`] when the snapshot is of another job.
///
/// # Panics
/// When the job has no style.
pub fn resume(
    network: &Network,
    job: &Job,
    snapshot: &Snapshot,
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    paint(network, job, Some(snapshot), control, observer)
}

fn paint(
    network: &Network,
    job: &Job,
    snapshot: Option<&Snapshot>,
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    let result = job.size()?;
    let mut scales = scales(result);
    if let Initial::Painted { from, .. } = job.initial {
        scales.retain(|size| size.long_side() >= from || *size == result);
    }
    if !snapshot.is_none_or(|snapshot| job.fits(snapshot, &scales)) {
        return Err(EngineError::Unfit);
    }
    observer.started(&scales);
    let first = snapshot.map_or(0, |snapshot| snapshot.scale);
    let mut image = match snapshot {
        Some(Snapshot { width, height, image, .. }) => {
            Tensor::from_slice(image, (3, *height, *width), network.device())?
        }
        None => job.initial_image(&control.balance(), scales[0])?,
    };
    for (index, &size) in scales.iter().enumerate().skip(first) {
        let snapshot = snapshot.filter(|snapshot| snapshot.scale == index);
        control.forget_iteration_limit();
        observer.scale_began(index);
        let before = index.checked_sub(1).map(|before| scales[before]);
        if snapshot.is_none() {
            image = job.grown(&image, before, size, control.balance().detail)?;
        }
        let canvas = Canvas::new(network, job, control, size)?;
        let ended = Objective::on(canvas.clone(), Surroundings { network, job, control, size })
            .and_then(|mut objective| descend(&mut objective, &image, (index, scales.len()), snapshot, observer));
        let visible = canvas.visible(&image)?;
        match ended {
            Ok(()) if index + 1 == scales.len() => return Ok(Outcome::Finished(visible)),
            Ok(()) => {}
            Err(EngineError::Stopped) => {
                return Ok(Outcome::Stopped(resample_within(&visible, result.rows_and_columns())?));
            }
            Err(error) => return Err(error),
        }
    }
    unreachable!("a pyramid has at least one scale")
}

/// Works on `image` at one scale, of this index among so many. The image holds the last whole iteration's also when
/// an error ends it. Goes on from a snapshot of this scale, where there is one.
fn descend(
    objective: &mut Objective,
    image: &Tensor,
    (scale, scales): (usize, usize),
    snapshot: Option<&Snapshot>,
    observer: &mut dyn Observer,
) -> Result<()> {
    let Surroundings { job, control, size, .. } = *objective.surroundings();
    let mut adam = match snapshot {
        Some(snapshot) => Adam::recall(image, &snapshot.optimizer)?.ok_or(EngineError::Unfit)?,
        None => Adam::new(image)?,
    };
    let planned = job.schedule.at(scale, scales);
    let mut done = snapshot.map_or(0, |snapshot| snapshot.iteration);
    let mut good = LastGood::new(image)?;
    loop {
        let of = control.iteration_limit().map_or(planned, |limit| limit.min(planned));
        if done >= of {
            return Ok(());
        }
        let losses = objective.evaluate(image)?;
        if !losses.total().is_finite() {
            if !good.put_back(image)? {
                return Err(EngineError::NotFinite { scale, iteration: done + 1 });
            }
            // What it remembers led here.
            adam = Adam::new(image)?;
            observer.recovered();
            continue;
        }
        good.remember(image)?;
        done += 1;
        let step = good.caution * f64::from(objective.balance().reach) * Schedule::step_size(done, of);
        adam.step(image, objective.gradient(), step)?;
        observer.iterated(Iteration { scale, done, of, losses }, &objective.visible(image)?);
        if observer.wants_snapshot() {
            let Size { width, height } = size;
            let (image, optimizer) = (image.flatten_all()?.to_vec1()?, adam.memory()?);
            observer.keep(Snapshot { scale, iteration: done, width, height, image, optimizer });
        }
    }
}

/// What a scale is painted with.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    network: &'a Network,
    job: &'a Job,
    control: &'a Control,
    size: Size,
}

impl Job {
    /// Whether a run of this job can have stood there.
    fn fits(&self, snapshot: &Snapshot, scales: &[Size]) -> bool {
        let size = Size { width: snapshot.width, height: snapshot.height };
        scales.get(snapshot.scale) == Some(&size)
            && snapshot.iteration <= self.schedule.at(snapshot.scale, scales.len())
            && snapshot.is_sound()
    }

    fn photo(&self) -> Option<&Tensor> {
        match &self.subject {
            Subject::Photo { image, .. } => Some(image),
            Subject::Texture { .. } => None,
        }
    }

    fn size(&self) -> candle_core::Result<Size> {
        match &self.subject {
            Subject::Photo { image, .. } => image.dims3().map(|(_, height, width)| Size { width, height }),
            Subject::Texture { size, .. } => Ok(*size),
        }
    }

    fn initial_image(&self, balance: &Balance, size: Size) -> candle_core::Result<Tensor> {
        let shape = size.rows_and_columns();
        let painted_palette = || {
            let palettes =
                self.styles.iter().map(|style| palette(&style.image)).collect::<candle_core::Result<Vec<_>>>()?;
            Moments::blend(&balance.styles.iter().map(|style| style.weight).zip(&palettes).collect::<Vec<_>>())
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

    /// An image at the size of its scale, with a share of the detail that the photo has there and had not at the scale
    /// before.
    fn grown(&self, image: &Tensor, before: Option<Size>, size: Size, detail: f32) -> candle_core::Result<Tensor> {
        let shape = size.rows_and_columns();
        let mut image = resample(image, shape)?;
        if let (Some(before), Some(photo), true) = (before, self.photo(), detail > 0.0) {
            let at = |size: Size| resample_within(photo, size.rows_and_columns());
            let unseen = (at(size)? - resample(&at(before)?, shape)?)?;
            image = (image + (unseen * f64::from(detail))?)?;
        }
        image.clamp(0f32, 1f32)
    }
}
