//! Moves a picture along a flow field.

use rayon::prelude::*;

use super::super::compute::{ComputeResult, Tensor};
use super::super::pyramid::Size;
use super::bilinear::BilinearPlace;
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
    let (size, values) = (Size { width, height }, image.to_vec()?);
    let mut warped = vec![0.0; planes * flow.size().pixels()];
    warped.par_chunks_exact_mut(own_width).enumerate().for_each(|(line, pixels)| {
        let (plane, row) = (line / own_height, line % own_height);
        let plane = &values[plane * height * width..][..height * width];
        for (column, pixel) in pixels.iter_mut().enumerate() {
            let [across, down] = flow.get(column, row);
            let place = BilinearPlace::new(column as f32 + across, row as f32 + down, size);
            *pixel = place.mix(|column, row| plane[row * width + column]);
        }
    });
    Tensor::from_vec(warped, (planes, own_height, own_width), image.device())
}
