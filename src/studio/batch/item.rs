//! One result of a batch: which photo, which painting, which settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::content::Content;
use super::path_text::path_text;
use crate::studio::settings::Settings;

/// One result of a batch.
#[derive(Clone, Debug)]
pub(super) struct BatchItem {
    pub(super) style: ItemStyle,
    /// From 1.
    pub(super) variant: u32,
    /// Its path in the output folder.
    pub(super) output: PathBuf,
    /// The same as text.
    pub(super) output_text: String,
    /// How to paint it.
    pub(super) settings: Settings,
    /// Whether its size is the photo's own, not that of the settings.
    pub(super) has_own_size: bool,
}

/// The style of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemStyle {
    /// That of one painting, by its index.
    Of(usize),
    /// Those of all paintings, mixed by their weights.
    Mixed,
    /// One that is drawn from the distribution of all paintings' styles.
    Drawn,
}

impl BatchItem {
    /// Its settings for a photo of this width and height.
    pub(super) fn settings_for(&self, (width, height): (u32, u32)) -> Settings {
        let size = if self.has_own_size { width.max(height) } else { self.settings.size };
        Settings { size, ..self.settings.clone() }
    }
}

/// How results are named.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutputName<'a> {
    /// Whether another photo of the folder differs from this one by its ending only.
    pub(super) keeps_ending: bool,
    /// What the painting is called in names.
    pub(super) style: &'a str,
    /// From 1, if there are several.
    pub(super) variant: Option<u32>,
    /// The result's ending.
    pub(super) ending: &'a str,
}

impl OutputName<'_> {
    /// `folder/photo--painting.jpg`, or `folder/photo--painting--2.jpg`.
    pub(super) fn of(self, content: &Content) -> (PathBuf, String) {
        let file = if self.keeps_ending { content.name.file_name() } else { content.name.file_stem() };
        let mut name = OsString::from(file.unwrap_or_default());
        name.push(format!("--{}", self.style));
        if let Some(variant) = self.variant {
            name.push(format!("--{variant}"));
        }
        name.push(".");
        name.push(self.ending);
        let path = content.name.parent().unwrap_or(Path::new("")).join(name);
        let text = path_text(&path);
        (path, text)
    }
}
