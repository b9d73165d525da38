//! A style in use: a painting, how much of it is taken, and where it applies.

use serde::{Deserialize, Serialize};

use super::settings::{SettingError, check_style};
use crate::engine::balance::StyleBalance;

/// A painting that a picture learns from. `S` is the painting and `M` its mask, in the form that each is at hand: pictures
/// in a recipe, files on the command line, cards in the window, entries in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Style<S, M = S> {
    /// The painting.
    pub source: S,
    /// Its share among the styles; only the ratio to the others' weights matters. Within [`super::Settings::STYLE_WEIGHT`].
    pub weight: f32,
    /// Size of its strokes relative to those of the other styles, times [`super::Settings::brush_scale`]. Within
    /// [`super::Settings::BRUSH_SCALE`].
    #[serde(default = "one")]
    pub brush_scale: f32,
    /// Where it applies: light where it does, dark where it does not; everywhere when not given. Shaped like the photo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<M>,
}

fn one() -> f32 {
    1.0
}

impl<S, M> Style<S, M> {
    /// A painting that applies everywhere, with a weight of 1 and strokes of their own size.
    pub fn new(source: S) -> Self {
        let StyleBalance { weight, brush_scale } = StyleBalance::default();
        Self { source, weight, brush_scale, mask: None }
    }

    /// The part that changes while a picture is painted.
    pub fn balance(&self) -> StyleBalance {
        StyleBalance { weight: self.weight, brush_scale: self.brush_scale }
    }

    /// Sets the part that changes while a picture is painted.
    pub fn set_balance(&mut self, StyleBalance { weight, brush_scale }: StyleBalance) {
        (self.weight, self.brush_scale) = (weight, brush_scale);
    }

    /// A style with the same weight and brush scale, but this painting and this mask.
    pub fn with<T, N>(&self, source: T, mask: Option<N>) -> Style<T, N> {
        Style { source, weight: self.weight, brush_scale: self.brush_scale, mask }
    }

    /// The same style with its painting and its mask in another form.
    pub fn map<T, N>(&self, source: impl FnOnce(&S) -> T, mask: impl FnOnce(&M) -> N) -> Style<T, N> {
        self.with(source(&self.source), self.mask.as_ref().map(mask))
    }

    /// The same as [`Style::map`], for forms that cannot always be had.
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

    /// Checks weight and brush scale.
    ///
    /// # Errors
    /// The one that is outside its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        check_style(self.weight, self.brush_scale)
    }
}
