//! What a person sets, each with its range, and the presets.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

use crate::engine::loss::StyleLoss;
use crate::engine::transfer::Balance;

/// Everything that decides how a picture is painted, apart from the pictures themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Long side of the result in pixels, within [`Settings::SIZE`].
    pub size: u32,
    /// Iterations at each scale of the pyramid, within [`Settings::ITERATIONS`].
    pub iterations: u32,
    /// How far the painting's manner prevails over the photo, 0 to 100.
    pub strength: f32,
    /// Weight of the content loss; replaces the weight that follows from `strength`.
    pub content_weight: Option<f32>,
    /// Size of the painting against the picture: 2 gives strokes twice as large. Within [`Settings::BRUSH_SCALE`].
    pub brush_scale: f32,
    /// Weight of the total variation, within [`Settings::SMOOTHNESS`]; larger is calmer.
    pub smoothness: f32,
    /// How much of the photo's own colours is kept, 0 to 100.
    pub keep_colors: f32,
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

    /// Iterations at each scale.
    pub fn iterations(self) -> u32 {
        match self {
            Self::Draft | Self::Print => 60,
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
            strength: 50.0,
            content_weight: None,
            brush_scale: 1.0,
            smoothness: 2.0,
            keep_colors: 0.0,
            style_loss: StyleLoss::Wasserstein,
            start: Start::Content,
            seed: 0,
        }
    }
}

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
    /// Range of `strength` and `keep_colors`.
    pub const PERCENT: RangeInclusive<f32> = 0.0..=100.0;
    /// Range of `content_weight`.
    pub const CONTENT_WEIGHT: RangeInclusive<f32> = 0.0..=1e6;
    /// Range of `brush_scale` and of a style's own scale.
    pub const BRUSH_SCALE: RangeInclusive<f32> = 0.25..=4.0;
    /// Range of `smoothness`.
    pub const SMOOTHNESS: RangeInclusive<f32> = 0.0..=1000.0;
    /// Range of a style's weight.
    pub const STYLE_WEIGHT: RangeInclusive<f32> = 0.0..=1000.0;

    /// Takes a preset's size and iterations.
    pub fn apply(&mut self, preset: Preset) {
        self.size = preset.size();
        self.iterations = preset.iterations();
    }

    /// The preset these settings stand at, if any.
    pub fn preset(&self) -> Option<Preset> {
        Preset::ALL.into_iter().find(|preset| self.size == preset.size() && self.iterations == preset.iterations())
    }

    /// Checks every range; the first setting outside its range is the error.
    pub fn validate(&self) -> Result<(), SettingError> {
        check("the size", f64::from(self.size), bounds(&Self::SIZE))?;
        check("the number of iterations", f64::from(self.iterations), bounds(&Self::ITERATIONS))?;
        check("the strength", f64::from(self.strength), bounds(&Self::PERCENT))?;
        if let Some(weight) = self.content_weight {
            check("the content weight", f64::from(weight), bounds(&Self::CONTENT_WEIGHT))?;
        }
        check("the brush scale", f64::from(self.brush_scale), bounds(&Self::BRUSH_SCALE))?;
        check("the smoothness", f64::from(self.smoothness), bounds(&Self::SMOOTHNESS))?;
        check("the share of colours kept", f64::from(self.keep_colors), bounds(&Self::PERCENT))
    }

    /// The weights of the losses that these settings ask for, with one weight for each style.
    pub fn balance(&self, style_weights: Vec<f32>) -> Balance {
        Balance {
            content: self.content_weight.unwrap_or_else(|| content_weight(self.strength)),
            smoothness: self.smoothness,
            styles: style_weights,
            brush_scale: self.brush_scale,
        }
    }
}

/// Checks a style's weight.
pub(super) fn check_style_weight(weight: f32) -> Result<(), SettingError> {
    check("a style's weight", f64::from(weight), bounds(&Settings::STYLE_WEIGHT))
}

fn bounds<T: Copy + Into<f64>>(range: &RangeInclusive<T>) -> (f64, f64) {
    ((*range.start()).into(), (*range.end()).into())
}

fn check(name: &'static str, value: f64, (smallest, largest): (f64, f64)) -> Result<(), SettingError> {
    if (smallest..=largest).contains(&value) { Ok(()) } else { Err(SettingError { name, value, smallest, largest }) }
}

/// Content weight for a strength of 0 to 100: falls by a constant factor with each step,
/// so that equal steps of the slider look alike.
fn content_weight(strength: f32) -> f32 {
    const AT_DEFAULT: f32 = 0.02;
    const HALVED_EVERY: f32 = 12.5;
    AT_DEFAULT * ((50.0 - strength) / HALVED_EVERY).exp2()
}
