//! What an image is judged by at one scale, and which way each of its pixels should go.

use candle_core::{DType, Tensor};

use super::super::balance::{Balance, Losses};
use super::super::compute::number::Number;
use super::super::control::Control;
use super::super::error::Result;
use super::super::network::{Features, Network, Pass, Tap};
use super::super::pyramid::Size;
use super::canvas::Canvas;
use super::targets::{Manners, Targets};
use super::{Job, Surroundings};

/// What an image was found to be, each loss times its weight. Its device may not have come to all of it yet.
#[derive(Debug, Default)]
pub struct Evaluation {
    content: Number,
    style: Number,
    smoothness: Number,
}

impl Evaluation {
    /// Whether the losses are known already, so that reading them waits for nothing.
    pub fn is_here(&self) -> bool {
        [&self.content, &self.style, &self.smoothness].into_iter().all(Number::is_here)
    }

    /// The losses; waits for the device.
    ///
    /// # Errors
    /// When the device fails, or failed in anything that it was asked for before.
    pub fn read(&self) -> Result<Losses> {
        let [content, style, smoothness] = Number::read_all([&self.content, &self.style, &self.smoothness])?;
        Ok(Losses { content, style, smoothness })
    }
}

/// The sum of a job's losses at one scale, with its gradient; follows what the control says.
pub struct Objective<'a> {
    surroundings: Surroundings<'a>,
    canvas: Canvas,
    pass: Pass<'a>,
    targets: Targets,
    /// With respect to what the network was shown last.
    shown_gradient: Tensor,
    /// With respect to the image; the same memory where the network is shown the image itself.
    gradient: Tensor,
}

impl<'a> Objective<'a> {
    /// For images of this size: looks at the photo and the paintings.
    ///
    /// # Errors
    /// When the device fails, or [`super::super::EngineError::Stopped`].
    pub fn new(network: &'a Network, job: &'a Job, control: &'a Control, size: Size) -> Result<Self> {
        Self::on(Canvas::new(network, job, control, size)?, Surroundings { network, job, control, size })
    }

    /// The same on a canvas that is there already.
    pub(super) fn on(canvas: Canvas, surroundings: Surroundings<'a>) -> Result<Self> {
        let Surroundings { network, job, size, .. } = surroundings;
        let styles = Manners::new(&surroundings)?;
        let shown = canvas.shown_size(size);
        let mut pass = network.pass(shown, job.memory.for_features(size, job.size()?))?;
        let targets = Targets::new(&surroundings, &canvas, &mut pass, styles)?;
        let shown_gradient = Tensor::zeros((3, shown.height, shown.width), DType::F32, network.device())?;
        let gradient = shown_gradient.clone();
        Ok(Self { surroundings, canvas, pass, targets, shown_gradient, gradient })
    }

    /// The losses of an image (3 x height x width), each times its weight.
    ///
    /// # Errors
    /// When the device fails, or [`super::super::EngineError::Stopped`].
    pub fn evaluate(&mut self, image: &Tensor) -> Result<Losses> {
        self.begin(image)?.read()
    }

    /// The same without waiting for the device.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn begin(&mut self, image: &Tensor) -> Result<Evaluation> {
        let control = self.surroundings.control;
        self.targets.follow(&self.surroundings, &self.canvas, &self.pass)?;
        let shown = self.canvas.show(image)?;
        let Targets { content, regions, balance, .. } = &mut self.targets;
        let (content_weight, smoothness_weight) = (f64::from(balance.content), f64::from(balance.smoothness));
        let content = content.as_ref().filter(|_| content_weight > 0.0);
        let mut found = Evaluation::default();

        for style in regions.iter_mut().flatten() {
            style.begin()?;
        }
        self.pass.forward(&shown, control, |Features { tap, rows, values }| {
            if let Some(index) = tap.style_index() {
                for region in &mut *regions {
                    region[index].see(&rows, values)?;
                }
            }
            if let (Tap::CONTENT, Some(content)) = (tap, content) {
                let part = content.loss(&rows, values)?.affine(content_weight, 0.0)?;
                found.content = found.content.plus(&part)?;
            }
            Ok(())
        })?;
        for style in regions.iter_mut().flatten() {
            control.checkpoint()?;
            found.style = found.style.plus(&style.loss()?)?;
        }
        self.pass.backward(&shown, &self.shown_gradient, control, |Features { tap, rows, values }, gradient| {
            if let Some(index) = tap.style_index() {
                for region in &*regions {
                    region[index].add_to(gradient, &rows, values)?;
                }
            }
            if let (Tap::CONTENT, Some(content)) = (tap, content) {
                content.add_to(gradient, &rows, values, content_weight)?;
            }
            Ok(())
        })?;
        let variation;
        (self.gradient, variation) =
            self.canvas.fold_with_smoothness(&self.shown_gradient, &shown, smoothness_weight)?;
        found.smoothness = variation.affine(smoothness_weight, 0.0)?;
        Ok(found)
    }

    /// The gradient of the losses with respect to the image that [`Self::evaluate`] saw last; the next one may
    /// overwrite it.
    pub fn gradient(&self) -> &Tensor {
        &self.gradient
    }

    /// What a person is shown of an image: itself, as far as it covers the photo.
    ///
    /// # Errors
    /// When the device fails.
    pub fn visible(&self, image: &Tensor) -> Result<Tensor> {
        self.canvas.visible(image)
    }

    pub(super) fn surroundings(&self) -> &Surroundings<'a> {
        &self.surroundings
    }

    /// The weights of the evaluation made last.
    pub(super) fn balance(&self) -> &Balance {
        &self.targets.balance
    }
}
