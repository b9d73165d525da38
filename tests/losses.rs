//! The gradient of every loss against finite differences, and the losses against known values.

use impasto::engine::compute::{Device, Tensor};
use impasto::engine::loss::content::ContentTarget;
use impasto::engine::loss::feature_samples::FeatureSamples;
use impasto::engine::loss::moments::Moments;
use impasto::engine::loss::self_similarity::SelfSimilarity;
use impasto::engine::loss::style::StyleTarget;
use impasto::engine::loss::{StyleLoss, smoothness};

/// Deterministic pseudo-random numbers between 0 and 1.
fn noise(shape: (usize, usize, usize), seed: f64) -> Tensor {
    let count = shape.0 * shape.1 * shape.2;
    let values: Vec<f32> = (0..count)
        .map(|index| (((index as f64 + 1.0) * 12.9898 + seed).sin() * 43758.5453).rem_euclid(1.0) as f32)
        .collect();
    Tensor::from_vec(values, shape, &Device::cpu()).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.to_vec().unwrap()
}

/// Compares a loss's gradient with central differences of the loss along a few directions.
fn passes_finite_differences(at: &Tensor, loss: impl Fn(&Tensor) -> (f64, Tensor)) {
    let gradient = numbers(&loss(at).1);
    for seed in 0..4 {
        let direction: Vec<f32> =
            numbers(&noise(at.dims3().unwrap(), f64::from(seed) + 0.5)).iter().map(|value| value - 0.5).collect();
        let expected: f64 = gradient.iter().zip(&direction).map(|(gradient, step)| f64::from(gradient * step)).sum();
        let length: f64 = gradient.iter().map(|value| f64::from(value * value)).sum::<f64>().sqrt();
        let stepped = |size: f32| {
            let values: Vec<f32> =
                numbers(at).iter().zip(&direction).map(|(value, step)| value + size * step).collect();
            loss(&Tensor::from_vec(values, at.dims(), &Device::cpu()).unwrap()).0
        };
        let size = 5e-3;
        let found = (stepped(size) - stepped(-size)) / (2.0 * f64::from(size));
        let scale = length * direction.iter().map(|step| f64::from(step * step)).sum::<f64>().sqrt();
        assert!((found - expected).abs() <= 5e-3 * scale, "direction {seed}: {found} against {expected}");
    }
}

/// A function from features to their style loss against `painting`, and its gradient.
fn loss_against(
    loss: StyleLoss,
    painting: &Tensor,
    weights: Option<Tensor>,
) -> impl Fn(&Tensor) -> (f64, Tensor) + use<> {
    loss_against_samples(loss, painting, &painting.flatten(0, 1).unwrap(), weights)
}

/// Like [`loss_against`], with these samples of the painting (count × channels).
fn loss_against_samples(
    loss: StyleLoss,
    painting: &Tensor,
    samples: &Tensor,
    weights: Option<Tensor>,
) -> impl Fn(&Tensor) -> (f64, Tensor) + use<> {
    let (moments, samples) = (Moments::of(painting).unwrap(), samples.clone());
    move |features| {
        let shape = features.dims3().unwrap();
        let mut target = StyleTarget::new(loss, &moments, shape, 1.0, weights.clone()).unwrap();
        if loss == StyleLoss::Neighbours {
            target = target.with_neighbours(&samples, &moments.mean, 2.0).unwrap();
        }
        evaluate(&mut target, features)
    }
}

/// The loss of `features` and its gradient, from the same calls as in the optimisation loop.
fn evaluate(target: &mut StyleTarget, features: &Tensor) -> (f64, Tensor) {
    let rows = 0..features.dim(0).unwrap();
    target.begin().unwrap();
    target.add_rows(&rows, features).unwrap();
    let loss = target.loss().unwrap().read().unwrap();
    let gradient = features.zeros_like().unwrap();
    target.add_gradient(&gradient, &rows, features).unwrap();
    (loss, gradient)
}

fn style(loss: StyleLoss, painting: &Tensor) -> impl Fn(&Tensor) -> (f64, Tensor) + use<> {
    loss_against(loss, painting, None)
}

fn smoothness_loss(image: &Tensor) -> (f64, Tensor) {
    let gradient = image.zeros_like().unwrap();
    (smoothness::add_gradient(&gradient, image, 1.0).unwrap().read().unwrap(), gradient)
}

#[test]
fn content_passes_finite_differences() {
    let shape = (5, 7, 6);
    let target = ContentTarget::new(shape, &Device::cpu()).unwrap();
    target.set(&(0..5), &noise(shape, 1.0)).unwrap();
    passes_finite_differences(&noise(shape, 2.0), |features| {
        let gradient = features.zeros_like().unwrap();
        target.add_gradient(&gradient, &(0..5), features, 1.0).unwrap();
        (target.loss(&(0..5), features).unwrap().read().unwrap(), gradient)
    });
}

#[test]
fn styles_pass_finite_differences() {
    let painting = noise((9, 8, 6), 3.0);
    for loss in StyleLoss::ALL {
        passes_finite_differences(&noise((7, 11, 6), 4.0), with_few_samples(loss, &painting, None));
    }
    // With fewer positions than channels, the loss is computed from positions × positions matrices.
    passes_finite_differences(&noise((3, 2, 24), 4.0), style(StyleLoss::Wasserstein, &noise((9, 8, 24), 3.0)));
}

/// [`loss_against`] with few samples: where another sample becomes the nearest, the loss has a kink, which finite
/// differences must not cross.
fn with_few_samples(
    loss: StyleLoss,
    painting: &Tensor,
    weights: Option<Tensor>,
) -> impl Fn(&Tensor) -> (f64, Tensor) + use<> {
    loss_against_samples(loss, painting, &painting.flatten(0, 1).unwrap().narrow(0, 0, 2).unwrap(), weights)
}

/// A weight for each position (height × width).
fn weights(height: usize, width: usize) -> Tensor {
    noise((1, height, width), 11.0).squeeze(0).unwrap()
}

fn weighted(loss: StyleLoss, painting: &Tensor, weights: &Tensor) -> impl Fn(&Tensor) -> (f64, Tensor) + use<> {
    loss_against(loss, painting, Some(weights.clone()))
}

#[test]
fn weighted_styles_pass_finite_differences() {
    let painting = noise((9, 8, 6), 3.0);
    for loss in StyleLoss::ALL {
        passes_finite_differences(&noise((7, 11, 6), 4.0), with_few_samples(loss, &painting, Some(weights(7, 11))));
    }
    let painting = noise((9, 8, 24), 3.0);
    passes_finite_differences(&noise((3, 2, 24), 4.0), weighted(StyleLoss::Wasserstein, &painting, &weights(3, 2)));
}

/// Positions of weight zero do not affect the loss and get no gradient. The other positions get the gradient that they
/// would get alone, and both loss and gradient are scaled by their share.
#[test]
fn a_style_sees_only_positions_with_weight() {
    for (rows, channels) in [(12, 6), (4, 40)] {
        let painting = noise((9, 8, channels), 3.0);
        let features = noise((rows, 3, channels), 4.0);
        let half = rows / 2;
        let ones = Tensor::ones((half, 3), &Device::cpu()).unwrap();
        let mask = ones.pad_with_zeros(0, 0, half).unwrap();
        for loss in StyleLoss::ALL {
            let (masked, gradient) = weighted(loss, &painting, &mask)(&features);
            let (alone, expected) = style(loss, &painting)(&features.narrow(0, 0, half).unwrap());
            // The small multiple of the identity in the covariances has an effect where positions are few.
            assert!((masked - alone / 2.0).abs() < 1e-2 * alone, "{loss:?} {masked} {alone}");
            let (inside, outside) = (gradient.narrow(0, 0, half).unwrap(), gradient.narrow(0, half, half).unwrap());
            assert!(numbers(&outside).iter().all(|value| *value == 0.0));
            let largest = numbers(&inside).iter().fold(0f32, |most, value| most.max(value.abs()));
            for (inside, expected) in numbers(&inside).iter().zip(numbers(&expected)) {
                assert!((2.0 * inside - expected).abs() < 3e-2 * largest, "{loss:?} {inside} {expected}");
            }
        }
    }
}

/// The same features once and twice: more positions, but the same moments.
#[test]
fn the_loss_does_not_depend_on_the_number_of_positions() {
    let target = style(StyleLoss::Wasserstein, &noise((9, 8, 24), 3.0));
    let few = noise((3, 4, 24), 4.0);
    let many = Tensor::cat(&[&few, &few], 0).unwrap();
    let ((one, gradient_few), (other, gradient_many)) = (target(&few), target(&many));
    // The small multiple of the identity in the covariances has an effect in directions that no feature has.
    assert!((one - other).abs() < 0.05 * other, "{one} {other}");
    let largest = numbers(&gradient_few).iter().fold(0f32, |most, value| most.max(value.abs()));
    for (few, many) in numbers(&gradient_few).iter().zip(numbers(&gradient_many)) {
        assert!((few - 2.0 * many).abs() < 0.05 * largest, "{few} {many}");
    }
}

#[test]
fn smoothness_passes_finite_differences_at_every_shape() {
    for (height, width) in [(1, 1), (1, 6), (5, 1), (4, 7), (9, 3)] {
        passes_finite_differences(&noise((3, height, width), 5.0), smoothness_loss);
    }
}

/// The expected values come from PyTorch:
///
/// ```python
/// import torch, torch.nn.functional as F image = torch.arange(36.).mul(0.7).sin().view(1, 3, 3, 4).requires_grad_() p
/// = F.pad(image, (1, 1, 1, 1), "replicate") s1, s2, s3, s4 = slice(1, -1), slice(2, None), slice(None, -1), slice(1,
/// None) loss = 2 * (((p[..., s1, s2] - p[..., s1, s1]) ** 2).mean() / 3 + ((p[..., s2, s1] - p[..., s1, s1]) **
/// 2).mean() / 3
///     + ((p[..., s4, s4] - p[..., s3, s3]) ** 2).mean() / 12 + ((p[..., s4, s3] - p[..., s3, s4]) ** 2).mean() / 12)
/// loss.backward(); print(loss, image.grad[0, 0])
/// ```
#[test]
fn smoothness_agrees_with_pytorch() {
    let values: Vec<f32> = (0..36).map(|index| (index as f32 * 0.7).sin()).collect();
    let image = Tensor::from_vec(values, (3, 3, 4), &Device::cpu()).unwrap();
    let (loss, gradient) = smoothness_loss(&image);
    assert!((loss - SMOOTHNESS).abs() < 1e-5, "{loss}");
    for (found, expected) in numbers(&gradient).iter().zip(SMOOTHNESS_GRADIENT) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
}

const SMOOTHNESS: f64 = 1.3045039;
const SMOOTHNESS_GRADIENT: [f32; 12] = [
    -0.0451982, 0.0615791, 0.1094504, 0.0926173, 0.0881011, -0.0699897, -0.1739004, -0.2078943, -0.0792855, 0.0171633,
    0.0861975, 0.1211594,
];

#[test]
fn a_picture_has_no_distance_from_its_own_style() {
    let features = noise((12, 10, 6), 6.0);
    for loss in StyleLoss::ALL {
        let (distance, gradient) = style(loss, &features)(&features);
        assert!(distance.abs() < 1e-4, "{loss:?}: {distance}");
        assert!(numbers(&gradient).iter().all(|value| value.abs() < 1e-4), "{loss:?}");
    }
}

#[test]
fn the_wasserstein_distance_of_a_shift_is_its_square() {
    let features = noise((12, 10, 6), 7.0);
    let shifted = (&features + 0.5).unwrap();
    let (distance, _) = style(StyleLoss::Wasserstein, &features)(&shifted);
    assert!((distance - 0.25).abs() < 1e-3, "{distance}");
}

#[test]
fn blending_averages_moments_by_weight() {
    let (one, other) = (Moments::of(&noise((4, 4, 3), 1.0)).unwrap(), Moments::of(&noise((6, 4, 3), 2.0)).unwrap());
    let blended = Moments::blend(&[(1.0, &one), (3.0, &other)]).unwrap();
    for ((found, one), other) in numbers(&blended.second).iter().zip(numbers(&one.second)).zip(numbers(&other.second)) {
        assert!((found - (0.25 * one + 0.75 * other)).abs() < 1e-6);
    }
}

/// A function from features to their self-similarity loss against `photo`, and its gradient. Features are passed on in
/// two parts.
fn self_similarity(photo: &Tensor) -> impl Fn(&Tensor) -> (f64, Tensor) + use<> {
    let photo = photo.clone();
    move |features| {
        let shape = photo.dims3().unwrap();
        let mut samples = FeatureSamples::new(SelfSimilarity::POSITIONS);
        samples.take(&(0..shape.0), &photo, shape.0).unwrap();
        let mut target = SelfSimilarity::new(&samples, shape).unwrap();
        let parts = [0..shape.0 / 3, shape.0 / 3..shape.0];
        target.begin();
        for rows in &parts {
            target.add_rows(rows, &features.narrow(0, rows.start, rows.len()).unwrap()).unwrap();
        }
        let loss = target.loss(1.0).unwrap().read().unwrap();
        let gradients = parts.map(|rows| {
            let gradient = features.narrow(0, rows.start, rows.len()).unwrap().zeros_like().unwrap();
            target.add_gradient(&gradient, &rows).unwrap();
            gradient
        });
        (loss, Tensor::cat(&gradients, 0).unwrap())
    }
}

#[test]
fn self_similarity_compares_every_pair_of_places() {
    // Cosines of the photo: 0 between its two directions. The picture's: 3/5, and 1 of each place with itself.
    let features = |numbers: [f32; 4]| Tensor::from_vec(numbers.to_vec(), (2, 1, 2), &Device::cpu()).unwrap();
    let against = self_similarity(&features([1.0, 0.0, 0.0, 1.0]));
    let (loss, _) = against(&features([2.0, 0.0, 3.0, 4.0]));
    assert!((loss - 2.0 * 0.36 / 4.0).abs() < 1e-3, "{loss}");
    // Only the angle between places matters, not what they look like.
    let (loss, gradient) = against(&features([0.6, 0.8, -0.8, 0.6]));
    assert!(loss < 1e-6 && numbers(&gradient).iter().all(|slope| slope.abs() < 1e-3), "{loss}");
}

#[test]
fn the_gradient_of_self_similarity_matches() {
    passes_finite_differences(&noise((7, 5, 6), 0.1), self_similarity(&noise((7, 5, 6), 0.9)));
    // Of more places than are compared, and where nothing is compared the gradient is zero.
    let shape = (40, 33, 4);
    let against = self_similarity(&noise(shape, 0.9));
    passes_finite_differences(&noise(shape, 0.1), &against);
    let gradient = numbers(&against(&noise(shape, 0.1)).1);
    let moved = gradient.chunks(4).filter(|place| place.iter().any(|slope| *slope != 0.0)).count();
    assert!(moved.abs_diff(SelfSimilarity::POSITIONS) < 8, "{moved}");
}

#[test]
fn self_similarity_of_empty_features_is_finite() {
    let empty = Tensor::zeros((4, 4, 3), &Device::cpu()).unwrap();
    for photo in [empty.clone(), noise((4, 4, 3), 0.4)] {
        let (loss, gradient) = self_similarity(&photo)(&empty);
        assert!(loss.is_finite() && numbers(&gradient).iter().all(|slope| slope.is_finite()), "{loss}");
    }
}
