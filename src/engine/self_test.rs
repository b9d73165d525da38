//! Checks that a GPU computes the same losses and gradient as the CPU, on a small picture.

use super::balance::{Balance, StyleBalance};
use super::budget::MemoryBudget;
use super::compute::{ComputeResult, Device, Tensor};
use super::control::Control;
use super::device::{Processor, abandon_if_lost, catch_driver_panics};
use super::error::EngineError;
use super::loss::StyleLoss;
use super::network::{Architecture, Network};
use super::pyramid::Size;
use super::schedule::Schedule;
use super::transfer::{ContentSource, Initial, Job, Objective, StyleImage};

/// Largest accepted relative difference from the CPU's result: tensor cores round to three digits.
const TOLERANCE: f64 = 0.02;

/// Opens a processor and compares its losses for a small picture with the CPU's. Returns the open device.
///
/// # Errors
/// When the processor cannot be opened, fails, or computes different numbers.
pub fn self_test(processor: &Processor) -> Result<Device, EngineError> {
    let expected = loss(&Processor::cpu().open()?)?;
    catch_driver_panics(processor, || {
        let device = processor.open()?;
        let found = loss(&device).inspect_err(|_| abandon_if_lost(&device))?;
        if (found / expected - 1.0).abs() < TOLERANCE {
            return Ok(device);
        }
        Err(EngineError::Device(format!("it computes wrong numbers ({found} instead of {expected})")))
    })
}

/// The sum of the losses of a fixed picture and the length of their gradient.
fn loss(device: &Device) -> Result<f64, EngineError> {
    let size = Size { width: 48, height: 32 };
    let network = Network::random(&Architecture::tiny(), 1, device)?;
    let job = Job {
        content: ContentSource::Photo { image: waves(size, 0.01)?, protect: None },
        styles: vec![StyleImage { image: waves(size, 0.3)?, mask: None }],
        initial: Initial::Photo { recolored: 0.0 },
        style_loss: StyleLoss::Wasserstein,
        schedule: Schedule::even(1),
        seed: 0,
        continuation: None,
        memory: MemoryBudget { comfortable: usize::MAX, most: usize::MAX },
    };
    let control = Control::new(Balance {
        content: 1.0,
        smoothness: 1.0,
        styles: [StyleBalance::default()].into(),
        ..Balance::default()
    });
    let image = waves(size, 0.7)?.to_device(device)?;
    let mut objective = Objective::new(&network, &job, &control, size)?;
    let losses = objective.evaluate(&image)?;
    // The length of the gradient covers the backward pass.
    let length = objective.gradient().sqr()?.sum_all()?.to_scalar()?.sqrt();
    Ok(losses.total() + f64::from(length))
}

/// A picture of sine waves: 3 x height x width.
fn waves(size: Size, pitch: f32) -> ComputeResult<Tensor> {
    let values: Vec<f32> = (0..3 * size.pixels()).map(|index| (index as f32 * pitch).sin() * 0.5 + 0.5).collect();
    Tensor::from_vec(values, (3, size.height, size.width), &Device::cpu())
}

#[cfg(test)]
mod tests {
    use super::super::compute::Trial;
    use super::*;

    #[test]
    fn a_gpu_that_agrees_with_the_cpu_passes() {
        assert!(self_test(&Processor::trial(1 << 30, Trial::default())).is_ok());
    }

    #[test]
    fn the_error_of_a_failing_gpu_is_returned() {
        let error = self_test(&Processor::trial(1 << 30, Trial { fails_after: Some(3), ..Trial::default() }))
            .unwrap_err()
            .to_string();
        assert!(error.contains("on purpose"), "{error}");
    }
}
