//! Pooled features that remember which value of their window was the largest, in their own memory.
//!
//! The backward pass of max pooling needs to know that, and keeping the features before pooling would take four times
//! the memory. So the place of the largest value is stored in the two lowest bits of the pooled value, which changes it
//! by at most 4e-7 of itself, less than the convolution's rounding does. The gradient that replaces a pooled value takes
//! over the place.

#![allow(clippy::inline_always)] // see `phase`

use pulp::Simd;

/// The bits that hold the place.
const PLACE: u32 = 0b11;

/// The code of a place in a window, given a row and a column of the features before pooling. Places are numbered
/// backwards, so that of equal values the first has the largest code.
#[inline(always)]
pub(super) fn code(row: usize, column: usize) -> u32 {
    3 - (2 * (row & 1) + (column & 1)) as u32
}

/// Numbers, none of them below zero, with the code of a place in their lowest bits. Their order stays the same, but for
/// numbers that differ by as little as those bits.
#[inline(always)]
pub(super) fn with_code<S: Simd>(simd: S, numbers: S::f32s, code: u32) -> S::f32s {
    let rest = simd.and_u32s(simd.transmute_u32s_f32s(numbers), simd.splat_u32s(!PLACE));
    simd.transmute_f32s_u32s(simd.or_u32s(rest, simd.splat_u32s(code)))
}

/// The largest numbers of windows, with codes. Where such a number is not above zero, the result is zero, because no
/// gradient passes through it.
#[inline(always)]
pub(super) fn or_zero<S: Simd>(simd: S, largest: S::f32s) -> S::f32s {
    let is_above = simd.greater_than_or_equal_f32s(largest, simd.splat_f32s(f32::MIN_POSITIVE));
    simd.select_f32s(is_above, largest, simd.splat_f32s(0.0))
}

/// The gradient that replaces pooled values. It takes over their places, and is zero where they are zero.
#[inline(always)]
pub(super) fn gradient_with_place_of<S: Simd>(simd: S, gradient: S::f32s, pooled: S::f32s) -> S::f32s {
    let rest = simd.and_u32s(simd.transmute_u32s_f32s(gradient), simd.splat_u32s(!PLACE));
    let place = simd.and_u32s(simd.transmute_u32s_f32s(pooled), simd.splat_u32s(PLACE));
    let with_place = simd.transmute_f32s_u32s(simd.or_u32s(rest, place));
    let zero = simd.splat_f32s(0.0);
    simd.select_f32s(simd.greater_than_f32s(pooled, zero), with_place, zero)
}

/// The gradient before pooling at the place with this code, given the gradient of the pooled values.
#[inline(always)]
pub(super) fn at_place<S: Simd>(simd: S, gradient: S::f32s, code: u32) -> S::f32s {
    let place = simd.and_u32s(simd.transmute_u32s_f32s(gradient), simd.splat_u32s(PLACE));
    simd.select_f32s(simd.equal_u32s(place, simd.splat_u32s(code)), gradient, simd.splat_f32s(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest of a window's four values, given row by row, and what a gradient of 1 becomes there.
    fn pool(window: [f32; 4]) -> (f32, [f32; 4]) {
        let simd = pulp::Scalar;
        let coded = [0, 1, 2, 3].map(|place| with_code(simd, window[place], code(place / 2, place % 2)));
        let largest = or_zero(simd, coded.into_iter().fold(0.0, f32::max));
        let gradient = gradient_with_place_of(simd, 1.0, largest);
        (largest, [0, 1, 2, 3].map(|place| at_place(simd, gradient, code(place / 2, place % 2))))
    }

    #[test]
    fn the_gradient_goes_to_the_first_largest_value() {
        for (window, expected) in [
            ([1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 1.0]),
            ([7.0; 4], [1.0, 0.0, 0.0, 0.0]),
            ([0.0, 5.0, 1.0, 5.0], [0.0, 1.0, 0.0, 0.0]),
            ([0.5, 0.0, 0.75, 0.0], [0.0, 0.0, 1.0, 0.0]),
            // A ReLU whose outputs are zero has no gradient.
            ([0.0; 4], [0.0; 4]),
        ] {
            let (largest, gradient) = pool(window);
            let most = window.into_iter().fold(0.0, f32::max);
            assert!((largest - most).abs() <= 4e-7 * most, "{window:?}: {largest}");
            for (value, expected) in gradient.into_iter().zip(expected) {
                assert!(
                    (value - expected).abs() <= 4e-7 && (expected > 0.0 || value == 0.0),
                    "{window:?}: {gradient:?}"
                );
            }
        }
    }

    #[test]
    fn a_gradient_may_be_negative_or_zero() {
        let simd = pulp::Scalar;
        let pooled = with_code(simd, 2.0, code(1, 0));
        for gradient in [-3.0f32, 0.0] {
            let there = gradient_with_place_of(simd, gradient, pooled);
            assert!((at_place(simd, there, code(1, 0)) - gradient).abs() <= 4e-7 * gradient.abs().max(1.0));
            assert!(at_place(simd, there, code(0, 1)).abs() == 0.0);
        }
    }
}
