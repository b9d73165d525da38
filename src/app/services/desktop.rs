//! What the window asks of the desktop round it: file dialogs and the clipboard.
//! Behind a trait, so that a test can answer in a person's place.

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

fn paths(files: impl IntoIterator<Item = rfd::FileHandle>) -> Vec<PathBuf> {
    files.into_iter().map(|file| file.path().to_path_buf()).collect()
}
