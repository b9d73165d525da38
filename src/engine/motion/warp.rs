//! Moves a picture along a flow field.

use rayon::prelude::*;

use super::super::compute::{ComputeResult, Tensor};
use super::super::pyramid::Size;
use super::cubic::CubicPlace;
use super::field::FlowField;

/// The picture whose pixels are those of `image` (planes x height x width, on the CPU) at the places where `flow`, of any
/// size, says that they went. Outside the image are its nearest pixels. With the flow from this frame to the last, it makes
/// the last frame look like this one. Interpolation is cubic, because bilinear interpolation of every frame of a clip
/// would wash strokes away.
///
/// # Errors
/// When there is not enough memory.
pub fn warp(image: &Tensor, flow: &FlowField) -> ComputeResult<Tensor> {
    let (planes, height, width) = image.dims3()?;
    let size = Size { width, height };
    let (flow, values) = (flow.resized(size), image.to_vec()?);
    let mut warped = vec![0.0; values.len()];
    let mut lines: Vec<Vec<&mut [f32]>> = (0..height).map(|_| Vec::with_capacity(planes)).collect();
    for (index, line) in warped.chunks_exact_mut(width).enumerate() {
        lines[index % height].push(line);
    }
    lines.into_par_iter().enumerate().for_each(|(row, mut lines)| {
        for column in 0..width {
            let [across, down] = flow.get(column, row);
            let place = CubicPlace::new(column as f32 + across, row as f32 + down, size);
            for (plane, line) in lines.iter_mut().enumerate() {
                line[column] = place.mix(&values[plane * height * width..][..height * width], width);
            }
        }
    });
    Tensor::from_vec(warped, image.dims(), image.device())
}
