//! Converts the samples of a TIFF file to an image.

use image::DynamicImage;
use rayon::prelude::*;
use tiff::tags::Tag;

use super::directory::Directory;
use super::layout::{TiffColours, TiffLayout};
use super::samples::TiffSample;
use crate::picture::decode::alpha::unpremultiply;
use crate::picture::error::Problem;
use crate::picture::profile;

/// The image of interleaved `samples`, and whether the ICC profile `icc` still has to be applied to it.
pub(super) fn image<S: TiffSample>(
    page: &Directory,
    layout: &TiffLayout,
    mut samples: Vec<S>,
    icc: Option<&[u8]>,
) -> Result<(DynamicImage, bool), Problem> {
    let channels = layout.output_channels();
    if layout.alpha.is_some_and(|alpha| alpha.is_premultiplied) {
        unpremultiply(&mut samples, channels);
    }
    let colours = layout.colours.count();
    match layout.colours {
        TiffColours::BlackIsZero | TiffColours::Rgb => {}
        TiffColours::WhiteIsZero => {
            samples.par_chunks_exact_mut(channels).for_each(|pixel| pixel[0] = S::from_unit(1.0 - pixel[0].to_unit()));
        }
        TiffColours::Palette => return Ok((palette(page, layout, &samples)?, true)),
        TiffColours::YCbCr => {
            let conversion = YCbCr::of(page);
            convert(&mut samples, channels, |colour| conversion.to_rgb(colour));
        }
        TiffColours::CieLab => convert(&mut samples, channels, |colour| lab_to_srgb(cie_lab::<S>(colour))),
        TiffColours::IccLab => convert(&mut samples, channels, |colour| lab_to_srgb(icc_lab::<S>(colour))),
        TiffColours::Inks => {
            let (inks, alpha): (Vec<S>, Vec<S>) = if channels > colours {
                let inks = samples.chunks_exact(channels).flat_map(|pixel| &pixel[..colours]).copied().collect();
                (inks, samples.iter().skip(colours).step_by(channels).copied().collect())
            } else {
                (samples, Vec::new())
            };
            let light = profile::inks_to_srgb(&inks, icc);
            let with_alpha =
                || light.chunks_exact(3).zip(&alpha).flat_map(|(light, alpha)| light.iter().chain([alpha])).copied();
            let image =
                if alpha.is_empty() { assemble(layout, 3, light) } else { assemble(layout, 4, with_alpha().collect()) };
            return Ok((image?, false));
        }
    }
    let has_profile = matches!(
        layout.colours,
        TiffColours::WhiteIsZero | TiffColours::BlackIsZero | TiffColours::Rgb | TiffColours::YCbCr
    );
    Ok((assemble(layout, channels, samples)?, has_profile))
}

fn assemble<S: TiffSample>(layout: &TiffLayout, channels: usize, samples: Vec<S>) -> Result<DynamicImage, Problem> {
    S::image(layout.width as u32, layout.height as u32, channels, samples)
        .ok_or_else(|| Problem::damaged("too few samples"))
}

/// Applies `conversion` to the first three of the `channels` samples of each pixel.
fn convert<S: TiffSample>(samples: &mut [S], channels: usize, conversion: impl Fn([f32; 3]) -> [f32; 3] + Sync) {
    samples.par_chunks_exact_mut(channels).for_each(|pixel| {
        let converted = conversion([pixel[0].to_unit(), pixel[1].to_unit(), pixel[2].to_unit()]);
        for (sample, value) in pixel.iter_mut().zip(converted) {
            *sample = S::from_unit(value);
        }
    });
}

/// The image of pixels that are `indices` into the page's palette. Indices beyond its end give its last colour.
fn palette<S: TiffSample>(page: &Directory, layout: &TiffLayout, indices: &[S]) -> Result<DynamicImage, Problem> {
    // All reds, then all greens, then all blues.
    let values = page.integers(Tag::ColorMap, 3 << 16)?.unwrap_or_default();
    let (count, rest) = (values.len() / 3, values.len() % 3);
    if count == 0 || rest > 0 {
        return Err(Problem::damaged("an incomplete palette"));
    }
    // Values should have 16 bits, but some programs write 8.
    let shift = if values.iter().all(|value| *value < 256) { 0 } else { 8 };
    let colours: Vec<[u8; 3]> = (0..count)
        .map(|index| [index, count + index, 2 * count + index].map(|at| (values[at] >> shift) as u8))
        .collect();
    let pixels = indices.iter().flat_map(|index| colours[index.to_index().min(count - 1)]).collect();
    assemble::<u8>(layout, 3, pixels)
}

/// The coding of luma and chroma.
struct YCbCr {
    /// The coefficients of red, green and blue in luma.
    luma: [f32; 3],
    /// The reference black and white of luma and of both chromas, divided by the highest value.
    range: [[f32; 2]; 3],
}

impl YCbCr {
    fn of(page: &Directory) -> Self {
        let luma = page.floats(Tag::Unknown(529)).and_then(|values| values.first_chunk::<3>().copied());
        let luma = luma.filter(|luma| luma[1] > 0.0).unwrap_or([0.299, 0.587, 0.114]).map(|value| value as f32);
        let range = page.floats(Tag::Unknown(532)).and_then(|values| values.first_chunk::<6>().copied());
        let range = range.filter(|range| range[0] < range[1] && range[2] < range[3] && range[4] < range[5]);
        let range = range.unwrap_or([0.0, 255.0, 128.0, 255.0, 128.0, 255.0]).map(|value| value as f32 / 255.0);
        Self { luma, range: [[range[0], range[1]], [range[2], range[3]], [range[4], range[5]]] }
    }

    fn to_rgb(&self, [luma, blueness, redness]: [f32; 3]) -> [f32; 3] {
        let [luma_range, blueness_range, redness_range] = self.range;
        let within = |value: f32, [low, high]: [f32; 2]| (value - low) / (high - low);
        let luma = within(luma, luma_range);
        // Full chroma is 127/255.
        let [blueness, redness] =
            [within(blueness, blueness_range), within(redness, redness_range)].map(|value| value * 127.0 / 255.0);
        let [red_share, green_share, blue_share] = self.luma;
        let red = luma + redness * (2.0 - 2.0 * red_share);
        let blue = luma + blueness * (2.0 - 2.0 * blue_share);
        let green = (luma - blue_share * blue - red_share * red) / green_share;
        [red, green, blue]
    }
}

/// Lab (lightness from 0 to 100) from TIFF's CIELAB, whose a and b are signed numbers of 8 or 16 bits.
fn cie_lab<S: TiffSample>([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let highest = S::STEPS as f32;
    let signed = |unit: f32| {
        let value = unit * highest;
        let value = if value > highest / 2.0 { value - highest - 1.0 } else { value };
        value * 256.0 / (highest + 1.0)
    };
    [lightness * 100.0, signed(a), signed(b)]
}

/// Lab (lightness from 0 to 100) from ICC's Lab encoding, where the middle value of a and b is 0.
fn icc_lab<S: TiffSample>([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let highest = S::STEPS as f32;
    let byte = |unit: f32| unit * highest * 256.0 / (highest + 1.0);
    // Lightness 100 is 255 in 8 bits, and 0xFF00 in 16.
    [(byte(lightness) / (255.0 * 256.0 / (255.0 + 1.0)) * 100.0).min(100.0), byte(a) - 128.0, byte(b) - 128.0]
}

/// sRGB from Lab with the white point D50.
fn lab_to_srgb([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    const WHITE: [f32; 3] = [0.9642, 1.0, 0.8249];
    let y = (lightness + 16.0) / 116.0;
    let cubed = |value: f32| if value > 6.0 / 29.0 { value.powi(3) } else { (value - 16.0 / 116.0) * 108.0 / 841.0 };
    let [x, y, z] = [y + a / 500.0, y, y - b / 200.0].map(cubed);
    let [x, y, z] = [x * WHITE[0], y * WHITE[1], z * WHITE[2]];
    // One matrix adapts D50 to sRGB's D65 (Bradford) and converts to its primaries.
    [
        3.133_856 * x - 1.616_867 * y - 0.490_615 * z,
        -0.978_769 * x + 1.916_141 * y + 0.033_454 * z,
        0.071_945 * x - 0.228_991 * y + 1.405_243 * z,
    ]
    .map(crate::picture::color::encode)
}
