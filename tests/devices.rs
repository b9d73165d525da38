//! Every processor paints alike, and where one cannot, another takes over. What needs a card that is not there is
//! skipped, and says so; a trial card, on which the CPU computes as a card would, always stands in.

#[cfg(feature = "cuda")]
#[path = "devices/pretended.rs"]
mod pretended;
#[path = "devices/takeover.rs"]
mod takeover;

use std::io::Write;

use candle_core::{Device, Tensor};
use impasto::engine::balance::{Balance, Losses, StyleBalance};
use impasto::engine::compute::band::Band;
use impasto::engine::control::Control;
use impasto::engine::device::{Missing, Processor, Processors};
use impasto::engine::loss::StyleLoss;
use impasto::engine::memory::{self, MemoryBudget};
use impasto::engine::network::{Network, Tap};
use impasto::engine::pyramid::Size;
use impasto::engine::schedule::Schedule;
use impasto::engine::transfer::{Initial, Iteration, Job, Objective, Observer, Outcome, Style, Subject, run};

/// How far numbers may be from the CPU's, against the largest of them: some rounding of f32, summed in other orders.
const TOLERANCE: f32 = 2e-4;
const PLENTY: MemoryBudget = MemoryBudget { comfortable: usize::MAX, most: usize::MAX };
const LITTLE: MemoryBudget = MemoryBudget { comfortable: 0, most: 0 };

/// The cards to compare with the CPU.
fn cards() -> Vec<Processor> {
    let Processors { mut found, missing } = Processors::look();
    found.retain(|processor| !processor.is_cpu());
    for Missing { choice, reason, .. } in missing {
        let is_wanted = std::env::var("IMPASTO_TEST_DEVICE").is_ok_and(|wanted| wanted == choice.word());
        assert!(!is_wanted, "there is no {choice}: {reason}");
        // Past the test harness, which shows only what failing tests print.
        let _ = writeln!(std::io::stderr(), "skipped on {choice}: {reason}");
    }
    found.push(Processor::trial(8 << 30, None, false));
    found
}

/// What the CPU and then each card make of the same task, on the program's own network.
fn on_each<T>(task: impl Fn(&Network) -> T, compare: impl Fn(&T, &T, &str)) {
    let on = |processor: &Processor| task(&Network::built_in(&processor.open().unwrap()).unwrap());
    let expected = on(&Processor::cpu());
    for card in cards() {
        let found = on(&card);
        // Ends the trial on this thread.
        Processor::cpu().open().unwrap();
        compare(&found, &expected, card.name());
    }
}

fn waves(shape: (usize, usize, usize), pitch: f32) -> Tensor {
    let count = shape.0 * shape.1 * shape.2;
    let values: Vec<f32> = (0..count).map(|index| (index as f32 * pitch).sin() * 0.5 + 0.5).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// The largest difference, against the largest expected number.
fn distance(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0f32, |most, value| most.max(value.abs()));
    let difference =
        found.iter().zip(expected).fold(0f32, |most, (found, expected)| most.max((found - expected).abs()));
    // A NaN would be lost in `max`.
    assert!(found.iter().all(|value| value.is_finite()));
    difference / largest
}

fn balance() -> Balance {
    let styles = [1.0, 2.0].map(|weight| StyleBalance { weight, ..StyleBalance::default() }).into();
    Balance { content: 0.015, smoothness: 2.0, styles, ..Balance::default() }
}

/// What is left of 8 GiB beside a desktop.
#[test]
fn four_thousand_pixels_fit_a_card_of_eight_gibibytes() {
    let size = Size { width: 4096, height: 4096 };
    assert!(MemoryBudget::on_card(6 << 30).allows(size, false));
    assert!(memory::least_on_card(size) <= 6 << 30, "{}", memory::least_on_card(size) >> 20);
}

#[test]
fn features_and_gradients_are_the_cpus() {
    for memory in [PLENTY, LITTLE] {
        let task = |network: &Network| {
            let (device, control) = (network.device(), Control::new(balance()));
            let image = waves((3, 67, 85), 0.7).to_device(device).unwrap();
            let mut pass = network.pass(Size { width: 85, height: 67 }, memory).unwrap();
            let mut features: Vec<(Tap, Vec<f32>)> = Vec::new();
            pass.forward(&image, &control, |shown| {
                features.push((shown.tap, numbers(shown.values)));
                Ok(())
            })
            .unwrap();
            features.sort_by_key(|(tap, _)| (tap.stage, tap.convolution));
            let gradient = image.zeros_like().unwrap();
            pass.backward(&image, &gradient, &control, |features, sum| {
                let pulled = (features.values * (1.0 / features.values.elem_count() as f64))?;
                Ok(Band::whole(sum.clone())?.copy_from(&(sum + pulled)?)?)
            })
            .unwrap();
            (features, numbers(&gradient))
        };
        on_each(task, |found, expected, card| {
            for ((tap, found), (_, expected)) in found.0.iter().zip(&expected.0) {
                let distance = distance(found, expected);
                assert!(distance < TOLERANCE, "{tap} on the {card}: {distance}");
            }
            let distance = distance(&found.1, &expected.1);
            assert!(distance < TOLERANCE, "gradient on the {card}: {distance}");
        });
    }
}

/// Everywhere, in places, and beyond each edge.
fn subjects() -> [Subject; 3] {
    let photo = || waves((3, 60, 88), 0.01);
    [
        Subject::Photo { image: photo(), protect: None },
        Subject::Photo { image: photo(), protect: Some(waves((1, 30, 44), 0.02).squeeze(0).unwrap()) },
        Subject::Texture { size: Size { width: 88, height: 60 }, seamless: true },
    ]
}

fn job(subject: Subject, style_loss: StyleLoss) -> Job {
    let mask = matches!(subject, Subject::Photo { protect: Some(_), .. }).then(|| waves((1, 60, 88), 0.05));
    let mask = mask.map(|mask| mask.squeeze(0).unwrap());
    Job {
        subject,
        styles: vec![
            Style { image: waves((3, 90, 70), 0.3), mask },
            Style { image: waves((3, 64, 64), 0.7), mask: None },
        ],
        initial: Initial::Photo { recolored: 1.0 },
        style_loss,
        schedule: Schedule::even(3),
        seed: 1,
        memory: PLENTY,
    }
}

#[test]
fn losses_and_their_gradients_are_the_cpus() {
    for style_loss in StyleLoss::ALL {
        for subject in subjects() {
            let job = job(subject, style_loss);
            let task = |network: &Network| {
                let control = Control::new(balance());
                let image = waves((3, 60, 88), 0.9).to_device(network.device()).unwrap();
                let mut objective = Objective::new(network, &job, &control, Size { width: 88, height: 60 }).unwrap();
                let losses = objective.evaluate(&image).unwrap();
                (losses, numbers(objective.gradient()))
            };
            on_each(task, |found: &(Losses, Vec<f32>), expected, card| {
                let parts = |losses: Losses| [losses.content, losses.style, losses.smoothness];
                for (found, expected) in parts(found.0).into_iter().zip(parts(expected.0)) {
                    assert!((found - expected).abs() <= 1e-3 * expected.abs(), "{card}: {found} against {expected}");
                }
                let distance = distance(&found.1, &expected.1);
                assert!(distance < 10.0 * TOLERANCE, "{style_loss:?} on the {card}: {distance}");
            });
        }
    }
}

/// Remembers the losses heard last.
struct Last(Losses);

impl Observer for Last {
    fn started(&mut self, _: &[Size]) {}
    fn scale_began(&mut self, _: usize) {}
    fn iterated(&mut self, iteration: Iteration, _: &Tensor) {
        self.0 = iteration.losses;
    }
}

/// Painting magnifies differences: where a gradient is all but nothing, Adam steps by its sign. So single pixels may
/// differ, but not many, and the picture must be as good.
#[test]
fn pictures_are_the_cpus() {
    let job = job(Subject::Photo { image: waves((3, 100, 170), 0.01), protect: None }, StyleLoss::Wasserstein);
    let task = |network: &Network| {
        let mut last = Last(Losses::default());
        match run(network, &job, &Control::new(balance()), &mut last).unwrap() {
            Outcome::Finished(image) | Outcome::Stopped(image) => (numbers(&image), last.0.total()),
        }
    };
    on_each(task, |(found, loss), (expected, expected_loss), card| {
        let sum: f32 = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).sum();
        let mean = sum / found.len() as f32;
        assert!(mean < 0.02, "{card}: {mean}");
        assert!((loss / expected_loss - 1.0).abs() < 0.02, "{card}: {loss} against {expected_loss}");
    });
}
