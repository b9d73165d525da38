//! The picture in memory, and its conversions for the engine and the window.

use std::fmt;
use std::sync::Arc;

use image::{DynamicImage, ImageBuffer, Rgb, RgbImage};
use rayon::prelude::*;

use super::bleed;
use super::map_place::MapPlace;
use super::sample::Sample;
use super::scaling::resized;
use super::trained::TrainedStyle;

/// An upright sRGB picture of at least one pixel.
///
/// Pixels are RGB, or RGBA with straight alpha if any pixel is not opaque, with 8 or 16 bits per channel.
#[derive(Clone)]
pub struct Picture {
    pixels: DynamicImage,
    style: Option<CarriedStyle>,
}

/// What stands for the style of the paintings in a picture.
#[derive(Clone)]
enum CarriedStyle {
    Trained(Arc<TrainedStyle>),
    Place(Arc<MapPlace>),
}

impl Picture {
    /// A picture of `pixels`, which are taken as sRGB.
    ///
    /// Grey becomes RGB, floats become 16-bit (clamped to 0..=1), and an alpha channel that is
    /// opaque everywhere is dropped.
    ///
    /// # Panics
    ///
    /// If the width or height of `pixels` is 0.
    #[must_use]
    pub fn new(pixels: DynamicImage) -> Self {
        assert!(pixels.width() > 0 && pixels.height() > 0, "a picture has at least one pixel");
        let pixels = match as_rgb(pixels) {
            DynamicImage::ImageRgba8(rgba) if rgba.par_pixels().all(|pixel| pixel.0[3] == u8::MAX) => {
                DynamicImage::ImageRgba8(rgba).into_rgb8().into()
            }
            DynamicImage::ImageRgba16(rgba) if rgba.par_pixels().all(|pixel| pixel.0[3] == u16::MAX) => {
                DynamicImage::ImageRgba16(rgba).into_rgb16().into()
            }
            pixels => pixels,
        };
        Self { pixels, style: None }
    }

    /// A 16-bit picture from `planes` of shape 3 × `height` × `width`: red, green and blue, row by row, sRGB values in
    /// 0..=1.
    ///
    /// Values are clamped to that range and rounded; NaN becomes 0.
    ///
    /// # Panics
    ///
    /// If a side is 0 or the length of `planes` is not 3 × `height` × `width`.
    #[must_use]
    pub fn from_planes(width: u32, height: u32, planes: &[f32]) -> Self {
        let pixels = width as usize * height as usize;
        assert!(pixels > 0, "a picture has at least one pixel");
        assert_eq!(planes.len(), 3 * pixels, "three planes of {width} × {height} values");
        let (red, others) = planes.split_at(pixels);
        let (green, blue) = others.split_at(pixels);
        let mut samples = vec![0_u16; 3 * pixels];
        let row = width as usize;
        (samples.par_chunks_mut(3 * row), red.par_chunks(row), green.par_chunks(row), blue.par_chunks(row))
            .into_par_iter()
            .for_each(|(row, red, green, blue)| {
                for (x, pixel) in row.as_chunks_mut().0.iter_mut().enumerate() {
                    *pixel = [red[x], green[x], blue[x]].map(u16::from_unit);
                }
            });
        let buffer: ImageBuffer<Rgb<u16>, _> =
            ImageBuffer::from_raw(width, height, samples).expect("the buffer has the picture's size");
        Self { pixels: buffer.into(), style: None }
    }

    /// The same picture, as that of the paintings of a trained style.
    #[must_use]
    pub(super) fn with_trained_style(self, style: TrainedStyle) -> Self {
        Self { style: Some(CarriedStyle::Trained(Arc::new(style))), ..self }
    }

    /// What a network learned from the paintings in this picture, where it was read from the file of a trained style.
    pub fn trained_style(&self) -> Option<&Arc<TrainedStyle>> {
        match &self.style {
            Some(CarriedStyle::Trained(style)) => Some(style),
            Some(CarriedStyle::Place(_)) | None => None,
        }
    }

    /// The same picture, as that of the paintings near a place on a style map.
    #[must_use]
    pub(super) fn with_map_place(self, place: MapPlace) -> Self {
        Self { style: Some(CarriedStyle::Place(Arc::new(place))), ..self }
    }

    /// A grey picture that carries a place on a style map. It suffices for instant pictures, whose style does not come from
    /// pixels then.
    pub fn placeholder(place: MapPlace) -> Self {
        const SIDE: u32 = 64;
        Self::new(RgbImage::from_pixel(SIDE, SIDE, Rgb([128; 3])).into()).with_map_place(place)
    }

    /// The place on a style map near which the paintings in this picture lie.
    pub fn map_place(&self) -> Option<&Arc<MapPlace>> {
        match &self.style {
            Some(CarriedStyle::Place(place)) => Some(place),
            Some(CarriedStyle::Trained(_)) | None => None,
        }
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.pixels.height()
    }

    /// Whether the picture has an alpha channel, which means that some pixels are not opaque.
    pub fn has_alpha(&self) -> bool {
        self.pixels.color().has_alpha()
    }

    /// The pixels: `ImageRgb8`, `ImageRgb16`, `ImageRgba8` or `ImageRgba16`.
    pub fn pixels(&self) -> &DynamicImage {
        &self.pixels
    }

    /// At most `count` rows from row `top` on, to convert a large picture band by band.
    #[must_use]
    pub fn rows(&self, top: u32, count: u32) -> Self {
        self.part(0, top, self.width(), count)
    }

    /// The crop of at most `width` × `height` pixels whose top left pixel is (`left`, `top`).
    #[must_use]
    pub fn part(&self, left: u32, top: u32, width: u32, height: u32) -> Self {
        Self { pixels: self.pixels.crop_imm(left, top, width, height), style: None }
    }

    /// Planes of shape 3 × height × width: red, green and blue, row by row, sRGB values in 0..=1.
    ///
    /// Alpha is ignored, so that [`Self::with_alpha_of`] restores the picture. Fully transparent pixels, whose stored
    /// colours mean nothing, get the colours around them.
    #[must_use]
    pub fn to_planes(&self) -> Vec<f32> {
        let width = self.width() as usize;
        let (mut planes, alpha) = match Samples::of(&self.pixels) {
            Samples::Rgb8(samples) => return planes::<_, 3>(samples, width),
            Samples::Rgb16(samples) => return planes::<_, 3>(samples, width),
            Samples::Rgba8(samples) => (planes::<_, 4>(samples, width), alpha(samples)),
            Samples::Rgba16(samples) => (planes::<_, 4>(samples, width), alpha(samples)),
        };
        bleed::fill_transparent(&mut planes, &alpha, width);
        planes
    }

    /// The luma of each pixel times its alpha, row by row, in 0..=1, so that transparent parts are dark. For masks.
    #[must_use]
    pub fn to_light(&self) -> Vec<f32> {
        let pixels = self.pixels.to_luma_alpha16();
        let unit = |value: u16| f32::from(value) / f32::from(u16::MAX);
        pixels.pixels().map(|pixel| unit(pixel.0[0]) * unit(pixel.0[1])).collect()
    }

    /// Interleaved 8-bit RGBA with straight alpha, row by row.
    #[must_use]
    pub fn to_rgba8(&self) -> Vec<u8> {
        self.pixels.to_rgba8().into_raw()
    }

    /// This picture with the alpha channel of `other`, resized to this picture's size.
    ///
    /// If `other` has no alpha channel, the picture is returned unchanged.
    #[must_use]
    pub fn with_alpha_of(self, other: &Self) -> Self {
        if !other.has_alpha() {
            return self;
        }
        let stencil = resized(other.pixels(), self.width(), self.height());
        let pixels = match self.pixels {
            pixels @ (DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_)) => {
                let mut rgba = pixels.into_rgba8();
                (rgba.par_pixels_mut(), stencil.into_rgba8().par_pixels())
                    .into_par_iter()
                    .for_each(|(to, from)| to.0[3] = from.0[3]);
                rgba.into()
            }
            pixels => {
                let mut rgba = pixels.into_rgba16();
                (rgba.par_pixels_mut(), stencil.into_rgba16().par_pixels())
                    .into_par_iter()
                    .for_each(|(to, from)| to.0[3] = from.0[3]);
                rgba.into()
            }
        };
        Self { pixels, style: None }
    }
}

impl fmt::Debug for Picture {
    /// The size and pixel type, without the pixels.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Picture({} × {}, {:?})", self.width(), self.height(), self.pixels.color())
    }
}

/// The interleaved channel values of a picture, row by row.
pub(super) enum Samples<'a> {
    Rgb8(&'a [u8]),
    Rgba8(&'a [u8]),
    Rgb16(&'a [u16]),
    Rgba16(&'a [u16]),
}

impl<'a> Samples<'a> {
    /// The values of `pixels`, which must be one of the variants that [`as_rgb`] returns.
    pub(super) fn of(pixels: &'a DynamicImage) -> Self {
        match pixels {
            DynamicImage::ImageRgb8(pixels) => Self::Rgb8(pixels),
            DynamicImage::ImageRgba8(pixels) => Self::Rgba8(pixels),
            DynamicImage::ImageRgb16(pixels) => Self::Rgb16(pixels),
            DynamicImage::ImageRgba16(pixels) => Self::Rgba16(pixels),
            _ => unreachable!("a picture has RGB or RGBA pixels of 8 or 16 bits"),
        }
    }
}

/// `pixels` as 8-bit or 16-bit RGB or RGBA, whichever keeps all that a picture file holds.
pub(super) fn as_rgb(pixels: DynamicImage) -> DynamicImage {
    match pixels {
        DynamicImage::ImageRgb8(_)
        | DynamicImage::ImageRgba8(_)
        | DynamicImage::ImageRgb16(_)
        | DynamicImage::ImageRgba16(_) => pixels,
        DynamicImage::ImageLuma8(_) => pixels.into_rgb8().into(),
        DynamicImage::ImageLumaA8(_) => pixels.into_rgba8().into(),
        DynamicImage::ImageLuma16(_) | DynamicImage::ImageRgb32F(_) => pixels.into_rgb16().into(),
        _ => pixels.into_rgba16().into(),
    }
}

/// Planes of red, green and blue in 0..=1 from interleaved pixels of `CHANNELS` channels, in rows of `width` pixels.
fn planes<S: Sample, const CHANNELS: usize>(samples: &[S], width: usize) -> Vec<f32> {
    let pixels = samples.len() / CHANNELS;
    let mut planes = vec![0.0; 3 * pixels];
    let (red, others) = planes.split_at_mut(pixels);
    let (green, blue) = others.split_at_mut(pixels);
    (
        samples.par_chunks(CHANNELS * width),
        red.par_chunks_mut(width),
        green.par_chunks_mut(width),
        blue.par_chunks_mut(width),
    )
        .into_par_iter()
        .for_each(|(row, red, green, blue)| {
            for (x, pixel) in row.as_chunks::<CHANNELS>().0.iter().enumerate() {
                red[x] = pixel[0].to_unit();
                green[x] = pixel[1].to_unit();
                blue[x] = pixel[2].to_unit();
            }
        });
    planes
}

/// The alpha values, in 0..=1, of interleaved RGBA pixels.
fn alpha<S: Sample>(samples: &[S]) -> Vec<f32> {
    samples.as_chunks::<4>().0.iter().map(|pixel| pixel[3].to_unit()).collect()
}
