//! Converts colours that are described by code points of ITU-T H.273 (CICP, also "nclx") instead of an ICC profile.

use image::DynamicImage;
use moxcms::{CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics};
use rayon::prelude::*;

use super::color;
use super::pixels::as_rgb;
use super::sample::Sample;

/// Luminance of diffuse white in HDR pictures, in cd/m² (ITU-R BT.2408).
const WHITE: f32 = 203.0;

/// Peak luminance of HLG's reference display, in cd/m².
const HLG_PEAK: f32 = 1000.0;

/// Where highlight compression of HDR pictures begins, relative to diffuse white.
const KNEE: f32 = 0.8;

/// The code points of colour primaries and transfer characteristics of full-range RGB samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cicp {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
}

/// The transfer function from stored values to linear light.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Transfer {
    /// sRGB's curve. Television's curves are treated as sRGB too: they describe what cameras do, but displays invert a
    /// curve close to sRGB's, and other viewers do the same.
    Srgb,
    Gamma(f32),
    /// Perceptual quantizer, which gives absolute luminance.
    Pq,
    /// Hybrid log-gamma, which gives scene light.
    Hlg,
}

impl Transfer {
    fn of(code: u8) -> Self {
        match code {
            4 => Self::Gamma(2.2),
            5 => Self::Gamma(2.8),
            8 => Self::Gamma(1.0),
            17 => Self::Gamma(2.6),
            16 => Self::Pq,
            18 => Self::Hlg,
            _ => Self::Srgb,
        }
    }

    fn is_hdr(self) -> bool {
        matches!(self, Self::Pq | Self::Hlg)
    }

    /// Linear light of a value in 0..=1; diffuse white is 1, and PQ exceeds it. For HLG, this is scene light in 0..=1.
    fn light(self, value: f32) -> f32 {
        match self {
            Self::Srgb => color::decode(value),
            Self::Gamma(gamma) => value.powf(gamma),
            Self::Pq => {
                let root = value.powf(1.0 / 78.84375);
                let light = (root - 0.8359375).max(0.0) / (18.851_563 - 18.6875 * root);
                10_000.0 / WHITE * light.powf(1.0 / 0.159_301_76)
            }
            Self::Hlg if value <= 0.5 => value * value / 3.0,
            Self::Hlg => (((value - 0.559_910_7) / 0.17883277).exp() + 0.28466892) / 12.0,
        }
    }
}

/// Converts `pixels` from the colours that `cicp` describes to sRGB.
///
/// Reserved and unspecified code points are taken as sRGB. HDR pictures keep their light up to a little below white;
/// brighter highlights are compressed into the remaining range without a change of hue.
pub(super) fn to_srgb(pixels: DynamicImage, cicp: Cicp) -> DynamicImage {
    let transfer = Transfer::of(cicp.transfer);
    let mut pixels = as_rgb(pixels);
    let matrix = to_srgb_primaries(cicp.primaries);
    if transfer == Transfer::Srgb && matrix.is_none() {
        return pixels;
    }
    let matrix = matrix.unwrap_or(IDENTITY);
    match &mut pixels {
        DynamicImage::ImageRgb8(pixels) => convert::<_, 3>(pixels, transfer, matrix),
        DynamicImage::ImageRgba8(pixels) => convert::<_, 4>(pixels, transfer, matrix),
        DynamicImage::ImageRgb16(pixels) => convert::<_, 3>(pixels, transfer, matrix),
        DynamicImage::ImageRgba16(pixels) => convert::<_, 4>(pixels, transfer, matrix),
        _ => unreachable!("RGB or RGBA of 8 or 16 bits"),
    }
    pixels
}

type Matrix = [[f32; 3]; 3];

const IDENTITY: Matrix = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// The matrix from linear light of the primaries `code` to linear light of sRGB's; `None` if they are the same, or
/// reserved or unspecified.
fn to_srgb_primaries(code: u8) -> Option<Matrix> {
    let primaries = CicpColorPrimaries::try_from(code).ok()?;
    if matches!(primaries, CicpColorPrimaries::Reserved | CicpColorPrimaries::Unspecified | CicpColorPrimaries::Bt709) {
        return None;
    }
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: primaries,
        transfer_characteristics: TransferCharacteristics::Srgb,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    Some(profile.transform_matrix(&ColorProfile::new_srgb()).v.map(|row| row.map(|value| value as f32)))
}

fn convert<S: Sample, const CHANNELS: usize>(samples: &mut [S], transfer: Transfer, matrix: Matrix) {
    let steps = S::STEPS;
    let light: Vec<f32> = (0..=steps).map(|step| transfer.light(step as f32 / steps as f32)).collect();
    samples.as_chunks_mut::<CHANNELS>().0.par_iter_mut().for_each(|pixel| {
        let mut colour = [0, 1, 2].map(|channel| light[(pixel[channel].to_unit() * steps as f32).round() as usize]);
        if transfer == Transfer::Hlg {
            colour = to_display_light(colour);
        }
        colour = matrix.map(|[r, g, b]| r * colour[0] + g * colour[1] + b * colour[2]);
        if transfer.is_hdr() {
            colour = compress_highlights(colour);
        }
        for (sample, light) in pixel.iter_mut().zip(colour) {
            *sample = S::from_unit(color::encode(light));
        }
    });
}

/// Converts HLG's scene light to the light of its reference display (the OOTF).
fn to_display_light(scene: [f32; 3]) -> [f32; 3] {
    let luminance = 0.2627 * scene[0] + 0.6780 * scene[1] + 0.0593 * scene[2];
    let gain = HLG_PEAK / WHITE * luminance.powf(0.2);
    scene.map(|light| light * gain)
}

/// Darkens `colour` where its brightest channel exceeds [`KNEE`].
fn compress_highlights(colour: [f32; 3]) -> [f32; 3] {
    let brightest = colour.into_iter().fold(0.0, f32::max);
    if brightest <= KNEE {
        return colour;
    }
    let room = 1.0 - KNEE;
    let gain = (KNEE + room * (1.0 - (-(brightest - KNEE) / room).exp())) / brightest;
    colour.map(|light| light * gain)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage, Rgba, RgbaImage};

    use super::*;

    fn converted(pixel: [u8; 3], primaries: u8, transfer: u8) -> [u8; 3] {
        let pixels = RgbImage::from_pixel(2, 1, Rgb(pixel)).into();
        to_srgb(pixels, Cicp { primaries, transfer }).into_rgb8().get_pixel(1, 0).0
    }

    #[test]
    fn codes_treated_as_srgb_change_nothing() {
        for primaries in [0, 1, 2, 200] {
            for transfer in [0, 1, 2, 6, 13, 14, 15, 99] {
                assert_eq!(converted([7, 130, 251], primaries, transfer), [7, 130, 251]);
            }
        }
    }

    /// Expected values are from `LittleCMS` with Display P3's profile.
    #[test]
    fn display_p3_is_wider_than_srgb() {
        let near = |found: [u8; 3], expected: [u8; 3]| {
            assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{found:?} {expected:?}");
        };
        near(converted([200, 100, 50], 12, 13), [214, 92, 30]);
        near(converted([90, 90, 90], 12, 13), [90, 90, 90]);
        near(converted([255, 0, 0], 12, 13), [255, 0, 0]);
    }

    #[test]
    fn gamma_and_linear_light_are_converted() {
        assert_eq!(converted([55, 55, 55], 1, 8), [128, 128, 128]);
        assert_eq!(converted([255, 0, 255], 1, 4), [255, 0, 255]);
    }

    #[test]
    fn hdr_keeps_midtones_and_compresses_highlights() {
        // 100 cd/m², 0.508 on the PQ scale, is half the light of diffuse white.
        let [grey, ..] = converted([130, 130, 130], 9, 16);
        assert!((180..=190).contains(&grey), "{grey}");
        // HLG puts diffuse white at three quarters of its scale.
        let [white, ..] = converted([191, 191, 191], 9, 18);
        assert!((240..=250).contains(&white), "{white}");
        for transfer in [16, 18] {
            let levels: Vec<u8> = (0..=255).map(|level| converted([level; 3], 9, transfer)[0]).collect();
            assert!(levels.is_sorted());
            assert_eq!((levels[0], levels[255]), (0, 255));
        }
    }

    #[test]
    fn alpha_is_kept() {
        let pixels = RgbaImage::from_pixel(1, 1, Rgba([200, 100, 50, 77])).into();
        assert_eq!(to_srgb(pixels, Cicp { primaries: 12, transfer: 13 }).into_rgba8().get_pixel(0, 0).0[3], 77);
    }
}
