//! The image that the coarsest scale starts from.

use super::super::balance::Balance;
use super::super::compute::{ComputeResult, Tensor};
use super::super::loss::moments::Moments;
use super::super::palette::{noise, palette, recolor};
use super::super::pyramid::Size;
use super::super::resample::{resample, resample_mask, resample_within};
use super::job::{Continuation, Initial, Job};
use super::regions::palette_weights;

/// The initial image of a job at the size of its first scale: 3 x height x width, on the CPU, not clamped.
pub(super) fn initial_image(job: &Job, balance: &Balance, size: Size) -> ComputeResult<Tensor> {
    let shape = size.rows_and_columns();
    let mean_palette = || {
        let palettes = job.styles.iter().map(|style| palette(&style.image)).collect::<ComputeResult<Vec<_>>>()?;
        Moments::blend(&palette_weights(&balance.styles).into_iter().zip(&palettes).collect::<Vec<_>>())
    };
    let recolored_photo = |photo: &Tensor, recolored: f32| {
        let photo = resample_within(photo, shape)?;
        let carried = recolor(&photo, &mean_palette()?)?;
        &photo + ((carried - &photo)? * f64::from(recolored))?
    };
    match (&job.initial, job.photo()) {
        (Initial::Photo { recolored }, Some(photo)) => recolored_photo(photo, *recolored),
        (Initial::Continued { recolored }, Some(photo)) => {
            let unknown = recolored_photo(photo, *recolored)?;
            let Some(Continuation { prediction, .. }) = &job.continuation else { return Ok(unknown) };
            let alike = resample_mask(&prediction.alike, shape)?.unsqueeze(0)?;
            let known = (resample_within(&prediction.image, shape)? - &unknown)?.broadcast_mul(&alike)?;
            unknown + known
        }
        (Initial::Photo { .. } | Initial::Continued { .. }, None) | (Initial::Noise, _) => {
            noise(shape, &mean_palette()?, job.seed)
        }
        (Initial::Style, _) => resample(&job.styles[0].image, shape),
        (Initial::Image(image) | Initial::Painted { image, .. }, _) => resample(image, shape),
    }
}
