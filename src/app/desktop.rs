//! What the window asks of the desktop round it: file dialogs and the clipboard.
//! Behind a trait, so that a test can answer in a person's place.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use crate::picture::Format;
use crate::reason::without_numbers;
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

/// What the clipboard holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clip {
    /// A picture.
    Pixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// RGBA, 8 bits each, row by row.
        rgba: Vec<u8>,
    },
    /// Files, as copied in a file manager.
    Files(Vec<PathBuf>),
    /// Nothing that could be a picture.
    Nothing,
}

/// What will be chosen; nothing when cancelled.
pub type Choice = Pin<Box<dyn Future<Output = Vec<PathBuf>> + Send>>;

/// The desktop round the window.
pub trait Desktop: Send + Sync {
    /// Shows a dialog. Called on the window's thread, as some systems demand; awaited on another.
    fn choose(&self, request: &FileRequest, window: &eframe::Frame) -> Choice;

    /// Reads the clipboard. May take its time; called on a thread of its own.
    ///
    /// # Errors
    /// One sentence.
    fn clipboard(&self) -> Result<Clip, String>;

    /// Where the program keeps what is its own; nothing where it keeps nothing.
    fn data_folder(&self) -> Option<PathBuf> {
        None
    }
}

/// The desktop the program really runs on.
#[derive(Debug, Default)]
pub struct System;

const OPENS: [&str; 9] = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif", EXTENSION];

impl Desktop for System {
    fn data_folder(&self) -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "Impasto").map(|folders| folders.data_local_dir().to_path_buf())
    }

    fn choose(&self, request: &FileRequest, window: &eframe::Frame) -> Choice {
        let dialog = rfd::AsyncFileDialog::new().set_parent(window);
        match request {
            FileRequest::Open { title, several } => {
                // Both spellings, because the dialogs of Linux tell capitals apart.
                let endings: Vec<String> =
                    OPENS.iter().flat_map(|ending| [(*ending).to_owned(), ending.to_uppercase()]).collect();
                let dialog = dialog.set_title(*title).add_filter("Pictures and projects", &endings);
                let dialog = dialog.add_filter("All files", &["*"]);
                if *several {
                    let files = dialog.pick_files();
                    Box::pin(async move { paths(files.await.into_iter().flatten()) })
                } else {
                    let file = dialog.pick_file();
                    Box::pin(async move { paths(file.await) })
                }
            }
            FileRequest::OpenProject { folder } => {
                let dialog = in_folder(dialog.set_title("Open a project"), folder.as_deref());
                let file = dialog.add_filter("Impasto projects", &[EXTENSION]).pick_file();
                Box::pin(async move { paths(file.await) })
            }
            FileRequest::SaveProject { suggestion, folder } => {
                let dialog = in_folder(dialog.set_title("Save the project"), folder.as_deref());
                let file = dialog.set_file_name(suggestion).add_filter("Impasto projects", &[EXTENSION]).save_file();
                Box::pin(async move { paths(file.await) })
            }
            FileRequest::Save { suggestion, folder } => {
                let dialog = dialog.set_title("Export the picture").set_file_name(suggestion);
                let mut dialog = in_folder(dialog, folder.as_deref());
                // Some dialogs put the first one's ending on the name.
                let suggested = Format::from_path(Path::new(suggestion)).ok();
                let others = Format::ALL.into_iter().filter(|format| Some(*format) != suggested);
                for format in suggested.into_iter().chain(others) {
                    dialog = dialog.add_filter(format.name(), format.extensions());
                }
                let file = dialog.save_file();
                Box::pin(async move { paths(file.await) })
            }
        }
    }

    fn clipboard(&self) -> Result<Clip, String> {
        let unreachable =
            |error: arboard::Error| format!("the clipboard cannot be read ({}); try again", without_numbers(error));
        let mut clipboard = arboard::Clipboard::new().map_err(unreachable)?;
        match clipboard.get_image() {
            Ok(image) => {
                return match (u32::try_from(image.width), u32::try_from(image.height)) {
                    (Ok(width), Ok(height)) => Ok(Clip::Pixels { width, height, rgba: image.bytes.into_owned() }),
                    _ => Err("the picture on the clipboard is too large".to_owned()),
                };
            }
            Err(arboard::Error::ContentNotAvailable | arboard::Error::ConversionFailure) => {}
            Err(error) => return Err(unreachable(error)),
        }
        match clipboard.get().file_list() {
            Ok(files) if !files.is_empty() => Ok(Clip::Files(files)),
            _ => Ok(Clip::Nothing),
        }
    }
}

fn in_folder(dialog: rfd::AsyncFileDialog, folder: Option<&Path>) -> rfd::AsyncFileDialog {
    match folder {
        Some(folder) => dialog.set_directory(folder),
        None => dialog,
    }
}

fn paths(files: impl IntoIterator<Item = rfd::FileHandle>) -> Vec<PathBuf> {
    files.into_iter().map(|file| file.path().to_path_buf()).collect()
}
