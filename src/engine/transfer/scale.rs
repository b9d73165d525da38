//! One scale of the pyramid: the loop of evaluations and steps.

use candle_core::Tensor;

use super::super::balance::{Balance, Losses};
use super::super::error::{EngineError, Result};
use super::super::loss::smoothness;
use super::super::network::{Features, Pass, Tap};
use super::super::optimizer::Adam;
use super::super::resample::resample;
use super::canvas::Canvas;
use super::regions::{cover, parts};
use super::targets::{StyleMoments, Targets};
use super::{Iteration, Observer, Subject, Surroundings};

/// One scale of the pyramid.
pub(super) struct Scale<'a> {
    surroundings: Surroundings<'a>,
    canvas: Canvas,
    index: usize,
    count: usize,
}

impl<'a> Scale<'a> {
    /// The scale of this index among so many.
    pub(super) fn new(surroundings: Surroundings<'a>, index: usize, count: usize) -> Result<Self> {
        let Surroundings { network, job, control, size } = &surroundings;
        let canvas = match &job.subject {
            Subject::Photo { image, protect } => {
                let parts = parts(&job.styles, &control.balance().styles, *size)?;
                match cover(&parts, protect.as_ref(), *size)? {
                    Some(cover) => Canvas::covering(&resample(image, size.rows_and_columns())?, &cover)?,
                    None => Canvas::Plain,
                }
            }
            Subject::Texture { seamless: true, .. } => Canvas::endless(*size, network.device()),
            Subject::Texture { seamless: false, .. } => Canvas::Plain,
        };
        Ok(Self { surroundings, canvas, index, count })
    }

    /// What a person is shown of the image.
    pub(super) fn visible(&self, image: &Tensor) -> Result<Tensor> {
        self.canvas.visible(image)
    }

    /// Works on `image`, which holds the last whole iteration's also when an error ends it.
    pub(super) fn paint(&self, image: &Tensor, observer: &mut dyn Observer) -> Result<()> {
        let Surroundings { network, job, control, size } = &self.surroundings;
        let styles = StyleMoments::new(&self.surroundings)?;
        let mut pass = network.pass(self.canvas.shown_size(*size), job.memory.for_features(*size))?;
        let mut targets = Targets::new(&self.surroundings, &self.canvas, &mut pass, styles)?;
        let mut adam = Adam::new(image)?;
        let gradient = self.canvas.show(image)?.zeros_like()?;
        let planned = job.schedule.iterations(self.index, self.count);
        let mut done = 0;
        loop {
            let of = control.iteration_limit().map_or(planned, |limit| limit.min(planned));
            if done >= of {
                return Ok(());
            }
            targets.follow(&self.surroundings, &self.canvas, &pass)?;
            let losses = self.evaluate(&mut pass, &self.canvas.show(image)?, &mut targets, &gradient)?;
            done += 1;
            if !losses.total().is_finite() {
                return Err(EngineError::NotFinite { scale: self.index, iteration: done });
            }
            adam.step(
                image,
                &self.canvas.fold(&gradient)?,
                f64::from(targets.balance.reach) * job.schedule.step_size(done, of),
            )?;
            observer.iterated(Iteration { scale: self.index, done, of, losses }, &self.canvas.visible(image)?);
        }
    }

    /// The losses of what the network is shown; their gradient goes into `gradient`.
    fn evaluate(&self, pass: &mut Pass, shown: &Tensor, targets: &mut Targets, gradient: &Tensor) -> Result<Losses> {
        let control = self.surroundings.control;
        let Targets { content, regions, balance: Balance { content: content_weight, smoothness: calm, .. }, .. } =
            targets;
        let (content_weight, smoothness_weight) = (f64::from(*content_weight), f64::from(*calm));
        let content = content.as_ref().filter(|_| content_weight > 0.0);
        let mut losses = Losses::default();

        for style in regions.iter_mut().flatten() {
            style.begin()?;
        }
        pass.forward(shown, control, |Features { tap, rows, values }| {
            if let Some(index) = tap.style_index() {
                for region in &mut *regions {
                    region[index].see(&rows, values)?;
                }
            }
            if let (Tap::CONTENT, Some(content)) = (tap, content) {
                losses.content += content_weight * content.loss(&rows, values)?;
            }
            Ok(())
        })?;
        for style in regions.iter_mut().flatten() {
            control.checkpoint()?;
            losses.style += style.loss()?;
        }
        pass.backward(shown, gradient, control, |Features { tap, rows, values }, gradient| {
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
        if smoothness_weight > 0.0 {
            losses.smoothness = smoothness_weight * smoothness::add_to(gradient, shown, smoothness_weight)?;
        }
        Ok(losses)
    }
}
