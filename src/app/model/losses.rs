//! The loss curve of a run.

use crate::studio::Progress;

/// The losses after an iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossPoint {
    /// Iterations done, over all scales.
    pub done: u32,
    /// Content loss: the difference from the photo, times its weight.
    pub content: f64,
    /// Style loss: the difference from the paintings.
    pub style: f64,
}

/// The losses of a run so far; a long run is thinned out.
#[derive(Clone, Debug, Default)]
pub struct LossCurve {
    points: Vec<LossPoint>,
}

/// Largest number of points: more than a curve is wide in pixels.
const MOST: usize = 2048;

impl LossCurve {
    /// The points, in the order of their iterations.
    pub fn points(&self) -> &[LossPoint] {
        &self.points
    }

    pub(in crate::app) fn add(&mut self, progress: &Progress) {
        let losses = progress.losses;
        if self.points.last().is_some_and(|last| last.done >= progress.done) {
            return;
        }
        self.points.push(LossPoint { done: progress.done, content: losses.content, style: losses.style });
        if self.points.len() > MOST {
            let mut odd = false;
            self.points.retain(|_| {
                odd = !odd;
                odd
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::balance::Losses;

    #[test]
    fn a_long_curve_keeps_its_shape_in_bounded_memory() {
        let mut curve = LossCurve::default();
        for done in 1..=50_000 {
            let losses = Losses { content: f64::from(done), style: 1.0, smoothness: 0.0, temporal: 0.0 };
            let (elapsed, remaining) = (Duration::ZERO, Duration::ZERO);
            curve.add(&Progress { scale: 0, iteration: done, of: 50_000, done, losses, elapsed, remaining });
        }
        let points = curve.points();
        assert!((MOST / 2..=MOST).contains(&points.len()));
        assert!(points.windows(2).all(|pair| pair[0].done < pair[1].done));
        assert!(points.iter().all(|point| (point.content - f64::from(point.done)).abs() < 1e-9));
    }
}
