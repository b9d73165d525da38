//! Measures and estimates how long painting takes on this machine.

use std::time::{Duration, Instant};

use super::settings::Settings;
use crate::engine::balance::Balance;
use crate::engine::budget::MemoryBudget;
use crate::engine::compute::Tensor;
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::engine::network::Network;
use crate::engine::pyramid::Size;
use crate::engine::training::TrainingSettings;

/// The cost of one iteration at a scale, in pixels: the scale's own pixels, plus a constant for reading the network's
/// weights and computing the transport maps.
pub(super) fn work(size: Size) -> f64 {
    const AT_ANY_SIZE: f64 = 12_000.0;
    size.pixels() as f64 + AT_ANY_SIZE
}

/// How fast this machine paints.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Seconds for a unit of [`work`].
    seconds: f64,
}

impl Pace {
    /// The pace at which `work` took this long.
    pub(super) fn new(taken: Duration, work: f64) -> Self {
        Self { seconds: taken.as_secs_f64() / work }
    }

    /// Times the network on a small picture and adds an estimate for the losses. Takes about a tenth of a second on an
    /// ordinary CPU.
    pub(super) fn measured(network: &Network) -> Result<Self, EngineError> {
        const SIZE: Size = Size { width: 192, height: 128 };
        const WITH_LOSSES: f32 = 1.5;
        let image = Tensor::zeros((3, SIZE.height, SIZE.width), network.device())?;
        let gradient = image.zeros_like()?;
        let control = Control::new(Balance::default());
        let mut pass = network.pass(SIZE, MemoryBudget { comfortable: usize::MAX, most: usize::MAX })?;
        let mut taken = Duration::MAX;
        // The first pass allocates memory and is slower, so the faster of two counts.
        for _ in 0..2 {
            let began = Instant::now();
            pass.forward(&image, &control, |_| Ok(()))?;
            pass.backward(&image, &gradient, &control, |_, _| Ok(()))?;
            // Waits for a GPU to finish.
            gradient.sum_all()?.to_scalar()?;
            taken = taken.min(began.elapsed());
        }
        Ok(Self::new(taken.mul_f32(WITH_LOSSES), work(SIZE)))
    }

    /// The time that this much work takes.
    pub(super) fn time_for(self, work: f64) -> Duration {
        Duration::from_secs_f64(work * self.seconds)
    }

    /// The estimated time for a picture of this width and height with these settings and this number of paintings.
    pub fn expected(self, (width, height): (u32, u32), settings: &Settings, paintings: usize) -> Duration {
        // At each scale, the photo and every painting go through one forward pass first, which takes about half as long
        // as an iteration.
        let extra = f64::midpoint(1.0, paintings as f64);
        let schedule = settings.schedule();
        let scales = settings.optimizer.scales(Size { width: width as usize, height: height as usize });
        let total: f64 = scales
            .iter()
            .enumerate()
            .map(|(index, size)| (f64::from(schedule.at(index, scales.len())) + extra) * work(*size))
            .sum();
        self.time_for(total)
    }

    /// The estimated time for this many steps of a training.
    pub fn expected_for_training(self, steps: u64) -> Duration {
        /// A step, as a share of an iteration at the size of a crop: half of the steps leave out the deepest layers.
        const SHARE: f64 = 0.66;
        let side = TrainingSettings::default().crop;
        self.time_for(SHARE * steps as f64 * work(Size { width: side, height: side }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_iterations_take_twice_as_long_and_twice_the_size_four_times() {
        let pace = Pace::new(Duration::from_secs(1), 1e6);
        let with = |iterations: u32, size: u32| {
            let settings = Settings { iterations, ..Settings::default() };
            pace.expected((size, size), &settings, 1).as_secs_f64()
        };
        let about = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 0.06, "{found}, {expected}");
        about(with(200, 1000), 2.0 * with(100, 1000));
        about(with(100, 4000), 4.0 * with(100, 2000));
        // The last scale, plus the smaller ones with a quarter as many iterations each.
        about(with(100, 1000), 102.0 + 9.0);
        // Each additional painting adds one forward pass at each scale.
        let of = |paintings| pace.expected((1000, 1000), &Settings::default(), paintings).as_secs_f64();
        assert!(of(50) > of(2) && of(2) > of(1), "{} {} {}", of(1), of(2), of(50));
    }
}
