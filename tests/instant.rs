//! The networks that paint in one pass: against reference numbers, in strips, and as a user meets them.

use std::sync::Arc;
use std::time::Duration;

use impasto::engine::balance::Balance;
use impasto::engine::compute::{Device, Tensor, Trial};
use impasto::engine::control::Control;
use impasto::engine::error::EngineError;
use impasto::engine::instant::{InstantNetworks, StyleVector};
use impasto::picture::Picture;
use impasto::studio::{Continuity, EventKind, Hardware, Ingredients, Method, Recipe, Settings, Style, Subject, Worker};
use safetensors::SafeTensors;

fn control() -> Control {
    Control::new(Balance::default())
}

/// `picture` of `tests/reference/arbitrary_style.py`.
fn picture(height: usize, width: usize, pitch: f64) -> Tensor {
    let at = |index: usize| {
        let (channel, y, x) = (index / (height * width), index / width % height, index % width);
        let (channel, y, x) = (channel as f64, y as f64, x as f64);
        (0.5 + 0.5 * (pitch * (0.11 * x + 0.07 * y * (channel + 1.0)) + channel).sin()) as f32
    };
    Tensor::from_vec((0..3 * height * width).map(at).collect(), (3, height, width), &Device::cpu()).unwrap()
}

fn largest_difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).fold(0f32, |most, (found, expected)| most.max((found - expected).abs()))
}

/// The expected values are ONNX Runtime's; `tests/reference/arbitrary_style.py` describes them.
#[test]
fn both_networks_agree_with_onnx_runtime() {
    let file = std::fs::read("tests/reference/arbitrary-style.safetensors").unwrap();
    let reference = SafeTensors::deserialize(&file).unwrap();
    let expected = |name: &str| -> Vec<f32> {
        let numbers = reference.tensor(name).unwrap().data().chunks_exact(4);
        numbers.map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect()
    };
    for device in [Device::cpu(), Device::trial(Trial::default())] {
        let networks = InstantNetworks::built_in(&device).unwrap();
        let style = networks.style(&picture(256, 256, 1.0)).unwrap();
        let found = largest_difference(style.numbers(), &expected("style_vector"));
        assert!(found < 1e-4, "style on {device:?}: {found}");
        let style = StyleVector::new(&expected("style_vector")).unwrap();
        for (height, width) in [(64, 96), (72, 80)] {
            let conditioning = networks.conditioning(&style);
            let painted = networks.generator().paint(&picture(height, width, 0.7), &conditioning, &control()).unwrap();
            let found = largest_difference(&painted.to_vec().unwrap(), &expected(&format!("output_{width}x{height}")));
            assert!(found < 1e-4, "{width}x{height} on {device:?}: {found}");
        }
    }
}

#[test]
fn odd_sizes_are_mirrored_and_cropped() {
    let networks = InstantNetworks::built_in(&Device::cpu()).unwrap();
    let style = networks.conditioning(&networks.style(&picture(256, 256, 1.0)).unwrap());
    let paint = |image: &Tensor| networks.generator().paint(image, &style, &control()).unwrap();
    let (odd, even) = (picture(21, 18, 0.7), picture(24, 20, 0.7).to_vec().unwrap());
    let mut mirrored = Vec::new();
    for plane in even.chunks_exact(24 * 20) {
        for y in (0..21).chain([19, 18, 17]) {
            mirrored.extend((0..18).chain([16, 15]).map(|x| plane[y * 20 + x]));
        }
    }
    let whole = paint(&Tensor::from_vec(mirrored, (3, 24, 20), &Device::cpu()).unwrap());
    let cropped = whole.narrow(1, 0, 21).unwrap().narrow(2, 0, 18).unwrap().contiguous().unwrap();
    assert_eq!(paint(&odd).to_vec().unwrap(), cropped.to_vec().unwrap());
    for (height, width) in [(1, 1), (2, 3), (5, 1), (3, 40)] {
        let painted = paint(&picture(height, width, 0.7));
        assert_eq!(painted.dims(), [3, height, width]);
        assert!(painted.to_vec().unwrap().iter().all(|number| (0.0..=1.0).contains(number)));
    }
}

#[test]
fn a_stop_ends_painting() {
    let networks = InstantNetworks::built_in(&Device::cpu()).unwrap();
    let style = networks.conditioning(&networks.style(&picture(64, 64, 1.0)).unwrap());
    let control = control();
    control.stop();
    assert!(matches!(networks.generator().paint(&picture(64, 64, 0.7), &style, &control), Err(EngineError::Stopped)));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let networks = InstantNetworks::built_in(&Device::cpu()).unwrap();
    let image = picture(150, 210, 0.7);
    let painted = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let style = networks.conditioning(&networks.style(&image).unwrap());
            networks.generator().paint(&image, &style, &control()).unwrap().to_vec().unwrap()
        })
    };
    assert_eq!(painted(1), painted(3));
}

/// The network that optimisation needs is neither loaded nor prepared.
#[test]
fn a_worker_without_vgg_paints_instant_pictures() {
    let loader = |_: &Device| Err(EngineError::Device("VGG was loaded".to_owned()));
    let mut worker = Worker::spawn(Box::new(loader), || {}).unwrap();
    let picture = Arc::new(Picture::new(image::DynamicImage::new_rgb8(40, 30)));
    let recipe = |method| {
        let settings = Settings { size: 40, method, ..Settings::default() };
        Recipe::new(Ingredients {
            subject: Subject::photo(Arc::clone(&picture)),
            styles: vec![Style::new(Arc::clone(&picture))],
            start_picture: None,
            settings,
            hardware: Hardware::default(),
            time_limit: None,
        })
        .unwrap()
    };
    let mut end = |method| {
        worker.start(recipe(method), Continuity::default());
        loop {
            match worker.wait_event(Duration::from_mins(1)).expect("an event").kind {
                EventKind::Finished(painted) => return Ok((painted.picture.width(), painted.picture.height())),
                EventKind::Failed(sentence) => return Err(sentence),
                _ => {}
            }
        }
    };
    assert_eq!(end(Method::Instant), Ok((40, 30)));
    assert!(end(Method::Optimise).unwrap_err().contains("VGG was loaded"));
}
