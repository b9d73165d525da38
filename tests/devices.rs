//! Every processor paints alike, and where one cannot, another takes over. What needs a card that is not there is
//! skipped, and says so; a trial card, on which the CPU computes as a card would, always stands in.

#[cfg(feature = "cuda")]
#[path = "devices/pretended.rs"]
mod pretended;
#[path = "devices/takeover.rs"]
mod takeover;

use std::io::Write;

use impasto::engine::balance::{Balance, Losses, StyleBalance};
use impasto::engine::budget::MemoryBudget;
use impasto::engine::compute::{Band, Device, Tensor, Trial};
use impasto::engine::control::Control;
use impasto::engine::device::{DeviceChoice, Missing, Processor, Processors};
use impasto::engine::extent::Extent;
use impasto::engine::loss::StyleLoss;
use impasto::engine::memory;
use impasto::engine::network::{Architecture, Network, Tap};
use impasto::engine::pyramid::Size;
use impasto::engine::schedule::Schedule;
use impasto::engine::transfer::{
    ContentSource, Initial, Iteration, Job, Objective, Observer, Outcome, StyleImage, run,
};

/// How far numbers may be from the CPU's; see [`distance`].
struct Tolerance {
    features: f64,
    /// Of a sum of features.
    simple_gradient: f64,
    losses: f64,
    gradient: f64,
    /// Of a painted picture: the mean over its numbers.
    picture: f32,
}

/// The rounding of f32, summed in other orders.
const F32: Tolerance = Tolerance { features: 2e-5, simple_gradient: 2e-4, losses: 1e-3, gradient: 2e-3, picture: 0.02 };
/// On tensor cores; what is near zero may pass a ReLU or not, and one of two nearly equal numbers wins a pooling.
const TF32: Tolerance = Tolerance { features: 4e-3, simple_gradient: 0.2, losses: 1e-2, gradient: 0.1, picture: 0.08 };
const TF32_BITS: u32 = 10;
const PLENTY: MemoryBudget = MemoryBudget { comfortable: usize::MAX, most: usize::MAX };
const LITTLE: MemoryBudget = MemoryBudget { comfortable: 0, most: 0 };

/// The cards to compare with the CPU, and how closely.
fn cards() -> Vec<(Processor, &'static Tolerance)> {
    let Processors { mut found, missing } = Processors::look();
    found.retain(|processor| !processor.is_cpu());
    for Missing { choice, reason, .. } in missing {
        let is_wanted = std::env::var("IMPASTO_TEST_DEVICE").is_ok_and(|wanted| wanted == choice.word());
        assert!(!is_wanted, "there is no {choice}: {reason}");
        // Past the test harness, which shows only what failing tests print.
        let _ = writeln!(std::io::stderr(), "skipped on {choice}: {reason}");
    }
    let is_whole = std::env::var("NVIDIA_TF32_OVERRIDE").is_ok_and(|allowed| allowed == "0");
    let tolerance = |card: &Processor| if card.choice() == DeviceChoice::Cuda && !is_whole { &TF32 } else { &F32 };
    let mut cards: Vec<_> = found.into_iter().map(|card| (card.clone(), tolerance(&card))).collect();
    cards.push((trial(None), &F32));
    cards.push((trial(Some(TF32_BITS)), &TF32));
    cards
}

/// A trial card that rounds to so many bits.
fn trial(mantissa: Option<u32>) -> Processor {
    Processor::trial(8 << 30, Trial { mantissa, ..Trial::default() })
}

/// What the CPU and then each card make of the same task, on the program's own network.
fn on_each<T>(task: impl Fn(&Network) -> T, compare: impl Fn(&T, &T, &Tolerance, &str)) {
    let expected = on(&Processor::cpu(), &task);
    for (card, tolerance) in cards() {
        compare(&on(&card, &task), &expected, tolerance, card.name());
    }
}

/// What a processor makes of a task, on the program's own network.
fn on<T>(processor: &Processor, task: impl Fn(&Network) -> T) -> T {
    task(&Network::built_in(&processor.open().unwrap()).unwrap())
}

fn waves(shape: (usize, usize, usize), pitch: f32) -> Tensor {
    let count = shape.0 * shape.1 * shape.2;
    let values: Vec<f32> = (0..count).map(|index| (index as f32 * pitch).sin() * 0.5 + 0.5).collect();
    Tensor::from_vec(values, shape, &Device::cpu()).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.to_vec().unwrap()
}

/// The length of the difference, against the expected length.
fn distance(found: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let square = |number: f32| f64::from(number).powi(2);
    let difference: f64 = found.iter().zip(expected).map(|(found, expected)| square(found - expected)).sum();
    (difference / expected.iter().copied().map(square).sum::<f64>()).sqrt()
}

fn balance() -> Balance {
    let styles = [1.0, 2.0].map(|weight| StyleBalance { weight, ..StyleBalance::default() }).into();
    Balance { content: 0.015, smoothness: 2.0, styles, ..Balance::default() }
}

/// What is left of 8 GiB beside a desktop.
#[test]
fn four_thousand_pixels_fit_a_card_of_eight_gibibytes() {
    let (network, result) =
        (Architecture::vgg16(), Extent { size: Size { width: 4096, height: 4096 }, seamless: false });
    assert!(MemoryBudget::on_card(6 << 30).allows(&network, result, false));
    let least = memory::least_on_card(&network, result);
    assert!(least <= 6 << 30, "{}", least >> 20);
}

/// Each tap's features, and the gradient of half of the mean of all their squares.
fn features_and_gradient(network: &Network, memory: MemoryBudget) -> (Vec<(Tap, Vec<f32>)>, Vec<f32>) {
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
}

#[test]
fn features_and_gradients_are_the_cpus() {
    for memory in [PLENTY, LITTLE] {
        let task = |network: &Network| features_and_gradient(network, memory);
        on_each(task, |found, expected, tolerance, card| {
            for ((tap, found), (_, expected)) in found.0.iter().zip(&expected.0) {
                let distance = distance(found, expected);
                assert!(distance <= tolerance.features, "{tap} on the {card}: {distance}");
            }
            let distance = distance(&found.1, &expected.1);
            assert!(distance <= tolerance.simple_gradient, "gradient on the {card}: {distance}");
        });
    }
}

/// The tolerance is not one for anything: six bits of mantissa are too few for it.
#[test]
fn fewer_bits_than_tensor_cores_have_are_noticed() {
    let [expected, found] = [Processor::cpu(), trial(Some(6))]
        .map(|processor| on(&processor, |network| features_and_gradient(network, PLENTY).0));
    for ((tap, found), (_, expected)) in found.iter().zip(&expected) {
        assert!(distance(found, expected) > TF32.features, "{tap}");
    }
}

/// Everywhere, in places, and beyond each edge.
fn contents() -> [ContentSource; 3] {
    let photo = || waves((3, 60, 88), 0.01);
    [
        ContentSource::Photo { image: photo(), protect: None },
        ContentSource::Photo { image: photo(), protect: Some(waves((1, 30, 44), 0.02).squeeze(0).unwrap()) },
        ContentSource::Texture { size: Size { width: 88, height: 60 }, seamless: true },
    ]
}

fn job(content: ContentSource, style_loss: StyleLoss) -> Job {
    let mask = matches!(content, ContentSource::Photo { protect: Some(_), .. }).then(|| waves((1, 60, 88), 0.05));
    let mask = mask.map(|mask| mask.squeeze(0).unwrap());
    Job {
        content,
        styles: vec![
            StyleImage { image: waves((3, 90, 70), 0.3), mask },
            StyleImage { image: waves((3, 64, 64), 0.7), mask: None },
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
        for content in contents() {
            let job = job(content, style_loss);
            let task = |network: &Network| {
                let control = Control::new(balance());
                let image = waves((3, 60, 88), 0.9).to_device(network.device()).unwrap();
                let mut objective = Objective::new(network, &job, &control, Size { width: 88, height: 60 }).unwrap();
                let losses = objective.evaluate(&image).unwrap();
                (losses, numbers(objective.gradient()))
            };
            on_each(task, |found: &(Losses, Vec<f32>), expected, tolerance, card| {
                let parts = |losses: Losses| [losses.content, losses.style, losses.smoothness];
                for (found, expected) in parts(found.0).into_iter().zip(parts(expected.0)) {
                    let is_near = (found - expected).abs() <= tolerance.losses * expected.abs();
                    assert!(is_near, "{card}: {found} against {expected}");
                }
                let distance = distance(&found.1, &expected.1);
                assert!(distance <= tolerance.gradient, "{style_loss:?} on the {card}: {distance}");
            });
        }
    }
}

/// Tall enough that even the deepest features come in strips.
#[test]
fn strips_are_the_cpus() {
    let size = Size { width: 24, height: 900 };
    let image = |pitch: f32| waves((3, size.height, size.width), pitch);
    for style_loss in [StyleLoss::Wasserstein, StyleLoss::Neighbours] {
        let content = ContentSource::Photo { image: image(0.01), protect: None };
        let job = Job { memory: LITTLE, ..job(content, style_loss) };
        let task = |network: &Network| {
            let control = Control::new(balance());
            let mut objective = Objective::new(network, &job, &control, size).unwrap();
            let losses = objective.evaluate(&image(0.9).to_device(network.device()).unwrap()).unwrap();
            (losses.total(), numbers(objective.gradient()))
        };
        on_each(task, |found, expected, tolerance, card| {
            assert!((found.0 / expected.0 - 1.0).abs() <= tolerance.losses, "{card}: {} {}", found.0, expected.0);
            let distance = distance(&found.1, &expected.1);
            assert!(distance <= tolerance.gradient, "{style_loss:?} on the {card}: {distance}");
        });
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
    let job = job(ContentSource::Photo { image: waves((3, 100, 170), 0.01), protect: None }, StyleLoss::Wasserstein);
    let task = |network: &Network| {
        let mut last = Last(Losses::default());
        match run(network, &job, &Control::new(balance()), &mut last).unwrap() {
            Outcome::Finished(image) | Outcome::Stopped(image) => (numbers(&image), last.0.total()),
        }
    };
    on_each(task, |(found, loss), (expected, expected_loss), tolerance, card| {
        let sum: f32 = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).sum();
        let mean = sum / found.len() as f32;
        assert!(mean < tolerance.picture, "{card}: {mean}");
        assert!((loss / expected_loss - 1.0).abs() < 0.02, "{card}: {loss} against {expected_loss}");
    });
}
