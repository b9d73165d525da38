//! Pictures for displays that are brighter than sRGB's (PQ and HLG), as sRGB.
//!
//! What is no brighter than white of a page (203 cd/m², ITU-R BT.2408) keeps its light, up to half of it exactly; what is
//! brighter is drawn together, so that the picture's brightest value becomes white. All three channels are divided by the
//! same number, so that hues stay. Colours that sRGB does not have are clipped.

use image::DynamicImage;
use rayon::prelude::*;

use super::color;
use super::profile;

/// The light of white of a page, in cd/m².
const WHITE: f32 = 203.0;

/// The light up to which nothing changes, as a part of white's.
const KNEE: f32 = 0.5;

/// How values stand for light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    /// SMPTE ST 2084.
    Pq,
    /// Hybrid log-gamma of ITU-R BT.2100, as a display of 1000 cd/m² shows it.
    Hlg,
}

impl Curve {
    /// The curve whose code (ITU-T H.273) is `transfer`, if it is one of these.
    pub(super) fn of(transfer: u8) -> Option<Self> {
        match transfer {
            16 => Some(Self::Pq),
            18 => Some(Self::Hlg),
            _ => None,
        }
    }

    /// The light of a pixel, 1 for white of a page.
    fn light(self, pixel: [f32; 3], luminance: [f32; 3]) -> [f32; 3] {
        match self {
            Self::Pq => pixel.map(|value| 10_000.0 / WHITE * pq(value)),
            Self::Hlg => {
                let scene = pixel.map(hlg);
                let bright: f32 = scene.iter().zip(luminance).map(|(value, share)| value * share).sum();
                scene.map(|value| 1000.0 / WHITE * value * bright.max(0.0).powf(0.2))
            }
        }
    }
}

/// The light of a value as a part of 10 000 cd/m².
fn pq(value: f32) -> f32 {
    const M1: f32 = 2610.0 / 16_384.0;
    const M2: f32 = 2523.0 / 32.0;
    const C1: f32 = 3424.0 / 4096.0;
    const C2: f32 = 2413.0 / 128.0;
    const C3: f32 = 2392.0 / 128.0;
    let root = value.clamp(0.0, 1.0).powf(1.0 / M2);
    ((root - C1).max(0.0) / (C2 - C3 * root)).powf(1.0 / M1)
}

/// The light of the scene of a value, 1 for the brightest.
fn hlg(value: f32) -> f32 {
    const A: f32 = 0.178_832_77;
    const B: f32 = 0.284_668_92;
    const C: f32 = 0.559_910_7;
    if value <= 0.5 { value.max(0.0).powi(2) / 3.0 } else { (((value - C) / A).exp() + B) / 12.0 }
}

/// The sRGB of `pixels`, whose primaries have the code `primaries` (ITU-T H.273; BT.2020's when it is none).
pub(super) fn to_srgb(pixels: DynamicImage, primaries: u8, curve: Curve) -> DynamicImage {
    let (matrix, luminance) = profile::to_linear_srgb(primaries);
    let mut pixels = pixels.into_rgba32f();
    let brightest = pixels
        .par_pixels_mut()
        .map(|pixel| {
            let [red, green, blue, _] = pixel.0;
            let light = curve.light([red, green, blue], luminance);
            let srgb = matrix.map(|row| row.iter().zip(light).map(|(share, light)| share * light).sum::<f32>());
            pixel.0[..3].copy_from_slice(&srgb);
            srgb.into_iter().fold(0.0, f32::max)
        })
        .reduce(|| 0.0, f32::max);
    pixels.par_pixels_mut().for_each(|pixel| {
        let [red, green, blue, _] = pixel.0;
        let light = red.max(green).max(blue);
        let factor = if light > 0.0 { drawn_together(light, brightest) / light } else { 1.0 };
        for value in &mut pixel.0[..3] {
            *value = color::encode(*value * factor);
        }
    });
    DynamicImage::ImageRgba32F(pixels).into_rgba16().into()
}

/// The light that `light` becomes in a picture whose brightest is `brightest`: at most 1, the same below the knee, and
/// without a corner there.
fn drawn_together(light: f32, brightest: f32) -> f32 {
    if brightest <= 1.0 || light <= KNEE {
        return light;
    }
    let above = |light: f32| (light - KNEE) / (1.0 - KNEE);
    let (light, brightest) = (above(light), above(brightest));
    KNEE + (1.0 - KNEE) * light * (1.0 + light / (brightest * brightest)) / (1.0 + light)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_have_the_standards_values() {
        // BT.2408: white of a page is 58 % of PQ and 75 % of HLG.
        assert!((10_000.0 * pq(0.580_689) - 203.0).abs() < 0.5);
        let white = Curve::Hlg.light([0.75; 3], [0.2627, 0.678, 0.0593]);
        assert!(white.iter().all(|light| (light - 1.0).abs() < 0.01), "{white:?}");
    }

    #[test]
    fn the_brightest_becomes_white_and_the_dark_stays() {
        assert!((drawn_together(30.0, 30.0) - 1.0).abs() < 1e-5);
        assert!((drawn_together(0.4, 30.0) - 0.4).abs() < 1e-6);
        assert!((drawn_together(0.9, 1.0) - 0.9).abs() < 1e-6);
        let steps: Vec<f32> = (0..300).map(|step| drawn_together(step as f32 / 10.0, 30.0)).collect();
        assert!(steps.is_sorted());
    }
}
