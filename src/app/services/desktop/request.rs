//! Requests for file dialogs.

use std::path::{Path, PathBuf};

use crate::clip::FILM_ENDINGS;
use crate::picture::style_file::StyleFile;
use crate::picture::style_map::StyleMap;
use crate::picture::{Format, decode};
use crate::studio::project::EXTENSION;

/// A file dialog to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRequest {
    /// Choose pictures to open.
    Open {
        /// The title of the dialog.
        title: &'static str,
        /// Whether more than one may be chosen.
        several: bool,
    },
    /// Choose a project to open.
    OpenProject {
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
    /// Choose a style map to open.
    OpenMap {
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
    /// Choose the file to save the project to. The dialog itself asks before replacing a file.
    SaveProject {
        /// The file name to suggest.
        suggestion: String,
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
    /// Choose the file to export a trained style to. The dialog itself asks before replacing a file.
    SaveStyle {
        /// The file name to suggest.
        suggestion: String,
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
    /// Choose the file to export a style map to. The dialog itself asks before replacing a file.
    SaveMap {
        /// The file name to suggest.
        suggestion: String,
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
    /// Choose the file to paint a clip to. The dialog itself asks before replacing a file.
    SaveClip {
        /// The file name to suggest.
        suggestion: String,
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
    /// Choose a folder.
    Folder {
        /// The title of the dialog.
        title: &'static str,
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
    /// Choose the file to export to. The dialog itself asks before replacing a file.
    Save {
        /// The file name to suggest.
        suggestion: String,
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
}

/// No dialog could be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDialog;

pub(super) fn title(request: &FileRequest) -> &'static str {
    match request {
        FileRequest::Open { title, .. } | FileRequest::Folder { title, .. } => title,
        FileRequest::SaveClip { .. } => "Paint the clip to",
        FileRequest::OpenProject { .. } => "Open a project",
        FileRequest::OpenMap { .. } => "Open a map",
        FileRequest::SaveMap { .. } => "Export the map",
        FileRequest::SaveProject { .. } => "Save the project",
        FileRequest::SaveStyle { .. } => "Export the style",
        FileRequest::Save { .. } => "Export the picture",
    }
}

pub(super) fn suggestion(request: &FileRequest) -> Option<&str> {
    match request {
        FileRequest::Open { .. }
        | FileRequest::OpenProject { .. }
        | FileRequest::OpenMap { .. }
        | FileRequest::Folder { .. } => None,
        FileRequest::SaveProject { suggestion, .. }
        | FileRequest::SaveClip { suggestion, .. }
        | FileRequest::SaveStyle { suggestion, .. }
        | FileRequest::SaveMap { suggestion, .. }
        | FileRequest::Save { suggestion, .. } => Some(suggestion),
    }
}

pub(super) fn folder(request: &FileRequest) -> Option<&Path> {
    match request {
        FileRequest::Open { .. } => None,
        FileRequest::OpenProject { folder }
        | FileRequest::OpenMap { folder }
        | FileRequest::Folder { folder, .. }
        | FileRequest::SaveClip { folder, .. }
        | FileRequest::SaveProject { folder, .. }
        | FileRequest::SaveStyle { folder, .. }
        | FileRequest::SaveMap { folder, .. }
        | FileRequest::Save { folder, .. } => folder.as_deref(),
    }
}

/// The file type filters of a dialog: names and extensions.
pub(super) fn filters(request: &FileRequest) -> Vec<(&'static str, Vec<String>)> {
    match request {
        FileRequest::Open { .. } => {
            let endings =
                decode::ENDINGS.into_iter().chain(["apng"]).chain(FILM_ENDINGS).chain([EXTENSION, StyleMap::ENDING]);
            vec![
                ("Pictures, clips, maps and projects", endings.map(in_any_case).collect()),
                ("All files", vec!["*".to_owned()]),
            ]
        }
        FileRequest::Folder { .. } => Vec::new(),
        FileRequest::SaveClip { suggestion, .. } => {
            let is_suggested = |filter: &(&str, Vec<String>)| filter.1.iter().any(|end| suggestion.ends_with(end));
            let mut filters: Vec<_> = CLIP_FORMATS.iter().map(|(name, endings)| (*name, owned(endings))).collect();
            // Some dialogs append the extension of the first filter.
            if let Some(index) = filters.iter().position(is_suggested) {
                filters[..=index].rotate_right(1);
            }
            filters
        }
        FileRequest::OpenProject { .. } => vec![("Impasto projects", vec![in_any_case(EXTENSION)])],
        FileRequest::SaveProject { .. } => vec![("Impasto projects", vec![EXTENSION.to_owned()])],
        FileRequest::OpenMap { .. } => vec![("Style maps", vec![in_any_case(StyleMap::ENDING)])],
        FileRequest::SaveMap { .. } => vec![("Style maps", vec![StyleMap::ENDING.to_owned()])],
        FileRequest::SaveStyle { .. } => vec![("Trained styles", vec![StyleFile::ENDING.to_owned()])],
        FileRequest::Save { suggestion, .. } => {
            // Some dialogs append the extension of the first filter.
            let suggested = Format::from_path(Path::new(suggestion)).ok();
            let others = Format::ALL.into_iter().filter(|format| Some(*format) != suggested);
            let endings = |format: Format| owned(format.extensions());
            suggested.into_iter().chain(others).map(|format| (format.name(), endings(format))).collect()
        }
    }
}

/// The formats of painted clips, with their endings.
const CLIP_FORMATS: [(&str, &[&str]); 6] = [
    ("MP4", &["mp4", "m4v"]),
    ("QuickTime", &["mov"]),
    ("Matroska", &["mkv"]),
    ("WebM", &["webm"]),
    ("GIF", &["gif"]),
    ("Animated PNG or WebP", &["png", "apng", "webp"]),
];

fn owned(endings: &[&str]) -> Vec<String> {
    endings.iter().map(|ending| (*ending).to_owned()).collect()
}

/// A case-insensitive pattern on Linux, whose dialogs are case-sensitive; other systems take no patterns.
fn in_any_case(ending: &str) -> String {
    if cfg!(not(target_os = "linux")) {
        return ending.to_owned();
    }
    let either = |letter: char| {
        if letter.is_ascii_alphabetic() {
            format!("[{}{}]", letter.to_ascii_lowercase(), letter.to_ascii_uppercase())
        } else {
            letter.to_string()
        }
    };
    ending.chars().map(either).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_contain_every_readable_extension() {
        let open = FileRequest::Open { title: "Choose a photo", several: false };
        let endings = &filters(&open)[0].1;
        for ending in ["jfif", "jpe", "jpg", "tif", "heic", "avif", "jxl", "impasto"] {
            assert!(endings.contains(&in_any_case(ending)), "{ending}");
        }
        assert_eq!(filters(&open)[1].1, ["*"]);
        #[cfg(target_os = "linux")]
        assert_eq!(in_any_case("jp2"), "[jJ][pP]2");
        let save = FileRequest::Save { suggestion: "a.tif".to_owned(), folder: None };
        assert_eq!(filters(&save)[0], ("TIFF", vec!["tiff".to_owned(), "tif".to_owned()]));
    }
}
