//! From a recipe to what the engine paints: pictures become tensors.

use candle_core::{Device, Tensor};

use super::recipe::{Ingredients, Recipe, StyleSource, Subject};
use super::settings::{Palette, Start};
use crate::engine::error::EngineError;
use crate::engine::palette::{carry, palette};
use crate::engine::pyramid::Size;
use crate::engine::resample::resample_within;
use crate::engine::transfer::{self, Initial, Job, Style};
use crate::picture::{Picture, color};

/// Added to the variance of colours in `OkLab`, some hundred times less than usual ones are.
const PALETTE_EPSILON: f64 = 1e-5;

/// The engine's job.
pub(super) fn job(recipe: &Recipe) -> Result<Job, EngineError> {
    let Ingredients { subject, styles, start_picture, settings, hardware, .. } = recipe.ingredients();
    let (width, height) = recipe.result_size();
    let shape = (height as usize, width as usize);
    let subject = match subject {
        Subject::Photo { picture, protect } => transfer::Subject::Photo {
            image: resample_within(&planes(picture)?, shape)?,
            protect: protect.as_ref().map(|mask| light(mask)).transpose()?,
        },
        Subject::Texture { seamless, .. } => {
            transfer::Subject::Texture { size: Size { width: shape.1, height: shape.0 }, seamless: *seamless }
        }
    };
    let photo = match &subject {
        transfer::Subject::Photo { image, .. } if settings.palette == Palette::Photo => Some(image),
        _ => None,
    };
    let styles = styles.iter().map(|source| style(source, photo)).collect::<Result<_, _>>()?;
    Ok(Job {
        initial: match (settings.start, start_picture) {
            (Start::Content, _) | (Start::Picture | Start::Continue(_), None) => {
                Initial::Photo { recolored: settings.recolored() }
            }
            (Start::Noise, _) => Initial::Noise,
            (Start::Style, _) => Initial::Style,
            (Start::Picture, Some(picture)) => Initial::Image(planes(picture)?),
            (Start::Continue(from), Some(picture)) => Initial::Painted { image: planes(picture)?, from: from as usize },
        },
        subject,
        styles,
        style_loss: settings.style_loss,
        schedule: settings.schedule(),
        seed: settings.seed,
        memory: hardware.budget_for(Size { width: shape.1, height: shape.0 }),
    })
}

fn planes(picture: &Picture) -> candle_core::Result<Tensor> {
    Tensor::from_vec(picture.to_planes(), (3, picture.height() as usize, picture.width() as usize), &Device::Cpu)
}

/// A mask's lightness, height x width.
fn light(mask: &Picture) -> candle_core::Result<Tensor> {
    Tensor::from_vec(mask.to_light(), (mask.height() as usize, mask.width() as usize), &Device::Cpu)
}

fn style(source: &StyleSource, photo: Option<&Tensor>) -> candle_core::Result<Style> {
    let image = painting(&source.picture)?;
    let image = match photo {
        Some(photo) => matched(&image, photo)?,
        None => image,
    };
    let mask = source.mask.as_ref().map(|mask| light(mask)).transpose()?;
    Ok(Style { image, mask })
}

/// A painting without its outermost part, where scans and photographs of paintings often show paper or frame;
/// that would be painted along the picture's border.
fn painting(picture: &Picture) -> candle_core::Result<Tensor> {
    const SHARE: usize = 64;
    let planes = planes(picture)?;
    let (_, height, width) = planes.dims3()?;
    let (above, left) = (height / SHARE, width / SHARE);
    planes.narrow(1, above, height - 2 * above)?.narrow(2, left, width - 2 * left)?.contiguous()
}

/// A painting in a photo's palette: mean and covariance of its colours in `OkLab` become the photo's.
fn matched(painting: &Tensor, photo: &Tensor) -> candle_core::Result<Tensor> {
    let convert = |image: &Tensor, convert: fn(&mut [f32])| {
        let mut numbers = image.flatten_all()?.to_vec1::<f32>()?;
        convert(&mut numbers);
        Tensor::from_vec(numbers, image.shape(), image.device())
    };
    let target = palette(&convert(photo, color::planes_to_oklab)?)?;
    let carried = carry(&convert(painting, color::planes_to_oklab)?, &target, PALETTE_EPSILON)?;
    convert(&carried, color::planes_to_srgb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, Rgb, RgbImage};

    #[test]
    fn the_edge_of_a_scan_is_left_out() {
        let (width, height) = (128, 200);
        let is_edge = |x: u32, y: u32| x < 2 || y < 3 || x >= width - 2 || y >= height - 3;
        let plane: Vec<f32> =
            (0..height * width).map(|at| if is_edge(at % width, at / width) { 1.0 } else { 0.25 }).collect();
        let scan = Picture::from_planes(width, height, &plane.repeat(3));
        let painting = painting(&scan).unwrap();
        assert_eq!(painting.dims(), [3, 194, 124]);
        assert!(painting.flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().all(|value| *value < 0.5));
    }

    #[test]
    fn a_painting_takes_the_photos_palette() {
        let image = |make: fn(u32, u32) -> [u8; 3]| {
            let pixels = RgbImage::from_fn(32, 24, |x, y| Rgb(make(x, y)));
            planes(&Picture::new(DynamicImage::from(pixels))).unwrap()
        };
        let photo = image(|x, y| [(x * 3 + 40) as u8; 3].map(|grey| grey.saturating_add(y as u8)));
        let painting = image(|x, y| [(x * 7) as u8, (y * 9) as u8, 200]);
        let matched = matched(&painting, &photo).unwrap();
        let colorfulness = |image: &Tensor| {
            let rows = image.flatten(1, 2).unwrap().to_vec2::<f32>().unwrap();
            let sum: f32 = rows[0].iter().zip(&rows[2]).map(|(red, blue)| (red - blue).abs()).sum();
            sum / rows[0].len() as f32
        };
        assert!(colorfulness(&painting) > 0.3, "{}", colorfulness(&painting));
        assert!(colorfulness(&matched) < 0.05, "{}", colorfulness(&matched));
        let mean = |image: &Tensor| image.mean_all().unwrap().to_scalar::<f32>().unwrap();
        assert!((mean(&matched) - mean(&photo)).abs() < 0.03);
    }
}
