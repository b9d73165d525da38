//! Which file dialog is asked for, and what it shows.

use std::path::{Path, PathBuf};

use crate::picture::{Format, decode};
use crate::studio::project::EXTENSION;

/// A dialog to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRequest {
    /// Choose pictures to open.
    Open {
        /// What the dialog says at its top.
        title: &'static str,
        /// More than one may be chosen.
        several: bool,
    },
    /// Choose a project to open.
    OpenProject {
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
    /// Choose the file to save the project to. The dialog itself asks before an existing one is chosen.
    SaveProject {
        /// The file name to suggest.
        suggestion: String,
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
    /// Choose a file to save to. The dialog itself asks before an existing one is chosen.
    Save {
        /// The file name to suggest.
        suggestion: String,
        /// The folder to begin in, where one is remembered.
        folder: Option<PathBuf>,
    },
}

/// No dialog could be shown, so nobody was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDialog;

/// What the dialog says at its top.
pub(super) fn title(request: &FileRequest) -> &'static str {
    match request {
        FileRequest::Open { title, .. } => title,
        FileRequest::OpenProject { .. } => "Open a project",
        FileRequest::SaveProject { .. } => "Save the project",
        FileRequest::Save { .. } => "Export the picture",
    }
}

/// The file name to suggest, where one is saved.
pub(super) fn suggestion(request: &FileRequest) -> Option<&str> {
    match request {
        FileRequest::Open { .. } | FileRequest::OpenProject { .. } => None,
        FileRequest::SaveProject { suggestion, .. } | FileRequest::Save { suggestion, .. } => Some(suggestion),
    }
}

/// The folder to begin in.
pub(super) fn folder(request: &FileRequest) -> Option<&Path> {
    match request {
        FileRequest::Open { .. } => None,
        FileRequest::OpenProject { folder }
        | FileRequest::SaveProject { folder, .. }
        | FileRequest::Save { folder, .. } => folder.as_deref(),
    }
}

/// Which files a dialog shows: the name of each choice and its endings.
pub(super) fn filters(request: &FileRequest) -> Vec<(&'static str, Vec<String>)> {
    match request {
        FileRequest::Open { .. } => {
            let endings = decode::ENDINGS.into_iter().chain([EXTENSION]);
            vec![("Pictures and projects", endings.map(in_any_case).collect()), ("All files", vec!["*".to_owned()])]
        }
        FileRequest::OpenProject { .. } => vec![("Impasto projects", vec![in_any_case(EXTENSION)])],
        FileRequest::SaveProject { .. } => vec![("Impasto projects", vec![EXTENSION.to_owned()])],
        FileRequest::Save { suggestion, .. } => {
            // Some dialogs put the first one's ending on the name.
            let suggested = Format::from_path(Path::new(suggestion)).ok();
            let others = Format::ALL.into_iter().filter(|format| Some(*format) != suggested);
            let endings = |format: Format| format.extensions().iter().map(|ending| (*ending).to_owned()).collect();
            suggested.into_iter().chain(others).map(|format| (format.name(), endings(format))).collect()
        }
    }
}

/// An ending as a pattern: the dialogs of Linux tell capitals apart, those of other systems take no patterns.
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
    fn what_can_be_opened_is_shown_by_the_dialogs() {
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
