//! Desktop services: file dialogs and the clipboard, behind a trait that tests implement.

mod clip;
#[cfg(target_os = "linux")]
pub(super) mod drag;
#[cfg(target_os = "linux")]
mod list;
#[cfg(target_os = "linux")]
mod offer;
#[cfg(target_os = "linux")]
mod portal;
mod request;
#[cfg(target_os = "linux")]
mod wayland;
#[cfg(target_os = "linux")]
mod x11;
#[cfg(target_os = "linux")]
mod zenity;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

#[cfg(target_os = "linux")]
use self::list::host;
use self::request::{filters, folder, suggestion, title};
#[cfg(not(target_os = "linux"))]
use crate::reason::without_numbers;

pub use self::clip::Clip;
pub use self::request::{FileRequest, NoDialog};

/// The chosen files, empty when the dialog is cancelled.
pub type Choice = Pin<Box<dyn Future<Output = Result<Vec<PathBuf>, NoDialog>> + Send>>;

/// Desktop services: file dialogs, clipboard, data folder.
pub trait Desktop: Send + Sync {
    /// Shows a file dialog. Called on the window's thread, as some systems require; awaited on another.
    fn choose(&self, request: &FileRequest, window: &eframe::Frame) -> Choice;

    /// Reads the clipboard. May be slow; called on a background thread.
    ///
    /// # Errors
    /// One sentence.
    fn clipboard(&self) -> Result<Clip, String>;

    /// Reads the text on the clipboard; empty if there is none, `None` if only the window may read it. May be slow;
    /// called on a background thread.
    fn clipboard_text(&self) -> Option<String> {
        None
    }

    /// Whether files can be dropped on the window.
    fn takes_drops(&self) -> bool {
        true
    }

    /// The folder for the program's own data; `None` to store none.
    fn data_folder(&self) -> Option<PathBuf> {
        None
    }
}

/// The services of the real desktop.
#[derive(Debug, Default)]
pub struct System {
    on_wayland: bool,
    /// Number of open dialogs. A second one is requested only if the first cannot be seen.
    #[cfg(target_os = "linux")]
    dialogs: std::sync::Arc<std::sync::atomic::AtomicUsize>,
}

impl System {
    /// The services for a window that is, or is not, on Wayland.
    pub fn on(wayland: bool) -> Self {
        Self { on_wayland: wayland, ..Self::default() }
    }
}

impl Desktop for System {
    fn data_folder(&self) -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "Impasto").map(|folders| folders.data_local_dir().to_path_buf())
    }

    fn choose(&self, request: &FileRequest, window: &eframe::Frame) -> Choice {
        let dialog = show(request, window);
        #[cfg(target_os = "linux")]
        let dialog = {
            let (request, dialogs) = (request.clone(), std::sync::Arc::clone(&self.dialogs));
            Box::pin(async move {
                use std::sync::atomic::Ordering;
                // A second dialog means that the first cannot be seen, so zenity shows it instead.
                let is_second = dialogs.fetch_add(1, Ordering::Relaxed) > 0;
                let chosen = if is_second || !portal::answers() { zenity::choose(&request) } else { dialog.await };
                dialogs.fetch_sub(1, Ordering::Relaxed);
                chosen
            })
        };
        dialog
    }

    #[cfg(target_os = "linux")]
    fn clipboard(&self) -> Result<Clip, String> {
        let host = host();
        if self.on_wayland && wayland::is_readable() {
            return offer::read(&wayland::Clipboard, host.as_deref());
        }
        // Wayland desktops share the clipboard with X11 programs.
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

    // winit 0.30 does not support drops on Wayland.
    fn takes_drops(&self) -> bool {
        !self.on_wayland
    }
}

/// Shows the system's file dialog.
fn show(request: &FileRequest, window: &eframe::Frame) -> Choice {
    let mut dialog = rfd::AsyncFileDialog::new().set_parent(window).set_title(title(request));
    if let Some(suggestion) = suggestion(request) {
        dialog = dialog.set_file_name(suggestion);
    }
    if let Some(folder) = folder(request) {
        dialog = dialog.set_directory(folder);
    }
    for (name, endings) in filters(request) {
        dialog = dialog.add_filter(name, &endings);
    }
    match request {
        FileRequest::Open { several: true, .. } => {
            let files = dialog.pick_files();
            Box::pin(async move { Ok(paths(files.await.into_iter().flatten())) })
        }
        FileRequest::Open { several: false, .. } | FileRequest::OpenProject { .. } | FileRequest::OpenMap { .. } => {
            let file = dialog.pick_file();
            Box::pin(async move { Ok(paths(file.await)) })
        }
        FileRequest::Folder { .. } => {
            let folder = dialog.pick_folder();
            Box::pin(async move { Ok(paths(folder.await)) })
        }
        FileRequest::SaveProject { .. }
        | FileRequest::SaveStyle { .. }
        | FileRequest::SaveMap { .. }
        | FileRequest::SaveClip { .. }
        | FileRequest::Save { .. } => {
            let file = dialog.save_file();
            Box::pin(async move { Ok(paths(file.await)) })
        }
    }
}

fn paths(files: impl IntoIterator<Item = rfd::FileHandle>) -> Vec<PathBuf> {
    files.into_iter().map(|file| file.path().to_path_buf()).collect()
}
