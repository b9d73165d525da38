//! What a person sets, each with its range, and the presets.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

use crate::engine::balance::{Balance, LAYERS, StyleBalance};
use crate::engine::loss::StyleLoss;
use crate::engine::schedule::Schedule;

/// Everything that decides how a picture is painted, apart from the pictures themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Long side of the result in pixels, within [`Settings::SIZE`].
    pub size: u32,
    /// Iterations at the last scale of the pyramid, within [`Settings::ITERATIONS`].
    pub iterations: u32,
    /// Iterations at each scale before, as a share of those, within [`Settings::COARSE_SHARE`].
    pub coarse_share: f32,
    /// How far the painting's manner prevails over the photo, 0 to 100.
    pub strength: f32,
    /// Weight of the content loss; replaces the weight that follows from `strength`.
    pub content_weight: Option<f32>,
    /// Size of the painting against the picture: 2 gives strokes twice as large. Within [`Settings::BRUSH_SCALE`].
    pub brush_scale: f32,
    /// How much of the photo's fine detail is laid onto the picture as it grows, 0 to 100: of as much as `strength` leaves.
    pub detail_kept: f32,
    /// Weight of the total variation, within [`Settings::SMOOTHNESS`]; larger is calmer.
    pub smoothness: f32,
    /// How much of the photo's own colours is kept, 0 to 100.
    pub keep_colors: f32,
    /// Whose colours the picture takes.
    pub palette: Palette,
    /// Which strokes count more, within [`Settings::STROKE_SIZE`]: below 0 the fine ones, above the broad ones.
    pub stroke_size: f32,
    /// What each style tap counts, fine to coarse; replaces what follows from `stroke_size`.
    pub layers: Option<[f32; 5]>,
    /// How the manner of two pictures is compared.
    pub style_loss: StyleLoss,
    /// What the first scale starts from.
    pub start: Start,
    /// Seed of the noise.
    pub seed: u64,
}

/// What the first scale of the pyramid starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Start {
    /// The photo in the paintings' colours.
    Content,
    /// Noise in the paintings' colours.
    Noise,
    /// The first painting, stretched over the picture.
    Style,
    /// A picture of the person's own, [`super::Recipe::start_picture`].
    Picture,
    /// The same, and the scales whose long side is shorter than this, in pixels, are left out: the picture has had
    /// them.
    Continue(u32),
}

/// Whose colours a picture takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Palette {
    /// The paintings'.
    #[default]
    Painting,
    /// The photo's: the paintings are given its palette before anything is painted.
    Photo,
}

/// A size and a number of iterations under one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// 256 px, to try things out.
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

    /// The name a person sees.
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
            Self::Draft | Self::Print => 80,
            Self::Standard | Self::Fine => 100,
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
            smoothness: 2.0,
            keep_colors: 0.0,
            palette: Palette::Painting,
            stroke_size: 0.0,
            layers: None,
            style_loss: StyleLoss::Wasserstein,
            start: Start::Content,
            seed: 0,
        }
    }
}

/// The coarser scales need half the iterations to find what the last one starts from.
const COARSE_SHARE: f32 = 0.5;

/// A setting outside its range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{name} is {value}, but must be between {smallest} and {largest}")]
pub struct SettingError {
    /// The setting's name in plain words.
    pub name: &'static str,
    /// The value that was given.
    pub value: f64,
    /// The smallest value allowed.
    pub smallest: f64,
    /// The largest value allowed.
    pub largest: f64,
}

impl Settings {
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
    /// Range of each of `layers`, of which at least one must be above 0.
    pub const LAYER: RangeInclusive<f32> = 0.0..=1e6;
    /// Range of a style's weight.
    pub const STYLE_WEIGHT: RangeInclusive<f32> = 0.0..=1000.0;

    /// Takes a preset's size and iterations.
    pub fn apply(&mut self, preset: Preset) {
        self.size = preset.size();
        self.iterations = preset.iterations();
        self.coarse_share = COARSE_SHARE;
    }

    /// These settings with those of `other` that act on a run while it paints.
    #[must_use]
    pub fn with_live_of(self, other: &Self) -> Self {
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

    /// The preset these settings stand at, if any.
    pub fn preset(&self) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| self.size == preset.size() && self.iterations == preset.iterations())
    }

    /// Checks every range; the first setting outside its range is the error.
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

    /// The weights of the losses that these settings ask for, with the part that each style has.
    pub fn balance(&self, styles: impl IntoIterator<Item = StyleBalance>) -> Balance {
        let scaled = |style: StyleBalance| StyleBalance { brush_scale: style.brush_scale * self.brush_scale, ..style };
        let strength = Strength::of(self.strength);
        Balance {
            content: self.content_weight.unwrap_or(strength.content),
            smoothness: self.smoothness,
            detail: strength.detail * self.detail_kept / 100.0,
            reach: strength.reach,
            layers: self.layers.unwrap_or_else(|| layers(self.stroke_size)),
            styles: styles.into_iter().map(scaled).collect(),
        }
    }

    /// How far the photo's colours are carried onto the paintings' before painting begins, 0 to 1.
    pub fn recolored(&self) -> f32 {
        Strength::of(self.strength).recolored
    }

    /// Iterations and steps at each scale.
    pub fn schedule(&self) -> Schedule {
        Schedule { iterations: self.iterations, coarse_share: self.coarse_share }
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

/// What a strength of 0 to 100 comes to.
struct Strength {
    /// Weight of the content loss: falls by a constant factor with each step, so that equal steps of the slider look
    /// alike.
    content: f32,
    /// How far steps reach: nowhere at 0, where the photo stays as it is.
    reach: f32,
    /// How far the photo is recoloured at the start.
    recolored: f32,
    /// How much of the photo's detail is laid onto each scale.
    detail: f32,
}

impl Strength {
    fn of(strength: f32) -> Self {
        const AT_DEFAULT: f32 = 0.02;
        const HALVED_EVERY: f32 = 12.5;
        Self {
            content: AT_DEFAULT * ((50.0 - strength) / HALVED_EVERY).exp2(),
            reach: (strength / 25.0).min(1.0),
            recolored: (strength / 50.0).min(1.0),
            detail: ((100.0 - strength) / 50.0).min(1.0),
        }
    }
}

/// What each style tap counts for a stroke size of -100 to 100: tilts the usual shares towards one end.
fn layers(stroke_size: f32) -> [f32; 5] {
    let tilt = |steps: f32| (stroke_size / 25.0 * steps).exp2();
    std::array::from_fn(|tap| LAYERS[tap] * tilt(tap as f32 - 2.0))
}
