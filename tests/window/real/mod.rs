//! The real program in a real window, on a display of its own: opened with two files, painting by key, closed as a
//! window manager closes it; installed from its package.
#![cfg(unix)]

mod display;
mod drag;
mod exchange;
mod owner;
#[cfg(target_os = "linux")]
mod package;
mod walk;

use std::process::Command;
use std::time::Duration;

use display::{CONTROL, Display, Pixels, RETURN, Seat, TAB};

use crate::support::{painting, photo};

#[test]
fn the_real_program_opens_paints_and_closes() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let files = [photo(folder.path()), painting(folder.path())];
    let mut seat = Seat::take(&display, folder.path(), Command::new(env!("CARGO_BIN_EXE_impasto")).args(files));
    seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    // The photo, in the middle of the window.
    let loaded = seat.wait_for("the photo", |pixels| middle(pixels).colours() > 200);

    // The key may come before the painting is loaded, so it is pressed until something happens.
    let first = seat.press_until(&[CONTROL, RETURN], "the first frame", |pixels| {
        middle(pixels).difference(&middle(&loaded)) > 0.05
    });
    seat.wait_for("another frame", |pixels| middle(pixels).difference(&middle(&first)) > 0.01);

    // The window manager asks to close; the window asks back, and the second button agrees. Each key waits
    // for what the one before has done.
    let before = seat.look().unwrap();
    seat.ask_to_close();
    let mut seen = seat.wait_for("the question", |pixels| corner(pixels).difference(&corner(&before)) > 0.9);
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(300));
        seat.press(&[TAB]);
        let last = seen;
        seen = seat.wait_for("the focus on the next answer", |pixels| dialog(pixels).difference(&dialog(&last)) > 0.0);
    }
    seat.press(&[RETURN]);
    let status = seat.leave();
    assert!(status.success(), "{status}");
}

#[test]
fn without_a_display_there_is_one_sentence() {
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

/// The part of the window where the picture is.
fn middle(pixels: &Pixels) -> Pixels {
    pixels.part(0.4..0.6, 0.33..0.6)
}

/// A part of the window where nothing changes but when a question darkens everything.
fn corner(pixels: &Pixels) -> Pixels {
    pixels.part(0.0..0.05, 0.0..0.02)
}

/// The part of the window where a question has its answers.
fn dialog(pixels: &Pixels) -> Pixels {
    pixels.part(0.4..0.6, 0.51..0.56)
}
