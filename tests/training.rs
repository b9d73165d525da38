//! Training of a generator: its gradient against PyTorch's and against finite differences, and what it learns.

use impasto::engine::balance::Balance;
use impasto::engine::compute::{ComputeResult, Device, Tensor, Trial};
use impasto::engine::control::Control;
use impasto::engine::error::EngineError;
use impasto::engine::instant::{GeneratorParameters, GeneratorWidths, InstantNetworks, StyleVector};
use impasto::engine::network::{Architecture, Network};
use impasto::engine::pyramid::Size;
use impasto::engine::training::{
    AdversaryState, CropLosses, GeneratorPass, ParameterAdam, Photos, Trainer, TrainingSettings, TrainingState,
};
use safetensors::SafeTensors;

const HEIGHT: usize = 40;
const WIDTH: usize = 48;

fn devices() -> [Device; 2] {
    [Device::cpu(), Device::trial(Trial::default())]
}

/// The photo of `tests/reference/training.py`.
fn photo(device: &Device) -> Tensor {
    let at = |index: usize| {
        let (channel, y, x) = (index / (HEIGHT * WIDTH), index / WIDTH % HEIGHT, index % WIDTH);
        let (channel, y, x) = (channel as f64, y as f64, x as f64);
        (0.5 + 0.5 * (0.7 * (0.11 * x + 0.07 * y * (channel + 1.0)) + channel).sin()) as f32
    };
    Tensor::from_vec((0..3 * HEIGHT * WIDTH).map(at).collect(), (3, HEIGHT, WIDTH), device).unwrap()
}

fn factors(count: usize, pitch: f64) -> Vec<f32> {
    (0..count).map(|index| (pitch * index as f64).cos() as f32).collect()
}

fn dot(one: &[f32], other: &[f32]) -> f64 {
    assert_eq!(one.len(), other.len());
    one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum()
}

fn read(path: &str) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// The parameters of the built-in network, steered as in the reference.
fn parameters(device: &Device) -> GeneratorParameters {
    let file = read("tests/reference/arbitrary-style.safetensors");
    let reference = SafeTensors::deserialize(&file).unwrap();
    let vector = reference.tensor("style_vector").unwrap().data().chunks_exact(4);
    let vector: Vec<f32> = vector.map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    InstantNetworks::built_in(device).unwrap().parameters(&StyleVector::new(&vector).unwrap())
}

fn size() -> Size {
    Size { width: WIDTH, height: HEIGHT }
}

/// The numbers are those of `tests/reference/training.py`.
#[test]
fn the_gradient_is_pytorchs() {
    let file = read("tests/reference/training.safetensors");
    let reference = SafeTensors::deserialize(&file).unwrap();
    let expected = |name: &str| -> Vec<f64> {
        let numbers = reference.tensor(name).unwrap().data().chunks_exact(8);
        numbers.map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
    };
    let (norms, dots) = (expected("norms"), expected("dots"));
    for device in devices() {
        let parameters = parameters(&device);
        let mut pass = GeneratorPass::new(parameters.widths(), size(), &device).unwrap();
        let painted = pass.forward(&parameters, &photo(&device)).unwrap().to_vec().unwrap();
        let weights = factors(painted.len(), 0.37);
        let loss = dot(&painted, &weights);
        assert!((loss / expected("loss")[0] - 1.0).abs() < 1e-3, "{loss}");
        let gradient = Tensor::from_vec(weights, (3, HEIGHT, WIDTH), &device).unwrap();
        let gradient = pass.backward(&gradient).unwrap();
        assert_eq!(gradient.len(), parameters.numbers().len());
        let mut rest = gradient.as_slice();
        let mut part = 0;
        for length in GeneratorParameters::lengths(parameters.widths()) {
            let own;
            (own, rest) = rest.split_at(length);
            let norm = dot(own, own).sqrt();
            // Offsets within the residual blocks have no gradient at all, because later normalisations remove them.
            let most = 1e-3 * norms[part].max(0.01);
            assert!((norm - norms[part]).abs() < most, "part {part} on {device:?}: {norm} {}", norms[part]);
            let found = dot(own, &factors(length, 0.61));
            assert!((found - dots[part]).abs() < most, "part {part} on {device:?}: {found} {}", dots[part]);
            part += 1;
        }
        assert_eq!((part, rest.len()), (norms.len(), 0));
    }
}

/// Small against the distance of most numbers from the kink of a ReLU, and large against rounding.
const STEP: f32 = 1e-4;

/// Also of a network with other widths.
#[test]
fn the_gradient_passes_finite_differences() {
    let device = Device::cpu();
    for widths in [GeneratorWidths::BUILT_IN, GeneratorWidths { full: 5, half: 9, quarter: 20 }] {
        let count = GeneratorParameters::count(widths);
        // Biases and offsets of 3, so that hardly any number is near the kink of a ReLU.
        let lengths = GeneratorParameters::lengths(widths).into_iter().enumerate();
        let parts = lengths.map(|(part, length)| match (part < 6, part % if part < 6 { 2 } else { 3 }) {
            (_, 0) => factors(length, 12.9898).iter().map(|number| 0.1 * number).collect(),
            (false, 1) => vec![0.5; length],
            _ => vec![3.0; length],
        });
        let numbers = parts.collect::<Vec<Vec<f32>>>().concat();
        let parameters = GeneratorParameters::new(widths, numbers).unwrap();
        let mut pass = GeneratorPass::new(widths, size(), &device).unwrap();
        let weights = factors(3 * HEIGHT * WIDTH, 0.37);
        let mut loss = |parameters: &GeneratorParameters| {
            dot(&pass.forward(parameters, &photo(&device)).unwrap().to_vec().unwrap(), &weights)
        };
        let direction = factors(count, 0.77);
        let moved = |sign: f32| {
            let numbers = parameters.numbers().iter().zip(&direction);
            let numbers = numbers.map(|(number, direction)| number + sign * STEP * direction).collect();
            GeneratorParameters::new(widths, numbers).unwrap()
        };
        let slope = (loss(&moved(1.0)) - loss(&moved(-1.0))) / f64::from(2.0 * STEP);
        loss(&parameters);
        let gradient = Tensor::from_vec(weights.clone(), (3, HEIGHT, WIDTH), &device).unwrap();
        let found = dot(&pass.backward(&gradient).unwrap(), &direction);
        assert!((found / slope - 1.0).abs() < 0.02, "{widths:?}: {found} {slope}");
    }
}

#[test]
fn a_wider_network_paints_the_same() {
    let device = Device::cpu();
    let narrow = parameters(&device);
    for widths in [
        GeneratorWidths::BUILT_IN,
        GeneratorWidths { quarter: 64, ..GeneratorWidths::BUILT_IN },
        GeneratorWidths { full: 11, half: 24, quarter: 48 },
        GeneratorWidths { full: 30, half: 50, quarter: 100 },
    ] {
        let wide = narrow.widened(widths).unwrap();
        assert_eq!(wide.widths(), widths);
        let painted = [&narrow, &wide].map(|parameters| {
            let mut pass = GeneratorPass::new(parameters.widths(), size(), &device).unwrap();
            pass.forward(parameters, &photo(&device)).unwrap().to_vec().unwrap()
        });
        let away = painted[0].iter().zip(&painted[1]).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
        assert!(away < 1e-3, "{widths:?}: {away}");
    }
    assert_eq!(narrow.widened(GeneratorWidths { full: 7, ..GeneratorWidths::BUILT_IN }), None);
}

/// Two photos of waves.
struct Waves;

impl Photos for Waves {
    fn count(&self) -> usize {
        2
    }

    fn size(&self, index: usize) -> Size {
        Size { width: 120 + 40 * index, height: 100 }
    }

    fn square(&self, index: usize, left: usize, top: usize, side: usize) -> ComputeResult<Tensor> {
        let at = |at: usize| {
            let (channel, y, x) = (at / (side * side), top + at / side % side, left + at % side);
            0.5 + 0.5 * (0.13 * x as f32 + 0.21 * (y * (index + 1)) as f32 + channel as f32).sin()
        };
        Tensor::from_vec((0..3 * side * side).map(at).collect(), (3, side, side), &Device::cpu())
    }
}

fn settings() -> TrainingSettings {
    TrainingSettings { crop: 48, painting: 64, ..TrainingSettings::default() }
}

/// Takes steps of a training of `of` steps until it has taken `until`; returns the losses.
fn train(device: &Device, state: &mut TrainingState, until: u64, of: u64) -> Vec<f64> {
    train_with(settings(), device, state, until, of).into_iter().map(|losses| losses.style).collect()
}

fn train_with(
    settings: TrainingSettings,
    device: &Device,
    state: &mut TrainingState,
    until: u64,
    of: u64,
) -> Vec<CropLosses> {
    let network = Network::random(&Architecture::tiny(), 5, device).unwrap();
    let control = Control::new(Balance::default());
    let painting = photo(&Device::cpu()).affine(0.5, 0.0).unwrap();
    let paintings = [(painting, 1.0)];
    let mut trainer = Trainer::new(&network, &paintings, &Waves, state, settings, &control).unwrap();
    let mut losses = Vec::new();
    while trainer.state().steps < until {
        losses.push(trainer.step(trainer.state().steps as f64 / of as f64, &control).unwrap());
    }
    losses
}

fn begin() -> TrainingState {
    TrainingState::new(parameters(&Device::cpu()))
}

fn in_pool<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn training_brings_the_style_closer() {
    for device in devices() {
        let losses = train(&device, &mut begin(), 48, 48);
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        let (first, last) = (mean(&losses[..16]), mean(&losses[32..]));
        assert!(last < 0.7 * first, "{device:?}: {first} {last}");
    }
}

/// Also where it is interrupted, before the adversary takes part and after.
#[test]
fn the_same_training_gives_the_same_numbers() {
    let train = |state: &mut TrainingState, until| {
        let settings = TrainingSettings { adversary: 0.01, stability: 1.0, ..settings() };
        in_pool(2, || train_with(settings, &Device::cpu(), state, until, 20));
    };
    let whole = || {
        let mut state = begin();
        train(&mut state, 20);
        state
    };
    let expected = whole();
    assert!(whole() == expected);
    let restored = |adam: &ParameterAdam, steps: u32| {
        let (mean, square) = adam.means();
        ParameterAdam::after(steps, mean.to_vec(), square.to_vec()).unwrap()
    };
    for until in [7, 17] {
        let mut state = begin();
        train(&mut state, until);
        let TrainingState { parameters, adam, steps, adversary } = state;
        let adam = restored(&adam, steps as u32);
        assert_eq!(adversary.is_some(), until == 17);
        let adversary = adversary.map(|AdversaryState { parameters, adam }| {
            let adam = restored(&adam, adam.steps());
            AdversaryState { parameters, adam }
        });
        let mut state = TrainingState { parameters, adam, steps, adversary };
        train(&mut state, 20);
        assert!(state == expected, "{until}");
    }
}

/// It takes part in the last third.
#[test]
fn an_adversary_learns_to_tell_the_painting_from_what_is_painted() {
    for device in devices() {
        let settings = TrainingSettings { adversary: 0.01, ..settings() };
        let losses = train_with(settings, &device, &mut begin(), 120, 120);
        let of_adversary: Vec<f64> = losses.iter().filter_map(|losses| losses.discriminator).collect();
        assert!(losses[..80].iter().all(|losses| losses.discriminator.is_none()));
        assert_eq!(of_adversary.len(), 40);
        let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
        assert!(mean(&of_adversary[30..]) < 0.95 * mean(&of_adversary[..10]), "{device:?}: {of_adversary:?}");
        let styles: Vec<f64> = losses.iter().map(|losses| losses.style).collect();
        assert!(mean(&styles[104..]) < 0.7 * mean(&styles[..16]), "{device:?}");
    }
}

/// Noise changes less of what a network paints that learned to ignore it.
#[test]
fn a_stable_network_ignores_noise() {
    for device in devices() {
        let noise = |index: usize| 0.04 * (index as f32 * 12.9898).sin().signum();
        let numbers = photo(&device).to_vec().unwrap().into_iter().enumerate();
        let noisy = numbers.map(|(index, number)| (number + noise(index)).clamp(0.0, 1.0)).collect();
        let noisy = Tensor::from_vec(noisy, (3, HEIGHT, WIDTH), &device).unwrap();
        let change = |stability: f64| {
            let mut state = begin();
            let losses = train_with(TrainingSettings { stability, ..settings() }, &device, &mut state, 48, 48);
            let mut pass = GeneratorPass::new(state.parameters.widths(), size(), &device).unwrap();
            let [clean, noisy] = [&photo(&device), &noisy].map(|photo| pass.forward(&state.parameters, photo).unwrap());
            let difference = (noisy - clean).unwrap().to_vec().unwrap();
            (difference.iter().map(|number| number * number).sum::<f32>().sqrt(), losses)
        };
        let ((usual, _), (stable, losses)) = (change(0.0), change(100.0));
        assert!(stable < 0.7 * usual, "{device:?}: {stable} {usual}");
        let styles = |losses: &[CropLosses]| losses.iter().map(|losses| losses.style).sum::<f64>();
        assert!(styles(&losses[32..]) < 0.7 * styles(&losses[..16]), "{device:?}");
    }
}

#[test]
fn a_stop_leaves_the_state_of_the_last_whole_step() {
    let network = Network::random(&Architecture::tiny(), 5, &Device::cpu()).unwrap();
    let control = Control::new(Balance::default());
    let paintings = [(photo(&Device::cpu()), 1.0)];
    let mut state = begin();
    let mut trainer = Trainer::new(&network, &paintings, &Waves, &mut state, settings(), &control).unwrap();
    trainer.step(0.0, &control).unwrap();
    let before = trainer.state().clone();
    control.stop();
    assert!(matches!(trainer.step(0.0, &control), Err(EngineError::Stopped)));
    assert!(*trainer.state() == before);
}
