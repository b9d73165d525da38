//! A complete session in the real window by mouse: a drop, a file dialog, the instant picture, a mask, painting, changing
//! a setting during the run, comparing, and the exported file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::imageops::{self, FilterType};
use impasto::picture::decode;

use super::display::{CONTROL, Display, Pixels, RunningApp, SHIFT};
use super::{corner, middle};
use crate::support::{painting, photo};

/// Positions in the window at its initial size, 1280 x 800 points.
const PICTURE: (i16, i16) = (627, 334);
const PROTECT: (i16, i16) = (127, 284);
const DRAFT: (i16, i16) = (1046, 153);
const START: (i16, i16) = (72, 763);
const STOP: (i16, i16) = (172, 763);
const DONE: (i16, i16) = (951, 22);
const STRENGTH: (i16, i16) = (1140, 90);
const SAVE_AS: (i16, i16) = (784, 592);
const COMPARE: (i16, i16) = (469, 24);

#[test]
fn a_person_paints_by_mouse_from_a_drop_to_a_file() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (photo, painting) = (photo(folder.path()), painting(folder.path()));
    let chooser = Chooser::in_folder(folder.path());
    let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
    let mut app = RunningApp::start(&display, folder.path(), program.env("PATH", chooser.path()));
    let steps = Steps::new();

    let empty = app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    steps.save("1-empty", &empty);
    app.drop_files(PICTURE, &[&photo]);
    let dropped = app.wait_for("the photo", |pixels| middle(pixels).difference(&middle(&empty)) > 0.9);
    steps.save("2-photo", &dropped);
    chooser.answer(&painting);
    app.press_until(&[CONTROL, SHIFT, u32::from(b'o')], "the painting", |pixels| {
        first_painting(pixels).difference(&first_painting(&dropped)) > 0.8
    });
    app.wait_for("the instant picture", |pixels| middle(pixels).difference(&middle(&dropped)) > 0.3);
    let chosen = app.wait_until_still(middle);
    steps.save("3-painting", &chosen);

    app.click(PROTECT);
    app.wait_for("the brush", |pixels| top(pixels).difference(&top(&chosen)) > 0.01);
    let fresh = app.wait_until_still(middle);
    steps.save("4-brush", &fresh);
    app.drag((560, 330), (690, 360));
    let stroke = app.wait_for("a stroke", |pixels| middle(pixels).difference(&middle(&fresh)) > 0.05);
    steps.save("5-stroke", &stroke);
    // Each click waits for the effect of the one before: two within one pass of a slow window would count as one.
    app.click(DONE);
    let done = app.wait_for("the mask tools to close", |pixels| top(pixels).difference(&top(&chosen)) < 0.05);
    app.click(DRAFT);
    app.wait_for("the size", |pixels| sizes(pixels).difference(&sizes(&done)) > 0.05);
    app.wait_until_still(sizes);
    // The instant picture of that size.
    let ready = app.wait_until_still(middle);
    app.click_until_changed(START, "Start", status);
    let frame = app.wait_for("the first frame", |pixels| {
        middle(pixels).difference(&middle(&ready)) > 0.3 && middle(pixels).colours() > 200
    });
    steps.save("6-painting", &frame);

    app.drag(STRENGTH, (STRENGTH.0 + 80, STRENGTH.1));
    app.wait_for("another strength", |pixels| settings(pixels).difference(&settings(&frame)) > 0.01);
    app.wait_until_still(settings);
    app.click(COMPARE);
    let compared = app.wait_until_still(top);
    steps.save("7-compared", &compared);
    // The result changes while it is painted; the photo, which the divider uncovers, does not.
    app.drag(PICTURE, (PICTURE.0 + 200, PICTURE.1));
    let moved = app.wait_until_still(right_of_middle);
    assert!(right_of_middle(&moved).difference(&right_of_middle(&compared)) > 0.5, "the divider does not move");
    steps.save("8-divider", &moved);

    app.click(STOP);
    let stopped = app.wait_for("the result", |pixels| results(pixels).colours() > 100);
    steps.save("9-stopped", &stopped);
    let output = folder.path().join("painted.png");
    chooser.answer(&output);
    app.press(&[CONTROL, u32::from(b'e')]);
    let asked = app.wait_for("the export dialog", |pixels| corner(pixels).difference(&corner(&stopped)) > 0.9);
    app.wait_until_still(question);
    steps.save("10-export", &asked);
    app.click(SAVE_AS);
    app.wait_for("the file", |_| output.exists());

    assert!(chooser.arguments().contains("--save"), "{}", chooser.arguments());
    let saved = decode::open(&output).unwrap();
    assert_eq!((saved.width(), saved.height()), (256, 171));
    // In the middle of the stroke the photo is unchanged; around it, everything has changed.
    let saved = saved.pixels().to_rgb8();
    let photo = imageops::resize(&decode::open(&photo).unwrap().pixels().to_rgb8(), 256, 171, FilterType::Triangle);
    let apart = |x, y| -> u32 {
        let channels = saved.get_pixel(x, y).0.into_iter().zip(photo.get_pixel(x, y).0);
        channels.map(|(saved, photo)| u32::from(saved.abs_diff(photo))).sum()
    };
    assert!(apart(127, 63) < 30, "{}", apart(127, 63));
    let all: u32 = (0..171).flat_map(|y| (0..256).map(move |x| (x, y))).map(|(x, y)| apart(x, y)).sum();
    assert!(all / (256 * 171) > 60, "{}", all / (256 * 171));
}

/// The part of the window with the number and slider for the strength.
fn settings(pixels: &Pixels) -> Pixels {
    pixels.part(0.79..0.99, 0.06..0.13)
}

/// The part of the window with the export dialog.
fn question(pixels: &Pixels) -> Pixels {
    pixels.part(0.35..0.65, 0.25..0.75)
}

/// The part of the picture to the right of its middle.
fn right_of_middle(pixels: &Pixels) -> Pixels {
    pixels.part(0.52..0.6, 0.33..0.6)
}

/// The words that say what the run does.
fn status(pixels: &Pixels) -> Pixels {
    pixels.part(0.25..0.5, 0.93..0.98)
}

/// The part of the window with the size presets.
fn sizes(pixels: &Pixels) -> Pixels {
    pixels.part(0.79..0.87, 0.17..0.21)
}

/// The part of the window with the first result.
fn results(pixels: &Pixels) -> Pixels {
    pixels.part(0.21..0.28, 0.81..0.88)
}

/// The part of the window with the first painting.
fn first_painting(pixels: &Pixels) -> Pixels {
    pixels.part(0.02..0.06, 0.45..0.5)
}

/// The part of the window above the picture.
fn top(pixels: &Pixels) -> Pixels {
    pixels.part(0.21..0.77, 0.0..0.07)
}

/// A stand-in for `zenity`, which shows the file dialogs where there is no desktop.
pub(super) struct Chooser(PathBuf);

impl Chooser {
    pub(super) fn in_folder(folder: &Path) -> Self {
        let tools = folder.join("tools");
        fs::create_dir(&tools).unwrap();
        let script = format!("#!/bin/sh\necho \"$@\" >> {0}/asked\nsleep 0.3\ncat {0}/answer\n", tools.display());
        let program = tools.join("zenity");
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self(tools)
    }

    /// The value for `PATH`, with the stand-in first.
    pub(super) fn path(&self) -> String {
        format!("{}:{}", self.0.display(), std::env::var("PATH").unwrap())
    }

    /// The arguments of all calls so far.
    pub(super) fn arguments(&self) -> String {
        fs::read_to_string(self.0.join("asked")).unwrap()
    }

    /// Answers the next dialogs with this file.
    pub(super) fn answer(&self, file: &Path) {
        fs::write(self.0.join("answer"), file.as_os_str().as_encoded_bytes()).unwrap();
    }
}

/// Saves a screenshot of each step, for visual inspection.
struct Steps(PathBuf);

impl Steps {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("walk");
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn save(&self, name: &str, pixels: &Pixels) {
        pixels.save(&self.0.join(name).with_extension("png"));
    }
}
