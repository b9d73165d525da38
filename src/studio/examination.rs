//! Whether a card computes what the CPU does: a little of everything that painting asks for.

use super::workbench::guarded;
use crate::engine::balance::{Balance, StyleBalance};
use crate::engine::budget::MemoryBudget;
use crate::engine::compute::{ComputeResult, Device, Tensor};
use crate::engine::control::Control;
use crate::engine::device::{Processor, abandon_if_lost};
use crate::engine::error::EngineError;
use crate::engine::loss::StyleLoss;
use crate::engine::network::{Architecture, Network};
use crate::engine::pyramid::Size;
use crate::engine::schedule::Schedule;
use crate::engine::transfer::{ContentSource, Initial, Job, Objective, StyleImage};

/// How far a loss may be from the CPU's, against it: tensor cores round to three digits.
const TOLERANCE: f64 = 0.02;

/// Opens a processor and has it find the losses of a small picture. Gives the device, for what else is to be asked of it.
///
/// # Errors
/// In a sentence, what goes wrong.
pub fn examine(processor: &Processor) -> Result<Device, EngineError> {
    let expected = loss(&Processor::cpu().open()?)?;
    guarded(processor, || {
        let device = processor.open()?;
        let found = loss(&device).inspect_err(|_| abandon_if_lost(&device))?;
        if (found / expected - 1.0).abs() < TOLERANCE {
            return Ok(device);
        }
        Err(EngineError::Device(format!("it computes wrong numbers ({found} instead of {expected})")))
    })
}

/// The losses of a picture that is always the same, with the gradient that they have.
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
    // The way down takes part by its length.
    let length = objective.gradient().sqr()?.sum_all()?.to_scalar()?.sqrt();
    Ok(losses.total() + f64::from(length))
}

/// A picture of waves: 3 x height x width.
fn waves(size: Size, pitch: f32) -> ComputeResult<Tensor> {
    let values: Vec<f32> = (0..3 * size.pixels()).map(|index| (index as f32 * pitch).sin() * 0.5 + 0.5).collect();
    Tensor::from_vec(values, (3, size.height, size.width), &Device::cpu())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compute::Trial;

    #[test]
    fn a_card_that_computes_as_the_cpu_does_is_good() {
        assert!(examine(&Processor::trial(1 << 30, Trial::default())).is_ok());
    }

    #[test]
    fn a_card_that_fails_says_so() {
        let failing = examine(&Processor::trial(1 << 30, Trial { fails_after: Some(3), ..Trial::default() }))
            .unwrap_err()
            .to_string();
        assert!(failing.contains("on purpose"), "{failing}");
    }
}
