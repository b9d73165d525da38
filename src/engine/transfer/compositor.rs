//! What the network is shown of the picture being painted: the photo where nothing is painted, and a seamless texture's
//! opposite side beyond each of its edges.

use super::super::compute::{ComputeResult, Device, Number, Tensor};
use super::super::error::Result;
use super::super::extent::Extent;
use super::super::loss::smoothness;
use super::super::pyramid::Size;
use super::super::resample::{resample_mask, resample_within};
use super::job::{ContentSource, Job};

/// Maps the picture to what the network is shown, at one scale. All of its tensors are on the network's device.
#[derive(Clone)]
pub(super) enum Compositor {
    /// The network is shown the picture as it is.
    Plain,
    /// The picture covers the photo in places.
    Covering {
        /// 3 x height x width.
        photo: Tensor,
        /// 1 x height x width, from 0 (the photo) to 1 (the picture).
        cover: Tensor,
    },
    /// The picture has margins, which repeat its opposite side.
    Seamless {
        /// Height of the margin above, and of that below.
        rows: usize,
        /// Width of the margin at the left, and of that at the right.
        columns: usize,
    },
}

impl Compositor {
    /// For a job at one scale. `cover` (height x width, of any size) says how far the picture covers the photo: from 0
    /// to 1, and everywhere where it is `None`.
    pub(super) fn new(device: &Device, job: &Job, cover: Option<&Tensor>, size: Size) -> Result<Self> {
        Ok(match (&job.content, cover) {
            (ContentSource::Photo { image, .. }, Some(cover)) => {
                let photo = resample_within(image, size.rows_and_columns())?;
                Self::covering(&photo.to_device(device)?, cover)?
            }
            (ContentSource::Texture { seamless: true, .. }, _) => Self::seamless(size),
            (ContentSource::Photo { .. }, None) | (ContentSource::Texture { seamless: false, .. }, _) => Self::Plain,
        })
    }

    /// For the same job and scale with another cover. The photo is reused where it is there already.
    pub(super) fn with_cover(&self, device: &Device, job: &Job, cover: Option<&Tensor>, size: Size) -> Result<Self> {
        match (self, cover) {
            (Self::Covering { photo, .. }, Some(cover)) => Self::covering(photo, cover),
            _ => Self::new(device, job, cover, size),
        }
    }

    /// Covers a photo; `cover` is height x width, of any size.
    fn covering(photo: &Tensor, cover: &Tensor) -> Result<Self> {
        let (_, height, width) = photo.dims3()?;
        let cover = resample_mask(cover, (height, width))?.unsqueeze(0)?.to_device(photo.device())?;
        Ok(Self::Covering { photo: photo.clone(), cover })
    }

    /// Adds margins to a picture of this size.
    fn seamless(size: Size) -> Self {
        let (rows, columns) = Extent { size, seamless: true }.margins();
        Self::Seamless { rows, columns }
    }

    /// What the network is shown of an image (3 x height x width).
    pub(super) fn show(&self, image: &Tensor) -> Result<Tensor> {
        Ok(match self {
            Self::Plain => image.clone(),
            Self::Covering { photo, cover } => (photo + (image - photo)?.broadcast_mul(cover)?)?,
            Self::Seamless { rows, columns } => extend(&extend(image, 1, *rows)?, 2, *columns)?.contiguous()?,
        })
    }

    /// What a person is shown of an image: itself, as far as it covers the photo, without margins.
    pub(super) fn visible(&self, image: &Tensor) -> Result<Tensor> {
        match self {
            Self::Plain | Self::Seamless { .. } => Ok(image.clone()),
            Self::Covering { .. } => self.show(image),
        }
    }

    /// The gradient with respect to the image, given the one with respect to what was shown, plus `weight` times the
    /// gradient of the total variation; and the total variation. May overwrite the gradient that is given.
    pub(super) fn fold_with_smoothness(
        &self,
        gradient: &Tensor,
        shown: &Tensor,
        weight: f64,
    ) -> Result<(Tensor, Number)> {
        if weight == 0.0 {
            return Ok((self.fold(gradient)?, Number::default()));
        }
        let Self::Seamless { rows, columns } = self else {
            let variation = smoothness::add_gradient(gradient, shown, weight)?;
            return Ok((self.fold(gradient)?, variation));
        };
        // The gradient of the margins is left out: they are copies, which are as smooth as what they copy.
        let of_variation = shown.zeros_like()?;
        let variation = smoothness::add_gradient(&of_variation, shown, weight)?;
        let (_, height, width) = shown.dims3()?;
        let own = of_variation.narrow(1, *rows, height - 2 * rows)?.narrow(2, *columns, width - 2 * columns)?;
        Ok(((self.fold(gradient)? + own)?, variation))
    }

    /// The gradient with respect to the image, given the one with respect to what was shown.
    fn fold(&self, gradient: &Tensor) -> Result<Tensor> {
        Ok(match self {
            Self::Plain => gradient.clone(),
            Self::Covering { cover, .. } => gradient.broadcast_mul(cover)?,
            Self::Seamless { rows, columns } => fold(&fold(gradient, 2, *columns)?, 1, *rows)?.contiguous()?,
        })
    }
}

/// An image with the lines of its opposite side before its first and after its last line along an axis.
fn extend(image: &Tensor, axis: usize, margin: usize) -> ComputeResult<Tensor> {
    let length = image.dim(axis)?;
    let (first, last) = (image.narrow(axis, 0, margin)?, image.narrow(axis, length - margin, margin)?);
    Tensor::cat(&[&last, image, &first], axis)
}

/// The transpose of [`extend`]: the gradient of each copy is added to that of its original.
fn fold(gradient: &Tensor, axis: usize, margin: usize) -> ComputeResult<Tensor> {
    let length = gradient.dim(axis)? - 2 * margin;
    let (before, own) = (gradient.narrow(axis, 0, margin)?, gradient.narrow(axis, margin, length)?);
    let after = gradient.narrow(axis, margin + length, margin)?;
    let rest = length - margin;
    own + (after.pad_with_zeros(axis, 0, rest)? + before.pad_with_zeros(axis, rest, 0)?)?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in 0..1 that look like noise but are always the same.
    fn noise((planes, height, width): (usize, usize, usize), seed: f32) -> Tensor {
        let number = |index: usize| (((index as f32 + 1.0) * 12.9898 + seed).sin() * 43_758.547).rem_euclid(1.0);
        let numbers = (0..planes * height * width).map(number).collect();
        Tensor::from_vec(numbers, (planes, height, width), &Device::cpu()).unwrap()
    }

    fn dot(one: &Tensor, other: &Tensor) -> f32 {
        one.to_vec().unwrap().iter().zip(other.to_vec().unwrap()).map(|(one, other)| one * other).sum()
    }

    /// `show` is affine, so `fold` must be the transpose of its linear part: `<show(x) - show(0), y> = <x, fold(y)>`.
    #[test]
    fn fold_is_the_transpose_of_show() {
        let size = Size { width: 70, height: 5 };
        let (image, photo) = (noise((3, 5, 70), 1.0), noise((3, 5, 70), 2.0));
        let mask = noise((1, 9, 30), 3.0).squeeze(0).unwrap();
        for compositor in [Compositor::Plain, Compositor::covering(&photo, &mask).unwrap(), Compositor::seamless(size)]
        {
            let shown = compositor.show(&image).unwrap();
            let seamless = matches!(compositor, Compositor::Seamless { .. });
            let Size { width, height } = Extent { size, seamless }.shown();
            assert_eq!(shown.dims3().unwrap(), (3, height, width));
            let of_zero = compositor.show(&image.zeros_like().unwrap()).unwrap();
            let gradient = noise((3, height, width), 4.0);
            let one = dot(&(shown - of_zero).unwrap(), &gradient);
            let other = dot(&image, &compositor.fold(&gradient).unwrap());
            assert!((one - other).abs() < 1e-2, "{one} {other}");
        }
    }

    #[test]
    fn margins_repeat_the_opposite_side() {
        let size = Size { width: 3, height: 2 };
        let numbers = (0..18u8).map(f32::from).collect();
        let image = Tensor::from_vec(numbers, (3, 2, 3), &Device::cpu()).unwrap();
        let shown = Compositor::seamless(size).show(&image).unwrap().to_vec().unwrap();
        assert_eq!(shown[9..18], [3.0, 4.0, 5.0, 3.0, 4.0, 5.0, 3.0, 4.0, 5.0]);
        assert_eq!(shown[18..27], [0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 1.0, 2.0]);
    }
}
