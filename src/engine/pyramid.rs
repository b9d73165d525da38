//! The sizes a picture is painted at, coarse to fine.

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
}

impl Size {
    /// The number of pixels, width times height.
    pub fn pixels(self) -> usize {
        self.width * self.height
    }

    /// The longer of the two sides.
    pub fn long_side(self) -> usize {
        self.width.max(self.height)
    }

    /// Both sides multiplied by `factor` and rounded, to at least one pixel each.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let side = |length: usize| ((length as f64 * factor).round() as usize).max(1);
        Self { width: side(self.width), height: side(self.height) }
    }

    pub(super) fn rows_and_columns(self) -> (usize, usize) {
        (self.height, self.width)
    }
}

/// The minimum long side of a scale in pixels, except for the result's own scale, where scales double every second time.
const SHORTEST_LONG_SIDE: f64 = 112.0;
/// The minimum short side of a scale in pixels, with the same exception: below this the network would see nothing but
/// the border.
const SHORTEST_SHORT_SIDE: f64 = 16.0;

/// The scales for a result of this size, from coarse to fine. From each to the next the size doubles `doublings` times (above
/// 0; a half is a factor of sqrt(2)), up to rounding; the last is exactly the result's size.
pub(super) fn scales(result: Size, doublings: f64) -> Vec<Size> {
    let short_side = result.width.min(result.height) as f64;
    let long_side = result.long_side() as f64;
    // Wider steps reach further down, so that the first scales are of about the same size on average.
    let shortest = SHORTEST_LONG_SIDE * ((0.5 - doublings) / 2.0).exp2();
    let factors = (0..).map(|step| (step, (-doublings * f64::from(step)).exp2()));
    let mut scales: Vec<Size> = factors
        .take_while(|(step, factor)| {
            // A small tolerance, because factors are rounded.
            *step == 0 || (long_side * factor > shortest - 1e-6 && short_side * factor > SHORTEST_SHORT_SIDE - 1e-6)
        })
        .map(|(_, factor)| result.scaled(factor))
        .collect();
    scales.reverse();
    scales
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long_sides(width: usize, height: usize, doublings: f64) -> Vec<usize> {
        scales(Size { width, height }, doublings).into_iter().map(Size::long_side).collect()
    }

    #[test]
    fn scales_grow_up_to_the_result() {
        assert_eq!(long_sides(512, 384, 0.5), [128, 181, 256, 362, 512]);
        assert_eq!(long_sides(512, 384, 1.0), [128, 256, 512]);
        assert_eq!(long_sides(190, 130, 1.0), [95, 190]);
        assert_eq!(long_sides(188, 130, 1.0), [188]);
        assert_eq!(long_sides(448, 300, 0.5)[0], 112);
        assert_eq!(long_sides(633, 300, 0.5)[0], 158);
    }

    /// Sides of half a pixel are rounded up at every second step, where the factor is a power of two.
    #[test]
    fn scales_are_exact_halves_at_every_second_step() {
        let sizes = |doublings| scales(Size { width: 512, height: 341 }, doublings);
        let half = Size { width: 256, height: 171 };
        assert_eq!((sizes(0.5)[2], sizes(1.0)[1]), (half, half));
    }

    #[test]
    fn tiny_and_very_long_pictures_have_at_least_the_scale_of_the_result() {
        assert_eq!(scales(Size { width: 16, height: 1 }, 1.0), [Size { width: 16, height: 1 }]);
        assert_eq!(long_sides(512, 26, 0.5), [362, 512]);
        assert_eq!(long_sides(512, 26, 1.0), [512]);
        assert_eq!(scales(Size { width: 1000, height: 50 }, 1.0).last(), Some(&Size { width: 1000, height: 50 }));
    }
}
