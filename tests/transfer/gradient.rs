//! The optimiser's gradient is the gradient of the reported losses: checked against finite differences, with every part
//! of a job that affects it.

use impasto::engine::balance::{Balance, StyleBalance};
use impasto::engine::budget::MemoryBudget;
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::control::Control;
use impasto::engine::loss::StyleLoss;
use impasto::engine::pyramid::Size;
use impasto::engine::transfer::{ContentSource, Job, Objective, StyleImage};

use super::{job, left_half, network, waves};

const PLENTY: MemoryBudget = MemoryBudget { comfortable: usize::MAX, most: usize::MAX };
/// Little enough that features are computed in strips.
const LITTLE: MemoryBudget = MemoryBudget { comfortable: 0, most: 0 };
/// Tall enough for several strips.
const SIZE: Size = Size { width: 33, height: 150 };

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.to_vec().unwrap()
}

/// Deterministic pseudo-random numbers between 0 and 1.
fn noise(seed: f64) -> Vec<f32> {
    let number = |index: usize| (((index as f64 + 1.0) * 12.9898 + seed).sin() * 43_758.545_3).rem_euclid(1.0) as f32;
    (0..3 * SIZE.pixels()).map(number).collect()
}

fn image(values: &[f32]) -> Tensor {
    Tensor::from_vec(values.to_vec(), (3, SIZE.height, SIZE.width), &Device::cpu()).unwrap()
}

/// Compares the gradient with central differences of the losses along a few directions: the gradient itself, and the
/// gradient plus noise, to which every pixel contributes.
fn passes_finite_differences(job: &Job, balance: &Balance, name: &str) {
    let (network, control) = (network(), Control::new(balance.clone()));
    let mut objective = Objective::new(&network, job, &control, SIZE).unwrap();
    let at: Vec<f32> = noise(0.3).iter().map(|value| 0.3 + 0.4 * value).collect();
    objective.evaluate(&image(&at)).unwrap();
    let gradient = numbers(objective.gradient());
    let length = |vector: &[f32]| vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    let own = length(&gradient);
    assert!(own > 0.0, "{name}: the gradient is zero");
    // Noise alone is nearly orthogonal to the gradient, so the difference would be lost in rounding.
    let directions = [0.0, 1.0, 2.0].map(|seed| {
        let noise: Vec<f32> = noise(seed + 0.7).iter().map(|value| value - 0.5).collect();
        let share = if seed == 0.0 { 0.0 } else { own / length(&noise) };
        let both = gradient.iter().zip(&noise).map(|(gradient, noise)| gradient + share as f32 * noise);
        both.collect::<Vec<f32>>()
    });
    for direction in directions {
        let expected: f64 = gradient.iter().zip(&direction).map(|(one, other)| f64::from(one * other)).sum();
        // Small enough that few pixels cross a kink of the network.
        let step = 0.02 / length(&direction);
        let mut stepped = |step: f64| {
            let values: Vec<f32> = at.iter().zip(&direction).map(|(at, along)| at + step as f32 * along).collect();
            objective.evaluate(&image(&values)).unwrap().total()
        };
        let found = (stepped(step) - stepped(-step)) / (2.0 * step);
        let error = (found - expected).abs() / (own * length(&direction));
        assert!(error < 0.02, "{name}: {found} against {expected}, off by {error}");
    }
}

fn styles(balances: [(f32, f32); 2]) -> Vec<StyleBalance> {
    balances.into_iter().map(|(weight, brush_scale)| StyleBalance { weight, brush_scale }).collect()
}

/// The right two thirds, with a soft edge.
fn right() -> Tensor {
    let row: Vec<f32> = (0..SIZE.width).map(|column| ((column as f32 - 8.0) / 6.0).clamp(0.0, 1.0)).collect();
    Tensor::from_vec(row.repeat(SIZE.height), (SIZE.height, SIZE.width), &Device::cpu()).unwrap()
}

/// Photos with every kind of mask, and textures.
fn jobs() -> Vec<(&'static str, Job)> {
    let photo = |protect: Option<Tensor>| ContentSource::Photo { image: waves(SIZE.height, SIZE.width, 0.01), protect };
    let texture = |seamless| ContentSource::Texture { size: SIZE, seamless };
    let with = |content, masks: [Option<Tensor>; 2]| {
        let paintings = [waves(60, 70, 0.3), waves(50, 50, 0.7)];
        let styles = paintings.into_iter().zip(masks).map(|(image, mask)| StyleImage { image, mask }).collect();
        Job { content, styles, ..job(SIZE.height, SIZE.width) }
    };
    vec![
        ("two styles", with(photo(None), [None, None])),
        ("one has a mask", with(photo(None), [None, Some(left_half())])),
        ("both have masks", with(photo(None), [Some(right()), Some(left_half())])),
        ("some is protected", with(photo(Some(right())), [None, Some(left_half())])),
        ("a texture", with(texture(false), [None, None])),
        ("a seamless texture", with(texture(true), [None, None])),
    ]
}

#[test]
fn the_gradient_matches_the_losses() {
    for (name, job) in jobs() {
        for style_loss in StyleLoss::ALL {
            for memory in [PLENTY, LITTLE] {
                let job = Job {
                    content: match &job.content {
                        ContentSource::Photo { image, protect } => {
                            ContentSource::Photo { image: image.clone(), protect: protect.clone() }
                        }
                        ContentSource::Texture { size, seamless } => {
                            ContentSource::Texture { size: *size, seamless: *seamless }
                        }
                    },
                    styles: job
                        .styles
                        .iter()
                        .map(|style| StyleImage { image: style.image.clone(), mask: style.mask.clone() })
                        .collect(),
                    style_loss,
                    memory,
                    ..super::job(SIZE.height, SIZE.width)
                };
                let balance = Balance {
                    content: 0.5,
                    smoothness: 0.2,
                    styles: styles([(1.0, 1.0), (2.0, 0.7)]),
                    ..Balance::default()
                };
                passes_finite_differences(&job, &balance, &format!("{name}, {style_loss:?}, {memory:?}"));
            }
        }
    }
}
