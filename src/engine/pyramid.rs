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

/// The long side of the first scale in pixels, within half a step between scales, except for the result's own scale.
const FIRST_LONG_SIDE: f64 = 133.191;
/// The minimum short side of a scale in pixels, with the same exception: below this the network would see nothing but
/// the border.
const SHORTEST_SHORT_SIDE: f64 = 16.0;

/// The scales for a result of this size, from coarse to fine. Each is larger than the one before by the factor `growth`
/// (above 1), up to rounding; the last is exactly the result's size.
pub fn scales(result: Size, growth: f64) -> Vec<Size> {
    let short_side = result.width.min(result.height) as f64;
    let long_side = result.long_side() as f64;
    let shortest = FIRST_LONG_SIDE / growth.sqrt();
    let factors = (0..).map(|step| (step, growth.powi(-step)));
    let mut scales: Vec<Size> = factors
        .take_while(|(step, factor)| {
            // A small tolerance, because sqrt(2)^6 is 8 only up to rounding.
            *step == 0 || (long_side * factor > shortest - 1e-6 && short_side * factor > SHORTEST_SHORT_SIDE - 1e-6)
        })
        .map(|(_, factor)| result.scaled(factor))
        .collect();
    scales.reverse();
    scales
}

#[cfg(test)]
mod tests {
    use std::f64::consts::SQRT_2;

    use super::*;

    fn long_sides(width: usize, height: usize, growth: f64) -> Vec<usize> {
        scales(Size { width, height }, growth).into_iter().map(Size::long_side).collect()
    }

    #[test]
    fn scales_grow_up_to_the_result() {
        assert_eq!(long_sides(512, 384, SQRT_2), [128, 181, 256, 362, 512]);
        assert_eq!(long_sides(512, 384, 2.0), [128, 256, 512]);
        assert_eq!(long_sides(190, 130, 2.0), [95, 190]);
        assert_eq!(long_sides(188, 130, 2.0), [188]);
        assert_eq!(long_sides(448, 300, SQRT_2)[0], 112);
        assert_eq!(long_sides(633, 300, SQRT_2)[0], 158);
    }

    #[test]
    fn tiny_and_very_long_pictures_have_at_least_the_scale_of_the_result() {
        assert_eq!(scales(Size { width: 16, height: 1 }, 2.0), [Size { width: 16, height: 1 }]);
        assert_eq!(long_sides(512, 26, SQRT_2), [362, 512]);
        assert_eq!(long_sides(512, 26, 2.0), [512]);
        assert_eq!(scales(Size { width: 1000, height: 50 }, 2.0).last(), Some(&Size { width: 1000, height: 50 }));
    }
}
