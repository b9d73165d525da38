//! The network's numbers against PyTorch's, and its gradient against finite differences.

use candle_core::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::network::{Architecture, Network, Tap};
use impasto::engine::transfer::Balance;

fn control() -> Control {
    Control::new(Balance { content: 0.0, smoothness: 0.0, styles: vec![1.0], brush_scale: 1.0 })
}

fn image(height: usize, width: usize) -> Tensor {
    let values: Vec<f32> =
        (0..3 * height * width).map(|index| (f64::from(index as u32) * 0.7).sin() as f32 * 0.5 + 0.5).collect();
    Tensor::from_vec(values, (3, height, width), &Device::Cpu).unwrap()
}

fn cosines(like: &Tensor) -> Tensor {
    let values: Vec<f32> = (0..like.elem_count()).map(|index| (index as f64).cos() as f32).collect();
    Tensor::from_vec(values, like.shape(), &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// The largest difference, relative to the largest expected value.
fn distance(found: &Tensor, expected: &Tensor) -> f32 {
    let (found, expected) = (numbers(found), numbers(expected));
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(0f32, |most, value| most.max(value.abs()));
    found.iter().zip(&expected).fold(0f32, |most, (found, expected)| most.max((found - expected).abs())) / largest
}

const ALL_TAPS: [Tap; 6] = [Tap::STYLE[0], Tap::STYLE[1], Tap::STYLE[2], Tap::STYLE[3], Tap::CONTENT, Tap::STYLE[4]];

/// The numbers come from `tests/reference/vgg16.py`.
#[test]
fn features_and_gradient_agree_with_pytorch() {
    let reference = candle_core::safetensors::load("tests/reference/vgg16.safetensors", &Device::Cpu).unwrap();
    let network = Network::built_in(&Device::Cpu).unwrap();
    for (height, width) in [(32, 48), (37, 51)] {
        let expected = |name: String| &reference[&format!("{height}x{width}.{name}")];
        let activations = network.forward(&image(height, width), &control()).unwrap();
        let gradients: Vec<(Tap, Tensor)> = ALL_TAPS
            .into_iter()
            .map(|tap| {
                let features = activations.at(tap);
                let mean = features.mean((0, 1)).unwrap();
                assert!(distance(&mean, expected(format!("{tap}.mean"))) < 1e-4, "{tap}");
                let corner = features.get(0).unwrap().get(0).unwrap();
                assert!(distance(&corner, expected(format!("{tap}.corner"))) < 1e-4, "{tap}");
                (tap, (cosines(features) / features.elem_count() as f64).unwrap())
            })
            .collect();
        let gradient = network.backward(&activations, &gradients, &control()).unwrap();
        let distance = distance(&gradient, expected("gradient".to_owned()));
        assert!(distance < 1e-4, "{height}x{width}: {distance}");
    }
}

#[test]
fn gradient_of_a_small_network_passes_finite_differences() {
    let network = Network::random(&Architecture::tiny(), 7, &Device::Cpu).unwrap();
    for (height, width) in [(16, 16), (19, 23), (5, 40), (1, 16)] {
        let image = image(height, width);
        let total = |image: &Tensor| {
            let activations = network.forward(image, &control()).unwrap();
            ALL_TAPS
                .into_iter()
                .map(|tap| {
                    let weighted = (activations.at(tap) * cosines(activations.at(tap))).unwrap();
                    numbers(&weighted).into_iter().map(f64::from).sum::<f64>()
                })
                .sum::<f64>()
        };
        let activations = network.forward(&image, &control()).unwrap();
        let gradients: Vec<(Tap, Tensor)> =
            ALL_TAPS.into_iter().map(|tap| (tap, cosines(activations.at(tap)))).collect();
        let gradient = numbers(&network.backward(&activations, &gradients, &control()).unwrap());
        let largest = gradient.iter().fold(0f32, |most, value| most.max(value.abs()));
        // The border is where the repeated edge folds back; the middle is where most pixels are.
        for index in [0, width - 1, (height - 1) * width, height * width / 2 + width / 3, 3 * height * width - 1] {
            let stepped = |step: f32| {
                let mut values = numbers(&image);
                values[index] += step;
                total(&Tensor::from_vec(values, (3, height, width), &Device::Cpu).unwrap())
            };
            let step = 1e-3;
            let difference = ((stepped(step) - stepped(-step)) / (2.0 * f64::from(step))) as f32;
            let error = (difference - gradient[index]).abs() / largest;
            assert!(error < 1e-2, "{height}x{width} at {index}: {difference} against {}", gradient[index]);
        }
    }
}
