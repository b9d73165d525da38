//! The tiles of Winograd's convolution, and their transforms.
//!
//! A tile of `m` outputs along each side is computed as a product of polynomials, evaluated at `m + 2` points: 0, 1,
//! -1, 2, -2 and infinity, and for the larger tile also a half and minus a half.

// Code that runs inside `dispatch` must be inlined there, or it is compiled without vector instructions.
#![allow(clippy::inline_always)]

use pulp::Simd;

/// A tile of `TILE` x `TILE` outputs, which needs `PATCH` x `PATCH` inputs, two more along each side.
pub(super) struct Tile<const TILE: usize, const PATCH: usize>;

/// The transforms along one axis; a tile is transformed along both, one after the other.
pub(super) trait Transforms<const TILE: usize, const PATCH: usize> {
    /// `G g`, of a line of weights.
    fn weights(weights: [f64; 3]) -> [f64; PATCH];
    /// `B^T d`, of a line of inputs.
    fn inputs<S: Simd>(simd: S, inputs: [S::f32s; PATCH]) -> [S::f32s; PATCH];
    /// `A^T m`, of a line of products.
    fn outputs<S: Simd>(simd: S, products: [S::f32s; PATCH]) -> [S::f32s; TILE];
}

/// F(4x4, 3x3): 36 multiplications where the plain sum has 144.
impl Transforms<4, 6> for Tile<4, 6> {
    fn weights([g0, g1, g2]: [f64; 3]) -> [f64; 6] {
        let (even, odd) = ((g0 + g2) / 6.0, g1 / 6.0);
        let (even2, odd2) = (g0 / 24.0 + g2 / 6.0, g1 / 12.0);
        [g0 / 4.0, -even - odd, -even + odd, even2 + odd2, even2 - odd2, g2]
    }

    #[inline(always)]
    fn inputs<S: Simd>(simd: S, [d0, d1, d2, d3, d4, d5]: [S::f32s; 6]) -> [S::f32s; 6] {
        let times = |factor: f32, value, plus| simd.mul_add_f32s(simd.splat_f32s(factor), value, plus);
        let even = times(-4.0, d2, d4);
        let odd = times(-4.0, d1, d3);
        let even2 = simd.sub_f32s(d4, d2);
        let odd2 = simd.sub_f32s(d3, d1);
        [
            times(4.0, d0, times(-5.0, d2, d4)),
            simd.add_f32s(even, odd),
            simd.sub_f32s(even, odd),
            times(2.0, odd2, even2),
            times(-2.0, odd2, even2),
            times(4.0, d1, times(-5.0, d3, d5)),
        ]
    }

    #[inline(always)]
    fn outputs<S: Simd>(simd: S, [m0, m1, m2, m3, m4, m5]: [S::f32s; 6]) -> [S::f32s; 4] {
        let times = |factor: f32, value, plus| simd.mul_add_f32s(simd.splat_f32s(factor), value, plus);
        let sum = simd.add_f32s(m1, m2);
        let difference = simd.sub_f32s(m1, m2);
        let sum2 = simd.add_f32s(m3, m4);
        let difference2 = simd.sub_f32s(m3, m4);
        [
            simd.add_f32s(m0, simd.add_f32s(sum, sum2)),
            times(2.0, difference2, difference),
            times(4.0, sum2, sum),
            times(8.0, difference2, simd.add_f32s(difference, m5)),
        ]
    }
}

/// F(6x6, 3x3): 64 multiplications where the plain sum has 324, a fifth fewer than with the smaller tile. Its
/// rounding errors are twice as large, 2e-6 of the result.
impl Transforms<6, 8> for Tile<6, 8> {
    fn weights([g0, g1, g2]: [f64; 3]) -> [f64; 8] {
        let (even, odd) = ((g0 + g2) * 2.0 / 9.0, g1 * 2.0 / 9.0);
        let (even2, odd2) = ((g0 + 4.0 * g2) / 90.0, g1 / 45.0);
        let (even_half, odd_half) = ((4.0 * g0 + g2) * 8.0 / 45.0, g1 * 16.0 / 45.0);
        [g0, -even - odd, -even + odd, even2 + odd2, even2 - odd2, even_half + odd_half, even_half - odd_half, g2]
    }

    #[inline(always)]
    fn inputs<S: Simd>(simd: S, [d0, d1, d2, d3, d4, d5, d6, d7]: [S::f32s; 8]) -> [S::f32s; 8] {
        let times = |factor: f32, value, plus| simd.mul_add_f32s(simd.splat_f32s(factor), value, plus);
        let even = times(-4.25, d4, simd.add_f32s(d2, d6));
        let odd = times(-4.25, d3, simd.add_f32s(d1, d5));
        let even2 = times(0.25, d2, times(-1.25, d4, d6));
        let odd2 = times(0.25, d1, times(-1.25, d3, d5));
        let even_half = times(4.0, d2, times(-5.0, d4, d6));
        let odd_half = times(4.0, d1, times(-5.0, d3, d5));
        [
            times(5.25, simd.sub_f32s(d4, d2), simd.sub_f32s(d0, d6)),
            simd.add_f32s(even, odd),
            simd.sub_f32s(even, odd),
            times(2.0, odd2, even2),
            times(-2.0, odd2, even2),
            times(0.5, odd_half, even_half),
            times(-0.5, odd_half, even_half),
            times(5.25, simd.sub_f32s(d3, d5), simd.sub_f32s(d7, d1)),
        ]
    }

    #[inline(always)]
    fn outputs<S: Simd>(simd: S, [m0, m1, m2, m3, m4, m5, m6, m7]: [S::f32s; 8]) -> [S::f32s; 6] {
        let times = |factor: f32, value, plus| simd.mul_add_f32s(simd.splat_f32s(factor), value, plus);
        let (sum, difference) = (simd.add_f32s(m1, m2), simd.sub_f32s(m1, m2));
        let (sum2, difference2) = (simd.add_f32s(m3, m4), simd.sub_f32s(m3, m4));
        let (sum_half, difference_half) = (simd.add_f32s(m5, m6), simd.sub_f32s(m5, m6));
        [
            simd.add_f32s(simd.add_f32s(m0, sum), simd.add_f32s(sum2, sum_half)),
            times(2.0, difference2, times(0.5, difference_half, difference)),
            times(4.0, sum2, times(0.25, sum_half, sum)),
            times(8.0, difference2, times(0.125, difference_half, difference)),
            times(16.0, sum2, times(0.0625, sum_half, sum)),
            times(32.0, difference2, times(0.03125, difference_half, simd.add_f32s(difference, m7))),
        ]
    }
}
