//! Images at another size by matrix products, the fastest way on GPUs.

use candle_core::{Device, Result, Tensor};

/// An image (planes x height x width) at another size: Catmull-Rom, antialiased when shrinking.
pub(super) fn resample(image: &Tensor, (height, width): (usize, usize)) -> Result<Tensor> {
    let (planes, old_height, old_width) = image.dims3()?;
    let across = filter(old_width, width, image.device())?.t()?;
    let down = filter(old_height, height, image.device())?;
    let planes =
        (0..planes).map(|plane| down.matmul(&image.get(plane)?.matmul(&across)?)).collect::<Result<Vec<_>>>()?;
    Tensor::stack(&planes, 0)
}

/// The weight of each old position in each new one: new x old.
fn filter(old: usize, new: usize, device: &Device) -> Result<Tensor> {
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
