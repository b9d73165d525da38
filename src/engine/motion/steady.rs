//! Makes the painted frames of a clip steady: what is seen in two frames keeps its strokes.

use super::super::compute::{ComputeResult, Tensor};
use super::field::FlowField;
use super::frame::MotionFrame;
use super::occlusion::agreement;
use super::search::flow;
use super::warp::warp;

/// How much of the last frame is kept where the flow is sure, at full steadiness. The rest lets strokes follow the clip.
const MOST: f32 = 0.9;

/// Where the flow is sure in less than this share of a frame, the clip was cut.
const LEAST_SURE: f64 = 0.25;

/// Keeps the last frame of a clip, as it was and as it was painted.
pub struct Steadier {
    share: f32,
    last: Option<(MotionFrame, Tensor)>,
}

/// How a frame follows the one before.
#[derive(Clone, Debug)]
pub struct Motion {
    /// From each of its pixels to where it was in the frame before.
    pub back: FlowField,
    /// For each pixel 1 where that is sure, else 0; row by row.
    pub sure: Vec<f32>,
}

impl Motion {
    /// Between two frames of the same size; `None` if they are of different shots.
    pub fn between(before: &MotionFrame, now: &MotionFrame) -> Option<Self> {
        let (back, there) = rayon::join(|| flow(now, before), || flow(before, now));
        let sure = agreement(&back, &there);
        let share = sure.iter().map(|&sure| f64::from(sure)).sum::<f64>() / sure.len() as f64;
        (share >= LEAST_SURE).then_some(Self { back, sure })
    }
}

impl Steadier {
    /// Steadiness from 0, every frame by itself, to 1.
    pub fn new(steadiness: f32) -> Self {
        Self { share: MOST * steadiness.clamp(0.0, 1.0), last: None }
    }

    /// The painted frame (3 x height x width, on the CPU) as it is shown: mixed with the last one where the flow between
    /// `frame` and the last frame is sure. Frames of one clip have one size.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn next(&mut self, frame: &Tensor, painted: Tensor) -> ComputeResult<Tensor> {
        if self.share == 0.0 {
            return Ok(painted);
        }
        let now = MotionFrame::new(frame)?;
        let shown = match &self.last {
            Some((before, shown)) if before.size() == now.size() => match Motion::between(before, &now) {
                Some(motion) => self.mixed(&painted, shown, &motion)?,
                None => painted,
            },
            _ => painted,
        };
        self.last = Some((now, shown.clone()));
        Ok(shown)
    }

    fn mixed(&self, painted: &Tensor, last: &Tensor, Motion { back, sure }: &Motion) -> ComputeResult<Tensor> {
        let moved = warp(last, back)?.to_vec()?;
        let mut values = painted.to_vec()?;
        for (plane, moved) in values.chunks_exact_mut(sure.len()).zip(moved.chunks_exact(sure.len())) {
            for ((value, moved), sure) in plane.iter_mut().zip(moved).zip(sure) {
                *value += self.share * sure * (moved - *value);
            }
        }
        Tensor::from_vec(values, painted.dims(), painted.device())
    }
}
