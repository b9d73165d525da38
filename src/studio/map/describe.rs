//! The styles of a painting and of its parts.

use rayon::prelude::*;

use crate::engine::control::Control;
use crate::engine::error::Result;
use crate::engine::instant::{InstantNetworks, StyleVector};
use crate::engine::pyramid::Size;
use crate::picture::Picture;
use crate::studio::job::planes;
use crate::studio::settings::Method;
use crate::studio::sizes::Part;

/// How many times smaller than the painting's short side the sides of its square parts are, and how many parts there are along
/// each side.
const PARTS: [(f32, usize); 2] = [(1.5, 2), (2.4, 3)];

/// The style of a painting as instant pictures see it, and those of its parts.
pub(super) fn describe(
    painting: &Picture,
    networks: &InstantNetworks,
    control: &Control,
) -> Result<(StyleVector, Vec<StyleVector>)> {
    let whole = Part::painting(painting);
    let style = |part: &Part| networks.style(&planes(part, part.for_predictor(), Method::Instant, control)?);
    let parts = parts(whole);
    let styles: Vec<StyleVector> = parts.par_iter().map(style).collect::<Result<_>>()?;
    Ok((style(&whole)?, styles))
}

/// Squares in a painting, evenly spread over it.
fn parts(whole: Part<'_>) -> Vec<Part<'_>> {
    let Size { width, height } = whole.size;
    let mut parts = Vec::new();
    for (divisor, count) in PARTS {
        let side = ((width.min(height) as f32 / divisor) as usize).max(1);
        for row in 0..count {
            for column in 0..count {
                let at = |length: usize, index: usize| (length - side) * index / (count - 1).max(1);
                let (left, top) = (whole.left + at(width, column), whole.top + at(height, row));
                parts.push(Part { left, top, size: Size { width: side, height: side }, ..whole });
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lie_in_the_painting_and_reach_its_corners() {
        let painting = Picture::new(image::DynamicImage::new_rgb8(640, 320));
        let whole = Part::painting(&painting);
        let parts = parts(whole);
        assert_eq!(parts.len(), 13);
        let ends = |part: &Part| (part.left + part.size.width, part.top + part.size.height);
        let (right, bottom) = ends(&whole);
        assert!(parts.iter().all(|part| part.left >= whole.left && part.top >= whole.top));
        assert!(parts.iter().all(|part| ends(part).0 <= right && ends(part).1 <= bottom));
        assert!(parts.iter().filter(|part| ends(part) == (right, bottom)).count() == 2);
    }
}
