//! What the window asks of the desktop round it: file dialogs and the clipboard.
//! Behind a trait, so that a test can answer in a person's place.

#[cfg(target_os = "linux")]
pub(super) mod drag;
#[cfg(target_os = "linux")]
mod list;
#[cfg(target_os = "linux")]
mod offer;
#[cfg(target_os = "linux")]
mod portal;
#[cfg(target_os = "linux")]
mod wayland;
#[cfg(target_os = "linux")]
mod x11;
#[cfg(target_os = "linux")]
mod zenity;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use crate::picture::{Format, decode};
#[cfg(not(target_os = "linux"))]
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
    /// Files, and beside them something that cannot be opened.
    Partly {
        /// The files.
        files: Vec<PathBuf>,
        /// One sentence about the rest.
        trouble: String,
    },
    /// Nothing that could be a picture.
    Nothing,
}

/// No dialog could be shown, so nobody was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDialog;

/// What will be chosen; nothing when cancelled.
pub type Choice = Pin<Box<dyn Future<Output = Result<Vec<PathBuf>, NoDialog>> + Send>>;

/// The desktop round the window.
pub trait Desktop: Send + Sync {
    /// Shows a dialog. Called on the window's thread, as some systems demand; awaited on another.
    fn choose(&self, request: &FileRequest, window: &eframe::Frame) -> Choice;

    /// Reads the clipboard. May take its time; called on a thread of its own.
    ///
    /// # Errors
    /// One sentence.
    fn clipboard(&self) -> Result<Clip, String>;

    /// Reads the text on the clipboard, empty when there is none. Nothing where only the window may read it. May take its
    /// time; called on a thread of its own.
    fn clipboard_text(&self) -> Option<String> {
        None
    }

    /// Whether files can be dropped on the window.
    fn takes_drops(&self) -> bool {
        true
    }

    /// Where the program keeps what is its own; nothing where it keeps nothing.
    fn data_folder(&self) -> Option<PathBuf> {
        None
    }
}

/// The desktop the program really runs on.
#[derive(Debug, Default)]
pub struct System {
    on_wayland: bool,
    /// How many dialogs are open; only one that cannot be seen lets another be asked for.
    #[cfg(target_os = "linux")]
    dialogs: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl System {
    /// The desktop of a window on Wayland, or of another one.
    pub fn on(wayland: bool) -> Self {
        Self { on_wayland: wayland, ..Self::default() }
    }
}

impl Desktop for System {
    fn data_folder(&self) -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "Impasto").map(|folders| folders.data_local_dir().to_path_buf())
    }

    fn choose(&self, request: &FileRequest, window: &eframe::Frame) -> Choice {
        let shown = show(request, window);
        #[cfg(target_os = "linux")]
        let shown = {
            let (request, dialogs) = (request.clone(), std::sync::Arc::clone(&self.dialogs));
            Box::pin(async move {
                use std::sync::atomic::Ordering;
                // Whoever asks for a second one cannot see the first, so that is shown by another program.
                let is_second = dialogs.fetch_add(1, Ordering::Relaxed) > 0;
                let chosen = if is_second || !portal::answers() { zenity::choose(&request) } else { shown.await };
                dialogs.fetch_sub(1, Ordering::Relaxed);
                chosen
            })
        };
        shown
    }

    #[cfg(target_os = "linux")]
    fn clipboard(&self) -> Result<Clip, String> {
        let host = host();
        if self.on_wayland && wayland::is_readable() {
            return offer::read(&wayland::Clipboard, host.as_deref());
        }
        // Wayland desktops share the clipboard with programs for X11.
        x11::with_clipboard(|clipboard| offer::read(clipboard, host.as_deref()))
    }

    #[cfg(target_os = "linux")]
    fn clipboard_text(&self) -> Option<String> {
        let text = (!self.on_wayland).then(|| x11::with_clipboard(|clipboard| offer::read_text(clipboard)))?;
        Some(text.ok().flatten().unwrap_or_default())
    }

    #[cfg(not(target_os = "linux"))]
    fn clipboard(&self) -> Result<Clip, String> {
        let unreachable =
            |error: arboard::Error| format!("the clipboard cannot be read ({}); try again", without_numbers(error));
        let mut clipboard = arboard::Clipboard::new().map_err(unreachable)?;
        match clipboard.get().file_list() {
            Ok(files) if !files.is_empty() => return Ok(Clip::Files(files)),
            _ => {}
        }
        match clipboard.get_image() {
            Ok(image) => match (u32::try_from(image.width), u32::try_from(image.height)) {
                (Ok(width), Ok(height)) => Ok(Clip::Pixels { width, height, rgba: image.bytes.into_owned() }),
                _ => Err("the picture on the clipboard is too large; save it and open the file".to_owned()),
            },
            Err(arboard::Error::ContentNotAvailable) => Ok(Clip::Nothing),
            Err(arboard::Error::ConversionFailure) => {
                Err("the picture on the clipboard cannot be read; save it and open the file".to_owned())
            }
            Err(error) => Err(unreachable(error)),
        }
    }

    // winit 0.30 hands over no drops there.
    fn takes_drops(&self) -> bool {
        !self.on_wayland
    }
}

/// What this machine is called, as it may be named in addresses of its files.
#[cfg(target_os = "linux")]
fn host() -> Option<String> {
    sysinfo::System::host_name().ok()
}

/// The dialog of the system.
fn show(request: &FileRequest, window: &eframe::Frame) -> Choice {
    let dialog = rfd::AsyncFileDialog::new().set_parent(window).set_title(title(request));
    let dialog = match suggestion(request) {
        Some(suggestion) => dialog.set_file_name(suggestion),
        None => dialog,
    };
    let mut dialog = match folder(request) {
        Some(folder) => dialog.set_directory(folder),
        None => dialog,
    };
    for (name, endings) in filters(request) {
        dialog = dialog.add_filter(name, &endings);
    }
    match request {
        FileRequest::Open { several: true, .. } => {
            let files = dialog.pick_files();
            Box::pin(async move { Ok(paths(files.await.into_iter().flatten())) })
        }
        FileRequest::Open { several: false, .. } | FileRequest::OpenProject { .. } => {
            let file = dialog.pick_file();
            Box::pin(async move { Ok(paths(file.await)) })
        }
        FileRequest::SaveProject { .. } | FileRequest::Save { .. } => {
            let file = dialog.save_file();
            Box::pin(async move { Ok(paths(file.await)) })
        }
    }
}

fn title(request: &FileRequest) -> &'static str {
    match request {
        FileRequest::Open { title, .. } => title,
        FileRequest::OpenProject { .. } => "Open a project",
        FileRequest::SaveProject { .. } => "Save the project",
        FileRequest::Save { .. } => "Export the picture",
    }
}

fn suggestion(request: &FileRequest) -> Option<&str> {
    match request {
        FileRequest::Open { .. } | FileRequest::OpenProject { .. } => None,
        FileRequest::SaveProject { suggestion, .. } | FileRequest::Save { suggestion, .. } => Some(suggestion),
    }
}

fn folder(request: &FileRequest) -> Option<&Path> {
    match request {
        FileRequest::Open { .. } => None,
        FileRequest::OpenProject { folder }
        | FileRequest::SaveProject { folder, .. }
        | FileRequest::Save { folder, .. } => folder.as_deref(),
    }
}

/// Which files a dialog shows: the name of each choice and its endings.
fn filters(request: &FileRequest) -> Vec<(&'static str, Vec<String>)> {
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

fn paths(files: impl IntoIterator<Item = rfd::FileHandle>) -> Vec<PathBuf> {
    files.into_iter().map(|file| file.path().to_path_buf()).collect()
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
