//! ICC profiles: conversion from a file's profile to sRGB, and the sRGB profile written to files.

use std::rc::Rc;
use std::sync::LazyLock;

use image::DynamicImage;
use moxcms::{Chromaticity, CmsError, ColorPrimaries, ColorProfile, DataColorSpace, Layout, ToneReprCurve};
use rayon::prelude::*;

use super::color;
use super::pixels::as_rgb;
use super::sample::Sample;

/// Pixels that a thread converts at a time.
const BLOCK: usize = 1 << 14;

/// 1 January 2026 in the format of an ICC profile's header: six two-byte numbers, year to second.
const DATE: [u8; 12] = [0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

/// D50, the white point of the profile connection space: X, Y and Z in 65536ths.
const D50: [u32; 3] = [0xF6D6, 0x1_0000, 0xD32D];

/// sRGB's red, green and blue, adapted from D65 to D50 (Bradford): X, Y and Z in 65536ths. They sum to D50, so that
/// greys are exactly neutral.
const PRIMARIES: [[u32; 3]; 3] = [[0x6FA0, 0x38F5, 0x0390], [0x6297, 0xB787, 0x18D9], [0x249F, 0x0F84, 0xB6C4]];

/// The Bradford adaptation matrix from D65 to D50, row by row, in 65536ths.
const ADAPTATION: [u32; 9] = [0x1_0C42, 0x05DE, 0xFFFF_F325, 0x0793, 0xFD90, 0xFFFF_FBA1, 0xFFFF_FDA2, 0x03DC, 0xC06E];

/// sRGB's parametric curve: the exponent 2.4, then 1 / 1.055, 0.055 / 1.055, 1 / 12.92 and 0.04045, in 65536ths.
const CURVE: [u32; 5] = [0x2_6666, 0xF2A7, 0x0D59, 0x13D0, 0x0A5B];

/// The bytes of a version 4 sRGB ICC profile; the same on every call.
///
/// The profile is built here because the encoder of `moxcms` writes a wrong white point to the header and does not
/// align tags to four bytes, and other programs warn about both.
pub(super) fn srgb() -> Vec<u8> {
    static ENCODED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let curve = Rc::new(data(*b"para", &[&[0, 3, 0, 0], &numbers(&CURVE)]));
        let [red, green, blue] = PRIMARIES.map(|colour| Rc::new(data(*b"XYZ ", &[&numbers(&colour)])));
        profile(&[
            (*b"desc", Rc::new(text("sRGB"))),
            (*b"cprt", Rc::new(text("No copyright, use freely"))),
            (*b"wtpt", Rc::new(data(*b"XYZ ", &[&numbers(&D50)]))),
            (*b"chad", Rc::new(data(*b"sf32", &[&numbers(&ADAPTATION)]))),
            (*b"rXYZ", red),
            (*b"gXYZ", green),
            (*b"bXYZ", blue),
            (*b"rTRC", Rc::clone(&curve)),
            (*b"gTRC", Rc::clone(&curve)),
            (*b"bTRC", curve),
        ])
    });
    ENCODED.clone()
}

/// A profile with these tags; data shared by successive tags is written once.
fn profile(tags: &[([u8; 4], Rc<Vec<u8>>)]) -> Vec<u8> {
    const HEADER: usize = 128;
    let (mut table, mut contents) = (numbers(&[tags.len() as u32]), Vec::new());
    let first = HEADER + 4 + 12 * tags.len();
    let mut last: Option<(&Rc<Vec<u8>>, u32)> = None;
    for (signature, data) in tags {
        let at = match last {
            Some((same, at)) if Rc::ptr_eq(same, data) => at,
            _ => {
                let at = (first + contents.len()) as u32;
                contents.extend_from_slice(data);
                contents.resize(contents.len().next_multiple_of(4), 0);
                at
            }
        };
        last = Some((data, at));
        table.extend_from_slice(signature);
        table.extend(numbers(&[at, data.len() as u32]));
    }
    let size = (first + contents.len()) as u32;
    // The size, the preferred CMM (0: none) and the version. The zeros after the signature are the platform, flags,
    // device manufacturer, model and attributes, and the perceptual intent.
    let header =
        [&numbers(&[size, 0, 0x0440_0000])[..], b"mntrRGB XYZ ", &DATE, b"acsp", &[0; 28], &numbers(&D50), &[0; 48]];
    [&header.concat(), &table, &contents].map(Vec::as_slice).concat()
}

/// Tag data of the type `kind`.
fn data(kind: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    [&kind, &[0; 4][..], &parts.concat()].concat()
}

/// Tag data holding `text`, labelled as American English.
fn text(text: &str) -> Vec<u8> {
    let text: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    data(*b"mluc", &[&numbers(&[1, 12]), b"enUS", &numbers(&[text.len() as u32, 28]), &text])
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// The white point and primaries of a device as CIE 1931 x and y.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Primaries {
    pub(super) white: [f64; 2],
    pub(super) red: [f64; 2],
    pub(super) green: [f64; 2],
    pub(super) blue: [f64; 2],
}

impl Primaries {
    /// sRGB's.
    pub(super) const SRGB: Self =
        Self { white: [0.3127, 0.3290], red: [0.64, 0.33], green: [0.30, 0.60], blue: [0.15, 0.06] };

    /// Whether all coordinates equal `other`'s, allowing for rounding.
    pub(super) fn is_near(&self, other: &Self) -> bool {
        let points = |primaries: &Self| [primaries.white, primaries.red, primaries.green, primaries.blue];
        points(self)
            .iter()
            .flatten()
            .zip(points(other).iter().flatten())
            .all(|(own, other)| (own - other).abs() < 0.002)
    }
}

/// An ICC profile with these primaries and the exponents `gamma` for red, green and blue, from value to light; `None`
/// if they are invalid.
pub(super) fn of_primaries(primaries: Primaries, gamma: [f64; 3]) -> Option<Vec<u8>> {
    if !gamma.iter().all(|gamma| (0.1..=10.0).contains(gamma)) {
        return None;
    }
    with_curves(primaries, gamma.map(|gamma| ToneReprCurve::Parametric(vec![gamma as f32])))
}

/// An ICC profile with these primaries and sRGB's curve; `None` if the primaries are invalid.
pub(super) fn of_primaries_with_srgb_curve(primaries: Primaries) -> Option<Vec<u8>> {
    let curve = ColorProfile::new_srgb().red_trc?;
    with_curves(primaries, [curve.clone(), curve.clone(), curve])
}

fn with_curves(primaries: Primaries, [red, green, blue]: [ToneReprCurve; 3]) -> Option<Vec<u8>> {
    let Primaries { white, .. } = primaries;
    let points = [white, primaries.red, primaries.green, primaries.blue];
    let are_valid =
        points.iter().flatten().all(|value| (-1.0..=1.5).contains(value)) && points.iter().all(|[_, y]| *y != 0.0);
    if !are_valid || white[1] < 0.05 {
        return None;
    }
    let point = |[x, y]: [f64; 2]| Chromaticity::new(x as f32, y as f32);
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry(
        point(white).to_xyyb(),
        ColorPrimaries { red: point(primaries.red), green: point(primaries.green), blue: point(primaries.blue) },
    );
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (Some(red), Some(green), Some(blue));
    encoded(&profile)
}

fn encoded(profile: &ColorProfile) -> Option<Vec<u8>> {
    let bytes = profile.encode().ok()?;
    // Check that the profile can be read back: collinear primaries have no inverse matrix.
    ColorProfile::new_from_slice(&bytes).ok().map(|_| bytes)
}

/// Converts `pixels` from the colours of the ICC profile `icc` to sRGB, as RGB.
///
/// Colours are not converted, and so count as sRGB, if the profile is missing, invalid, for another colour model, or
/// equivalent to sRGB.
pub(super) fn to_srgb(pixels: DynamicImage, icc: Option<&[u8]>) -> DynamicImage {
    let is_grey = !pixels.color().has_color();
    let mut pixels = as_rgb(pixels);
    let profile = icc.and_then(|icc| ColorProfile::new_from_slice(icc).ok());
    let Some(profile) = profile.filter(|profile| match profile.color_space {
        DataColorSpace::Rgb => !is_srgb(profile),
        DataColorSpace::Gray => is_grey && !is_srgb(profile),
        _ => false,
    }) else {
        return pixels;
    };
    // A profile that can be read but not used is invalid: its colours count as sRGB.
    let _ = match &mut pixels {
        DynamicImage::ImageRgb8(pixels) => convert(pixels, false, &profile),
        DynamicImage::ImageRgba8(pixels) => convert(pixels, true, &profile),
        DynamicImage::ImageRgb16(pixels) => convert(pixels, false, &profile),
        DynamicImage::ImageRgba16(pixels) => convert(pixels, true, &profile),
        _ => Ok(()),
    };
    pixels
}

/// Whether conversion from `profile` to sRGB would change 8-bit values by no more than rounding.
///
/// Most photos embed one of many sRGB profiles; skipping the conversion keeps their exact values.
fn is_srgb(profile: &ColorProfile) -> bool {
    let greys = (0..=255).step_by(5).map(|level| [level; 3]);
    let colours = (0..27_u32).map(|index| [index, index / 3, index / 9].map(|digit| [0, 128, 255][digit as usize % 3]));
    let colours = colours.filter(|_| profile.color_space == DataColorSpace::Rgb);
    let before: Vec<u8> = greys.chain(colours).flatten().collect();
    let mut after = before.clone();
    convert(&mut after, false, profile).is_ok()
        && before.iter().zip(&after).all(|(before, after)| before.abs_diff(*after) <= 1)
}

/// Converts interleaved RGB or RGBA samples to sRGB in place; with a grey profile, the three colour channels of a pixel
/// are equal.
fn convert<S: Sample>(samples: &mut [S], alpha: bool, profile: &ColorProfile) -> Result<(), CmsError> {
    if profile.color_space == DataColorSpace::Gray {
        return convert_grey(samples, alpha, profile);
    }
    let layout = if alpha { Layout::Rgba } else { Layout::Rgb };
    let transform = S::transform_to_srgb(profile, layout, layout)?;
    samples.par_chunks_mut(layout.channels() * BLOCK).try_for_each_init(Vec::new, |source, block| {
        source.clear();
        source.extend_from_slice(block);
        transform.transform(source, block)
    })
}

/// [`convert`] for a grey profile: moxcms (0.8.1) does not support curves that give lightness (Lab), and is imprecise
/// in dark tones.
fn convert_grey<S: Sample>(samples: &mut [S], alpha: bool, profile: &ColorProfile) -> Result<(), CmsError> {
    let curve = profile.gray_trc.as_ref().ok_or(CmsError::InvalidProfile)?.make_linear_evaluator()?;
    let gives_lightness = profile.pcs == DataColorSpace::Lab;
    let level = |value: u16| {
        let value = curve.evaluate_value(value.to_unit()).clamp(0.0, 1.0);
        color::encode(if gives_lightness { light_of_lightness(100.0 * value) } else { value })
    };
    let levels: Vec<f32> = (0..=u16::MAX).map(level).collect();
    samples.par_chunks_exact_mut(if alpha { 4 } else { 3 }).for_each(|pixel| {
        let level = S::from_unit(levels[usize::from(u16::from_unit(pixel[0].to_unit()))]);
        pixel[..3].fill(level);
    });
    Ok(())
}

/// Linear light, where white is 1, of CIE lightness, where white is 100.
fn light_of_lightness(lightness: f32) -> f32 {
    if lightness > 8.0 { ((lightness + 16.0) / 116.0).powi(3) } else { lightness * 27.0 / 24_389.0 }
}

/// Converts interleaved inks (cyan, magenta, yellow, black; 0 is bare paper) to interleaved sRGB by the CMYK profile
/// `icc`.
///
/// Without a valid CMYK profile, each colour is (1 − ink) × (1 − black).
pub(super) fn inks_to_srgb<S: Sample>(inks: &[S], icc: Option<&[u8]>) -> Vec<S> {
    let transform = icc
        .and_then(|icc| ColorProfile::new_from_slice(icc).ok())
        .filter(|profile| profile.color_space == DataColorSpace::Cmyk)
        .and_then(|profile| S::transform_to_srgb(&profile, Layout::Rgba, Layout::Rgb).ok());
    let mut colours = vec![S::default(); inks.len() / 4 * 3];
    let converted = transform.is_some_and(|transform| {
        (inks.par_chunks(4 * BLOCK), colours.par_chunks_mut(3 * BLOCK))
            .into_par_iter()
            .try_for_each(|(inks, colours)| transform.transform(inks, colours))
            .is_ok()
    });
    if !converted {
        (inks.par_chunks_exact(4), colours.par_chunks_exact_mut(3)).into_par_iter().for_each(|(inks, colours)| {
            for (ink, colour) in inks.iter().zip(colours) {
                *colour = S::from_unit((1.0 - ink.to_unit()) * (1.0 - inks[3].to_unit()));
            }
        });
    }
    colours
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_profiles_that_act_like_srgb_count_as_srgb() {
        let through_bytes = |profile: ColorProfile| ColorProfile::new_from_slice(&profile.encode().unwrap()).unwrap();
        assert!(is_srgb(&ColorProfile::new_from_slice(&srgb()).unwrap()));
        assert!(is_srgb(&through_bytes(ColorProfile::new_srgb())));
        assert!(!is_srgb(&through_bytes(ColorProfile::new_display_p3())));
        assert!(!is_srgb(&through_bytes(ColorProfile::new_adobe_rgb())));
        assert!(!is_srgb(&through_bytes(ColorProfile::new_gray_with_gamma(2.2))));
    }

    #[test]
    fn the_srgb_profile_is_valid_icc() {
        let bytes = srgb();
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!(number(0) as usize, bytes.len());
        assert_eq!(&bytes[36..40], b"acsp");
        // The header must state D50, and libpng checks it.
        assert_eq!([number(68), number(72), number(76)], D50);
        assert!(bytes[80..128].iter().all(|byte| *byte == 0));
        let tags: Vec<_> = (0..number(128) as usize).map(|tag| 132 + 12 * tag).collect();
        let begin = 132 + 12 * tags.len();
        for &tag in &tags {
            let (at, length) = (number(tag + 4) as usize, number(tag + 8) as usize);
            assert!(at % 4 == 0 && at >= begin && at + length <= bytes.len(), "{at} {length}");
            assert_eq!(number(at + 4), 0);
            assert!(tags.iter().filter(|other| bytes[**other..**other + 4] == bytes[tag..tag + 4]).count() == 1);
        }
        // Greys are neutral, and colours match other sRGB profiles.
        for axis in 0..3 {
            assert_eq!(PRIMARIES.iter().map(|colour| colour[axis]).sum::<u32>(), D50[axis]);
        }
        let read = ColorProfile::new_from_slice(&bytes).unwrap();
        let mut colours: Vec<u8> = (0..=255).flat_map(|level| [level, 255 - level, level / 2]).collect();
        let before = colours.clone();
        convert(&mut colours, false, &read).unwrap();
        assert!(colours.iter().zip(&before).all(|(after, before)| after.abs_diff(*before) <= 1));
    }
}
