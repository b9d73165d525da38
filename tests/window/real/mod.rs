//! The real program in a real window on a virtual display (Xvfb): opened with two files, painting started by keyboard,
//! closed as by a window manager; and installed from its Debian package.
#![cfg(unix)]

mod display;
mod drag;
mod exchange;
mod folder;
mod map;
mod owner;
#[cfg(target_os = "linux")]
mod package;
mod walk;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use display::{CONTROL, Display, Pixels, RETURN, RunningApp, TAB};

use crate::support::{painting, photo};

#[test]
fn the_real_program_opens_paints_and_closes() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let files = [photo(folder.path()), painting(folder.path())];
    let mut app = RunningApp::start(&display, folder.path(), Command::new(env!("CARGO_BIN_EXE_impasto")).args(files));
    app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    // The photo, in the middle of the window.
    let loaded = app.wait_for("the photo", |pixels| middle(pixels).colours() > 200);

    // The key may arrive before the painting is loaded, so it is pressed until painting starts.
    let first = app.press_until(&[CONTROL, RETURN], "the first frame", |pixels| {
        middle(pixels).difference(&middle(&loaded)) > 0.05
    });
    app.wait_for("another frame", |pixels| middle(pixels).difference(&middle(&first)) > 0.01);

    // A close request opens a dialog, whose second button confirms. Each key press waits for the effect of the one
    // before.
    let before = app.screenshot().unwrap();
    app.request_close();
    let mut seen = app.wait_for("the dialog", |pixels| corner(pixels).difference(&corner(&before)) > 0.9);
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(300));
        app.press(&[TAB]);
        let last = seen;
        seen = app.wait_for("the focus on the next button", |pixels| dialog(pixels).difference(&dialog(&last)) > 0.0);
    }
    app.press(&[RETURN]);
    let status = app.wait_for_exit();
    assert!(status.success(), "{status}");
}

#[test]
fn without_a_display_the_program_fails_with_an_error_message() {
    let output = Command::new(env!("CARGO_BIN_EXE_impasto"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("WAYLAND_SOCKET")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("the window cannot be opened"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

/// The part of the window with the picture.
fn middle(pixels: &Pixels) -> Pixels {
    pixels.part(0.4..0.6, 0.33..0.6)
}

/// A corner of the window, which changes only when a dialog darkens everything.
fn corner(pixels: &Pixels) -> Pixels {
    pixels.part(0.0..0.05, 0.0..0.02)
}

/// The part of the window with a dialog's buttons.
fn dialog(pixels: &Pixels) -> Pixels {
    pixels.part(0.4..0.6, 0.51..0.56)
}

/// Saves a screenshot for visual inspection, and returns its path.
fn save_screenshot(name: &str, pixels: &Pixels) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name).with_extension("png");
    pixels.save(&path);
    path
}
