//! How many iterations each scale has, and how far each step goes.

/// Step of the optimiser at the beginning and at the end of each scale, in units of the image's 0..1.
const STEP_SIZES: (f64, f64) = (0.05, 0.002);

/// Iterations and steps at each scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// Iterations at each scale.
    pub iterations: u32,
}

impl Schedule {
    /// Iterations at a scale of so many.
    pub fn iterations(&self, _scale: usize, _count: usize) -> u32 {
        self.iterations
    }

    /// The step falls along half a cosine: large steps find the forms, small ones settle the grain.
    pub fn step_size(&self, iteration: u32, of: u32) -> f64 {
        let (first, last) = STEP_SIZES;
        let progress = f64::from(iteration - 1) / f64::from(of.max(2) - 1);
        last + (first - last) * 0.5 * (1.0 + (std::f64::consts::PI * progress.min(1.0)).cos())
    }
}
