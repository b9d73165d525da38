//! A painted frame as it is kept: before the photo's colours and transparency are put back.

use image::{DynamicImage, RgbImage};

use crate::engine::compute::{ComputeResult, Device, Tensor};
use crate::picture::Picture;

/// A painted frame, with 8 bits for each channel.
#[derive(Clone)]
pub(super) struct RawFrame(pub(super) RgbImage);

impl RawFrame {
    /// From an image: 3 x height x width, 0..1.
    pub(super) fn new(image: &Tensor) -> ComputeResult<Self> {
        let (_, height, width) = image.dims3()?;
        let values = image.to_vec()?;
        let planes = values.chunks_exact(height * width).collect::<Vec<_>>();
        let mut pixels = Vec::with_capacity(values.len());
        for at in 0..height * width {
            pixels.extend(planes.iter().map(|plane| (plane[at].clamp(0.0, 1.0) * 255.0).round() as u8));
        }
        let pixels = RgbImage::from_raw(width as u32, height as u32, pixels);
        Ok(Self(pixels.unwrap_or_else(|| unreachable!("an image has its size"))))
    }

    /// The image: 3 x height x width, on the CPU.
    pub(super) fn to_image(&self) -> ComputeResult<Tensor> {
        let (width, height) = self.0.dimensions();
        let planes = self.picture().to_planes();
        Tensor::from_vec(planes, (3, height as usize, width as usize), &Device::cpu())
    }

    /// As a picture.
    pub(super) fn picture(&self) -> Picture {
        Picture::new(DynamicImage::from(self.0.clone()))
    }
}
