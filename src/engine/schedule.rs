//! The number of iterations at each scale, and the step size of each iteration.

use super::optimizer::Optimizer;

/// The number of iterations at each scale, and what they move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// Iterations at the last scale, which is the result's.
    pub iterations: u32,
    /// Iterations at each earlier scale, as a share of [`Self::iterations`]: an earlier scale only provides the start
    /// for the next.
    pub coarse_share: f32,
    /// What the iterations move.
    pub optimizer: Optimizer,
}

impl Schedule {
    /// The same number of iterations at every scale.
    pub fn even(iterations: u32) -> Self {
        Self { iterations, coarse_share: 1.0, optimizer: Optimizer::default() }
    }

    /// Iterations at the scale of index `scale` out of `scales`.
    pub fn at(&self, scale: usize, scales: usize) -> u32 {
        if scale + 1 == scales {
            return self.iterations;
        }
        ((self.iterations as f32 * self.coarse_share).round() as u32).max(1)
    }

    /// Iterations at all scales before the one of index `scale` out of `scales`.
    pub fn before(&self, scale: usize, scales: usize) -> u32 {
        (0..scale).map(|scale| self.at(scale, scales)).sum()
    }

    /// The step size at an iteration, counted from 1, out of `of`. It falls along half a cosine: large steps find the
    /// forms, small ones settle the grain.
    pub(super) fn step_size(&self, iteration: u32, of: u32) -> f64 {
        let (first, last) = self.optimizer.step_sizes();
        let progress = f64::from(iteration - 1) / f64::from(of.max(2) - 1);
        last + (first - last) * 0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coarse_scales_have_a_share_of_the_iterations() {
        let schedule = Schedule { coarse_share: 0.5, ..Schedule::even(30) };
        assert_eq!([0, 1, 2].map(|scale| schedule.at(scale, 3)), [15, 15, 30]);
        assert_eq!([0, 1, 2, 3].map(|scale| schedule.before(scale, 3)), [0, 15, 30, 60]);
        assert_eq!(schedule.at(0, 1), 30);
        assert_eq!(Schedule { coarse_share: 0.1, ..Schedule::even(1) }.at(0, 2), 1);
    }

    #[test]
    fn step_sizes_fall_from_first_to_last() {
        for optimizer in [Optimizer::Pixels, Optimizer::Levels] {
            let schedule = Schedule { optimizer, ..Schedule::even(10) };
            let steps: Vec<f64> = (1..=10).map(|iteration| schedule.step_size(iteration, 10)).collect();
            let (first, last) = optimizer.step_sizes();
            assert!((steps[0] - first).abs() < 1e-9 && (steps[9] - last).abs() < 1e-9, "{steps:?}");
            assert!(steps.is_sorted_by(|one, other| one >= other));
            assert!((schedule.step_size(1, 1) - first).abs() < 1e-9);
        }
    }
}
