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

/// Opens the window with `files` (the first as the photo, the others as paintings), and returns when it is closed.
///
/// # Errors
/// One sentence, if there is no display or no graphics adapter.
pub fn run(files: Vec<PathBuf>, loader: NetworkLoader) -> Result<(), String> {
    let stored = preferences::usual_file().map(StoredPreferences::read).unwrap_or_default();
    let mut viewport = egui::ViewportBuilder::default()
        .with_title("Impasto")
        .with_app_id("impasto")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size(SMALLEST)
        .with_icon(icon());
    if let Some(place) = stored.preferences.window {
        viewport =
            viewport.with_inner_size(vec2(place.width, place.height).max(SMALLEST)).with_maximized(place.maximized);
        if let Some((left, top)) = place.corner {
            viewport = viewport.with_position([left, top]);
        }
    }
    // eframe would read the clipboard on the window's thread and block it; `App::raw_input_hook` handles these keys.
    let options = eframe::NativeOptions { viewport, clipboard_shortcuts: false, ..Default::default() };
    let create = move |creation: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>> {
        move_on_screen(creation);
        let display = creation.display_handle().map(|display| display.as_raw());
        let system = System::on(matches!(display, Ok(RawDisplayHandle::Wayland(_))));
        let mut app = App::new(&creation.egui_ctx, files, loader, Arc::new(system), stored)?;
        app.take_drops(creation);
        Ok(Box::new(app))
    };
    let _muted = Muted::new();
    eframe::run_native("impasto", options, Box::new(create)).map_err(|error| sentence(&error))
}

/// Moves the window to where it can be seen and moved, if the monitor that it was on is gone.
fn move_on_screen(creation: &eframe::CreationContext<'_>) {
    let Some(window) = creation.winit_window() else { return };
    // Wayland does not report positions, and places windows itself.
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
    let Some(target) = place::on_screen(rect(corner.x, corner.y, size.width, size.height), &monitors) else { return };
    let scale = window.scale_factor() as f32;
    let ctx = &creation.egui_ctx;
    ctx.send_viewport_cmd(egui::ViewportCommand::InnerSize(target.size() / scale));
    ctx.send_viewport_cmd(egui::ViewportCommand::OuterPosition((target.min.to_vec2() / scale).to_pos2()));
}

fn sentence(error: &eframe::Error) -> String {
    match error {
        eframe::Error::AppCreation(reason) => reason.to_string(),
        eframe::Error::Wgpu(_) => match std::env::var_os("WGPU_BACKEND") {
            Some(backend) => format!(
                "the window cannot be drawn, because no graphics adapter was found that WGPU_BACKEND={} allows; \
                 install a graphics driver (Mesa's software driver will do), or use `impasto stylize`",
                backend.display()
            ),
            None => "the window cannot be drawn, because no graphics adapter was found; install a graphics driver \
                     (Mesa's software driver will do), or use `impasto stylize`"
                .to_owned(),
        },
        // The library's own message contains paths of the build machine.
        _ => "the window cannot be opened, because no display can be reached; log in to a desktop, or use \
             `impasto stylize`"
            .to_owned(),
    }
}

fn icon() -> egui::IconData {
    let bytes = include_bytes!("../../../assets/icon.png");
    match decode::from_bytes(bytes, "icon.png") {
        Ok(picture) => egui::IconData { rgba: picture.to_rgba8(), width: picture.width(), height: picture.height() },
        // The window works without an icon.
        Err(_) => egui::IconData::default(),
    }
}
