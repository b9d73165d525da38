//! Opening the native window.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::wgpu::rwh::{HasDisplayHandle, RawDisplayHandle};
use egui::{Rect, pos2, vec2};

use super::app::App;

use super::muted::Muted;
use super::place::{self, SMALLEST};
use crate::app::preferences::{self, StoredPreferences};
use crate::app::services::desktop::System;
use crate::picture::decode;
use crate::studio::NetworkLoader;

/// Opens the window and stays until it is closed. `files` are opened in it, the first as the photo,
/// the others as paintings.
///
/// # Errors
/// One sentence, when there is no display or no graphics adapter.
pub fn run(files: Vec<PathBuf>, loader: NetworkLoader) -> Result<(), String> {
    let memory = preferences::usual_file().map(StoredPreferences::read).unwrap_or_default();
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
    // eframe would wait for the clipboard on the window's thread; `App::raw_input_hook` takes these keys instead.
    let options = eframe::NativeOptions { viewport, clipboard_shortcuts: false, ..Default::default() };
    let create = move |creation: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>> {
        bring_back(creation);
        let display = creation.display_handle().map(|display| display.as_raw());
        let system = System::on(matches!(display, Ok(RawDisplayHandle::Wayland(_))));
        let mut app = App::new(&creation.egui_ctx, files, loader, Arc::new(system), memory)?;
        app.take_drops(creation);
        Ok(Box::new(app))
    };
    let _muted = Muted::new();
    eframe::run_native("impasto", options, Box::new(create)).map_err(|error| sentence(&error))
}

/// Puts the window where it can be seen and moved, when the monitor is gone that it was on.
fn bring_back(creation: &eframe::CreationContext<'_>) {
    let Some(window) = creation.winit_window() else { return };
    // Wayland tells no places, and places windows itself.
    let Ok(corner) = window.outer_position() else { return };
    let rect = |x: i32, y: i32, width: u32, height: u32| {
        Rect::from_min_size(pos2(x as f32, y as f32), vec2(width as f32, height as f32))
    };
    let monitors: Vec<Rect> = window
        .available_monitors()
        .map(|monitor| (monitor.position(), monitor.size()))
        .map(|(corner, size)| rect(corner.x, corner.y, size.width, size.height))
        .collect();
    let size = window.outer_size();
    let Some(back) = place::brought_back(rect(corner.x, corner.y, size.width, size.height), &monitors) else { return };
    let scale = window.scale_factor() as f32;
    let ctx = &creation.egui_ctx;
    ctx.send_viewport_cmd(egui::ViewportCommand::InnerSize(back.size() / scale));
    ctx.send_viewport_cmd(egui::ViewportCommand::OuterPosition((back.min.to_vec2() / scale).to_pos2()));
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
    let bytes = include_bytes!("../../../assets/icon.png");
    match decode::from_bytes(bytes, "icon.png") {
        Ok(picture) => egui::IconData { rgba: picture.to_rgba8(), width: picture.width(), height: picture.height() },
        // A window without its sign is still a window.
        Err(_) => egui::IconData::default(),
    }
}
