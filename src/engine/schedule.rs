//! The number of iterations at each scale.

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
}
