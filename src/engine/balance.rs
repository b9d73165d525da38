//! The weights of the losses, and the weighted losses.

/// Relative weights of the style taps, fine to coarse, from crowsonkb/style-transfer-pytorch.
pub const LAYERS: [f32; 5] = [256.0, 64.0, 16.0, 4.0, 1.0];

/// The weights of the losses, and other settings that may change while painting.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// Weight of the content loss.
    pub content: f32,
    /// Weight of the self-similarity loss, which counts as content.
    pub similarity: f32,
    /// Weight of the total variation.
    pub smoothness: f32,
    /// How much of the photo's detail is added to the picture each time it is upsampled to the next scale, 0 to 1.
    pub detail: f32,
    /// How strongly the style shows, 0 (nothing moves) to 1. The optimiser's steps depend on it.
    pub strength: f32,
    /// Weights of the style taps, fine to coarse (`relu1_1` to `relu5_1`); only their ratios matter.
    pub layers: [f32; 5],
    /// Settings of each style.
    pub styles: Vec<StyleBalance>,
}

/// Settings of one style, which may change while painting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StyleBalance {
    /// Weight of the style; only its ratio to the other styles' weights matters.
    pub weight: f32,
    /// Scale of the painting relative to the picture: 2 gives strokes twice as large.
    pub brush_scale: f32,
}

impl StyleBalance {
    /// The geometric mean of brush scales, by weight.
    pub fn mean_brush_scale(styles: impl IntoIterator<Item = Self>) -> f32 {
        let (mut logarithms, mut weights) = (0.0, 0.0);
        for Self { weight, brush_scale } in styles {
            logarithms += weight * brush_scale.ln();
            weights += weight;
        }
        (logarithms / weights).exp()
    }
}

impl Default for StyleBalance {
    fn default() -> Self {
        Self { weight: 1.0, brush_scale: 1.0 }
    }
}

impl Default for Balance {
    /// One style, with weights that suit most pictures.
    fn default() -> Self {
        let styles = vec![StyleBalance::default()];
        Self { content: 0.006, similarity: 1.5, smoothness: 0.5, detail: 0.0, strength: 0.5, layers: LAYERS, styles }
    }
}

impl Balance {
    /// The weight of each style tap's loss; they sum to 1.
    pub(super) fn tap_weights(&self) -> [f64; 5] {
        let total: f32 = self.layers.iter().sum();
        self.layers.map(|layer| f64::from(layer / total.max(f32::MIN_POSITIVE)))
    }
}

/// The losses of one iteration, each multiplied by its weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Content loss and self-similarity loss, the difference from the photo.
    pub content: f64,
    /// Style loss, the difference from the paintings.
    pub style: f64,
    /// Total variation.
    pub smoothness: f64,
    /// Temporal loss, the difference from what a frame of a clip should look like; otherwise 0.
    pub temporal: f64,
}

impl Losses {
    /// Their sum, which the optimiser minimises.
    pub fn total(&self) -> f64 {
        self.content + self.style + self.smoothness + self.temporal
    }

    /// Whether all losses are possible values: finite, and below zero by no more than rounding.
    pub(super) fn are_finite(&self) -> bool {
        const ROUNDING: f64 = 1e-2;
        [self.content, self.style, self.smoothness, self.temporal]
            .iter()
            .all(|loss| loss.is_finite() && *loss >= -ROUNDING)
    }
}
