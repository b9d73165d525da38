//! What the network is shown of the picture being painted: the photo where nothing is to be painted, and a
//! texture's other side beyond each of its edges.

use candle_core::{DType, Device, Tensor};

use super::super::compute::number::Number;
use super::super::error::Result;
use super::super::extent::Extent;
use super::super::loss::smoothness;
use super::super::pyramid::Size;
use super::super::resample::{resample_mask, resample_within};
use super::job::{Job, Subject};

/// Stands between a picture and the network, at one scale.
#[derive(Clone)]
pub(super) enum Canvas {
    /// The network sees the picture as it is.
    Plain,
    /// The picture shows as far as it covers the photo.
    Covering {
        /// 3 x height x width.
        photo: Tensor,
        /// 1 x height x width, from 0 (the photo) to 1 (the picture).
        cover: Tensor,
    },
    /// Beyond each edge comes the other side, so many pixels of it.
    Endless {
        /// Above and below.
        rows: usize,
        /// Left and right.
        columns: usize,
        /// Where the picture is.
        device: Device,
    },
}

impl Canvas {
    /// For a job at one scale, where `cover` (height x width, of any size) says how far the photo is painted over;
    /// everywhere without.
    pub(super) fn new(device: &Device, job: &Job, cover: Option<&Tensor>, size: Size) -> Result<Self> {
        Ok(match (&job.subject, cover) {
            (Subject::Photo { image, .. }, Some(cover)) => {
                let photo = resample_within(image, size.rows_and_columns())?;
                Self::covering(&photo.to_device(device)?, cover)?
            }
            (Subject::Texture { seamless: true, .. }, _) => Self::endless(size, device),
            (Subject::Photo { .. }, None) | (Subject::Texture { seamless: false, .. }, _) => Self::Plain,
        })
    }

    /// The same job at the same scale with another cover. The photo is kept where it is there already.
    pub(super) fn with_cover(&self, device: &Device, job: &Job, cover: Option<&Tensor>, size: Size) -> Result<Self> {
        match (self, cover) {
            (Self::Covering { photo, .. }, Some(cover)) => Self::covering(photo, cover),
            _ => Self::new(device, job, cover, size),
        }
    }

    /// Lets a photo show through; `cover` is height x width, of any size.
    fn covering(photo: &Tensor, cover: &Tensor) -> Result<Self> {
        let (_, height, width) = photo.dims3()?;
        let cover = resample_mask(cover, (height, width))?.unsqueeze(0)?.to_device(photo.device())?;
        Ok(Self::Covering { photo: photo.clone(), cover })
    }

    /// Repeats a picture of this size.
    fn endless(size: Size, device: &Device) -> Self {
        let (rows, columns) = Extent { size, seamless: true }.margins();
        Self::Endless { rows, columns, device: device.clone() }
    }

    /// What the network is shown of an image (3 x height x width).
    pub(super) fn show(&self, image: &Tensor) -> Result<Tensor> {
        Ok(match self {
            Self::Plain => image.clone(),
            Self::Covering { photo, cover } => (photo + (image - photo)?.broadcast_mul(cover)?)?,
            Self::Endless { rows, columns, .. } => extend(&extend(image, 1, *rows)?, 2, *columns)?.contiguous()?,
        })
    }

    /// What a person is shown: the image as far as it covers the photo.
    pub(super) fn visible(&self, image: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain | Self::Endless { .. } => Ok(image.clone()),
            Self::Covering { .. } => self.show(image),
        }
    }

    /// The gradient with respect to the image, from that with respect to what was shown, with `weight` times the total
    /// variation's in it; and the total variation. May change the gradient that is given.
    pub(super) fn fold_with_smoothness(
        &self,
        gradient: &Tensor,
        shown: &Tensor,
        weight: f64,
    ) -> Result<(Tensor, Number)> {
        if weight == 0.0 {
            return Ok((self.fold(gradient)?, Number::default()));
        }
        let Self::Endless { rows, columns, .. } = self else {
            let variation = smoothness::add_to(gradient, shown, weight)?;
            return Ok((self.fold(gradient)?, variation));
        };
        // What the margins repeat is there for the network to see, and is as calm as what it repeats.
        let calm = shown.zeros_like()?;
        let variation = smoothness::add_to(&calm, shown, weight)?;
        let (_, height, width) = shown.dims3()?;
        let own = calm.narrow(1, *rows, height - 2 * rows)?.narrow(2, *columns, width - 2 * columns)?;
        Ok(((self.fold(gradient)? + own)?, variation))
    }

    /// The gradient with respect to the image, from that with respect to what was shown.
    fn fold(&self, gradient: &Tensor) -> Result<Tensor> {
        Ok(match self {
            Self::Plain => gradient.clone(),
            Self::Covering { cover, .. } => gradient.broadcast_mul(cover)?,
            Self::Endless { rows, columns, .. } => fold(&fold(gradient, 2, *columns)?, 1, *rows)?.contiguous()?,
        })
    }

    /// How much each position of features of this shape counts (height x width), from how much each pixel of the
    /// picture does (height x width, of any size; all alike without); `None` where all count the same.
    pub(super) fn weights(&self, pixels: Option<&Tensor>, size: Size, shape: (usize, usize)) -> Result<Option<Tensor>> {
        let own = size.rows_and_columns();
        let shown = match (self, pixels) {
            (Self::Plain, None) => return Ok(None),
            (Self::Plain, Some(pixels)) => pixels.clone(),
            (Self::Covering { cover, .. }, None) => cover.squeeze(0)?,
            (Self::Covering { cover, .. }, Some(pixels)) => (resample_mask(pixels, own)? * cover.squeeze(0)?)?,
            // The margins are there to be seen, not to be counted.
            (Self::Endless { rows, columns, device }, pixels) => {
                let counting = match pixels {
                    Some(pixels) => resample_mask(pixels, own)?,
                    None => Tensor::ones(own, DType::F32, device)?,
                };
                counting.pad_with_zeros(0, *rows, *rows)?.pad_with_zeros(1, *columns, *columns)?
            }
        };
        Ok(Some(resample_mask(&shown, shape)?))
    }
}

/// An image with some of its other side before its first and after its last row or column.
fn extend(image: &Tensor, side: usize, margin: usize) -> candle_core::Result<Tensor> {
    let length = image.dim(side)?;
    let (first, last) = (image.narrow(side, 0, margin)?, image.narrow(side, length - margin, margin)?);
    Tensor::cat(&[&last, image, &first], side)
}

/// The transpose of [`extend`]: what fell on a copy comes back to what it is a copy of.
fn fold(gradient: &Tensor, side: usize, margin: usize) -> candle_core::Result<Tensor> {
    let length = gradient.dim(side)? - 2 * margin;
    let (before, own) = (gradient.narrow(side, 0, margin)?, gradient.narrow(side, margin, length)?);
    let after = gradient.narrow(side, margin + length, margin)?;
    let rest = length - margin;
    own + (after.pad_with_zeros(side, 0, rest)? + before.pad_with_zeros(side, rest, 0)?)?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum_of_products(one: &Tensor, other: &Tensor) -> f32 {
        (one * other).unwrap().sum_all().unwrap().to_scalar().unwrap()
    }

    /// `show` is linear, so `fold` must be its transpose: `<show(x) - show(0), y> = <x, fold(y)>`.
    #[test]
    fn gradients_fold_back_as_pictures_are_shown() {
        let size = Size { width: 70, height: 5 };
        let random = |shape: (usize, usize, usize)| Tensor::rand(0f32, 1.0, shape, &Device::Cpu).unwrap();
        let (image, photo, mask) = (random((3, 5, 70)), random((3, 5, 70)), random((1, 9, 30)).squeeze(0).unwrap());
        for canvas in [Canvas::Plain, Canvas::covering(&photo, &mask).unwrap(), Canvas::endless(size, &Device::Cpu)] {
            let shown = canvas.show(&image).unwrap();
            let seamless = matches!(canvas, Canvas::Endless { .. });
            let Size { width, height } = Extent { size, seamless }.shown();
            assert_eq!(shown.dims3().unwrap(), (3, height, width));
            let nothing = canvas.show(&image.zeros_like().unwrap()).unwrap();
            let gradient = random((3, height, width));
            let one = sum_of_products(&(shown - nothing).unwrap(), &gradient);
            let other = sum_of_products(&image, &canvas.fold(&gradient).unwrap());
            assert!((one - other).abs() < 1e-2, "{one} {other}");
        }
    }

    #[test]
    fn a_texture_sees_its_other_side() {
        let size = Size { width: 3, height: 2 };
        let image = Tensor::arange(0f32, 18.0, &Device::Cpu).unwrap().reshape((3, 2, 3)).unwrap();
        let shown = Canvas::endless(size, &Device::Cpu).show(&image).unwrap();
        let rows = shown.get(0).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(rows[1], [3.0, 4.0, 5.0, 3.0, 4.0, 5.0, 3.0, 4.0, 5.0]);
        assert_eq!(rows[2], [0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
    }

    #[test]
    fn what_does_not_show_does_not_count() {
        let photo = Tensor::zeros((3, 4, 4), DType::F32, &Device::Cpu).unwrap();
        let cover = Tensor::new(&[[1f32, 1.0, 0.0, 0.0]; 4], &Device::Cpu).unwrap();
        let canvas = Canvas::covering(&photo, &cover).unwrap();
        let weights = canvas.weights(None, Size { width: 4, height: 4 }, (2, 2)).unwrap().unwrap();
        let weights = weights.to_vec2::<f32>().unwrap();
        assert!(weights.iter().all(|row| row[0] > 0.9 && row[1] < 0.1), "{weights:?}");
    }
}
