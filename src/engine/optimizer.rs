//! Optimisers of an image: Adam (Kingma and Ba, 2015), on its pixels alone or on coarse levels of it as well.

use half::bf16;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::compute::operations::{accumulate, adam, squared_distance};
use super::compute::{AdamStep, ComputeResult, Tensor};
use super::pyramid::{Size, scales};
use super::resample::resample;
use super::snapshot::OptimizerState;

/// Decay of the mean of gradients.
const BETA1: f64 = 0.9;
/// Decay of the mean of squared gradients. Far below the usual 0.999: gradients shrink quickly in a short run, and the
/// large gradients of ten steps ago would make the current steps too small (docs/convergence.md has figures).
const BETA2: f64 = 0.8;
/// Keeps the division finite; divided by the number of values, because the losses are means, so that gradients shrink
/// as the image grows. Gradients far below any significant one, such as rounding errors, move nothing.
const EPSILON: f32 = 1e-3;

/// Names of Adam's arrays in [`OptimizerState`].
const MEAN: &str = "mean";
const SQUARE: &str = "square";

/// What an optimiser moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Optimizer {
    /// The pixels.
    Pixels,
    /// The pixels, and the image at an eighth and a sixteenth of its size. A change of a coarse level moves a whole area
    /// of the image at once, so colours and large forms come closer to the painting's in as many iterations. Not for
    /// images whose edges continue each other: levels do not, so a seam would show.
    #[default]
    Levels,
}

impl Optimizer {
    /// What is moved of a picture whose edges continue each other, or of any other.
    #[must_use]
    pub fn of_picture(self, seamless: bool) -> Self {
        if seamless { Self::Pixels } else { self }
    }

    /// How many times smaller than the image each coarse level is, fine to coarse.
    fn factors(self) -> &'static [usize] {
        match self {
            Self::Pixels => &[],
            Self::Levels => &[8, 16],
        }
    }

    /// The scales for a result of this size, from coarse to fine: each is larger than the one before by sqrt(2) for
    /// [`Self::Pixels`], and twice as large for [`Self::Levels`], which move large forms at every scale and so need half as
    /// many (docs/convergence.md has figures).
    pub fn scales(self, result: Size) -> Vec<Size> {
        match self {
            Self::Pixels => scales(result, 0.5),
            Self::Levels => scales(result, 1.0),
        }
    }

    /// The step size at an iteration, counted from 1, out of `of`. It falls along half a cosine: large steps find the
    /// forms, small ones settle the grain.
    pub(super) fn step_size(self, iteration: u32, of: u32) -> f64 {
        let (first, last) = self.step_sizes();
        let progress = f64::from(iteration - 1) / f64::from(of.max(2) - 1);
        last + (first - last) * 0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos())
    }

    /// Step sizes at the beginning and at the end of each scale, for images in 0..1. Those of [`Self::Levels`] begin
    /// smaller, because the steps of all levels add up.
    fn step_sizes(self) -> (f64, f64) {
        match self {
            Self::Pixels => (0.05, 0.002),
            Self::Levels => (0.02, 0.002),
        }
    }
}

/// Adam's averages for one level of an image.
struct Moments {
    mean: Tensor,
    square: Tensor,
}

impl Moments {
    /// Averages of this shape, before the first step.
    fn new(level: &Tensor) -> ComputeResult<Self> {
        Ok(Self { mean: level.zeros_like()?, square: level.zeros_like()? })
    }

    /// Moves a level by one step against its gradient.
    fn step(&self, step: AdamStep, level: &Tensor, gradient: &Tensor) -> ComputeResult<()> {
        adam(step, level, gradient, &self.mean, &self.square)
    }
}

/// A level of an image that is smaller than the image.
struct CoarseLevel {
    /// How many times smaller.
    factor: usize,
    moments: Moments,
}

/// Adam for one image.
pub struct Adam {
    pixels: Moments,
    /// Fine to coarse.
    coarse: Vec<CoarseLevel>,
    square_decay: f64,
    steps: i32,
}

impl Adam {
    /// An optimiser for an image (planes x height x width) of this shape, before its first step.
    pub fn new(image: &Tensor, optimizer: Optimizer) -> ComputeResult<Self> {
        let (planes, height, width) = image.dims3()?;
        let coarse = |&factor: &usize| {
            let level = Tensor::zeros((planes, height.div_ceil(factor), width.div_ceil(factor)), image.device())?;
            Ok(CoarseLevel { factor, moments: Moments::new(&level)? })
        };
        let coarse = optimizer.factors().iter().map(coarse).collect::<ComputeResult<_>>()?;
        Ok(Self { pixels: Moments::new(image)?, coarse, square_decay: BETA2, steps: 0 })
    }

    /// The same optimiser with another decay of the mean of squared gradients, 0 to 1; to be set before the first step.
    #[must_use]
    pub fn with_square_decay(self, square_decay: f64) -> Self {
        Self { square_decay, ..self }
    }

    /// Its state as plain numbers.
    pub fn state(&self) -> ComputeResult<OptimizerState> {
        let array = |(name, tensor): (String, &Tensor)| Ok((name, tensor.read_as(bf16::from_f32)?));
        let arrays = self.arrays().into_iter().map(array).collect::<ComputeResult<_>>()?;
        Ok(OptimizerState { steps: self.steps.unsigned_abs(), arrays })
    }

    /// Restores an optimiser for an image of this shape from its state; `None` if the state does not fit.
    pub fn from_state(image: &Tensor, optimizer: Optimizer, state: &OptimizerState) -> ComputeResult<Option<Self>> {
        let mut restored = Self::new(image, optimizer)?;
        let Ok(steps) = i32::try_from(state.steps) else { return Ok(None) };
        if state.arrays.len() != restored.arrays().len() {
            return Ok(None);
        }
        for (name, tensor) in restored.arrays() {
            let fits = |(of, array): &&(String, Vec<bf16>)| *of == name && array.len() == tensor.elem_count();
            let Some((_, array)) = state.arrays.iter().find(fits) else { return Ok(None) };
            let numbers = array.par_iter().map(|value| value.to_f32()).collect::<Vec<_>>();
            accumulate(tensor, &Tensor::from_vec(numbers, tensor.dims(), tensor.device())?)?;
        }
        restored.steps = steps;
        Ok(Some(restored))
    }

    /// Its arrays by name: `mean` and `square` of the pixels, `mean.8` and `square.8` of the level at an eighth of the
    /// size, and so on.
    fn arrays(&self) -> Vec<(String, &Tensor)> {
        let coarse = self.coarse.iter().map(|CoarseLevel { factor, moments }| (format!(".{factor}"), moments));
        std::iter::once((String::new(), &self.pixels))
            .chain(coarse)
            .flat_map(|(ending, Moments { mean, square })| {
                [(format!("{MEAN}{ending}"), mean), (format!("{SQUARE}{ending}"), square)]
            })
            .collect()
    }

    /// Whether this gradient and all before it were finite. The losses do not show this: on GPUs a ReLU turns NaN into
    /// zero, so the losses are finite again after one bad gradient.
    pub fn is_finite(&self, gradient: &Tensor) -> ComputeResult<bool> {
        Ok(squared_distance(&self.pixels.mean, gradient)?.read()?.is_finite())
    }

    /// Moves the image by one step of this size against the gradient, clamped to 0..1.
    pub fn step(&mut self, image: &Tensor, gradient: &Tensor, size: f64) -> ComputeResult<()> {
        self.steps += 1;
        let step = AdamStep {
            decays: (BETA1 as f32, self.square_decay as f32),
            size: (size / (1.0 - BETA1.powi(self.steps))) as f32,
            square_correction: (1.0 - self.square_decay.powi(self.steps)) as f32,
            epsilon: EPSILON / image.elem_count() as f32,
            within_unit: true,
        };
        if let Some(change) = self.coarse_change(AdamStep { within_unit: false, ..step }, gradient)? {
            let (_, height, width) = image.dims3()?;
            accumulate(image, &resample(&change, (height, width))?)?;
        }
        self.pixels.step(step, image, gradient)
    }

    /// The step of all coarse levels together, at the size of the finest of them; `None` without any. A level's gradient
    /// is about the mean of that of the pixels which each of its values moves. Adam's steps hardly depend on the
    /// gradient's magnitude, so the mean serves as well as the sum.
    fn coarse_change(&self, step: AdamStep, gradient: &Tensor) -> ComputeResult<Option<Tensor>> {
        let mut gradients: Vec<Tensor> = Vec::new();
        for CoarseLevel { moments, .. } in &self.coarse {
            let (_, height, width) = moments.mean.dims3()?;
            gradients.push(resample(gradients.last().unwrap_or(gradient), (height, width))?);
        }
        let mut change: Option<Tensor> = None;
        for (CoarseLevel { moments, .. }, gradient) in self.coarse.iter().zip(&gradients).rev() {
            let (_, height, width) = gradient.dims3()?;
            let level = match change {
                Some(coarser) => resample(&coarser, (height, width))?,
                None => gradient.zeros_like()?,
            };
            moments.step(step, &level, gradient)?;
            change = Some(level);
        }
        Ok(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compute::Device;

    fn tensor(numbers: [f32; 3]) -> Tensor {
        Tensor::from_vec(numbers.to_vec(), (3, 1, 1), &Device::cpu()).unwrap()
    }

    /// ```python
    /// x = torch.tensor([0.9, 0.2, 0.5], requires_grad=True)
    /// adam = torch.optim.Adam([x], lr=0.1, betas=(0.9, 0.8), eps=1e-3 / 3)
    /// for _ in range(3):
    ///     adam.zero_grad(); (x ** 2 * torch.tensor([1.0, 3.0, 0.1])).sum().backward(); adam.step()
    ///     with torch.no_grad(): x.clamp_(0, 1)
    /// print(x)
    /// ```
    #[test]
    fn steps_as_pytorch_does() {
        let scale = tensor([2.0, 6.0, 0.2]);
        let image = tensor([0.9, 0.2, 0.5]);
        let mut adam = Adam::new(&image, Optimizer::Pixels).unwrap();
        for _ in 0..3 {
            let gradient = (&image * &scale).unwrap();
            adam.step(&image, &gradient, 0.1).unwrap();
        }
        let expected = [0.59942883, 0.0, 0.20123217];
        for (value, expected) in image.to_vec().unwrap().into_iter().zip(expected) {
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
    }

    #[test]
    fn step_sizes_fall_from_first_to_last() {
        for optimizer in [Optimizer::Pixels, Optimizer::Levels] {
            let steps: Vec<f64> = (1..=10).map(|iteration| optimizer.step_size(iteration, 10)).collect();
            let (first, last) = optimizer.step_sizes();
            assert!((steps[0] - first).abs() < 1e-9 && (steps[9] - last).abs() < 1e-9, "{steps:?}");
            assert!(steps.is_sorted_by(|one, other| one >= other));
            assert!((optimizer.step_size(1, 1) - first).abs() < 1e-9);
        }
    }

    /// An image of 40 x 24 pixels in three planes of one value each.
    fn flat(values: [f32; 3]) -> Tensor {
        let pixels = values.into_iter().flat_map(|value| [value; 40 * 24]).collect();
        Tensor::from_vec(pixels, (3, 24, 40), &Device::cpu()).unwrap()
    }

    /// Each level moves a flat image by the same step, so that the image moves by three.
    #[test]
    fn steps_of_levels_add_up() {
        let (image, gradient) = (flat([0.5, 0.5, 0.99]), flat([0.2, -0.3, -0.1]));
        let mut adam = Adam::new(&image, Optimizer::Levels).unwrap();
        adam.step(&image, &gradient, 0.01).unwrap();
        for (index, value) in image.to_vec().unwrap().into_iter().enumerate() {
            let expected = [0.47, 0.53, 1.0][index / (40 * 24)];
            assert!((value - expected).abs() < 1e-5, "{index}: {value} {expected}");
        }
    }

    /// Coarse levels do not see what changes from pixel to pixel.
    #[test]
    fn only_pixels_move_along_a_fine_pattern() {
        let image = flat([0.5; 3]);
        let checks =
            (0..3 * 24 * 40).map(|index| if (index / 40 + index % 40) % 2 == 0 { 0.1 } else { -0.1 }).collect();
        let gradient = Tensor::from_vec(checks, (3, 24, 40), &Device::cpu()).unwrap();
        let mut adam = Adam::new(&image, Optimizer::Levels).unwrap();
        adam.step(&image, &gradient, 0.01).unwrap();
        // Part of a row in the middle, away from where the filter meets the edge.
        let middle = 24 * 40 + 11 * 40 + 16;
        for (index, value) in image.to_vec().unwrap().into_iter().enumerate().skip(middle).take(8) {
            let expected = if (index / 40 + index % 40) % 2 == 0 { 0.49 } else { 0.51 };
            assert!((value - expected).abs() < 2e-3, "{index}: {value} {expected}");
        }
    }

    /// A step after a restored state is the step without the interruption, to the precision of the state.
    #[test]
    fn a_restored_optimizer_goes_on() {
        for optimizer in [Optimizer::Pixels, Optimizer::Levels] {
            let image = flat([0.5; 3]);
            let mut adam = Adam::new(&image, optimizer).unwrap();
            for gradient in [[0.3, -0.1, 0.2], [0.1, 0.1, -0.2]] {
                adam.step(&image, &flat(gradient), 0.01).unwrap();
            }
            let (state, copy) = (adam.state().unwrap(), image.copy().unwrap());
            let mut restored = Adam::from_state(&copy, optimizer, &state).unwrap().unwrap();
            let gradient = flat([0.2, 0.3, 0.1]);
            adam.step(&image, &gradient, 0.01).unwrap();
            restored.step(&copy, &gradient, 0.01).unwrap();
            for (one, other) in image.to_vec().unwrap().into_iter().zip(copy.to_vec().unwrap()) {
                assert!((one - other).abs() < 2e-4, "{one} {other}");
            }
            let other_size = Tensor::zeros((3, 24, 41), &Device::cpu()).unwrap();
            assert!(Adam::from_state(&other_size, optimizer, &state).unwrap().is_none());
        }
        let image = flat([0.5; 3]);
        for (one, other) in [(Optimizer::Pixels, Optimizer::Levels), (Optimizer::Levels, Optimizer::Pixels)] {
            let state = Adam::new(&image, one).unwrap().state().unwrap();
            assert!(Adam::from_state(&image, other, &state).unwrap().is_none(), "{one:?} is not {other:?}");
        }
    }

    #[test]
    fn an_image_smaller_than_a_level_is_optimised() {
        let (image, gradient) = (tensor([0.5; 3]), tensor([0.1, -0.1, 0.2]));
        Adam::new(&image, Optimizer::Levels).unwrap().step(&image, &gradient, 0.01).unwrap();
        assert!(image.to_vec().unwrap().into_iter().all(|value| (value - 0.5).abs() > 0.02));
    }

    #[test]
    fn a_gradient_that_is_not_finite_is_never_forgotten() {
        let (image, good) = (tensor([0.5; 3]), tensor([0.1, -0.2, 0.3]));
        for bad in [f32::NAN, f32::INFINITY] {
            let bad = tensor([0.1, bad, 0.3]);
            for optimizer in [Optimizer::Pixels, Optimizer::Levels] {
                let mut adam = Adam::new(&image, optimizer).unwrap();
                adam.step(&image, &good, 0.1).unwrap();
                assert!(adam.is_finite(&good).unwrap() && !adam.is_finite(&bad).unwrap());
                adam.step(&image, &bad, 0.1).unwrap();
                for _ in 0..8 {
                    adam.step(&image, &good, 0.1).unwrap();
                }
                assert!(!adam.is_finite(&good).unwrap());
            }
        }
    }
}
