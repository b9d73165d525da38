//! A photo and a painting, for benchmarks that paint whole pictures.

use std::error::Error;
use std::path::Path;

use impasto::engine::balance::Balance;
use impasto::engine::budget::MemoryBudget;
use impasto::engine::compute::{Device, Tensor};
use impasto::engine::loss::StyleLoss;
use impasto::engine::pyramid::Size;
use impasto::engine::resample::resample;
use impasto::engine::schedule::Schedule;
use impasto::engine::transfer::{ContentSource, Initial, Job, StyleImage};
use impasto::picture::encode::{Export, encoded};
use impasto::picture::{Format, Picture, decode};

/// A photo and the painting in whose style it is painted.
pub(crate) struct Pair {
    /// The photo at the result's size.
    pub(crate) photo: Tensor,
    painting: Tensor,
    /// The result's size.
    pub(crate) size: Size,
}

impl Pair {
    /// Opens both pictures for a result with a long side of `long_side` pixels.
    pub(crate) fn open(photo: &Path, painting: &Path, long_side: usize) -> Result<Self, Box<dyn Error>> {
        let planes = |picture: &Picture| {
            let shape = (3, picture.height() as usize, picture.width() as usize);
            Tensor::from_vec(picture.to_planes(), shape, &Device::cpu())
        };
        let (photo, painting) = (planes(&decode::open(photo)?)?, planes(&decode::open(painting)?)?);
        let (_, height, width) = photo.dims3()?;
        let size = Size { width, height }.scaled(long_side as f64 / width.max(height) as f64);
        let photo = resample(&photo, (size.height, size.width))?.clamp(0.0, 1.0)?;
        Ok(Self { photo, painting, size })
    }

    /// A job with the program's defaults and unlimited memory.
    pub(crate) fn job(&self, schedule: Schedule) -> Job {
        Job {
            content: ContentSource::Photo { image: self.photo.clone(), protect: None },
            styles: vec![StyleImage { image: self.painting.clone(), mask: None }],
            initial: Initial::Photo { recolored: 1.0 },
            style_loss: StyleLoss::Wasserstein,
            schedule,
            seed: 0,
            continuation: None,
            memory: MemoryBudget { comfortable: usize::MAX, most: usize::MAX },
        }
    }

    /// Writes a result to a PNG file.
    pub(crate) fn save(&self, image: &Tensor, path: &Path) -> Result<(), Box<dyn Error>> {
        let (width, height) = (self.size.width as u32, self.size.height as u32);
        let picture = Picture::from_planes(width, height, &image.to_vec()?);
        Ok(std::fs::write(path, encoded(&picture, &Export::new(Format::Png))?)?)
    }
}

/// The weights of the reference, crowsonkb/style-transfer-pytorch, and whole steps.
pub(crate) fn balance() -> Balance {
    Balance { content: 0.015, similarity: 0.0, smoothness: 2.0, strength: 1.0, detail: 1.0, ..Balance::default() }
}
