//! The sizes a picture is painted at, coarse to fine.

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
}

impl Size {
    /// Width times height.
    pub fn pixels(self) -> usize {
        self.width * self.height
    }

    /// The longer of the two sides.
    pub fn long_side(self) -> usize {
        self.width.max(self.height)
    }

    /// The same shape with both sides multiplied and rounded, at least one pixel each.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let side = |length: usize| ((length as f64 * factor).round() as usize).max(1);
        Self { width: side(self.width), height: side(self.height) }
    }

    pub(super) fn rows_and_columns(self) -> (usize, usize) {
        (self.height, self.width)
    }
}

/// No scale's long side is shorter than this, unless the result's is.
const SHORTEST_LONG_SIDE: f64 = 112.0;
/// Nor any short side, where the network would see nothing but border.
const SHORTEST_SHORT_SIDE: f64 = 16.0;

/// The scales for a result of this size: each sqrt(2) larger than the one before, the last exact.
pub fn scales(result: Size) -> Vec<Size> {
    let short_side = result.width.min(result.height) as f64;
    let long_side = result.long_side() as f64;
    let factors = (0..).map(|step| (step, (-0.5 * f64::from(step)).exp2()));
    let mut scales: Vec<Size> = factors
        .take_while(|(step, factor)| {
            // A hair's breadth, since 512 / 2^(6/2) is 64 only up to rounding.
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
    fn grows_by_the_root_of_two_up_to_the_result() {
        assert_eq!(long_sides(512, 384), [128, 181, 256, 362, 512]);
    }

    #[test]
    fn tiny_and_very_long_pictures_keep_at_least_their_own_size() {
        assert_eq!(scales(Size { width: 16, height: 1 }), [Size { width: 16, height: 1 }]);
        assert_eq!(long_sides(512, 26), [362, 512]);
        assert_eq!(scales(Size { width: 1000, height: 50 }).last(), Some(&Size { width: 1000, height: 50 }));
    }
}
