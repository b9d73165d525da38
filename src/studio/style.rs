//! A style: a painting, its weight and brush scale, and its mask.

use serde::{Deserialize, Serialize};

use super::settings::{SettingError, check_style};
use crate::engine::balance::StyleBalance;

/// A painting whose style is used. `S` is the type of the painting and `M` that of its mask: pictures in a recipe,
/// files on the command line, cards in the window, entries in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Style<S, M = S> {
    /// The painting.
    pub source: S,
    /// Its weight, within [`super::Settings::STYLE_WEIGHT`]; only the ratio to the other styles' weights matters.
    pub weight: f32,
    /// Size of its strokes relative to those of the other styles, within [`super::Settings::BRUSH_SCALE`]. Multiplies
    /// [`super::Settings::brush_scale`].
    #[serde(default = "one")]
    pub brush_scale: f32,
    /// Light where the style applies, dark where it does not, with the photo's proportions. Without a mask the style
    /// applies everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<M>,
}

fn one() -> f32 {
    1.0
}

impl<S, M> Style<S, M> {
    /// A style that applies everywhere, with a weight and a brush scale of 1.
    pub fn new(source: S) -> Self {
        let StyleBalance { weight, brush_scale } = StyleBalance::default();
        Self { source, weight, brush_scale, mask: None }
    }

    /// The values that may change during a run.
    pub fn balance(&self) -> StyleBalance {
        StyleBalance { weight: self.weight, brush_scale: self.brush_scale }
    }

    /// Sets the values that may change during a run.
    pub fn set_balance(&mut self, StyleBalance { weight, brush_scale }: StyleBalance) {
        (self.weight, self.brush_scale) = (weight, brush_scale);
    }

    /// A style with the same weight and brush scale, but this painting and this mask.
    pub fn with<T, N>(&self, source: T, mask: Option<N>) -> Style<T, N> {
        Style { source, weight: self.weight, brush_scale: self.brush_scale, mask }
    }

    /// The same style with its painting and mask converted.
    pub fn map<T, N>(&self, source: impl FnOnce(&S) -> T, mask: impl FnOnce(&M) -> N) -> Style<T, N> {
        self.with(source(&self.source), self.mask.as_ref().map(mask))
    }

    /// As [`Style::map`], for conversions that can fail.
    ///
    /// # Errors
    /// The first error of `source` or `mask`.
    pub fn try_map<T, N, E>(
        &self,
        source: impl FnOnce(&S) -> Result<T, E>,
        mask: impl FnOnce(&M) -> Result<N, E>,
    ) -> Result<Style<T, N>, E> {
        let Self { weight, brush_scale, .. } = *self;
        Ok(Style {
            source: source(&self.source)?,
            weight,
            brush_scale,
            mask: self.mask.as_ref().map(mask).transpose()?,
        })
    }

    /// Checks that weight and brush scale are within their ranges.
    ///
    /// # Errors
    /// The first that is not.
    pub fn validate(&self) -> Result<(), SettingError> {
        check_style(self.weight, self.brush_scale)
    }
}
