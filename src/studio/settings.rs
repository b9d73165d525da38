//! The settings of a run, their ranges, and the presets.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

use crate::engine::balance::{Balance, LAYERS, StyleBalance};
use crate::engine::instant::InstantSettings;
use crate::engine::loss::StyleLoss;
use crate::engine::optimizer::Optimizer;
use crate::engine::schedule::Schedule;

/// How to paint. The pictures to paint from are in [`super::Ingredients`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Long side of the result in pixels, within [`Settings::SIZE`].
    pub size: u32,
    /// Iterations at the last scale of the pyramid, within [`Settings::ITERATIONS`].
    pub iterations: u32,
    /// Iterations at each earlier scale, as a share of `iterations`, within [`Settings::COARSE_SHARE`].
    pub coarse_share: f32,
    /// How strongly the painting's style shows over the photo, 0 to 100.
    pub strength: f32,
    /// Weight of the content loss; overrides the weight derived from `strength`.
    pub content_weight: Option<f32>,
    /// Scale of the paintings relative to the picture; 2 gives strokes twice as large. Within
    /// [`Settings::BRUSH_SCALE`].
    pub brush_scale: f32,
    /// How much of the photo's fine detail is added each time the picture is upsampled, 0 to 100: a percentage of the
    /// amount derived from `strength`.
    pub detail_kept: f32,
    /// How calm the picture is, within [`Settings::SMOOTHNESS`]; larger is calmer. The weight of the total variation is
    /// this number with [`Optimizer::Pixels`], and a quarter of it with [`Optimizer::Levels`].
    pub smoothness: f32,
    /// How much of the photo's own colours is kept, 0 to 100.
    pub keep_colors: f32,
    /// Whose colours the picture takes.
    pub palette: Palette,
    /// Which strokes get more weight, within [`Settings::STROKE_SIZE`]: fine ones below 0, broad ones above 0.
    pub stroke_size: f32,
    /// Weight of each style tap, fine to coarse; overrides the weights derived from `stroke_size`.
    pub layers: Option<[f32; 5]>,
    /// How styles are compared.
    pub style_loss: StyleLoss,
    /// What the iterations move. Recipes of versions that had no choice mean the pixels.
    #[serde(default = "pixels", skip_serializing_if = "is_pixels")]
    pub optimizer: Optimizer,
    /// What the first scale starts from.
    pub start: Start,
    /// Seed of the noise.
    pub seed: u64,
    /// How the picture is made.
    #[serde(skip_serializing_if = "Method::is_default")]
    pub method: Method,
}

/// What iterations moved before there was a choice.
fn pixels() -> Optimizer {
    Optimizer::Pixels
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference
fn is_pixels(optimizer: &Optimizer) -> bool {
    *optimizer == pixels()
}

/// How a picture is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// By optimisation, in many iterations.
    #[default]
    Optimise,
    /// In one pass of a network.
    Instant,
}

impl Method {
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde passes a reference
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What the first scale of the pyramid starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// The photo in the paintings' colours.
    Content,
    /// Noise in the paintings' colours.
    Noise,
    /// The first painting, stretched to the size of the picture.
    Style,
    /// The picture in [`super::Ingredients::start_picture`].
    Picture,
    /// As [`Start::Picture`], but skips the scales whose long side is shorter than this many pixels: the picture has
    /// been through them already.
    Continue(u32),
}

/// Whose colours a picture takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Palette {
    /// The paintings' colours.
    #[default]
    Painting,
    /// The photo's colours: the paintings are recoloured with its palette first.
    Photo,
}

/// A named combination of size and iterations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// 256 px, for experiments.
    Draft,
    /// 512 px.
    Standard,
    /// 1024 px.
    Fine,
    /// 2048 px.
    Print,
}

impl Preset {
    /// Every preset, smallest first.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Standard, Self::Fine, Self::Print];

    /// The name shown to the user.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Standard => "Standard",
            Self::Fine => "Fine",
            Self::Print => "Print",
        }
    }

    /// Long side of the result in pixels.
    pub fn size(self) -> u32 {
        match self {
            Self::Draft => 256,
            Self::Standard => 512,
            Self::Fine => 1024,
            Self::Print => 2048,
        }
    }

    /// Iterations at the last scale.
    pub fn iterations(self) -> u32 {
        match self {
            Self::Draft | Self::Print => 70,
            Self::Standard | Self::Fine => 80,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        let preset = Preset::Standard;
        Self {
            size: preset.size(),
            iterations: preset.iterations(),
            coarse_share: COARSE_SHARE,
            strength: 50.0,
            content_weight: None,
            brush_scale: 1.0,
            detail_kept: 100.0,
            smoothness: DEFAULT_SMOOTHNESS,
            keep_colors: 0.0,
            palette: Palette::Painting,
            stroke_size: 0.0,
            layers: None,
            style_loss: StyleLoss::Wasserstein,
            optimizer: Optimizer::default(),
            start: Start::Content,
            seed: 0,
            method: Method::Optimise,
        }
    }
}

const DEFAULT_SMOOTHNESS: f32 = 2.0;

/// The most that flat areas of an instant picture are calmed: more would blur the rest of it.
const MOST_CALM: f32 = 3.0;

/// A quarter of the iterations is enough at the coarser scales, which only provide the start for the last one.
const COARSE_SHARE: f32 = 0.25;

/// A setting outside its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name} is {value}, but must be between {smallest} and {largest}")]
pub struct SettingError {
    /// The setting's name as shown to the user.
    pub name: &'static str,
    /// The rejected value.
    pub value: f64,
    /// The smallest value allowed.
    pub smallest: f64,
    /// The largest value allowed.
    pub largest: f64,
}

/// Why a setting cannot be given a value by its name.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SettingValueError {
    /// No setting has the name.
    #[error("no setting is called {0}")]
    Unknown(String),
    /// The value is of another kind.
    #[error("{name} cannot be {value} ({reason})")]
    Kind {
        /// The setting's name in recipe files.
        name: String,
        /// The rejected value.
        value: String,
        /// Why.
        reason: String,
    },
    /// The value is outside the setting's range.
    #[error(transparent)]
    Range(#[from] SettingError),
}

impl Settings {
    /// These settings with another value of the one with this name, which is its name in recipe files.
    ///
    /// # Errors
    /// When there is no such setting, or it cannot have this value.
    pub fn with(&self, name: &str, value: &serde_json::Value) -> Result<Self, SettingValueError> {
        let kind = |reason: serde_json::Error| SettingValueError::Kind {
            name: name.to_owned(),
            value: value.to_string(),
            reason: reason.to_string(),
        };
        let mut fields = serde_json::to_value(self).map_err(kind)?;
        let Some(field) = fields.get_mut(name) else { return Err(SettingValueError::Unknown(name.to_owned())) };
        *field = value.clone();
        let settings: Self = serde_json::from_value(fields).map_err(kind)?;
        settings.validate()?;
        Ok(settings)
    }

    /// Range of `size`.
    pub const SIZE: RangeInclusive<u32> = 16..=16384;
    /// Range of `iterations`.
    pub const ITERATIONS: RangeInclusive<u32> = 1..=10_000;
    /// Range of `coarse_share`.
    pub const COARSE_SHARE: RangeInclusive<f32> = 0.01..=100.0;
    /// Range of `strength` and `keep_colors`.
    pub const PERCENT: RangeInclusive<f32> = 0.0..=100.0;
    /// Range of `content_weight`.
    pub const CONTENT_WEIGHT: RangeInclusive<f32> = 0.0..=1e6;
    /// Range of `brush_scale` and of a style's own scale.
    pub const BRUSH_SCALE: RangeInclusive<f32> = 0.25..=4.0;
    /// Range of `smoothness`.
    pub const SMOOTHNESS: RangeInclusive<f32> = 0.0..=1000.0;
    /// Range of `stroke_size`.
    pub const STROKE_SIZE: RangeInclusive<f32> = -100.0..=100.0;
    /// Range of each value of `layers`; at least one of them must be above 0.
    pub const LAYER: RangeInclusive<f32> = 0.0..=1e6;
    /// Range of a style's weight.
    pub const STYLE_WEIGHT: RangeInclusive<f32> = 0.0..=1000.0;

    /// Sets the size and iterations of a preset, as this version paints it.
    pub fn apply(&mut self, preset: Preset) {
        self.size = preset.size();
        self.iterations = preset.iterations();
        self.coarse_share = COARSE_SHARE;
        self.optimizer = Optimizer::default();
    }

    /// The iterations for a result with this long side, unless the user chooses others: those of its preset.
    pub fn usual_iterations(size: u32) -> u32 {
        Preset::ALL.into_iter().find(|preset| preset.size() == size).unwrap_or(Preset::Standard).iterations()
    }

    /// These settings with this version's schedule, if theirs is of a version before coarse levels were optimised. A
    /// number of iterations that was not the usual one is kept.
    #[must_use]
    pub fn with_current_schedule(self) -> Self {
        if self.optimizer != Optimizer::Pixels {
            return self;
        }
        let was_usual = if matches!(self.size, 256 | 2048) { 80 } else { 100 };
        let iterations = if self.iterations == was_usual { Self::usual_iterations(self.size) } else { self.iterations };
        Self { iterations, coarse_share: COARSE_SHARE, optimizer: Optimizer::default(), ..self }
    }

    /// These settings, with the values of `other` for the settings that can change during a run.
    #[must_use]
    pub fn with_steerable_settings_of(self, other: &Self) -> Self {
        let Self { strength, content_weight, brush_scale, detail_kept, smoothness, .. } = *other;
        let Self { keep_colors, stroke_size, layers, .. } = *other;
        Self {
            strength,
            content_weight,
            brush_scale,
            detail_kept,
            smoothness,
            keep_colors,
            stroke_size,
            layers,
            ..self
        }
    }

    /// The preset with the size and iterations of these settings, if any.
    pub fn preset(&self) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| self.size == preset.size() && self.iterations == preset.iterations())
    }

    /// Checks that every setting is within its range.
    ///
    /// # Errors
    /// The first setting that is not.
    pub fn validate(&self) -> Result<(), SettingError> {
        check("the size", f64::from(self.size), bounds(&Self::SIZE))?;
        check("the number of iterations", f64::from(self.iterations), bounds(&Self::ITERATIONS))?;
        check("the share of iterations at coarse scales", f64::from(self.coarse_share), bounds(&Self::COARSE_SHARE))?;
        check("the strength", f64::from(self.strength), bounds(&Self::PERCENT))?;
        if let Some(weight) = self.content_weight {
            check("the content weight", f64::from(weight), bounds(&Self::CONTENT_WEIGHT))?;
        }
        check("the brush scale", f64::from(self.brush_scale), bounds(&Self::BRUSH_SCALE))?;
        check("the share of detail kept", f64::from(self.detail_kept), bounds(&Self::PERCENT))?;
        check("the smoothness", f64::from(self.smoothness), bounds(&Self::SMOOTHNESS))?;
        check("the share of colours kept", f64::from(self.keep_colors), bounds(&Self::PERCENT))?;
        check("the stroke size", f64::from(self.stroke_size), bounds(&Self::STROKE_SIZE))?;
        let Some(layers) = self.layers else { return Ok(()) };
        for layer in layers {
            check("a layer's weight", f64::from(layer), bounds(&Self::LAYER))?;
        }
        check("the largest of the layers' weights", f64::from(layers.into_iter().fold(0.0, f32::max)), (1e-6, 1e6))
    }

    /// The engine's weights for these settings and these styles.
    pub fn balance(&self, styles: impl IntoIterator<Item = StyleBalance>) -> Balance {
        let scaled = |style: StyleBalance| StyleBalance { brush_scale: style.brush_scale * self.brush_scale, ..style };
        let strength = Strength::of(self.strength);
        let content = self.content_weight.unwrap_or(self.usual_content() * strength.content);
        Balance {
            content,
            similarity: if self.keeps_content_by_steps() { SIMILARITY * content } else { 0.0 },
            smoothness: self.smoothness * total_variation(self.optimizer),
            detail: strength.detail * self.detail_kept / 100.0,
            strength: self.strength / 100.0,
            layers: self.layers.unwrap_or_else(|| layers(self.stroke_size)),
            styles: styles.into_iter().map(scaled).collect(),
        }
    }

    /// Weight of the content loss at a strength of 50.
    fn usual_content(&self) -> f32 {
        if self.keeps_content_by_steps() { 0.006 } else { 0.02 }
    }

    /// Whether short steps keep the photo's content: the picture begins as the photo or as an earlier result, and steps are
    /// in proportion to the strength.
    fn keeps_content_by_steps(&self) -> bool {
        self.optimizer == Optimizer::Levels && matches!(self.start, Start::Content | Start::Continue(_))
    }

    /// How to paint in one pass of a network with these settings. Up to a strength of 50 the style goes from the photo's
    /// own to the paintings'; above, forms become larger.
    pub fn instant(&self) -> InstantSettings {
        let strength = Strength::of(self.strength);
        InstantSettings {
            style: strength.recolored,
            forms: ((self.strength - 50.0) / 50.0).max(0.0),
            cover: (self.strength / 25.0).min(1.0),
            detail: strength.detail * self.detail_kept / 100.0,
            calm: (self.smoothness / DEFAULT_SMOOTHNESS).sqrt().min(MOST_CALM),
        }
    }

    /// How far the photo is recoloured towards the paintings' colours before painting begins, 0 to 1.
    pub fn recolored(&self) -> f32 {
        Strength::of(self.strength).recolored
    }

    /// The number of iterations at each scale.
    pub fn schedule(&self) -> Schedule {
        Schedule { iterations: self.iterations, coarse_share: self.coarse_share, optimizer: self.optimizer }
    }
}

/// Checks a style's weight and brush scale.
pub(super) fn check_style(weight: f32, brush_scale: f32) -> Result<(), SettingError> {
    check("a style's weight", f64::from(weight), bounds(&Settings::STYLE_WEIGHT))?;
    check("a style's brush scale", f64::from(brush_scale), bounds(&Settings::BRUSH_SCALE))
}

fn bounds<T: Copy + Into<f64>>(range: &RangeInclusive<T>) -> (f64, f64) {
    ((*range.start()).into(), (*range.end()).into())
}

fn check(name: &'static str, value: f64, (smallest, largest): (f64, f64)) -> Result<(), SettingError> {
    if (smallest..=largest).contains(&value) { Ok(()) } else { Err(SettingError { name, value, smallest, largest }) }
}

/// Values derived from a strength of 0 to 100.
struct Strength {
    /// Weight of the content loss, as a multiple of that at a strength of 50. It falls exponentially with strength, so
    /// that equal steps of the slider have equal visible effects.
    content: f32,
    /// How far the photo is recoloured at the start, 0 to 1.
    recolored: f32,
    /// How much of the photo's detail is added at each scale, 0 to 1.
    detail: f32,
}

impl Strength {
    fn of(strength: f32) -> Self {
        const HALVED_EVERY: f32 = 12.5;
        Self {
            content: ((50.0 - strength) / HALVED_EVERY).exp2(),
            recolored: (strength / 50.0).min(1.0),
            detail: ((100.0 - strength) / 50.0).min(1.0),
        }
    }
}

/// Weight of the self-similarity loss as a multiple of that of the content loss (docs/convergence.md has figures).
const SIMILARITY: f32 = 250.0;

/// Weight of the total variation for a smoothness of 1. Judged by a network that is not optimised, pictures that
/// [`Optimizer::Levels`] paints are closer to the painting with less of it (docs/convergence.md).
fn total_variation(optimizer: Optimizer) -> f32 {
    match optimizer {
        Optimizer::Pixels => 1.0,
        Optimizer::Levels => 0.25,
    }
}

/// Weight of each style tap for a stroke size of -100 to 100: the default weights, tilted towards one end.
fn layers(stroke_size: f32) -> [f32; 5] {
    let tilt = |steps: f32| (stroke_size / 25.0 * steps).exp2();
    std::array::from_fn(|tap| LAYERS[tap] * tilt(tap as f32 - 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The weights of content, self-similarity and total variation, and the strength, as the engine gets them.
    fn weights(settings: &Settings) -> [f32; 4] {
        let Balance { content, similarity, smoothness, strength, .. } = settings.balance([]);
        [content, similarity, smoothness, strength]
    }

    #[track_caller]
    fn assert_weights(settings: &Settings, expected: [f32; 4]) {
        let found = weights(settings);
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found}, not {expected}, for {settings:?}");
        }
    }

    #[test]
    fn recipes_of_pixels_keep_their_weights() {
        let of = |strength| Settings { strength, optimizer: Optimizer::Pixels, ..Settings::default() };
        assert_weights(&of(50.0), [0.02, 0.0, 2.0, 0.5]);
        assert_weights(&of(25.0), [0.08, 0.0, 2.0, 0.25]);
        assert_weights(&Settings { start: Start::Noise, ..of(50.0) }, [0.02, 0.0, 2.0, 0.5]);
    }

    #[test]
    fn levels_need_less_content_weight_from_the_photo_and_less_total_variation() {
        let of = |start| Settings { start, ..Settings::default() };
        assert_weights(&of(Start::Content), [0.006, 1.5, 0.5, 0.5]);
        assert_weights(&of(Start::Continue(256)), [0.006, 1.5, 0.5, 0.5]);
        assert_weights(&of(Start::Noise), [0.02, 0.0, 0.5, 0.5]);
        assert_weights(&Settings { strength: 75.0, ..of(Start::Content) }, [0.0015, 0.375, 0.5, 0.75]);
        let own = Settings { content_weight: Some(0.3), smoothness: 4.0, ..of(Start::Content) };
        assert_weights(&own, [0.3, 75.0, 1.0, 0.5]);
    }

    #[test]
    fn a_preset_brings_its_schedule() {
        let mut settings = Settings { optimizer: Optimizer::Pixels, coarse_share: 0.5, ..Settings::default() };
        settings.apply(Preset::Draft);
        assert_eq!((settings.size, settings.iterations, settings.optimizer), (256, 70, Optimizer::Levels));
        assert!((settings.coarse_share - COARSE_SHARE).abs() < 1e-6);
    }
}
