//! Mixes the colours of two pictures without changing lightness, in `OkLab` (Ottosson, 2020).

use rayon::prelude::*;

/// Pixels per parallel task.
const CHUNK: usize = 1 << 14;

/// Moves the hue and chroma of `planes` towards those of `photo` by `share` (0 to 1), without changing lightness. Both
/// have the shape 3 × pixels: red, green and blue, sRGB values in 0..=1.
///
/// # Panics
/// If the two differ in length.
pub fn keep(planes: &mut [f32], photo: &[f32], share: f32) {
    assert_eq!(planes.len(), photo.len());
    let count = planes.len() / 3;
    let (red, rest) = planes.split_at_mut(count);
    let (green, blue) = rest.split_at_mut(count);
    let chunks = red.par_chunks_mut(CHUNK).zip(green.par_chunks_mut(CHUNK)).zip(blue.par_chunks_mut(CHUNK));
    chunks.enumerate().for_each(|(chunk, ((red, green), blue))| {
        for (index, ((red, green), blue)) in red.iter_mut().zip(green).zip(blue).enumerate() {
            let at = chunk * CHUNK + index;
            let painted = to_oklab([*red, *green, *blue]);
            let original = to_oklab([photo[at], photo[count + at], photo[2 * count + at]]);
            let mix = |channel: usize| painted[channel] + share * (original[channel] - painted[channel]);
            [*red, *green, *blue] = to_srgb([painted[0], mix(1), mix(2)]);
        }
    });
}

/// Converts three equally long planes of sRGB (0..=1) to `OkLab`'s lightness, a and b, in place.
///
/// # Panics
/// If the length of `planes` is not a multiple of 3.
pub fn planes_to_oklab(planes: &mut [f32]) {
    convert(planes, to_oklab);
}

/// Converts three equally long planes of `OkLab`'s lightness, a and b to sRGB, clamped to 0..=1, in place.
///
/// # Panics
/// If the length of `planes` is not a multiple of 3.
pub fn planes_to_srgb(planes: &mut [f32]) {
    convert(planes, to_srgb);
}

fn convert(planes: &mut [f32], convert: impl Fn([f32; 3]) -> [f32; 3]) {
    assert!(planes.len().is_multiple_of(3));
    let (first, rest) = planes.split_at_mut(planes.len() / 3);
    let (second, third) = rest.split_at_mut(first.len());
    for ((first, second), third) in first.iter_mut().zip(second).zip(third) {
        [*first, *second, *third] = convert([*first, *second, *third]);
    }
}

fn to_oklab(srgb: [f32; 3]) -> [f32; 3] {
    let [r, g, b] = srgb.map(decode);
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

fn to_srgb([lightness, a, b]: [f32; 3]) -> [f32; 3] {
    let l = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let m = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let s = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ]
    .map(encode)
}

/// Linear light from an sRGB value, both in 0..=1: the inverse of sRGB's transfer curve.
pub(super) fn decode(value: f32) -> f32 {
    if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// An sRGB value from linear light, clamped to 0..=1: sRGB's transfer curve.
pub(super) fn encode(value: f32) -> f32 {
    let value = value.clamp(0.0, 1.0);
    if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_zero_changes_nothing() {
        let mut planes = vec![0.2, 0.9, 0.5, 0.1, 0.7, 0.4];
        let before = planes.clone();
        keep(&mut planes, &[0.0; 6], 0.0);
        for (now, before) in planes.iter().zip(before) {
            assert!((now - before).abs() < 1e-4);
        }
    }

    #[test]
    fn a_full_share_of_a_grey_photo_gives_grey() {
        let mut planes = vec![0.6, 0.3, 0.2];
        keep(&mut planes, &[0.5, 0.5, 0.5], 1.0);
        assert!((planes[0] - planes[1]).abs() < 1e-3 && (planes[1] - planes[2]).abs() < 1e-3);
    }
}
