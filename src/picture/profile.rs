//! Colours: from the profile embedded in a file to sRGB, and the sRGB profile that goes into files
//! written.

use std::sync::LazyLock;

use image::DynamicImage;
use moxcms::{CmsError, ColorProfile, DataColorSpace, Layout};
use rayon::prelude::*;

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
    let (from, to) = match (profile.color_space, alpha) {
        (DataColorSpace::Gray, false) => (Layout::Gray, Layout::Rgb),
        (DataColorSpace::Gray, true) => (Layout::GrayAlpha, Layout::Rgba),
        (_, false) => (Layout::Rgb, Layout::Rgb),
        (_, true) => (Layout::Rgba, Layout::Rgba),
    };
    let transform = S::transform_to_srgb(profile, from, to)?;
    let spare = to.channels() - from.channels();
    samples.par_chunks_mut(to.channels() * BLOCK).try_for_each_init(Vec::new, |source, block| {
        source.clear();
        for pixel in block.chunks_exact(to.channels()) {
            source.extend_from_slice(&pixel[spare..]);
        }
        transform.transform(source, block)
    })
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
