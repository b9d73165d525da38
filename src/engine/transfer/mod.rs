//! The loop that paints: coarse to fine, each scale beginning with what the last one made.

mod canvas;
mod last_good;
mod objective;
mod regions;
mod standing;
mod targets;

use candle_core::{Device, Tensor};

use super::balance::{Balance, Losses};
use super::control::Control;
use super::error::{EngineError, Result};
use super::extent::Extent;
use super::loss::StyleLoss;
use super::loss::moments::Moments;
use super::memory::MemoryBudget;
use super::network::{Network, Pass};
use super::optimizer::Adam;
use super::palette::{noise, palette, recolor};
use super::pyramid::{Size, scales};
use super::resample::{resample, resample_within};
use super::schedule::Schedule;
use super::snapshot::Snapshot;
use canvas::Canvas;
use last_good::LastGood;
pub use objective::{Evaluation, Objective};
use regions::Regions;
use standing::{Standing, snapshot};

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

/// One iteration, done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iteration {
    /// Index of the scale.
    pub scale: usize,
    /// Iterations done at this scale.
    pub done: u32,
    /// Iterations in all at this scale.
    pub of: u32,
    /// The losses before the step; on a device that is not waited for each time, those read last.
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
    let mut standing = match snapshot {
        Some(snapshot) => Standing::at(snapshot, network.device())?,
        None => Standing::first(&job.initial_image(&control.balance(), scales[0])?, network.device())?,
    };
    let ended = go_on(&mut standing, network, job, &scales, control, observer);
    if let Err(EngineError::Tensor(_)) = &ended
        && let Ok(snapshot) = standing.snapshot()
    {
        // A device that ran out of memory still holds the picture.
        observer.keep(snapshot);
    }
    ended
}

/// Paints on to the end, scale by scale.
fn go_on(
    standing: &mut Standing,
    network: &Network,
    job: &Job,
    scales: &[Size],
    control: &Control,
    observer: &mut dyn Observer,
) -> Result<Outcome> {
    loop {
        let size = scales[standing.scale];
        control.forget_iteration_limit();
        observer.scale_began(standing.scale);
        let ended = Objective::on(Surroundings { network, job, control, size })
            .and_then(|mut objective| descend(&mut objective, standing, scales.len(), observer));
        let shown = || job.shown(&standing.image, &control.balance());
        match (ended, scales.get(standing.scale + 1)) {
            (Ok(()), None) => return Ok(Outcome::Finished(shown()?)),
            (Err(EngineError::Stopped), _) => return Ok(Outcome::Stopped(shown()?)),
            (Ok(()), Some(&next)) => standing.grow(job, size, next, control.balance().detail)?,
            (Err(error), _) => return Err(error),
        }
    }
}

/// Works on the image at one scale of so many. It holds the last whole iteration's also when an error ends it.
fn descend(
    objective: &mut Objective,
    standing: &mut Standing,
    scales: usize,
    observer: &mut dyn Observer,
) -> Result<()> {
    let Surroundings { job, control, size, .. } = *objective.surroundings();
    let Standing { scale, done, image, adam } = standing;
    let scale = *scale;
    let adam = match adam {
        Some(adam) => adam,
        None => adam.insert(Adam::new(image)?),
    };
    let planned = job.schedule.at(scale, scales);
    let mut good = LastGood::new(image)?;
    let mut losses = Losses::default();
    loop {
        let of = control.iteration_limit().map_or(planned, |limit| limit.min(planned));
        if *done >= of {
            return Ok(());
        }
        let found = objective.begin(image)?;
        if found.is_here() || *done % reading_interval(size) == 0 || *done + 1 == of {
            losses = found.read()?;
            if !losses.are_sound() || !adam.is_sound(objective.gradient())? {
                if !good.put_back(image)? {
                    return Err(EngineError::NotFinite { scale, iteration: *done + 1 });
                }
                // What it remembers led here.
                *adam = Adam::new(image)?;
                observer.recovered();
                continue;
            }
            good.remember(image)?;
        }
        *done += 1;
        let step = good.caution * f64::from(objective.balance().reach) * Schedule::step_size(*done, of);
        adam.step(image, objective.gradient(), step)?;
        observer.iterated(Iteration { scale, done: *done, of, losses }, &objective.visible(image)?);
        if observer.wants_snapshot() {
            observer.keep(snapshot(scale, *done, image, Some(adam))?);
        }
    }
}

/// Iterations from one reading of the losses to the next, where reading waits for the device. Small pictures are
/// quicker painted than waited for; for large ones the wait is nothing, and a stop must not stand behind several.
fn reading_interval(size: Size) -> u32 {
    const PIXELS: usize = 1 << 20;
    const MOST: usize = 8;
    (PIXELS / size.pixels()).clamp(1, MOST) as u32
}

/// What a scale is painted with.
#[derive(Clone, Copy)]
struct Surroundings<'a> {
    network: &'a Network,
    job: &'a Job,
    control: &'a Control,
    size: Size,
}

impl<'a> Surroundings<'a> {
    /// A pass over an image of this size, in what is left of the memory at this scale.
    fn pass(&self, size: Size) -> Result<Pass<'a>> {
        let Self { network, job, .. } = *self;
        let memory = job.memory.for_features(network.architecture(), job.extent(self.size), job.extent(job.size()?));
        network.pass(size, memory)
    }
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

    fn extent(&self, size: Size) -> Extent {
        Extent { size, seamless: matches!(self.subject, Subject::Texture { seamless: true, .. }) }
    }

    /// What the result shows of an image of any size, on the CPU: where nothing is painted, the photo at its full size.
    fn shown(&self, image: &Tensor, balance: &Balance) -> Result<Tensor> {
        let size = self.size()?;
        let image = resample_within(&image.to_device(&Device::Cpu)?, size.rows_and_columns())?;
        let regions = Regions::new(self, &balance.styles, size)?;
        Canvas::new(&Device::Cpu, self, regions.cover.as_ref(), size)?.visible(&image)
    }

    fn initial_image(&self, balance: &Balance, size: Size) -> candle_core::Result<Tensor> {
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

    /// An image at the size of its scale, on its device, with a share of the detail that the photo has there and had not at the scale
    /// before.
    fn grown(&self, image: &Tensor, before: Size, size: Size, detail: f32) -> candle_core::Result<Tensor> {
        let shape = size.rows_and_columns();
        let mut image = resample(image, shape)?;
        if let (Some(photo), true) = (self.photo(), detail > 0.0) {
            let at = |size: Size| resample_within(photo, size.rows_and_columns());
            let unseen = (at(size)? - resample(&at(before)?, shape)?)?.to_device(image.device())?;
            image = (image + (unseen * f64::from(detail))?)?;
        }
        image.clamp(0f32, 1f32)
    }
}
