//! Adam (Kingma and Ba, 2015).

use half::bf16;
use rayon::prelude::*;

use super::compute::operations::{adam, squared_distance};
use super::compute::{AdamStep, ComputeResult, Tensor};
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

/// Adam for one image.
pub struct Adam {
    mean: Tensor,
    square: Tensor,
    square_decay: f64,
    steps: i32,
}

impl Adam {
    /// An optimiser for an image of this shape, before its first step.
    pub fn new(image: &Tensor) -> ComputeResult<Self> {
        Ok(Self { mean: image.zeros_like()?, square: image.zeros_like()?, square_decay: BETA2, steps: 0 })
    }

    /// The same optimiser with another decay of the mean of squared gradients, 0 to 1; to be set before the first step.
    #[must_use]
    pub fn with_square_decay(self, square_decay: f64) -> Self {
        Self { square_decay, ..self }
    }

    /// Its state as plain numbers.
    pub fn state(&self) -> ComputeResult<OptimizerState> {
        let halves = |tensor: &Tensor| tensor.read_as(bf16::from_f32);
        let arrays = vec![(MEAN.to_owned(), halves(&self.mean)?), (SQUARE.to_owned(), halves(&self.square)?)];
        Ok(OptimizerState { steps: self.steps.unsigned_abs(), arrays })
    }

    /// Restores an optimiser for an image of this shape from its state; `None` if the state does not fit.
    pub fn from_state(image: &Tensor, state: &OptimizerState) -> ComputeResult<Option<Self>> {
        let tensor = |name: &str| {
            let array = state.arrays.iter().find(|(of, array)| of == name && array.len() == image.elem_count());
            let numbers = |array: &[bf16]| array.par_iter().map(|value| value.to_f32()).collect::<Vec<_>>();
            array.map(|(_, array)| Tensor::from_vec(numbers(array), image.dims(), image.device())).transpose()
        };
        let parts = tensor(MEAN)?.zip(tensor(SQUARE)?).zip(i32::try_from(state.steps).ok());
        Ok(parts.map(|((mean, square), steps)| Self { mean, square, square_decay: BETA2, steps }))
    }

    /// Whether this gradient and all before it were finite. The losses do not show this: on GPUs a ReLU turns NaN into
    /// zero, so the losses are finite again after one bad gradient.
    pub fn is_finite(&self, gradient: &Tensor) -> ComputeResult<bool> {
        Ok(squared_distance(&self.mean, gradient)?.read()?.is_finite())
    }

    /// Moves the image by one step of this size against the gradient, clamped to 0..1.
    pub fn step(&mut self, image: &Tensor, gradient: &Tensor, size: f64) -> ComputeResult<()> {
        self.steps += 1;
        let step = AdamStep {
            decays: (BETA1 as f32, self.square_decay as f32),
            size: (size / (1.0 - BETA1.powi(self.steps))) as f32,
            square_correction: (1.0 - self.square_decay.powi(self.steps)) as f32,
            epsilon: EPSILON / image.elem_count() as f32,
        };
        adam(step, image, gradient, &self.mean, &self.square)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compute::Device;

    fn tensor(numbers: [f32; 3]) -> Tensor {
        Tensor::from_vec(numbers.to_vec(), 3, &Device::cpu()).unwrap()
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
        let mut adam = Adam::new(&image).unwrap();
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
    fn a_gradient_that_is_not_finite_is_never_forgotten() {
        let (image, good) = (tensor([0.5; 3]), tensor([0.1, -0.2, 0.3]));
        for bad in [f32::NAN, f32::INFINITY] {
            let bad = tensor([0.1, bad, 0.3]);
            let mut adam = Adam::new(&image).unwrap();
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
