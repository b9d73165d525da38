//! Images at another size by matrix products, the fastest way on GPUs.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use candle_core::{Device, Result, Tensor};

/// The filters used last, on the device. An optimiser with coarse levels resamples between the same sizes in every
/// iteration; to send the filters each time would take longer than to apply them.
#[derive(Debug, Default)]
pub(super) struct Filters(Mutex<VecDeque<Filter>>);

/// The weight of each old position in each new one: new x old.
#[derive(Debug)]
struct Filter {
    old: usize,
    new: usize,
    weights: Tensor,
}

impl Filters {
    /// As many as two coarse levels need: to each and back, in both directions.
    const KEPT: usize = 8;

    fn between(&self, old: usize, new: usize, device: &Device) -> Result<Tensor> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let filter = match kept.iter().position(|filter| (filter.old, filter.new) == (old, new)) {
            Some(index) => kept.remove(index),
            None => None,
        };
        let filter = match filter {
            Some(filter) => filter,
            None => Filter { old, new, weights: weights(old, new, device)? },
        };
        let weights = filter.weights.clone();
        kept.truncate(Self::KEPT - 1);
        kept.push_front(filter);
        Ok(weights)
    }
}

/// An image (planes x height x width) at another size: Catmull-Rom, antialiased when shrinking.
pub(super) fn resample(filters: &Filters, image: &Tensor, (height, width): (usize, usize)) -> Result<Tensor> {
    let (planes, old_height, old_width) = image.dims3()?;
    let across = filters.between(old_width, width, image.device())?.t()?;
    let down = filters.between(old_height, height, image.device())?;
    let planes =
        (0..planes).map(|plane| down.matmul(&image.get(plane)?.matmul(&across)?)).collect::<Result<Vec<_>>>()?;
    Tensor::stack(&planes, 0)
}

/// The weights of a [`Filter`].
fn weights(old: usize, new: usize, device: &Device) -> Result<Tensor> {
    let scale = old as f64 / new as f64;
    // When shrinking, the filter is as much wider as new positions are further apart.
    let stretch = scale.max(1.0);
    let mut weights = vec![0f32; new * old];
    for (position, row) in weights.chunks_exact_mut(old).enumerate() {
        let centre = (position as f64 + 0.5) * scale;
        let first = (centre - 2.0 * stretch).floor().max(0.0) as usize;
        let end = ((centre + 2.0 * stretch).ceil() as usize).min(old);
        let values: Vec<f64> = (first..end).map(|at| catmull_rom((at as f64 + 0.5 - centre) / stretch)).collect();
        let sum: f64 = values.iter().sum();
        for (weight, value) in row[first..end].iter_mut().zip(values) {
            *weight = (value / sum) as f32;
        }
    }
    Tensor::from_vec(weights, (new, old), device)
}

/// The cubic with tension 1/2 (Catmull and Rom, 1974).
fn catmull_rom(at: f64) -> f64 {
    let at = at.abs();
    if at < 1.0 {
        (1.5 * at - 2.5) * at * at + 1.0
    } else if at < 2.0 {
        ((2.5 - 0.5 * at) * at - 4.0) * at + 2.0
    } else {
        0.0
    }
}
