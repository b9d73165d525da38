//! Converts a recipe into the engine's job: pictures become tensors.

use std::sync::Arc;

use super::ingredients::{Ingredients, Subject};
use super::recipe::Recipe;
use super::settings::{Method, Palette, Start};
use super::sizes::{Part, at_most, painting_size};
use super::style::Style;
use crate::engine::compute::{ComputeError, ComputeResult, Device, Tensor};
use crate::engine::control::Control;
use crate::engine::error::EngineError;
use crate::engine::palette::{carry, palette};
use crate::engine::pyramid::Size;
use crate::engine::resample::resample;
use crate::engine::transfer::{ContentSource, Initial, Job, StyleImage};
use crate::picture::{Picture, color, resize};

/// Added to the variances of colours in `OkLab`; a few hundred times smaller than typical variances.
const PALETTE_EPSILON: f64 = 1e-5;

/// The engine's job. With `is_steered`, brush scales may change during the run.
///
/// # Errors
/// [`EngineError::Stopped`] within a fraction of a second of a stop; another error when there is not enough memory.
pub(super) fn job(recipe: &Recipe, is_steered: bool, control: &Control) -> Result<Job, EngineError> {
    let ingredients = recipe.ingredients();
    let Ingredients { subject, styles, start_picture, settings, hardware, .. } = ingredients;
    let result = ingredients.extent().size;
    let content = || -> Result<_, EngineError> {
        match subject {
            Subject::Photo { picture, protect } => Ok(ContentSource::Photo {
                image: planes(&Part::whole(picture), result, settings.method, control)?,
                protect: protect.as_ref().map(|mask| light(mask, result, control)).transpose()?,
            }),
            Subject::Texture { seamless, .. } => Ok(ContentSource::Texture { size: result, seamless: *seamless }),
        }
    };
    let painting = |style: &Style<Arc<Picture>>| {
        let size = painting_size(style, ingredients, is_steered);
        let image = planes(&Part::painting(&style.source), size, settings.method, control)?;
        let mask = style.mask.as_ref().map(|mask| light(mask, result, control)).transpose()?;
        Ok(StyleImage { image, mask })
    };
    let paintings = || styles.iter().map(painting).collect::<Result<Vec<_>, EngineError>>();
    let (content, paintings) = match settings.method {
        // One after the other, which takes less memory.
        Method::Optimise => (content(), paintings()),
        Method::Instant => rayon::join(content, paintings),
    };
    let (content, mut paintings) = (content?, paintings?);
    if let (ContentSource::Photo { image: photo, .. }, Palette::Photo) = (&content, settings.palette) {
        for painting in &mut paintings {
            painting.image = matched(&painting.image, photo)?;
        }
    }
    let start = |picture: &Picture| {
        let part = Part::whole(picture);
        part.at(at_most(part.size, result), Picture::to_planes, control)
    };
    Ok(Job {
        initial: match (settings.start, start_picture) {
            (Start::Content, _) | (Start::Picture | Start::Continue(_), None) => {
                Initial::Photo { recolored: settings.recolored() }
            }
            (Start::Noise, _) => Initial::Noise,
            (Start::Style, _) => Initial::Style,
            (Start::Picture, Some(picture)) => Initial::Image(start(picture)?),
            (Start::Continue(from), Some(picture)) => Initial::Painted { image: start(picture)?, from: from as usize },
        },
        content,
        styles: paintings,
        style_loss: settings.style_loss,
        schedule: settings.schedule(),
        seed: settings.seed,
        continuation: None,
        memory: hardware.budget_for(result),
    })
}

/// A part of a picture as planes of this size, as exactly as the method needs it.
pub(super) fn planes(part: &Part, size: Size, method: Method, control: &Control) -> Result<Tensor, EngineError> {
    match method {
        Method::Optimise => part.at(size, Picture::to_planes, control),
        Method::Instant => part.quickly_at(size, Picture::to_planes, control),
    }
}

/// The finished picture: an image (3 x height x width) at the result's size, with `percent` % of the photo's colours and
/// with the photo's transparency.
pub(super) fn finish(
    image: &Tensor,
    photo: Option<&Tensor>,
    recipe: &Recipe,
    percent: f32,
) -> Result<Picture, ComputeError> {
    let (width, height) = recipe.result_size();
    let picture = Picture::from_planes(width, height, &with_photo_colors(image, photo, percent)?);
    Ok(match &recipe.ingredients().subject {
        Subject::Photo { picture: photo, .. } => picture.with_alpha_of(photo),
        Subject::Texture { .. } => picture,
    })
}

/// The values of `image` with `percent` % of the photo's colours; both are 3 x height x width.
pub(super) fn with_photo_colors(image: &Tensor, photo: Option<&Tensor>, percent: f32) -> ComputeResult<Vec<f32>> {
    let mut values = image.to_vec()?;
    if let (Some(photo), true) = (photo, percent > 0.0) {
        color::keep(&mut values, &photo.to_vec()?, percent / 100.0);
    }
    Ok(values)
}

/// The picture of a run that was stopped before its first iteration: its starting picture, at the result's size.
pub(super) fn unpainted(recipe: &Recipe) -> Picture {
    let Ingredients { subject, styles, start_picture, settings, .. } = recipe.ingredients();
    let picture = match (subject, settings.start, start_picture) {
        (_, Start::Picture | Start::Continue(_), Some(picture)) | (Subject::Photo { picture, .. }, ..) => picture,
        (Subject::Texture { .. }, ..) => &styles[0].source,
    };
    let (width, height) = recipe.result_size();
    // Unlike `resize`, this makes no copy of a large picture at full size, so a stop takes effect at once.
    Picture::new(picture.pixels().thumbnail_exact(width, height))
}

/// The lightness of a mask, height x width, at the result's size or smaller.
fn light(mask: &Picture, result: Size, control: &Control) -> Result<Tensor, EngineError> {
    let part = Part::whole(mask);
    Ok(part.at(at_most(part.size, result), Picture::to_light, control)?.squeeze(0)?)
}

impl Part<'_> {
    /// The part resampled to `size`, planes x height x width, within 0..1. It is converted one band of rows at a time,
    /// and each band is resampled to the final width at once, so that a large picture is never held as f32 in full.
    pub(in crate::studio) fn at(
        &self,
        size: Size,
        numbers: impl Fn(&Picture) -> Vec<f32>,
        control: &Control,
    ) -> Result<Tensor, EngineError> {
        const BAND_PIXELS: usize = 1 << 20;
        let Self { picture, left, top, size: own } = *self;
        if picture.has_alpha() {
            control.checkpoint()?;
            // The colours of transparent pixels are meaningless, so resampling must not mix them in.
            let part = picture.part(left as u32, top as u32, own.width as u32, own.height as u32);
            let part = if own == size { part } else { resize::resize(&part, size.width as u32, size.height as u32) };
            return Ok(tensor(numbers(&part), size)?);
        }
        let rows = (BAND_PIXELS / picture.width() as usize).max(1);
        // All rows of each plane.
        let mut planes: Vec<Vec<f32>> = Vec::new();
        for begin in (0..own.height).step_by(rows) {
            control.checkpoint()?;
            let band = picture.rows((top + begin) as u32, rows.min(own.height - begin) as u32);
            let band_size = Size { width: band.width() as usize, height: band.height() as usize };
            let band = tensor(numbers(&band), band_size)?.narrow(2, left, own.width)?;
            let band = resample(&band, (band_size.height, size.width))?;
            planes.resize_with(band.dim(0)?, || Vec::with_capacity(own.height * size.width));
            for (index, plane) in planes.iter_mut().enumerate() {
                plane.extend(band.get(index)?.to_vec()?);
            }
        }
        let mut resized = Vec::with_capacity(planes.len());
        for plane in planes {
            control.checkpoint()?;
            let plane = tensor(plane, Size { width: size.width, height: own.height })?;
            resized.push(resample(&plane, (size.height, size.width))?);
        }
        let resized = Tensor::cat(&resized, 0)?;
        // The resampling filter overshoots.
        Ok(if own == size { resized } else { resized.clamp(0.0, 1.0)? })
    }

    /// As [`Self::at`], but much smaller copies are plain averages in the picture's own number format, which takes a
    /// fraction of the time.
    fn quickly_at(
        &self,
        size: Size,
        numbers: impl Fn(&Picture) -> Vec<f32>,
        control: &Control,
    ) -> Result<Tensor, EngineError> {
        let Self { picture, left, top, size: own } = *self;
        if picture.has_alpha() || 2 * size.width > own.width || 2 * size.height > own.height {
            return self.at(size, numbers, control);
        }
        control.checkpoint()?;
        let (width, height) = (size.width as u32, size.height as u32);
        let small = if own == Self::whole(picture).size {
            picture.pixels().thumbnail_exact(width, height)
        } else {
            let part = picture.pixels().crop_imm(left as u32, top as u32, own.width as u32, own.height as u32);
            part.thumbnail_exact(width, height)
        };
        Ok(tensor(numbers(&Picture::new(small)), size)?)
    }
}

/// Planes of this size from their numbers.
fn tensor(numbers: Vec<f32>, size: Size) -> ComputeResult<Tensor> {
    let count = numbers.len() / size.pixels();
    Tensor::from_vec(numbers, (count, size.height, size.width), &Device::cpu())
}

/// A painting, or what was painted, recoloured with the photo's palette: its mean and covariance in `OkLab` become the
/// photo's.
pub(super) fn matched(painting: &Tensor, photo: &Tensor) -> ComputeResult<Tensor> {
    let convert = |image: &Tensor, convert: fn(&mut [f32])| {
        let mut numbers = image.to_vec()?;
        convert(&mut numbers);
        Tensor::from_vec(numbers, image.dims(), image.device())
    };
    let target = palette(&convert(photo, color::planes_to_oklab)?)?;
    let carried = carry(&convert(painting, color::planes_to_oklab)?, &target, PALETTE_EPSILON)?;
    convert(&carried, color::planes_to_srgb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::balance::Balance;
    use crate::studio::hardware::Hardware;
    use crate::studio::settings::Settings;
    use crate::studio::sizes::held_bytes;
    use crate::studio::style::Style;
    use image::{DynamicImage, Rgb, RgbImage};

    #[test]
    fn the_edge_of_a_scan_is_left_out() {
        let (width, height) = (128, 200);
        let is_edge = |x: u32, y: u32| x < 2 || y < 3 || x >= width - 2 || y >= height - 3;
        let plane: Vec<f32> =
            (0..height * width).map(|at| if is_edge(at % width, at / width) { 1.0 } else { 0.25 }).collect();
        let scan = Picture::from_planes(width, height, &plane.repeat(3));
        let part = Part::painting(&scan);
        let painting = part.at(part.size, Picture::to_planes, &Control::new(Balance::default())).unwrap();
        assert_eq!(painting.dims(), [3, 194, 124]);
        assert!(painting.to_vec().unwrap().iter().all(|value| *value < 0.5));
    }

    fn large() -> Picture {
        let pixels =
            RgbImage::from_fn(2000, 1100, |x, y| Rgb([(x / 8) as u8, (x * y) as u8, (((x / 20) ^ (y / 9)) * 7) as u8]));
        Picture::new(DynamicImage::from(pixels))
    }

    #[test]
    fn bands_become_the_same_numbers_as_the_whole_picture() {
        let picture = large();
        let whole = tensor(picture.to_planes(), Size { width: 2000, height: 1100 }).unwrap();
        for (width, height) in [(200, 110), (2000, 1100), (333, 999), (2200, 1300)] {
            let size = Size { width, height };
            let control = Control::new(Balance::default());
            let bands = Part::whole(&picture).at(size, Picture::to_planes, &control).unwrap();
            let expected = resample(&whole, (height, width)).unwrap().clamp(0.0, 1.0).unwrap();
            let difference =
                (bands - expected).unwrap().to_vec().unwrap().into_iter().map(f32::abs).fold(0.0, f32::max);
            assert!(difference < 1e-5, "{size:?}: {difference}");
        }
    }

    fn recipe_of(picture: Picture) -> Recipe {
        let picture = std::sync::Arc::new(picture);
        Recipe::new(Ingredients {
            subject: Subject::Photo { picture: picture.clone(), protect: Some(picture.clone()) },
            styles: vec![Style { mask: Some(picture.clone()), ..Style::new(picture) }],
            start_picture: None,
            settings: Settings { size: 100, ..Settings::default() },
            hardware: Hardware::default(),
            time_limit: None,
        })
        .unwrap()
    }

    #[test]
    fn no_more_is_held_than_is_needed_and_all_of_it_is_counted() {
        let recipe = recipe_of(large());
        for is_steered in [false, true] {
            let job = job(&recipe, is_steered, &Control::new(Balance::default())).unwrap();
            let ContentSource::Photo { image, protect: Some(protect) } = &job.content else { panic!() };
            assert_eq!((image.dims(), protect.dims()), (&[3, 55, 100][..], &[55, 100][..]));
            let StyleImage { image, mask: Some(mask) } = &job.styles[0] else { panic!() };
            let long_side = if is_steered { 1600 } else { 100 };
            assert_eq!((image.dim(2).unwrap(), mask.dims()), (long_side, &[55, 100][..]));
            let held = [protect, image, mask].map(|tensor| 4 * tensor.elem_count()).iter().sum::<usize>();
            assert_eq!(held_bytes(recipe.ingredients(), is_steered), held);
        }
    }

    #[test]
    fn a_stop_ends_the_preparation() {
        let recipe = recipe_of(large());
        let control = Control::new(Balance::default());
        control.stop();
        assert!(matches!(job(&recipe, true, &control), Err(EngineError::Stopped)));
        assert_eq!((unpainted(&recipe).width(), unpainted(&recipe).height()), (100, 55));
    }

    #[test]
    fn a_painting_takes_the_photos_palette() {
        let image = |make: fn(u32, u32) -> [u8; 3]| {
            let pixels = RgbImage::from_fn(32, 24, |x, y| Rgb(make(x, y)));
            let picture = Picture::new(DynamicImage::from(pixels));
            let part = Part::whole(&picture);
            part.at(part.size, Picture::to_planes, &Control::new(Balance::default())).unwrap()
        };
        let photo = image(|x, y| [(x * 3 + 40) as u8; 3].map(|grey| grey.saturating_add(y as u8)));
        let painting = image(|x, y| [(x * 7) as u8, (y * 9) as u8, 200]);
        let matched = matched(&painting, &photo).unwrap();
        let colorfulness = |image: &Tensor| {
            let [red, blue] = [0, 2].map(|plane| image.get(plane).unwrap().to_vec().unwrap());
            red.iter().zip(&blue).map(|(red, blue)| (red - blue).abs()).sum::<f32>() / red.len() as f32
        };
        assert!(colorfulness(&painting) > 0.3, "{}", colorfulness(&painting));
        assert!(colorfulness(&matched) < 0.05, "{}", colorfulness(&matched));
        let mean = |image: &Tensor| image.to_vec().unwrap().iter().sum::<f32>() / image.elem_count() as f32;
        assert!((mean(&matched) - mean(&photo)).abs() < 0.03);
    }
}
