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

/// The minimum long side of a scale in pixels, except for the result's own scale.
const SHORTEST_LONG_SIDE: f64 = 112.0;
/// The minimum short side of a scale in pixels, with the same exception: below this the network would see nothing but
/// the border.
const SHORTEST_SHORT_SIDE: f64 = 16.0;

/// The scales for a result of this size, from coarse to fine. Each is larger than the one before by sqrt(2), up to
/// rounding; the last is exactly the result's size.
pub fn scales(result: Size) -> Vec<Size> {
    let short_side = result.width.min(result.height) as f64;
    let long_side = result.long_side() as f64;
    let factors = (0..).map(|step| (step, (-0.5 * f64::from(step)).exp2()));
    let mut scales: Vec<Size> = factors
        .take_while(|(step, factor)| {
            // A small tolerance, because 512 / 2^(6/2) is 64 only up to rounding.
            *step == 0
                || (long_side * factor > SHORTEST_LONG_SIDE - 1e-6 && short_side * factor > SHORTEST_SHORT_SIDE - 1e-6)
        })
        .map(|(_, factor)| result.scaled(factor))
        .collect();
    scales.reverse();
    scales
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long_sides(width: usize, height: usize) -> Vec<usize> {
        scales(Size { width, height }).into_iter().map(Size::long_side).collect()
    }

    #[test]
    fn scales_grow_by_the_root_of_two_up_to_the_result() {
        assert_eq!(long_sides(512, 384), [128, 181, 256, 362, 512]);
    }

    #[test]
    fn tiny_and_very_long_pictures_have_at_least_the_scale_of_the_result() {
        assert_eq!(scales(Size { width: 16, height: 1 }), [Size { width: 16, height: 1 }]);
        assert_eq!(long_sides(512, 26), [362, 512]);
        assert_eq!(scales(Size { width: 1000, height: 50 }).last(), Some(&Size { width: 1000, height: 50 }));
    }
}
