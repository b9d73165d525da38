//! A style map in the real window by mouse: it is made by the command, opened, and a place on it is dragged to and painted with.

use std::process::Command;

use super::display::{Display, Pixels, RunningApp};
use super::save_screenshot;
use crate::maps::gallery;
use crate::support::photo;

/// Positions in the window at its initial size, 1280 x 800 points.
const FROM: (i16, i16) = (400, 250);
const TO: (i16, i16) = (460, 420);
const SURPRISE: (i16, i16) = (460, 668);
const PAINT_WITH_THIS: (i16, i16) = (440, 702);

#[test]
fn a_person_walks_on_a_map_by_mouse() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (photo, map) = (photo(folder.path()), folder.path().join("art.map"));
    let made = Command::new(env!("CARGO_BIN_EXE_impasto"))
        .args(["map", "--quiet", "--style"])
        .arg(gallery(folder.path(), 6))
        .arg("--output")
        .arg(&map)
        .status();
    assert!(made.unwrap().success());
    let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
    let mut app = RunningApp::start(&display, folder.path(), program.args([&photo, &map]));
    app.wait_for("the photo beside the map", |pixels| picture(pixels).colours() > 200);
    app.wait_until_still(plane);
    let opened = app.screenshot().unwrap();
    assert!(plane(&opened).colours() > 60, "{}", plane(&opened).colours());
    app.drag(FROM, TO);
    let taken = app.wait_for("the place on the photo", |pixels| {
        picture(pixels).difference(&picture(&opened)) > 0.3 && card(pixels).difference(&card(&opened)) > 0.3
    });
    save_screenshot("map", &taken);
    app.wait_until_still(picture);
    app.click_until_changed(SURPRISE, "Surprise me", foot);
    app.wait_until_still(picture);
    let before = app.screenshot().unwrap();
    app.click_until_changed(PAINT_WITH_THIS, "Paint with this", status);
    app.wait_for("a frame of the painting", |pixels| picture(pixels).difference(&picture(&before)) > 0.05);
}

/// The picture beside the map.
fn picture(pixels: &Pixels) -> Pixels {
    pixels.part(0.56..0.7, 0.42..0.54)
}

/// The middle of the map.
fn plane(pixels: &Pixels) -> Pixels {
    pixels.part(0.21..0.48, 0.13..0.75)
}

/// What lies at the place of the cursor.
fn foot(pixels: &Pixels) -> Pixels {
    pixels.part(0.21..0.48, 0.79..0.82)
}

/// The card of the painting.
fn card(pixels: &Pixels) -> Pixels {
    pixels.part(0.02..0.07, 0.44..0.52)
}

/// The state of the run, at the bottom.
fn status(pixels: &Pixels) -> Pixels {
    pixels.part(0.25..0.5, 0.93..0.98)
}
