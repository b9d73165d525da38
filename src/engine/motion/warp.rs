//! Moves a picture along a flow field.

use rayon::prelude::*;

use super::super::compute::{ComputeResult, Tensor};
use super::super::pyramid::Size;
use super::field::FlowField;

/// The picture whose pixels are those of `image` (planes x height x width, on the CPU) at the places where `flow` says that
/// they went, by bilinear interpolation. Outside the image are its nearest pixels. With the flow from this frame to the
/// last, it makes the last frame look like this one.
///
/// # Errors
/// When there is not enough memory.
pub fn warp(image: &Tensor, flow: &FlowField) -> ComputeResult<Tensor> {
    let (planes, height, width) = image.dims3()?;
    let Size { width: own_width, height: own_height } = flow.size();
    let values = image.to_vec()?;
    let mut warped = vec![0.0; planes * flow.size().pixels()];
    warped.par_chunks_exact_mut(own_width).enumerate().for_each(|(line, pixels)| {
        let (plane, row) = (line / own_height, line % own_height);
        let plane = &values[plane * height * width..][..height * width];
        for (column, pixel) in pixels.iter_mut().enumerate() {
            let [across, down] = flow.get(column, row);
            let x = (column as f32 + across).clamp(0.0, (width - 1) as f32);
            let y = (row as f32 + down).clamp(0.0, (height - 1) as f32);
            let (left, above) = (x as usize, y as usize);
            let (right, below) = ((left + 1).min(width - 1), (above + 1).min(height - 1));
            let (beside, under) = (x - left as f32, y - above as f32);
            let mix = |row: usize| {
                let (one, other) = (plane[row * width + left], plane[row * width + right]);
                one + beside * (other - one)
            };
            let (upper, lower) = (mix(above), mix(below));
            *pixel = upper + under * (lower - upper);
        }
    });
    Tensor::from_vec(warped, (planes, own_height, own_width), image.device())
}
