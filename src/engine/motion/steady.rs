//! Makes the painted frames of a clip steady: what is seen in two frames keeps its strokes.

use super::super::compute::{ComputeResult, Tensor};
use super::super::pyramid::Size;
use super::contrast::restore;
use super::trail::{Trail, resized_shares};
use super::warp::warp;

/// How much the prediction counts in a mix where it shows something alike but the flow is not sure: flow in opposite
/// directions seldom agrees in flat places, where a wrong vector does no harm. Less, for what only looks alike.
const ALIKE: f32 = 0.8;

/// What a painted frame should look like after those before it.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// 3 x height x width, on the CPU.
    pub image: Tensor,
    /// Height x width: 1 where it is sure, 0 where nothing is known.
    pub sure: Tensor,
    /// Height x width: 1 where it shows at least something alike, to 0.
    pub alike: Tensor,
    /// For each pixel, row by row, 1 where the clip neither moves nor changes, to 0.
    still: Vec<f32>,
}

impl Prediction {
    /// From the painted frames before it, the latest last; `None` at the first frame of a shot. Where the last frame shows
    /// what this one does, it is used; elsewhere an earlier frame that does (the long-term consistency of Ruder,
    /// Dosovitskiy and Brox 2016).
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn new(trail: &Trail, painted: &[Tensor]) -> ComputeResult<Option<Self>> {
        let mut found: Option<(Vec<f32>, Vec<f32>)> = None;
        let (mut dims, mut alike, mut still) = (None, Vec::new(), Vec::new());
        for (distance, motion) in trail.motions() {
            let Some(before) = painted.len().checked_sub(distance).map(|index| &painted[index]) else { continue };
            let (_, height, width) = before.dims3()?;
            dims = Some((height, width));
            let moved = warp(before, &motion.back)?.to_vec()?;
            let shares = |shares: &[f32]| resized_shares(shares, motion.back.size(), (height, width));
            let sure = shares(&motion.sure)?;
            if distance == 1 {
                (alike, still) = (shares(&motion.alike)?, shares(&motion.still)?);
            }
            found = Some(match found {
                None => (moved, sure),
                Some(nearer) => completed(nearer, (&moved, &sure)),
            });
        }
        let (Some((image, sure)), Some((height, width))) = (found, dims) else { return Ok(None) };
        alike.iter_mut().zip(&sure).for_each(|(alike, sure)| *alike = sure.max(*alike));
        let (device, planes) = (painted[0].device(), image.len() / sure.len());
        Ok(Some(Self {
            image: Tensor::from_vec(image, (planes, height, width), device)?,
            sure: Tensor::from_vec(sure, (height, width), device)?,
            alike: Tensor::from_vec(alike, (height, width), device)?,
            still,
        }))
    }

    /// That a frame should look like this image (3 x height x width, on the CPU) everywhere.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn certain(image: Tensor) -> ComputeResult<Self> {
        let (_, height, width) = image.dims3()?;
        let sure = Tensor::ones((height, width), image.device())?;
        Ok(Self { still: vec![0.0; height * width], image, alike: sure.clone(), sure })
    }

    /// An image (on the CPU, of the prediction's size) with a share (0 to 1) of the prediction where that is sure, and
    /// less of it where it shows something alike.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn mixed_into(&self, own: &Tensor, share: f32) -> ComputeResult<Tensor> {
        let mut values = own.to_vec()?;
        blend(&mut values, &self.image.to_vec()?, &self.usable()?, share);
        Tensor::from_vec(values, own.dims(), own.device())
    }

    /// As [`Self::mixed_into`], with the contrast that mixing takes given back by the share `restored`, 0 to 1. Where the
    /// clip is still, a share `kept` is that of the prediction: what does not move in the clip should not move in the picture.
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn crisply_mixed_into(&self, own: &Tensor, share: f32, restored: f32, kept: f32) -> ComputeResult<Tensor> {
        let (_, height, width) = own.dims3()?;
        let size = Size { width, height };
        let (image, own_values) = (self.image.to_vec()?, own.to_vec()?);
        let mut values = own_values.clone();
        blend(&mut values, &image, &self.usable()?, share);
        for (plane, own) in values.chunks_exact_mut(size.pixels()).zip(own_values.chunks_exact(size.pixels())) {
            restore(plane, own, size, restored);
        }
        blend(&mut values, &image, &self.still, kept);
        Tensor::from_vec(values, own.dims(), own.device())
    }

    /// For each pixel how much the prediction counts in a mix, row by row.
    fn usable(&self) -> ComputeResult<Vec<f32>> {
        let (sure, alike) = (self.sure.to_vec()?, self.alike.to_vec()?);
        Ok(sure.iter().zip(&alike).map(|(sure, alike)| sure.max(ALIKE * alike)).collect())
    }
}

/// What nearer frames show, and how sure that is, with what another frame shows as far as nothing nearer is sure.
fn completed(
    (mut image, mut sure): (Vec<f32>, Vec<f32>),
    (other, other_sure): (&[f32], &[f32]),
) -> (Vec<f32>, Vec<f32>) {
    let pixels = sure.len();
    for (index, (sure, own)) in sure.iter_mut().zip(other_sure).enumerate() {
        let share = (own - *sure).max(0.0);
        if share > 0.0 {
            *sure += share;
            for at in (index..image.len()).step_by(pixels) {
                image[at] += share / *sure * (other[at] - image[at]);
            }
        }
    }
    (image, sure)
}

/// Moves planes towards those of another image, by a share and how much each pixel counts.
fn blend(values: &mut [f32], image: &[f32], weights: &[f32], share: f32) {
    for (plane, image) in values.chunks_exact_mut(weights.len()).zip(image.chunks_exact(weights.len())) {
        for ((value, image), weight) in plane.iter_mut().zip(image).zip(weights) {
            *value += share * weight * (image - *value);
        }
    }
}
