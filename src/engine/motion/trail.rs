//! How a frame follows those before it.

use std::collections::VecDeque;

use super::super::compute::{ComputeResult, Device, Tensor};
use super::super::pyramid::Size;
use super::super::resample::resample;
use super::field::FlowField;
use super::frame::MotionFrame;
use super::occlusion::agreement;
use super::search::flow;
use super::surroundings::box_means;

/// Where the flow is sure in less than this share of a frame, the clip was cut.
const LEAST_SURE: f64 = 0.25;

/// Earlier frames are looked at where the flow from the last one leaves more than this share of a frame unknown.
const MOST_UNKNOWN: f64 = 0.01;

/// How far the surroundings of a pixel reach whose change of brightness counts, in pixels.
const CHANGE_RADIUS: usize = 2;

/// How many frames before it a frame is compared with, as Ruder, Dosovitskiy and Brox (2016) do.
const DISTANCES: [usize; 3] = [1, 2, 4];

/// How a frame follows another one.
#[derive(Clone, Debug)]
pub struct Motion {
    /// From each of its pixels to where it was in the other frame, at the size at which motion is searched.
    pub back: FlowField,
    /// For each vector how sure that is, from 0 to 1; row by row.
    pub sure: Vec<f32>,
    /// For each vector 1 where the other frame shows something alike there, to 0; row by row. That is also so in many places
    /// where the vector is not sure.
    pub alike: Vec<f32>,
    /// For each vector 1 where nothing moves or changes, to 0; row by row.
    pub still: Vec<f32>,
}

impl Motion {
    /// Between two frames of the same size; `None` if they are of different shots.
    pub fn between(before: &MotionFrame, now: &MotionFrame) -> Option<Self> {
        let (back, there) = rayon::join(|| flow(now, before), || flow(before, now));
        let mut sure = agreement(&back, &there);
        let differences = now.levels[0].brightness.differences(&before.levels[0].brightness, &back);
        let falling = |value: f32, full: f32, none: f32| ((none - value.abs()) / (none - full)).clamp(0.0, 1.0);
        // Elsewhere something else is seen, or light has changed. Single pixels at sharp edges differ even where nothing did.
        let changes = box_means(&differences, back.size(), CHANGE_RADIUS);
        let alike: Vec<f32> = changes.iter().map(|change| falling(*change, 12.0, 24.0)).collect();
        sure.iter_mut().zip(&alike).for_each(|(sure, alike)| *sure *= alike);
        let still = back.vectors().iter().zip(&differences).zip(&sure);
        let still = still.map(|(([across, down], difference), sure)| {
            sure * falling(across.hypot(*down), 0.05, 0.25) * falling(*difference, 0.5, 3.0)
        });
        let still = still.collect();
        let motion = Self { back, sure, alike, still };
        (motion.share() >= LEAST_SURE).then_some(motion)
    }

    /// The share of the frame where it is sure.
    fn share(&self) -> f64 {
        self.sure.iter().map(|&sure| f64::from(sure)).sum::<f64>() / self.sure.len() as f64
    }
}

/// Shares from 0 to 1 at places of this size, at the size of a frame, row by row.
pub(super) fn resized_shares(shares: &[f32], own: Size, (height, width): (usize, usize)) -> ComputeResult<Vec<f32>> {
    if own == (Size { width, height }) {
        return Ok(shares.to_vec());
    }
    let shares = Tensor::from_vec(shares.to_vec(), (1, own.height, own.width), &Device::cpu())?;
    resample(&shares, (height, width))?.clamp(0.0, 1.0)?.to_vec()
}

/// How a frame follows those before it: by how many frames each was before, nearest first. Empty at the first frame of a
/// shot.
#[derive(Clone, Debug, Default)]
pub struct Trail(Vec<(usize, Motion)>);

impl Trail {
    /// How many painted frames before a frame are needed to predict it.
    pub const LONGEST: usize = DISTANCES[DISTANCES.len() - 1];

    /// Whether the frame is the first of a shot.
    pub fn is_cut(&self) -> bool {
        self.0.is_empty()
    }

    /// Each motion, with how many frames before the other frame was.
    pub fn motions(&self) -> impl Iterator<Item = (usize, &Motion)> {
        self.0.iter().map(|(distance, motion)| (*distance, motion))
    }
}

/// Follows the motion of a clip.
#[derive(Default)]
pub struct MotionTracker {
    /// The frames of the shot so far, the latest last.
    frames: VecDeque<MotionFrame>,
}

impl MotionTracker {
    /// How the next frame of the clip (3 x height x width, 0..1) follows those before it.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn next(&mut self, frame: &Tensor) -> ComputeResult<Trail> {
        let now = MotionFrame::new(frame)?;
        let trail = self.trail(&now);
        if trail.is_cut() {
            self.frames.clear();
        }
        self.frames.push_back(now);
        if self.frames.len() > Trail::LONGEST {
            self.frames.pop_front();
        }
        Ok(trail)
    }

    /// Forgets all frames but the last.
    pub fn forget_earlier(&mut self) {
        self.frames.drain(..self.frames.len().saturating_sub(1));
    }

    fn trail(&self, now: &MotionFrame) -> Trail {
        let mut motions = Vec::new();
        let mut known: Vec<f32> = Vec::new();
        for distance in DISTANCES {
            let Some(before) = self.frames.len().checked_sub(distance).map(|index| &self.frames[index]) else { break };
            if before.size() != now.size() {
                break;
            }
            // A frame that shares nothing with an earlier one may still share much with the last.
            let Some(motion) = Motion::between(before, now) else { break };
            match known.as_mut_slice() {
                [] => known.clone_from(&motion.sure),
                known => known.iter_mut().zip(&motion.sure).for_each(|(known, sure)| *known = known.max(*sure)),
            }
            motions.push((distance, motion));
            let unknown = known.iter().filter(|&&sure| sure < 0.5).count();
            if unknown as f64 <= MOST_UNKNOWN * known.len() as f64 {
                break;
            }
        }
        Trail(motions)
    }
}
