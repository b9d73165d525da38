//! Opening the native window.

use std::path::PathBuf;
use std::sync::Arc;

use egui::vec2;

use super::App;
use super::desktop::System;
use super::muted::Muted;
use super::place::SMALLEST;
use super::preferences::{self, Memory};
use crate::picture::decode;
use crate::studio::NetworkLoader;

/// Opens the window and stays until it is closed. `files` are opened in it, the first as the photo,
/// the others as paintings.
///
/// # Errors
/// One sentence, when there is no display or no graphics adapter.
pub fn run(files: Vec<PathBuf>, loader: NetworkLoader) -> Result<(), String> {
    let memory = preferences::usual_file().map(Memory::of).unwrap_or_default();
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Impasto")
        .with_app_id("impasto")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size(SMALLEST)
        .with_icon(icon());
    if let Some(place) = memory.preferences.window {
        viewport =
            viewport.with_inner_size(vec2(place.width, place.height).max(SMALLEST)).with_maximized(place.maximized);
        if let Some((left, top)) = place.corner {
            viewport = viewport.with_position([left, top]);
        }
    }
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let create = move |creation: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Box::new(App::new(&creation.egui_ctx, files, loader, Arc::new(System), memory)?))
    };
    let _muted = Muted::new();
    eframe::run_native("impasto", options, Box::new(create)).map_err(|error| sentence(&error))
}

fn sentence(error: &eframe::Error) -> String {
    match error {
        eframe::Error::AppCreation(reason) => reason.to_string(),
        eframe::Error::Wgpu(_) => {
            let backend = std::env::var_os("WGPU_BACKEND");
            let chosen = backend.map(|backend| format!(" that WGPU_BACKEND={} allows", backend.display()));
            format!(
                "the window cannot be drawn, because no graphics adapter was found{}; install a graphics driver (Mesa's \
                 software driver will do), or use `impasto stylize`",
                chosen.unwrap_or_default()
            )
        }
        // The library's own words name files of the machine that it was built on.
        _ => {
            "the window cannot be opened, because there is no display that can be reached; log in to a desktop, or use \
              `impasto stylize`"
                .to_owned()
        }
    }
}

fn icon() -> egui::IconData {
    let bytes = include_bytes!("../../assets/icon.png");
    match decode::from_bytes(bytes, "icon.png") {
        Ok(picture) => egui::IconData { rgba: picture.to_rgba8(), width: picture.width(), height: picture.height() },
        // A window without its sign is still a window.
        Err(_) => egui::IconData::default(),
    }
}
