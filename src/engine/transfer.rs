//! The loop that paints: coarse to fine, each scale beginning with what the last one made.

use candle_core::Tensor;

use super::control::Control;
use super::error::{EngineError, Result};
use super::loss::content::ContentTarget;
use super::loss::moments::{MomentSums, Moments};
use super::loss::style::StyleTarget;
use super::loss::{StyleLoss, smoothness};
use super::memory::MemoryBudget;
use super::network::{Features, Network, Pass, Tap};
use super::optimizer::Adam;
use super::palette::{noise, palette, recolor};
use super::pyramid::{Size, scales};
use super::resample::resample;

/// Share of each style tap, fine to coarse: crowsonkb/style-transfer-pytorch's 256:64:16:4:1.
const STYLE_SHARES: [f64; 5] = [256.0 / 341.0, 64.0 / 341.0, 16.0 / 341.0, 4.0 / 341.0, 1.0 / 341.0];
/// Step of the optimiser at the beginning and at the end of each scale, in units of the image's 0..1.
const STEP_SIZES: (f64, f64) = (0.05, 0.002);

/// Iterations that share one transport map of the Wasserstein loss, where its roots are costly.
const TRANSPORT_HELD_FOR: u32 = 4;
/// From so many channels on they are.
const COSTLY_CHANNELS: usize = 512;
/// From so many pixels on they are not, beside the network; and what a map carries features to takes much memory.
pub(super) const LARGE: usize = 1 << 21;

/// What to paint. Images are 3 x height x width, sRGB 0..1, on the network's device.
pub struct Job {
    /// The photo, at the size of the result.
    pub content: Tensor,
    /// The paintings, at their own sizes; at least one.
    pub styles: Vec<Tensor>,
    /// What the coarsest scale starts from.
    pub initial: Initial,
    /// How styles are compared.
    pub style_loss: StyleLoss,
    /// Iterations at each scale.
    pub iterations: u32,
    /// Seed of the noise.
    pub seed: u64,
    /// What the run may take.
    pub memory: MemoryBudget,
}

/// What the coarsest scale starts from.
pub enum Initial {
    /// The photo, its colours carried onto the paintings'.
    Content,
    /// Noise in the paintings' colours.
    Noise,
    /// The first painting, stretched over the picture.
    Style,
    /// Any image, of any size.
    Image(Tensor),
}

/// The weights of the losses; may change while painting.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// Weight of the content loss.
    pub content: f32,
    /// Weight of the total variation.
    pub smoothness: f32,
    /// Weight of each style; only their ratios count.
    pub styles: Vec<f32>,
    /// Size of the paintings against the picture.
    pub brush_scale: f32,
}

/// The losses of one iteration, each times its weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Unlikeness to the photo.
    pub content: f64,
    /// Unlikeness to the paintings.
    pub style: f64,
    /// Total variation.
    pub smoothness: f64,
}

impl Losses {
    /// Their sum, which the optimiser makes small.
    pub fn total(&self) -> f64 {
        self.content + self.style + self.smoothness
    }
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
/// When the device fails, or a loss is no longer a number. A stop is no error.
///
/// # Panics
/// When the job has no style.
pub fn run(network: &Network, job: &Job, control: &Control, observer: &mut dyn Observer) -> Result<Outcome> {
    let (_, height, width) = job.content.dims3()?;
    let result = Size { width, height };
    let scales = scales(result);
    observer.started(&scales);
    let mut image = initial_image(job, &control.balance(), scales[0])?;
    for (index, &size) in scales.iter().enumerate() {
        control.forget_iteration_limit();
        observer.scale_began(index);
        image = resample(&image, size.rows_and_columns())?.clamp(0f32, 1f32)?;
        let scale = Scale { network, job, control, index, size };
        match scale.paint(&image, observer) {
            Ok(()) => {}
            Err(EngineError::Stopped) => {
                let image = resample(&image, result.rows_and_columns())?.clamp(0f32, 1f32)?;
                return Ok(Outcome::Stopped(image));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Outcome::Finished(image))
}

fn initial_image(job: &Job, balance: &Balance, size: Size) -> candle_core::Result<Tensor> {
    let shape = size.rows_and_columns();
    let painted_palette = || {
        let palettes = job.styles.iter().map(palette).collect::<candle_core::Result<Vec<_>>>()?;
        blend(balance, &palettes)
    };
    match &job.initial {
        Initial::Content => recolor(&resample(&job.content, shape)?, &painted_palette()?),
        Initial::Noise => noise(shape, &painted_palette()?, job.seed),
        Initial::Style => resample(&job.styles[0], shape),
        Initial::Image(image) => resample(image, shape),
    }
}

fn blend(balance: &Balance, parts: &[Moments]) -> candle_core::Result<Moments> {
    Moments::blend(&balance.styles.iter().copied().zip(parts).collect::<Vec<_>>())
}

/// One scale of the pyramid.
struct Scale<'a> {
    network: &'a Network,
    job: &'a Job,
    control: &'a Control,
    index: usize,
    size: Size,
}

/// What the features of a scale are compared with.
struct Targets {
    content: ContentTarget,
    /// The moments of each style at each tap.
    moments: Vec<Vec<Moments>>,
    style: Vec<StyleTarget>,
    /// What the targets were made for.
    balance: Balance,
}

impl Scale<'_> {
    /// Works on `image`, which holds the last whole iteration's also when an error ends it.
    fn paint(&self, image: &Tensor, observer: &mut dyn Observer) -> Result<()> {
        let balance = self.control.balance();
        let moments = self.style_moments(balance.brush_scale)?;
        let mut pass = self.network.pass(self.size, self.job.memory.for_features(self.size))?;
        let style = self.style_targets(&pass, &balance, &moments)?;
        let content = self.content_target(&mut pass)?;
        let mut targets = Targets { content, moments, style, balance };
        let mut adam = Adam::new(image)?;
        let gradient = image.zeros_like()?;
        let mut done = 0;
        loop {
            let of = self.control.iteration_limit().map_or(self.job.iterations, |limit| limit.min(self.job.iterations));
            if done >= of {
                return Ok(());
            }
            self.follow(&pass, &mut targets)?;
            let losses = self.evaluate(&mut pass, image, &mut targets, &gradient)?;
            done += 1;
            if !losses.total().is_finite() {
                return Err(EngineError::NotFinite { scale: self.index, iteration: done });
            }
            adam.step(image, &gradient, step_size(done, of))?;
            observer.iterated(Iteration { scale: self.index, done, of, losses }, image);
        }
    }

    fn content_target(&self, pass: &mut Pass) -> Result<ContentTarget> {
        let photo = resample(&self.job.content, self.size.rows_and_columns())?;
        let target = ContentTarget::new(pass.shape(Tap::CONTENT), self.network.device())?;
        pass.forward(&photo, self.control, |features| {
            if features.tap == Tap::CONTENT {
                target.set(&features.rows, features.values)?;
            }
            Ok(())
        })?;
        Ok(target)
    }

    /// Takes up what the person changed since the last iteration.
    fn follow(&self, pass: &Pass, targets: &mut Targets) -> Result<()> {
        let balance = self.control.balance();
        if balance.brush_scale.to_bits() != targets.balance.brush_scale.to_bits() {
            targets.moments = self.style_moments(balance.brush_scale)?;
            targets.style = self.style_targets(pass, &balance, &targets.moments)?;
        } else if balance.styles != targets.balance.styles {
            targets.style = self.style_targets(pass, &balance, &targets.moments)?;
        }
        targets.balance = balance;
        Ok(())
    }

    /// Each painting's moments, at the size that its strokes should have beside this scale's picture;
    /// paintings are not enlarged, since that adds nothing but blur.
    fn style_moments(&self, brush_scale: f32) -> Result<Vec<Vec<Moments>>> {
        let long_side = self.size.long_side() as f64 * f64::from(brush_scale);
        let moments = |painting: &Tensor| {
            let (_, height, width) = painting.dims3()?;
            let own = Size { width, height };
            let size = own.scaled((long_side / own.long_side() as f64).min(1.0));
            let painting = resample(painting, size.rows_and_columns())?;
            let mut pass = self.network.pass(size, self.job.memory.for_features(self.size))?;
            let mut sums = Tap::STYLE
                .map(|tap| MomentSums::new(pass.shape(tap), self.network.device()))
                .into_iter()
                .collect::<candle_core::Result<Vec<_>>>()?;
            pass.forward(&painting, self.control, |features| {
                if let Some(index) = features.tap.style_index() {
                    sums[index].add(features.values)?;
                }
                Ok(())
            })?;
            Ok(sums.iter().map(MomentSums::moments).collect::<candle_core::Result<_>>()?)
        };
        self.job.styles.iter().map(moments).collect()
    }

    fn style_targets(&self, pass: &Pass, balance: &Balance, moments: &[Vec<Moments>]) -> Result<Vec<StyleTarget>> {
        Tap::STYLE
            .into_iter()
            .zip(STYLE_SHARES)
            .enumerate()
            .map(|(index, (tap, share))| {
                self.control.checkpoint()?;
                let at_tap: Vec<Moments> = moments.iter().map(|moments| moments[index].clone()).collect();
                let shape = pass.shape(tap);
                let is_costly = shape.2 >= COSTLY_CHANNELS && self.size.pixels() < LARGE;
                let hold_for = if is_costly { TRANSPORT_HELD_FOR } else { 1 };
                Ok(StyleTarget::new(self.job.style_loss, &blend(balance, &at_tap)?, shape, share, hold_for)?)
            })
            .collect()
    }

    /// The losses of an image; their gradient goes into `gradient`.
    fn evaluate(&self, pass: &mut Pass, image: &Tensor, targets: &mut Targets, gradient: &Tensor) -> Result<Losses> {
        let Balance { content: content_weight, smoothness: smoothness_weight, .. } = targets.balance;
        let (content_weight, smoothness_weight) = (f64::from(content_weight), f64::from(smoothness_weight));
        let mut losses = Losses::default();

        for style in &mut targets.style {
            style.begin()?;
        }
        pass.forward(image, self.control, |Features { tap, rows, values }| {
            if let Some(index) = tap.style_index() {
                targets.style[index].see(&rows, values)?;
            }
            if tap == Tap::CONTENT && content_weight > 0.0 {
                losses.content += content_weight * targets.content.loss(&rows, values)?;
            }
            Ok(())
        })?;
        for style in &mut targets.style {
            self.control.checkpoint()?;
            losses.style += style.loss()?;
        }
        pass.backward(image, gradient, self.control, |Features { tap, rows, values }, gradient| {
            if let Some(index) = tap.style_index() {
                targets.style[index].add_to(gradient, &rows, values)?;
            }
            if tap == Tap::CONTENT && content_weight > 0.0 {
                targets.content.add_to(gradient, &rows, values, content_weight)?;
            }
            Ok(())
        })?;
        if smoothness_weight > 0.0 {
            losses.smoothness = smoothness_weight * smoothness::add_to(gradient, image, smoothness_weight)?;
        }
        Ok(losses)
    }
}

/// The step falls along half a cosine: large steps find the forms, small ones settle the grain.
fn step_size(iteration: u32, of: u32) -> f64 {
    let (first, last) = STEP_SIZES;
    let progress = f64::from(iteration - 1) / f64::from(of.max(2) - 1);
    last + (first - last) * 0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos())
}
