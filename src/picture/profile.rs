//! Colours: from the profile embedded in a file to sRGB, and the sRGB profile that goes into files
//! written.

use std::sync::LazyLock;

use image::DynamicImage;
use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, CmsError, ColorPrimaries, ColorProfile, DataColorSpace, Layout,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics,
};
use rayon::prelude::*;

use super::color;
use super::pixels::as_rgb;
use super::sample::Sample;

/// Pixels that one thread converts at a time.
const BLOCK: usize = 1 << 14;

/// The first of January 2026, as an ICC profile's header has it: six numbers of two bytes, year to second.
const DATE: [u8; 12] = [0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0];

/// The bytes of an sRGB ICC profile, always the same.
pub(super) fn srgb() -> Vec<u8> {
    static ENCODED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut profile = ColorProfile::new_srgb();
        // Curves and primaries say it all; this tag would claim a video signal on top.
        profile.cicp = None;
        let mut bytes = profile.encode().expect("a matrix profile can always be encoded");
        // Bytes 24 to 35 of the header are the time of encoding; the same picture should give the same file.
        bytes[24..36].copy_from_slice(&DATE);
        bytes
    });
    ENCODED.clone()
}

/// Where the primaries of a device are, in x and y of CIE 1931.
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

    /// Whether all are where `other`'s are, but for rounding.
    pub(super) fn is_near(&self, other: &Self) -> bool {
        let places = |primaries: &Self| [primaries.white, primaries.red, primaries.green, primaries.blue];
        places(self).iter().flatten().zip(places(other).iter().flatten()).all(|(own, other)| (own - other).abs() < 0.002)
    }
}

/// An ICC profile of these primaries, in which light is the value to the power of `gamma`, for red, green and blue; none
/// when these are no colours.
pub(super) fn of_primaries(primaries: Primaries, gamma: [f64; 3]) -> Option<Vec<u8>> {
    if !gamma.iter().all(|gamma| (0.1..=10.0).contains(gamma)) {
        return None;
    }
    with_curves(primaries, gamma.map(|gamma| ToneReprCurve::Parametric(vec![gamma as f32])))
}

/// An ICC profile of these primaries and sRGB's curve; none when these are no colours.
pub(super) fn of_primaries_with_srgb_curve(primaries: Primaries) -> Option<Vec<u8>> {
    let curve = ColorProfile::new_srgb().red_trc?;
    with_curves(primaries, [curve.clone(), curve.clone(), curve])
}

fn with_curves(primaries: Primaries, [red, green, blue]: [ToneReprCurve; 3]) -> Option<Vec<u8>> {
    let Primaries { white, .. } = primaries;
    let places = [white, primaries.red, primaries.green, primaries.blue];
    let are_places = places.iter().flatten().all(|value| (-1.0..=1.5).contains(value)) && places.iter().all(|[_, y]| *y != 0.0);
    if !are_places || white[1] < 0.05 {
        return None;
    }
    let place = |[x, y]: [f64; 2]| Chromaticity::new(x as f32, y as f32);
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry(
        place(white).to_xyyb(),
        ColorPrimaries { red: place(primaries.red), green: place(primaries.green), blue: place(primaries.blue) },
    );
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (Some(red), Some(green), Some(blue));
    encoded(&profile)
}

/// An ICC profile of the primaries and the curve with these codes (ITU-T H.273); none for codes that mean nothing.
pub(super) fn of_video_codes(primaries: u8, transfer: u8) -> Option<Vec<u8>> {
    let transfer = TransferCharacteristics::try_from(transfer).ok()?;
    let mut profile = profile_of_primaries(primaries)?;
    let curve = ToneReprCurve::try_from(transfer).ok()?;
    (profile.red_trc, profile.green_trc, profile.blue_trc) = (Some(curve.clone()), Some(curve.clone()), Some(curve));
    encoded(&profile)
}

/// sRGB with the primaries of this code (ITU-T H.273).
fn profile_of_primaries(primaries: u8) -> Option<ColorProfile> {
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).ok()?,
        transfer_characteristics: TransferCharacteristics::Srgb,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    // Without primaries it stays as it was.
    let is_known = profile.cicp.is_some_and(|cicp| cicp.color_primaries as u8 == primaries);
    profile.cicp = None;
    is_known.then_some(profile)
}

/// How light in the primaries of this code (ITU-T H.273; BT.2020's when it is none) becomes light in sRGB's, and the share of
/// each primary in luminance.
pub(super) fn to_linear_srgb(primaries: u8) -> ([[f32; 3]; 3], [f32; 3]) {
    let profile = profile_of_primaries(primaries).or_else(|| profile_of_primaries(9)).unwrap_or_else(ColorProfile::new_srgb);
    let matrix = profile.transform_matrix(&ColorProfile::new_srgb()).v.map(|row| row.map(|value| value as f32));
    let luminance = profile.colorant_matrix().v[1].map(|value| value as f32);
    (matrix, luminance)
}

fn encoded(profile: &ColorProfile) -> Option<Vec<u8>> {
    let bytes = profile.encode().ok()?;
    // What cannot be read again is no profile: primaries on one line have no inverse.
    ColorProfile::new_from_slice(&bytes).ok().map(|_| bytes)
}

/// The RGB of `pixels` in sRGB, which are in the colours of the ICC profile `icc`.
///
/// The colours stay as they are, and so count as sRGB, when the profile is broken, is for another
/// kind of pixels, or is sRGB in all but name.
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
    // A profile that can be read but not used is a broken one.
    let _ = match &mut pixels {
        DynamicImage::ImageRgb8(pixels) => convert(pixels, false, &profile),
        DynamicImage::ImageRgba8(pixels) => convert(pixels, true, &profile),
        DynamicImage::ImageRgb16(pixels) => convert(pixels, false, &profile),
        DynamicImage::ImageRgba16(pixels) => convert(pixels, true, &profile),
        _ => Ok(()),
    };
    pixels
}

/// Whether conversion from `profile` would leave 8-bit colours where they are, but for rounding.
///
/// Most photos carry one of many sRGB profiles; sparing them the conversion keeps their values
/// exact.
fn is_srgb(profile: &ColorProfile) -> bool {
    let greys = (0..=255).step_by(5).map(|level| [level; 3]);
    let colours = (0..27_u32).map(|index| [index, index / 3, index / 9].map(|digit| [0, 128, 255][digit as usize % 3]));
    let colours = colours.filter(|_| profile.color_space == DataColorSpace::Rgb);
    let before: Vec<u8> = greys.chain(colours).flatten().collect();
    let mut after = before.clone();
    convert(&mut after, false, profile).is_ok()
        && before.iter().zip(&after).all(|(before, after)| before.abs_diff(*after) <= 1)
}

/// Converts interleaved RGB or RGBA samples in place; of a grey profile, pixels have three equal
/// channels.
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

/// The same for a grey profile: moxcms (0.8.1) takes none whose curve gives lightness, and is coarse in the dark.
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

/// The light, 1 for white's, of CIE's lightness, 100 for white's.
fn light_of_lightness(lightness: f32) -> f32 {
    if lightness > 8.0 { ((lightness + 16.0) / 116.0).powi(3) } else { lightness * 27.0 / 24_389.0 }
}

/// Converts interleaved inks (cyan, magenta, yellow, black; 0 is bare paper) to interleaved sRGB.
///
/// Without an ICC profile `icc` of four inks, or with a broken one, each ink takes away its share
/// of the light.
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
}
