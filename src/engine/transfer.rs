//! The loop that paints: coarse to fine, each scale beginning with what the last one made.

use candle_core::Tensor;

use super::control::Control;
use super::error::{EngineError, Result};
use super::loss::moments::Moments;
use super::loss::style::StyleTarget;
use super::loss::{StyleLoss, content, smoothness};
use super::network::{Network, Tap};
use super::optimizer::Adam;
use super::palette::{noise, palette, recolor};
use super::pyramid::{Size, scales};
use super::resample::resample;

/// Share of each style tap, fine to coarse: crowsonkb/style-transfer-pytorch's 256:64:16:4:1.
const STYLE_SHARES: [f64; 5] = [256.0 / 341.0, 64.0 / 341.0, 16.0 / 341.0, 4.0 / 341.0, 1.0 / 341.0];
/// Step of the optimiser at the beginning and at the end of each scale, in units of the image's 0..1.
const STEP_SIZES: (f64, f64) = (0.05, 0.002);

/// Iterations that share one transport map of the Wasserstein loss.
const TRANSPORT_HELD_FOR: u32 = 5;

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
    /// An iteration is done; the image is what it left, at the scale's size.
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
        match scale.paint(&mut image, observer) {
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
    content: Tensor,
    /// The moments of each style at each tap.
    moments: Vec<[Moments; 5]>,
    style: Vec<StyleTarget>,
    /// What the targets were made for.
    balance: Balance,
}

impl Scale<'_> {
    /// Works on `image`, which holds the last whole iteration's also when an error ends it.
    fn paint(&self, image: &mut Tensor, observer: &mut dyn Observer) -> Result<()> {
        let mut targets = self.targets()?;
        let mut adam = Adam::new(image)?;
        let mut done = 0;
        loop {
            let of = self.control.iteration_limit().map_or(self.job.iterations, |limit| limit.min(self.job.iterations));
            if done >= of {
                return Ok(());
            }
            self.follow(&mut targets)?;
            let (losses, gradient) = self.evaluate(image, &mut targets)?;
            done += 1;
            if !losses.total().is_finite() {
                return Err(EngineError::NotFinite { scale: self.index, iteration: done });
            }
            *image = adam.step(image, &gradient, step_size(done, of))?.clamp(0f32, 1f32)?;
            observer.iterated(Iteration { scale: self.index, done, of, losses }, image);
        }
    }

    fn targets(&self) -> Result<Targets> {
        let photo = resample(&self.job.content, self.size.rows_and_columns())?;
        let content = self.network.forward(&photo, self.control)?.at(Tap::CONTENT).clone();
        let balance = self.control.balance();
        let moments = self.style_moments(balance.brush_scale)?;
        let style = self.style_targets(&balance, &moments)?;
        Ok(Targets { content, moments, style, balance })
    }

    /// Takes up what the person changed since the last iteration.
    fn follow(&self, targets: &mut Targets) -> Result<()> {
        let balance = self.control.balance();
        if balance.brush_scale.to_bits() != targets.balance.brush_scale.to_bits() {
            targets.moments = self.style_moments(balance.brush_scale)?;
            targets.style = self.style_targets(&balance, &targets.moments)?;
        } else if balance.styles != targets.balance.styles {
            targets.style = self.style_targets(&balance, &targets.moments)?;
        }
        targets.balance = balance;
        Ok(())
    }

    /// Each painting's moments, at the size that its strokes should have beside this scale's picture;
    /// paintings are not enlarged, since that adds nothing but blur.
    fn style_moments(&self, brush_scale: f32) -> Result<Vec<[Moments; 5]>> {
        let long_side = self.size.long_side() as f64 * f64::from(brush_scale);
        let moments = |painting: &Tensor| {
            let (_, height, width) = painting.dims3()?;
            let own = Size { width, height };
            let size = own.scaled((long_side / own.long_side() as f64).min(1.0));
            let painting = resample(painting, size.rows_and_columns())?;
            let activations = self.network.forward(&painting, self.control)?;
            let [first, second, third, fourth, fifth] = Tap::STYLE.map(|tap| Moments::of(activations.at(tap)));
            Ok([first?, second?, third?, fourth?, fifth?])
        };
        self.job.styles.iter().map(moments).collect()
    }

    fn style_targets(&self, balance: &Balance, moments: &[[Moments; 5]]) -> Result<Vec<StyleTarget>> {
        (0..Tap::STYLE.len())
            .map(|tap| {
                self.control.checkpoint()?;
                let at_tap: Vec<Moments> = moments.iter().map(|moments| moments[tap].clone()).collect();
                Ok(StyleTarget::new(self.job.style_loss, &blend(balance, &at_tap)?, TRANSPORT_HELD_FOR)?)
            })
            .collect()
    }

    /// The losses of an image and their gradient.
    fn evaluate(&self, image: &Tensor, targets: &mut Targets) -> Result<(Losses, Tensor)> {
        let Balance { content: content_weight, smoothness: smoothness_weight, .. } = targets.balance;
        let (content_weight, smoothness_weight) = (f64::from(content_weight), f64::from(smoothness_weight));
        let activations = self.network.forward(image, self.control)?;
        let mut losses = Losses::default();
        let mut gradients = Vec::with_capacity(Tap::STYLE.len() + 1);
        for ((tap, target), share) in Tap::STYLE.into_iter().zip(&mut targets.style).zip(STYLE_SHARES) {
            self.control.checkpoint()?;
            let (loss, gradient) = target.evaluate(activations.at(tap))?;
            losses.style += share * loss;
            gradients.push((tap, (gradient * share)?));
        }
        if content_weight > 0.0 {
            let (loss, gradient) = content::evaluate(activations.at(Tap::CONTENT), &targets.content)?;
            losses.content = content_weight * loss;
            gradients.push((Tap::CONTENT, (gradient * content_weight)?));
        }
        let mut gradient = self.network.backward(&activations, &gradients, self.control)?;
        if smoothness_weight > 0.0 {
            let (loss, of_smoothness) = smoothness::evaluate(image)?;
            losses.smoothness = smoothness_weight * loss;
            gradient = (gradient + (of_smoothness * smoothness_weight)?)?;
        }
        Ok((losses, gradient))
    }
}

/// The step falls along half a cosine: large steps find the forms, small ones settle the grain.
fn step_size(iteration: u32, of: u32) -> f64 {
    let (first, last) = STEP_SIZES;
    let progress = f64::from(iteration - 1) / f64::from(of.max(2) - 1);
    last + (first - last) * 0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos())
}
