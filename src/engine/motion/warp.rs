//! Moves a picture along a flow field.

use rayon::prelude::*;

use super::super::compute::{ComputeResult, Tensor};
use super::super::pyramid::Size;
use super::field::FlowField;
use super::spline::SplinePlane;

/// The picture whose pixels are those of `image` (planes x height x width, on the CPU) at the places where `flow`, of any
/// size, says that they went. Outside the image are its nearest pixels. With the flow from this frame to the last, it makes
/// the last frame look like this one. Pixels between others are interpolated by splines.
///
/// # Errors
/// When there is not enough memory.
pub fn warp(image: &Tensor, flow: &FlowField) -> ComputeResult<Tensor> {
    let (planes, height, width) = image.dims3()?;
    let size = Size { width, height };
    let (flow, values) = (flow.resized(size), image.to_vec()?);
    let sources: Vec<SplinePlane> =
        values.par_chunks_exact(size.pixels()).map(|plane| SplinePlane::new(plane, size)).collect();
    let mut warped = vec![0.0; values.len()];
    let mut lines: Vec<Vec<&mut [f32]>> = (0..height).map(|_| Vec::with_capacity(planes)).collect();
    for (index, line) in warped.chunks_exact_mut(width).enumerate() {
        lines[index % height].push(line);
    }
    lines.into_par_iter().enumerate().for_each(|(row, mut lines)| {
        for column in 0..width {
            let [across, down] = flow.get(column, row);
            let (x, y) = (column as f32 + across, row as f32 + down);
            for (source, line) in sources.iter().zip(&mut lines) {
                line[column] = source.at(x, y);
            }
        }
    });
    Tensor::from_vec(warped, image.dims(), image.device())
}
