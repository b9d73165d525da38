//! A folder of photos in the real window by mouse: it is opened from the command line, painted, and its list is looked at.

use std::process::Command;

use super::display::{Display, Pixels, RunningApp};
use super::{corner, middle, save_screenshot};
use crate::folders::holiday;
use crate::support::painting;

/// Positions in the window at its initial size, 1280 x 800 points.
const PAINT_FOLDER: (i16, i16) = (932, 703);
const PAINT: (i16, i16) = (792, 508);
const SHOW_LIST: (i16, i16) = (867, 607);

#[test]
fn a_person_paints_a_folder_by_mouse() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (photos, painting) = (holiday(folder.path(), 6), painting(folder.path()));
    let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
    let mut app = RunningApp::start(&display, folder.path(), program.args([&photos, &painting]));
    app.wait_for("the photo", |pixels| middle(pixels).colours() > 200);
    let preview = app.wait_until_still(middle);
    app.click_until_changed(PAINT_FOLDER, "Paint folder", corner);
    let sheet = app.wait_for("the sheet", |pixels| bar(pixels).difference(&bar(&preview)) > 0.5);
    save_screenshot("folder sheet", &sheet);
    app.click_until_changed(PAINT, "Paint", corner);
    let out = folder.path().join("holiday painted");
    let painted = app.wait_for("the pictures", |pixels| {
        bar(pixels).difference(&bar(&sheet)) > 0.5 && out.join("beach/shell--stripes.png").exists()
    });
    app.wait_until_still(bar);
    app.click_until_changed(SHOW_LIST, "Show list", middle);
    let list = app.wait_for("the list", |pixels| middle(pixels).difference(&middle(&painted)) > 0.3);
    save_screenshot("folder list", &list);
    for number in 1..6 {
        assert!(out.join(format!("IMG_{number:03}--stripes.png")).exists(), "{number}");
    }
    let manifest = std::fs::read_to_string(out.join("manifest.jsonl")).unwrap();
    assert_eq!(manifest.lines().count(), 6);
}

/// The bar of the folder, below the picture.
fn bar(pixels: &Pixels) -> Pixels {
    pixels.part(0.22..0.76, 0.83..0.9)
}
