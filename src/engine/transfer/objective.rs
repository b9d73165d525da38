//! The sum of the losses at one scale, and its gradient with respect to the image.

use super::super::balance::{Balance, Losses};
use super::super::compute::{Number, Tensor};
use super::super::control::Control;
use super::super::error::Result;
use super::super::loss::temporal::TemporalTarget;
use super::super::network::{Features, Network, Pass, Tap};
use super::super::pyramid::Size;
use super::carried::Carried;
use super::compositor::Compositor;
use super::job::Job;
use super::regions::Regions;
use super::scale::CurrentScale;
use super::targets::{StyleStatistics, Targets};

/// The losses of an image, each times its weight. A device that queues operations may not have computed them yet.
#[derive(Debug, Default)]
pub struct Evaluation {
    content: Number,
    style: Number,
    smoothness: Number,
    temporal: Number,
}

impl Evaluation {
    /// Whether the losses are known, so that reading them waits for nothing.
    pub fn is_known(&self) -> bool {
        [&self.content, &self.style, &self.smoothness, &self.temporal]
            .into_iter()
            .all(|number| number.known().is_some())
    }

    /// The losses; waits for the device.
    ///
    /// # Errors
    /// When anything failed that the device was asked for before.
    pub fn read(&self) -> Result<Losses> {
        let numbers = [&self.content, &self.style, &self.smoothness, &self.temporal];
        let [content, style, smoothness, temporal] = Number::read_all(numbers)?;
        Ok(Losses { content, style, smoothness, temporal })
    }
}

/// The sum of a job's losses at one scale, and its gradient. It follows changes of the control's balance.
pub struct Objective<'a> {
    scale: CurrentScale<'a>,
    compositor: Compositor,
    /// For what the compositor shows; `None` while paintings are measured again, because one pass is held in memory at
    /// a time.
    pass: Option<Pass<'a>>,
    targets: Targets,
    /// What a frame of a clip should look like, and the weight of that.
    continuation: Option<(TemporalTarget, f64)>,
    /// The gradient with respect to what the network was shown last.
    shown_gradient: Tensor,
    /// The gradient with respect to the image; shares memory with `shown_gradient` where the network is shown the image
    /// itself.
    gradient: Tensor,
}

impl<'a> Objective<'a> {
    /// For images of this size. Runs the network on the photo and the paintings.
    ///
    /// # Errors
    /// When the device fails, or [`super::super::EngineError::Stopped`].
    pub fn new(network: &'a Network, job: &'a Job, control: &'a Control, size: Size) -> Result<Self> {
        Self::on(CurrentScale { network, job, control, size }, None)
    }

    /// As [`Self::new`], with what the run before left.
    pub(super) fn on(scale: CurrentScale<'a>, carried: Option<Carried>) -> Result<Self> {
        let CurrentScale { network, job, control, size } = scale;
        let balance = control.balance();
        let carried = carried.filter(|carried| carried.fits(&scale, &balance));
        let regions = Regions::new(job, &balance.styles, size)?;
        let compositor = Compositor::new(network.device(), job, regions.cover(), size)?;
        let shown = job.extent(size).shown();
        let (pass, targets) = if let Some(Carried { mut targets, buffers, .. }) = carried {
            let mut pass = scale.pass(shown, Some(buffers))?;
            targets.look_at_photo(&scale, &mut pass)?;
            targets.reweigh(balance);
            (pass, targets)
        } else {
            let statistics = StyleStatistics::measure_all(&scale, &balance)?;
            let mut pass = scale.pass(shown, None)?;
            let targets = Targets::new(&scale, &mut pass, statistics, &regions, balance)?;
            (pass, targets)
        };
        let shown_gradient = Tensor::zeros((3, shown.height, shown.width), network.device())?;
        let gradient = shown_gradient.clone();
        let continuation = scale.job.continuation.as_ref().map(|continuation| scale.temporal_target(continuation));
        let continuation = continuation.transpose()?;
        Ok(Self { continuation, scale, compositor, pass: Some(pass), targets, shown_gradient, gradient })
    }

    /// Follows the balance where it has changed since the last evaluation: weights, regions, and brush scales.
    fn follow(&mut self) -> Result<()> {
        let scale = self.scale;
        let balance = scale.control.balance();
        if balance.styles == self.targets.balance.styles && self.pass.is_some() {
            self.targets.reweigh(balance);
            return Ok(());
        }
        if self.targets.have_stale_statistics(&balance) {
            self.pass = None;
            self.targets.measure_stale(&scale, &balance)?;
        }
        let shown = scale.job.extent(scale.size).shown();
        let pass = match &mut self.pass {
            Some(pass) => pass,
            None => self.pass.insert(scale.pass(shown, None)?),
        };
        let regions = Regions::new(scale.job, &balance.styles, scale.size)?;
        let compositor = self.compositor.with_cover(scale.network.device(), scale.job, regions.cover(), scale.size)?;
        self.targets.rebuild(&scale, pass, &regions, balance)?;
        self.compositor = compositor;
        Ok(())
    }

    /// The losses of an image (3 x height x width), each times its weight.
    ///
    /// # Errors
    /// When the device fails, or [`super::super::EngineError::Stopped`].
    pub fn evaluate(&mut self, image: &Tensor) -> Result<Losses> {
        self.begin(image)?.read()
    }

    /// As [`Self::evaluate`], without waiting for the device.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn begin(&mut self, image: &Tensor) -> Result<Evaluation> {
        let control = self.scale.control;
        self.follow()?;
        let Some(pass) = &mut self.pass else { unreachable!("`follow` leaves a pass") };
        let shown = self.compositor.show(image)?;
        let Targets { photo, regions, balance, .. } = &mut self.targets;
        let (content_weight, similarity_weight) = (f64::from(balance.content), f64::from(balance.similarity));
        let smoothness_weight = f64::from(balance.smoothness);
        let (content, similarity) = photo.as_mut().map(|photo| (&photo.content, &mut photo.similarity)).unzip();
        let content = content.filter(|_| content_weight > 0.0);
        let mut similarity = similarity.filter(|_| similarity_weight > 0.0);
        let mut found = Evaluation::default();

        for style in regions.iter_mut().flatten() {
            style.begin()?;
        }
        if let Some(similarity) = &mut similarity {
            similarity.begin();
        }
        pass.forward(&shown, control, |Features { tap, rows, values }| {
            if let Some(index) = tap.style_index() {
                for region in &mut *regions {
                    region[index].add_rows(&rows, values)?;
                }
            }
            if let (Tap::CONTENT, Some(content)) = (tap, content) {
                let part = content.loss(&rows, values)?.affine(content_weight, 0.0)?;
                found.content = found.content.plus(&part)?;
            }
            if let (Tap::CONTENT, Some(similarity)) = (tap, &mut similarity) {
                similarity.add_rows(&rows, values)?;
            }
            Ok(())
        })?;
        if let Some(similarity) = &mut similarity {
            found.content = found.content.plus(&similarity.loss(similarity_weight)?)?;
        }
        for style in regions.iter_mut().flatten() {
            control.checkpoint()?;
            found.style = found.style.plus(&style.loss()?)?;
        }
        pass.backward(&shown, &self.shown_gradient, control, |Features { tap, rows, values }, gradient| {
            if let Some(index) = tap.style_index() {
                for region in &*regions {
                    region[index].add_gradient(gradient, &rows, values)?;
                }
            }
            if let (Tap::CONTENT, Some(content)) = (tap, content) {
                content.add_gradient(gradient, &rows, values, content_weight)?;
            }
            if let (Tap::CONTENT, Some(similarity)) = (tap, &similarity) {
                similarity.add_gradient(gradient, &rows)?;
            }
            Ok(())
        })?;
        let variation;
        (self.gradient, variation) =
            self.compositor.fold_with_smoothness(&self.shown_gradient, &shown, smoothness_weight)?;
        found.smoothness = variation.affine(smoothness_weight, 0.0)?;
        if let Some((target, weight)) = &self.continuation {
            found.temporal = target.add_gradient(&self.gradient, image, *weight)?.affine(*weight, 0.0)?;
        }
        Ok(found)
    }

    /// The gradient of the losses with respect to the image that was evaluated last, 3 x height x width. The next
    /// evaluation may overwrite it.
    pub fn gradient(&self) -> &Tensor {
        &self.gradient
    }

    /// What a person is shown of an image: the image, as far as it covers the photo.
    ///
    /// # Errors
    /// When the device fails.
    pub fn visible(&self, image: &Tensor) -> Result<Tensor> {
        self.compositor.visible(image)
    }

    /// What the next run can use.
    pub(super) fn carry(self) -> Option<Carried> {
        let Self { scale, pass, targets, .. } = self;
        let (size, device) = (scale.size, scale.network.device().clone());
        pass.map(|pass| Carried { size, device, targets, buffers: pass.into_buffers() })
    }

    pub(super) fn scale(&self) -> &CurrentScale<'a> {
        &self.scale
    }

    /// The balance of the last evaluation.
    pub(super) fn balance(&self) -> &Balance {
        &self.targets.balance
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::balance::StyleBalance;
    use super::super::super::budget::MemoryBudget;
    use super::super::super::compute::Device;
    use super::super::super::error::EngineError;
    use super::super::super::loss::StyleLoss;
    use super::super::super::network::{Architecture, count};
    use super::super::super::schedule::Schedule;
    use super::super::job::{ContentSource, Initial, StyleImage};
    use super::*;

    const SIZE: Size = Size { width: 40, height: 32 };

    fn network() -> Network {
        Network::random(&Architecture::tiny(), 3, &Device::cpu()).unwrap()
    }

    /// Numbers in 0..1 that look like noise but are always the same.
    fn image(seed: f32) -> Tensor {
        let number = |index: usize| (((index as f32 + 1.0) * 12.9898 + seed).sin() * 43_758.547).rem_euclid(1.0);
        let numbers = (0..3 * SIZE.pixels()).map(number).collect();
        Tensor::from_vec(numbers, (3, SIZE.height, SIZE.width), &Device::cpu()).unwrap()
    }

    /// Two paintings: the first everywhere, the second in the left half.
    fn job() -> Job {
        let left = Tensor::ones((1, 1), &Device::cpu()).unwrap().pad_with_zeros(1, 0, 1).unwrap();
        Job {
            content: ContentSource::Photo { image: image(1.0), protect: None },
            styles: [(2.0, None), (3.0, Some(left))].map(|(seed, mask)| StyleImage { image: image(seed), mask }).into(),
            initial: Initial::Photo { recolored: 0.0 },
            style_loss: StyleLoss::Neighbours,
            schedule: Schedule::even(1),
            seed: 0,
            continuation: None,
            memory: MemoryBudget { comfortable: 1 << 30, most: 1 << 30 },
        }
    }

    fn balance(weights: [f32; 2], brush_scale: f32) -> Balance {
        Balance { styles: weights.map(|weight| StyleBalance { weight, brush_scale }).into(), ..Balance::default() }
    }

    /// After any change of the balance the next evaluation gives the numbers of a new objective.
    #[test]
    fn a_changed_balance_gives_the_numbers_of_a_new_objective() {
        let (network, job, image) = (network(), job(), image(4.0));
        let balances = [
            balance([1.0, 1.0], 1.0),
            balance([0.0, 1.0], 1.0),
            balance([0.0, 0.0], 1.0),
            balance([0.5, 0.0], 1.0),
            balance([0.5, 2.0], 0.5),
            Balance { content: 0.3, layers: [1.0, 2.0, 3.0, 4.0, 5.0], ..balance([0.5, 2.0], 0.5) },
            balance([0.0, 1.0], 0.7),
        ];
        let control = Control::new(balances[0].clone());
        let mut followed = Objective::new(&network, &job, &control, SIZE).unwrap();
        for balance in balances {
            control.adjust(balance.clone());
            let fresh = Control::new(balance);
            let mut fresh = Objective::new(&network, &job, &fresh, SIZE).unwrap();
            assert_eq!(followed.evaluate(&image).unwrap(), fresh.evaluate(&image).unwrap());
            let numbers = |tensor: &Tensor| tensor.to_vec().unwrap();
            assert_eq!(numbers(followed.gradient()), numbers(fresh.gradient()));
            let visible = [&followed, &fresh].map(|objective| numbers(&objective.visible(&image).unwrap()));
            assert_eq!(visible[0], visible[1]);
        }
    }

    /// What a run leaves saves the next one work, but changes nothing of it.
    #[test]
    fn a_carried_objective_gives_the_numbers_of_a_new_one() {
        let (network, first) = (network(), job());
        let next = Job { content: ContentSource::Photo { image: image(5.0), protect: None }, ..job() };
        let size = |height: usize| Size { width: SIZE.width, height };
        let cases = [
            (SIZE, balance([1.0, 0.5], 1.0)),
            (SIZE, Balance { content: 0.3, ..balance([1.0, 0.5], 1.0) }),
            (SIZE, balance([0.5, 2.0], 1.0)),
            (SIZE, balance([1.0, 0.5], 0.5)),
            (size(24), balance([1.0, 0.5], 1.0)),
        ];
        for (size, balance) in cases {
            let before = Control::new(self::balance([1.0, 0.5], 1.0));
            let scale = CurrentScale { network: &network, job: &first, control: &before, size: SIZE };
            let mut objective = Objective::on(scale, None).unwrap();
            objective.evaluate(&image(4.0)).unwrap();
            let carried = objective.carry();
            assert!(carried.is_some());

            let control = Control::new(balance);
            let scale = CurrentScale { network: &network, job: &next, control: &control, size };
            let shown = image(6.0).narrow(1, 0, size.height).unwrap().contiguous().unwrap();
            let evaluated = [carried, None].map(|carried| {
                let mut objective = Objective::on(scale, carried).unwrap();
                (objective.evaluate(&shown).unwrap(), objective.gradient().to_vec().unwrap())
            });
            assert_eq!(evaluated[0], evaluated[1]);
        }
    }

    /// Two passes would take more memory than the budget allows.
    #[test]
    fn one_pass_is_held_at_a_time() {
        let (network, job, image) = (network(), job(), image(4.0));
        let control = Control::new(balance([1.0, 1.0], 1.0));
        let mut objective = Objective::new(&network, &job, &control, SIZE).unwrap();
        objective.evaluate(&image).unwrap();
        for brush_scale in [0.5, 0.8, 2.0] {
            control.adjust(balance([1.0, 1.0], brush_scale));
            objective.evaluate(&image).unwrap();
        }
        // Also where a stop interrupts measuring the paintings.
        control.adjust(balance([1.0, 1.0], 1.0));
        control.stop();
        assert!(matches!(objective.evaluate(&image), Err(EngineError::Stopped)));
        assert!(matches!(objective.evaluate(&image), Err(EngineError::Stopped)));
        assert_eq!(count::most_since(), 1);
        drop(objective);
        assert_eq!(count::most_since(), 0);
    }
}
