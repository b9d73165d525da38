//! What to paint: a clip, the paintings, and how.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::error::VideoError;
use super::part::{ClipPart, PartReader};
use crate::clip::{ClipFormat, ClipInfo, ClipSource};
use crate::picture::{Checksum, Picture};
use crate::studio::hardware::Hardware;
use crate::studio::ingredients::{Ingredients, Subject};
use crate::studio::recipe::Recipe;
use crate::studio::settings::{Settings, Start};
use crate::studio::style::Style;
use crate::studio::written::program;

/// How a clip is painted, beside the settings of each frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VideoChoices {
    /// How much frames take from those before them: 0, every frame by itself, to 100.
    pub steadiness: f32,
    /// What is painted of the clip.
    pub part: ClipPart,
    /// Whether the first frame follows the last one.
    pub is_loop: bool,
}

impl VideoChoices {
    /// The usual steadiness.
    pub const USUAL_STEADINESS: f32 = 65.0;
}

impl Default for VideoChoices {
    fn default() -> Self {
        Self { steadiness: Self::USUAL_STEADINESS, part: ClipPart::default(), is_loop: false }
    }
}

/// A clip to be painted.
pub struct VideoOrder {
    pub(super) source: Arc<ClipSource>,
    /// Of the first frame.
    pub(super) recipe: Recipe,
    pub(super) choices: VideoChoices,
}

impl VideoOrder {
    /// Checks the parts, and reads the first frame.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn new(
        source: Arc<ClipSource>,
        (styles, protect): (Vec<Style<Arc<Picture>>>, Option<Arc<Picture>>),
        settings: &Settings,
        choices: VideoChoices,
        hardware: Hardware,
    ) -> Result<Self, VideoError> {
        if !(0.0..=100.0).contains(&choices.steadiness) {
            return Err(VideoError::Steadiness(choices.steadiness));
        }
        choices.part.validate()?;
        let first = PartReader::open(&source, choices.part)?.read()?;
        let first = first.ok_or_else(|| VideoError::NoFrames(source.path().to_path_buf()))?;
        let subject = Subject::Photo { picture: Arc::new(first.picture), protect };
        let settings = Settings { start: Start::Content, ..settings.clone() };
        let recipe =
            Recipe::new(Ingredients { subject, styles, start_picture: None, settings, hardware, time_limit: None })?;
        Ok(Self { source, recipe, choices })
    }

    /// Width and height of the painted frames.
    pub fn size(&self) -> (u32, u32) {
        self.recipe.result_size()
    }

    /// About how many frames are painted, where the clip says how many it has.
    pub fn frames(&self) -> Option<u64> {
        Some(self.choices.part.frames(self.source.count()?, self.source.info().duration))
    }

    /// The part of the clip that is painted.
    pub fn part(&self) -> ClipPart {
        self.choices.part
    }

    /// What the painted clip is.
    pub fn painted_info(&self) -> ClipInfo {
        let mut info = self.source.info().clone();
        info.size = self.size();
        info
    }

    /// Sentences about what a clip of this format cannot hold of the original.
    pub fn losses(&self, format: ClipFormat, output: &Path) -> Vec<&'static str> {
        let info = self.source.info();
        let mut losses = Vec::new();
        if info.color.is_hdr() {
            losses.push("the clip is HDR; it stays HDR, but is painted with 8 bits for each colour, so that smooth areas may show steps");
        }
        if info.has_alpha && !format.keeps_alpha(output) {
            losses.push("this file keeps no transparency; vp9 in webm, prores in mov, and ffv1 in mkv do");
        }
        if !info.sounds.is_empty() && !format.has_sound() {
            losses.push("this format has no sound");
        }
        losses.extend(format.lost_tracks(output, info));
        losses
    }

    /// How much frames take from those before them, 0 to 1.
    pub(super) fn steadiness(&self) -> f32 {
        self.choices.steadiness / 100.0
    }

    /// What tells this clip from another one at the same place.
    fn source_identity(&self) -> String {
        let of_file = |path: &Path| {
            let metadata = fs::metadata(path).ok();
            let changed = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
            format!("{} {:?} {changed:?}", path.display(), metadata.map(|metadata| metadata.len()))
        };
        match self.source.files() {
            [] => of_file(self.source.path()),
            files => files.iter().map(|file| of_file(file)).collect::<Vec<_>>().join("\n"),
        }
    }

    /// What tells this painting from others of which frames may have been kept.
    pub(super) fn fingerprint(&self) -> String {
        let Ingredients { subject, styles, settings, .. } = self.recipe.ingredients();
        let of_picture = |picture: &Picture| {
            let learned = picture.trained_style().map_or(&[][..], |style| bytemuck::cast_slice(&style.parameters));
            let place = picture.map_place().map_or_else(String::new, |place| format!("{:?}", place.place()));
            Checksum::of_parts([picture.pixels().as_bytes(), learned, place.as_bytes()]).to_string()
        };
        let mut parts = vec![program(), self.source_identity()];
        parts.push(serde_json::to_string(settings).unwrap_or_default());
        parts.push(format!("{:?}", self.choices));
        for style in styles {
            parts.extend([format!("{} {}", style.weight, style.brush_scale), of_picture(&style.source)]);
            parts.extend(style.mask.as_deref().map(of_picture));
        }
        if let Subject::Photo { protect, .. } = subject {
            parts.extend(protect.as_deref().map(of_picture));
        }
        Checksum::of(parts.join("\n").as_bytes()).to_string()
    }
}
