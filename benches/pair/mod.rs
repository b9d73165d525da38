//! A photo and a painting, for benchmarks that paint whole pictures.

use std::error::Error;
use std::path::Path;

use candle_core::{Device, Tensor};
use impasto::engine::balance::Balance;
use impasto::engine::budget::MemoryBudget;
use impasto::engine::loss::StyleLoss;
use impasto::engine::pyramid::Size;
use impasto::engine::resample::resample;
use impasto::engine::schedule::Schedule;
use impasto::engine::transfer::{Initial, Job, Style, Subject};
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
            Tensor::from_vec(picture.to_planes(), shape, &Device::Cpu)
        };
        let (photo, painting) = (planes(&decode::open(photo)?)?, planes(&decode::open(painting)?)?);
        let (_, height, width) = photo.dims3()?;
        let size = Size { width, height }.scaled(long_side as f64 / width.max(height) as f64);
        let photo = resample(&photo, (size.height, size.width))?.clamp(0f32, 1f32)?;
        Ok(Self { photo, painting, size })
    }

    /// A job with the program's defaults and unlimited memory.
    pub(crate) fn job(&self, schedule: Schedule) -> Job {
        Job {
            subject: Subject::Photo { image: self.photo.clone(), protect: None },
            styles: vec![Style { image: self.painting.clone(), mask: None }],
            initial: Initial::Photo { recolored: 1.0 },
            style_loss: StyleLoss::Wasserstein,
            schedule,
            seed: 0,
            memory: MemoryBudget { comfortable: usize::MAX, most: usize::MAX },
        }
    }

    /// Writes a result to a PNG file.
    pub(crate) fn save(&self, image: &Tensor, path: &Path) -> Result<(), Box<dyn Error>> {
        let (width, height) = (self.size.width as u32, self.size.height as u32);
        let picture = Picture::from_planes(width, height, &image.flatten_all()?.to_vec1::<f32>()?);
        Ok(std::fs::write(path, encoded(&picture, &Export::new(Format::Png))?)?)
    }
}

/// The weights of the reference, crowsonkb/style-transfer-pytorch.
pub(crate) fn balance() -> Balance {
    Balance { content: 0.015, smoothness: 2.0, detail: 1.0, ..Balance::default() }
}
