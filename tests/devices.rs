//! Every processor computes what the CPU computes, and when a GPU fails, the CPU takes over. Tests that need a missing
//! GPU are skipped with a message; the trial GPU, on which the CPU runs the operations of a GPU, is always tested.

#[cfg(feature = "cuda")]
#[path = "devices/simulated.rs"]
mod simulated;
#[path = "devices/takeover.rs"]
mod takeover;

use std::io::Write;

use impasto::engine::balance::{Balance, Losses, StyleBalance};
use impasto::engine::budget::MemoryBudget;
use impasto::engine::compute::{Band, Device, Tensor, Trial};
use impasto::engine::control::Control;
use impasto::engine::device::{DeviceChoice, Processor, Processors, UnavailableDevice};
use impasto::engine::extent::Extent;
use impasto::engine::instant::InstantNetworks;
use impasto::engine::loss::StyleLoss;
use impasto::engine::memory;
use impasto::engine::network::{Architecture, Network, Tap};
use impasto::engine::pyramid::Size;
use impasto::engine::schedule::Schedule;
use impasto::engine::transfer::{
    ContentSource, Initial, Iteration, Job, Objective, Observer, Outcome, StyleImage, run,
};

/// The largest allowed differences from the CPU's results. All but that of the picture are relative; see [`distance`].
struct Tolerance {
    features: f64,
    /// Of the objective in [`features_and_gradient`].
    simple_gradient: f64,
    losses: f64,
    gradient: f64,
    /// The mean absolute difference of the values of a painted picture.
    picture: f32,
}

/// For the rounding of f32 sums in another order.
const F32: Tolerance = Tolerance { features: 2e-5, simple_gradient: 2e-4, losses: 1e-3, gradient: 2e-3, picture: 0.02 };
/// For tensor cores, whose rounding may flip a ReLU near zero, or the winner of a max pooling between similar values.
const TF32: Tolerance = Tolerance { features: 4e-3, simple_gradient: 0.2, losses: 1e-2, gradient: 0.1, picture: 0.08 };
const TF32_BITS: u32 = 10;
const PLENTY: MemoryBudget = MemoryBudget { comfortable: usize::MAX, most: usize::MAX };
const LITTLE: MemoryBudget = MemoryBudget { comfortable: 0, most: 0 };

/// The GPUs to compare with the CPU, and their tolerances.
fn gpus() -> Vec<(Processor, &'static Tolerance)> {
    let Processors { mut found, unavailable } = Processors::detect();
    found.retain(|processor| !processor.is_cpu());
    for UnavailableDevice { choice, reason, .. } in unavailable {
        let is_wanted = std::env::var("IMPASTO_TEST_DEVICE").is_ok_and(|wanted| wanted == choice.word());
        assert!(!is_wanted, "no {choice} was found: {reason}");
        // Directly to stderr, because the test harness shows only the output of failing tests.
        let _ = writeln!(std::io::stderr(), "skipped on {choice}: {reason}");
    }
    let is_tf32_off = std::env::var("NVIDIA_TF32_OVERRIDE").is_ok_and(|allowed| allowed == "0");
    let tolerance = |gpu: &Processor| if gpu.choice() == DeviceChoice::Cuda && !is_tf32_off { &TF32 } else { &F32 };
    let mut gpus: Vec<_> = found.into_iter().map(|gpu| (gpu.clone(), tolerance(&gpu))).collect();
    gpus.push((trial(None), &F32));
    gpus.push((trial(Some(TF32_BITS)), &TF32));
    gpus
}

/// A trial GPU that rounds to `mantissa` bits, if any.
fn trial(mantissa: Option<u32>) -> Processor {
    Processor::trial(8 << 30, Trial { mantissa, ..Trial::default() })
}

/// Runs `task` on the CPU and on each GPU with the built-in network, and compares each GPU's result with the CPU's.
fn on_each<T>(task: impl Fn(&Network) -> T, compare: impl Fn(&T, &T, &Tolerance, &str)) {
    let expected = on(&Processor::cpu(), &task);
    for (gpu, tolerance) in gpus() {
        compare(&on(&gpu, &task), &expected, tolerance, gpu.name());
    }
}

/// The result of `task` on `processor` with the built-in network.
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

/// The relative L2 distance: the norm of the difference divided by the norm of the expected values.
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

/// 6 GiB is what a desktop leaves free of 8 GiB.
#[test]
fn four_thousand_pixels_fit_a_gpu_of_eight_gibibytes() {
    let gpu = Device::trial(Trial::default());
    let (network, result) =
        (Architecture::vgg16(), Extent { size: Size { width: 4096, height: 4096 }, seamless: false });
    assert!(MemoryBudget::on_gpu(&gpu, 6 << 30).allows(&network, result, false));
    let least = memory::least_on_gpu(&gpu, &network, result);
    assert!(least <= 6 << 30, "{}", least >> 20);
}

/// The features of each tap, and the gradient of half the mean of their squares with respect to the image.
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
fn features_and_gradients_match_the_cpu() {
    for memory in [PLENTY, LITTLE] {
        let task = |network: &Network| features_and_gradient(network, memory);
        on_each(task, |found, expected, tolerance, gpu| {
            for ((tap, found), (_, expected)) in found.0.iter().zip(&expected.0) {
                let distance = distance(found, expected);
                assert!(distance <= tolerance.features, "{tap} on the {gpu}: {distance}");
            }
            let distance = distance(&found.1, &expected.1);
            assert!(distance <= tolerance.simple_gradient, "gradient on the {gpu}: {distance}");
        });
    }
}

/// The tolerance for TF32 is strict enough to fail with six bits of mantissa.
#[test]
fn six_bits_of_mantissa_exceed_the_tolerance_for_tensor_cores() {
    let [expected, found] = [Processor::cpu(), trial(Some(6))]
        .map(|processor| on(&processor, |network| features_and_gradient(network, PLENTY).0));
    for ((tap, found), (_, expected)) in found.iter().zip(&expected) {
        assert!(distance(found, expected) > TF32.features, "{tap}");
    }
}

/// A photo, a photo that is protected in places, and a seamless texture.
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
        continuation: None,
        memory: PLENTY,
    }
}

#[test]
fn losses_and_their_gradients_match_the_cpu() {
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
            on_each(task, |found: &(Losses, Vec<f32>), expected, tolerance, gpu| {
                let parts = |losses: Losses| [losses.content, losses.style, losses.smoothness];
                for (found, expected) in parts(found.0).into_iter().zip(parts(expected.0)) {
                    let is_near = (found - expected).abs() <= tolerance.losses * expected.abs();
                    assert!(is_near, "{gpu}: {found} against {expected}");
                }
                let distance = distance(&found.1, &expected.1);
                assert!(distance <= tolerance.gradient, "{style_loss:?} on the {gpu}: {distance}");
            });
        }
    }
}

/// Tall enough that even the deepest features are computed in strips.
#[test]
fn strips_match_the_cpu() {
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
        on_each(task, |found, expected, tolerance, gpu| {
            assert!((found.0 / expected.0 - 1.0).abs() <= tolerance.losses, "{gpu}: {} {}", found.0, expected.0);
            let distance = distance(&found.1, &expected.1);
            assert!(distance <= tolerance.gradient, "{style_loss:?} on the {gpu}: {distance}");
        });
    }
}

/// Remembers the losses of the latest iteration.
struct LatestLosses(Losses);

impl Observer for LatestLosses {
    fn started(&mut self, _: &[Size]) {}
    fn scale_began(&mut self, _: usize) {}
    fn iterated(&mut self, iteration: Iteration, _: &Tensor) {
        self.0 = iteration.losses;
    }
}

/// Painting magnifies differences: where the gradient is almost zero, Adam steps by its sign. So single pixels may
/// differ, but not many, and the final loss must be as low.
#[test]
fn pictures_match_the_cpu() {
    let job = job(ContentSource::Photo { image: waves((3, 100, 170), 0.01), protect: None }, StyleLoss::Wasserstein);
    let task = |network: &Network| {
        let mut latest = LatestLosses(Losses::default());
        match run(network, &job, &Control::new(balance()), &mut latest).unwrap() {
            Outcome::Finished(image) | Outcome::Stopped(image) => (numbers(&image), latest.0.total()),
        }
    };
    on_each(task, |(found, loss), (expected, expected_loss), tolerance, gpu| {
        let sum: f32 = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).sum();
        let mean = sum / found.len() as f32;
        assert!(mean < tolerance.picture, "{gpu}: {mean}");
        assert!((loss / expected_loss - 1.0).abs() < 0.02, "{gpu}: {loss} against {expected_loss}");
    });
}

#[test]
fn instant_pictures_are_those_of_the_cpu() {
    let waves = |pitch: f32| {
        let values = (0..3 * 90 * 70).map(|index| (index as f32 * pitch).sin() * 0.5 + 0.5).collect();
        Tensor::from_vec(values, (3, 90, 70), &Device::cpu()).unwrap()
    };
    let painted = |processor: &Processor| {
        let device = processor.open().unwrap();
        let networks = InstantNetworks::built_in(&device).unwrap();
        let style = networks.style(&waves(0.3)).unwrap();
        let photo = waves(0.7).to_device(&device).unwrap();
        let control = Control::new(Balance::default());
        networks.generator().paint(&photo, &networks.conditioning(&style), &control).unwrap().to_vec().unwrap()
    };
    let expected = painted(&Processor::cpu());
    for (gpu, _) in gpus() {
        let found = painted(&gpu);
        let sum: f32 = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs()).sum();
        let mean = sum / expected.len() as f32;
        assert!(mean < 2e-3, "{}: {mean}", gpu.name());
    }
}
