//! The picture in memory and its conversions to and from what the engine and the window work on.

use std::fmt;

use image::{DynamicImage, ImageBuffer, Rgb};
use rayon::prelude::*;

use super::bleed;
use super::sample::Sample;
use super::scaling::resized;

/// An upright sRGB picture of at least one pixel.
///
/// Its pixels are RGB, or RGBA with straight alpha where some are transparent, of 8 or 16 bits a
/// channel.
#[derive(Clone)]
pub struct Picture {
    pixels: DynamicImage,
}

impl Picture {
    /// Takes `pixels`, which count as sRGB.
    ///
    /// Grey becomes RGB, floats become 16 bits (clamped to 0..=1), and an alpha channel that is
    /// opaque everywhere is dropped.
    ///
    /// # Panics
    ///
    /// If `pixels` is 0 wide or high.
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
        Self { pixels }
    }

    /// Makes a 16-bit picture from `planes`: red, green and blue, each `height` rows of `width`
    /// values in 0..=1.
    ///
    /// Values are rounded, those outside the range clamped; NaN becomes 0.
    ///
    /// # Panics
    ///
    /// If a side is 0 or `planes` is not 3 × `height` × `width` long.
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
        Self { pixels: buffer.into() }
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.pixels.height()
    }

    /// Whether the picture has an alpha channel, that is, transparent parts.
    pub fn has_alpha(&self) -> bool {
        self.pixels.color().has_alpha()
    }

    /// The pixels: `ImageRgb8`, `ImageRgb16`, `ImageRgba8` or `ImageRgba16`.
    pub fn pixels(&self) -> &DynamicImage {
        &self.pixels
    }

    /// Some rows, `count` at most from `top` on, as a picture: so a large one becomes numbers a part at a time.
    #[must_use]
    pub fn rows(&self, top: u32, count: u32) -> Self {
        self.part(0, top, self.width(), count)
    }

    /// A part of the picture: `width` x `height` pixels at most, from the pixel (`left`, `top`) on.
    #[must_use]
    pub fn part(&self, left: u32, top: u32, width: u32, height: u32) -> Self {
        Self { pixels: self.pixels.crop_imm(left, top, width, height) }
    }

    /// Planes of red, green and blue, each row by row, values in 0..=1.
    ///
    /// Colours are as if nothing were transparent, so that [`Self::with_alpha_of`] makes the picture again. Pixels that
    /// are wholly transparent, whose colours mean nothing, have those of what is round them.
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

    /// How light each pixel is, row by row, values in 0..=1; transparent parts are dark. For masks.
    #[must_use]
    pub fn to_light(&self) -> Vec<f32> {
        let pixels = self.pixels.to_luma_alpha16();
        let unit = |value: u16| f32::from(value) / f32::from(u16::MAX);
        pixels.pixels().map(|pixel| unit(pixel.0[0]) * unit(pixel.0[1])).collect()
    }

    /// RGBA of 8 bits a channel, interleaved, row by row, straight alpha.
    #[must_use]
    pub fn to_rgba8(&self) -> Vec<u8> {
        self.pixels.to_rgba8().into_raw()
    }

    /// This picture with the alpha channel of `other`, resized to this picture's size.
    ///
    /// Without an alpha channel in `other` the picture stays as it is.
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
        Self { pixels }
    }
}

impl fmt::Debug for Picture {
    /// The size and kind; nobody wants to read the pixels.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Picture({} × {}, {:?})", self.width(), self.height(), self.pixels.color())
    }
}

/// The channel values of a picture, interleaved, row by row.
pub(super) enum Samples<'a> {
    Rgb8(&'a [u8]),
    Rgba8(&'a [u8]),
    Rgb16(&'a [u16]),
    Rgba16(&'a [u16]),
}

impl<'a> Samples<'a> {
    /// The values of `pixels`, which must be in one of the variants of [`as_rgb`].
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

/// The same pixels in the variant among RGB and RGBA of 8 and 16 bits that loses nothing of
/// pictures in files.
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

/// The alpha values, in 0..=1, of interleaved pixels of four channels.
fn alpha<S: Sample>(samples: &[S]) -> Vec<f32> {
    samples.as_chunks::<4>().0.iter().map(|pixel| pixel[3].to_unit()).collect()
}
