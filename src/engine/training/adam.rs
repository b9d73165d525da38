//! Adam (Kingma and Ba, 2015) for a network's parameters.

/// Decays of the means of gradients and of their squares.
const DECAYS: (f64, f64) = (0.9, 0.999);
/// Keeps the division finite.
const EPSILON: f64 = 1e-8;
/// Gradients with a larger Euclidean norm are shortened to it: a crop that the painting cannot match would otherwise
/// undo what was learned (Pascanu, Mikolov and Bengio 2013).
const LONGEST: f64 = 1.0;

/// Adam for parameters, with gradients of bounded length.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterAdam {
    mean: Vec<f32>,
    square: Vec<f32>,
    steps: u32,
}

impl ParameterAdam {
    /// For so many parameters, before its first step.
    pub fn new(count: usize) -> Self {
        Self { mean: vec![0.0; count], square: vec![0.0; count], steps: 0 }
    }

    /// After so many steps, from its means of the gradients and of their squares; `None` where their lengths differ, any
    /// number is not finite, or a mean of squares is below zero.
    pub fn after(steps: u32, mean: Vec<f32>, square: Vec<f32>) -> Option<Self> {
        let are_possible = mean.iter().all(|number| number.is_finite()) && square.iter().all(|number| *number >= 0.0);
        let fits = mean.len() == square.len() && are_possible && square.iter().all(|number| number.is_finite());
        fits.then_some(Self { mean, square, steps })
    }

    /// Steps so far.
    pub fn steps(&self) -> u32 {
        self.steps
    }

    /// The means of the gradients and of their squares.
    pub fn means(&self) -> (&[f32], &[f32]) {
        (&self.mean, &self.square)
    }

    /// Moves the parameters by one step of this size against the gradient. A gradient with numbers that are not finite
    /// moves nothing; the result says whether it was finite.
    #[must_use]
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32], size: f64) -> bool {
        let norm = gradient.iter().map(|&number| f64::from(number) * f64::from(number)).sum::<f64>().sqrt();
        if !norm.is_finite() {
            return false;
        }
        self.steps = self.steps.saturating_add(1);
        let shorten = (LONGEST / norm.max(LONGEST)) as f32;
        let correction = |decay: f64| 1.0 - decay.powf(f64::from(self.steps));
        let (first, second) = (DECAYS.0 as f32, DECAYS.1 as f32);
        let size = (size / correction(DECAYS.0)) as f32;
        let (square_correction, epsilon) = (correction(DECAYS.1) as f32, EPSILON as f32);
        let means = self.mean.iter_mut().zip(&mut self.square);
        for ((parameter, gradient), (mean, square)) in parameters.iter_mut().zip(gradient).zip(means) {
            let gradient = gradient * shorten;
            *mean = *mean * first + gradient * (1.0 - first);
            *square = *square * second + gradient * gradient * (1.0 - second);
            *parameter -= size * *mean / ((*square / square_correction).sqrt() + epsilon);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ```python
    /// x = torch.tensor([0.9, 0.2, -0.5], requires_grad=True)
    /// adam = torch.optim.Adam([x], lr=0.1)
    /// for _ in range(3):
    ///     adam.zero_grad(); (x ** 2 * torch.tensor([1.0, 3.0, 0.1])).sum().backward()
    ///     torch.nn.utils.clip_grad_norm_([x], 1.0); adam.step()
    /// print(x)
    /// ```
    #[test]
    fn steps_as_pytorch_does() {
        let mut parameters = [0.9f32, 0.2, -0.5];
        let mut adam = ParameterAdam::new(3);
        for _ in 0..3 {
            let gradient: Vec<f32> =
                parameters.iter().zip([1.0, 3.0, 0.1]).map(|(number, factor)| 2.0 * number * factor).collect();
            assert!(adam.step(&mut parameters, &gradient, 0.1));
        }
        let expected = [0.599_519_1, -0.072_429_85, -0.200_306_6];
        for (found, expected) in parameters.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }

    #[test]
    fn a_gradient_that_is_not_finite_changes_nothing() {
        let (mut parameters, mut adam) = ([0.5f32; 2], ParameterAdam::new(2));
        assert!(adam.step(&mut parameters, &[0.1, 0.2], 0.1));
        let before = (parameters, adam.clone());
        assert!(!adam.step(&mut parameters, &[f32::NAN, 0.1], 0.1));
        assert_eq!((parameters, adam), before);
    }
}
