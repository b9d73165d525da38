//! The weights of the losses, and what they come to.

/// Shares of the style taps, fine to coarse, as crowsonkb/style-transfer-pytorch has them.
pub const LAYERS: [f32; 5] = [256.0, 64.0, 16.0, 4.0, 1.0];

/// The weights of the losses; may change while painting.
#[derive(Clone, Debug, PartialEq)]
pub struct Balance {
    /// Weight of the content loss.
    pub content: f32,
    /// Weight of the total variation.
    pub smoothness: f32,
    /// How much of the photo's own detail is laid onto the picture as it grows from scale to scale, 0 to 1.
    pub detail: f32,
    /// How far the optimiser's steps reach, 0 (nothing moves) to 1.
    pub reach: f32,
    /// What each style tap counts, fine to coarse (`relu1_1` to `relu5_1`); only their ratios matter.
    pub layers: [f32; 5],
    /// Each style's part.
    pub styles: Vec<StyleBalance>,
}

/// A style's part; may change while painting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StyleBalance {
    /// Only the ratio to the other styles' weights counts.
    pub weight: f32,
    /// Size of the painting against the picture: 2 gives strokes twice as large.
    pub brush_scale: f32,
}

impl Default for StyleBalance {
    fn default() -> Self {
        Self { weight: 1.0, brush_scale: 1.0 }
    }
}

impl Default for Balance {
    /// One style, at the weights that suit most pictures.
    fn default() -> Self {
        let styles = vec![StyleBalance::default()];
        Self { content: 0.02, smoothness: 2.0, detail: 0.0, reach: 1.0, layers: LAYERS, styles }
    }
}

impl Balance {
    /// What each style tap's loss counts.
    pub(super) fn tap_weights(&self) -> [f64; 5] {
        let total: f32 = self.layers.iter().sum();
        self.layers.map(|layer| f64::from(layer / total.max(f32::MIN_POSITIVE)))
    }
}

/// The losses of one iteration, each times its weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Unlikeness to the photo.
    pub content: f64,
    /// Unlikeness to the paintings.
    pub style: f64,
    /// Total variation.
    pub smoothness: f64,
}

impl Losses {
    /// Their sum, which the optimiser makes small.
    pub fn total(&self) -> f64 {
        self.content + self.style + self.smoothness
    }

    /// Whether each is one that a picture can have: a number, and not below zero by more than rounding.
    pub(super) fn are_sound(&self) -> bool {
        const ROUNDING: f64 = 1e-2;
        [self.content, self.style, self.smoothness].iter().all(|loss| loss.is_finite() && *loss >= -ROUNDING)
    }
}
