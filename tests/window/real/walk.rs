//! A person's whole way through the real window by mouse: dropping, a file dialog, painting, steering, comparing, a mask,
//! and the exported file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::imageops::{self, FilterType};
use impasto::picture::decode;

use super::display::{CONTROL, Display, Pixels, SHIFT, Seat};
use super::{corner, middle};
use crate::support::{painting, photo};

/// Places in the window as it opens, 1280 x 800 points.
const EASEL: (i16, i16) = (627, 334);
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
    let mut seat = Seat::take(&display, folder.path(), program.env("PATH", chooser.path()));
    let steps = Steps::new();

    let empty = seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    steps.keep("1-empty", &empty);
    seat.drop_files(EASEL, &[&photo]);
    let dropped = seat.wait_for("the photo", |pixels| middle(pixels).difference(&middle(&empty)) > 0.9);
    steps.keep("2-photo", &dropped);
    chooser.answer(&painting);
    let chosen = seat.press_until(&[CONTROL, SHIFT, u32::from(b'o')], "the painting", |pixels| {
        first_painting(pixels).difference(&first_painting(&dropped)) > 0.8
    });
    steps.keep("3-painting", &chosen);

    seat.click(PROTECT);
    let fresh = seat.wait_for("the brush", |pixels| top(pixels).difference(&top(&chosen)) > 0.01);
    steps.keep("4-brush", &fresh);
    seat.drag((560, 330), (690, 360));
    let stroke = seat.wait_for("a stroke", |pixels| middle(pixels).difference(&middle(&fresh)) > 0.05);
    steps.keep("5-stroke", &stroke);
    // Each click waits for what the one before has done: two that come within one pass of a slow window would be one.
    seat.click(DONE);
    let done = seat.wait_for("the easel's end", |pixels| top(pixels).difference(&top(&chosen)) < 0.05);
    seat.click(DRAFT);
    seat.wait_for("the size", |pixels| sizes(pixels).difference(&sizes(&done)) > 0.05);
    let ready = seat.wait_until_still(sizes);
    seat.click(START);
    let frame = seat.wait_for("the first frame", |pixels| {
        middle(pixels).difference(&middle(&ready)) > 0.3 && middle(pixels).colours() > 200
    });
    steps.keep("6-painting", &frame);

    seat.drag(STRENGTH, (STRENGTH.0 + 80, STRENGTH.1));
    seat.wait_for("another strength", |pixels| settings(pixels).difference(&settings(&frame)) > 0.01);
    seat.wait_until_still(settings);
    seat.click(COMPARE);
    let compared = seat.wait_until_still(top);
    steps.keep("7-compared", &compared);
    // What is painted changes, the photo does not.
    seat.drag(EASEL, (EASEL.0 + 200, EASEL.1));
    let moved = seat.wait_until_still(right_of_middle);
    assert!(right_of_middle(&moved).difference(&right_of_middle(&compared)) > 0.5, "the divider does not move");
    steps.keep("8-divider", &moved);

    seat.click(STOP);
    let stopped = seat.wait_for("the result", |pixels| results(pixels).colours() > 100);
    steps.keep("9-stopped", &stopped);
    let output = folder.path().join("painted.png");
    chooser.answer(&output);
    seat.press(&[CONTROL, u32::from(b'e')]);
    let asked = seat.wait_for("what to export", |pixels| corner(pixels).difference(&corner(&stopped)) > 0.9);
    seat.wait_until_still(question);
    steps.keep("10-export", &asked);
    seat.click(SAVE_AS);
    seat.wait_for("the file", |_| output.exists());

    assert!(chooser.asked().contains("--save"), "{}", chooser.asked());
    let saved = decode::open(&output).unwrap();
    assert_eq!((saved.width(), saved.height()), (256, 171));
    // In the middle of the stroke the photo is as it was; round it, nothing is.
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

/// The part of the window where strength is set.
fn settings(pixels: &Pixels) -> Pixels {
    pixels.part(0.79..0.99, 0.06..0.13)
}

/// The part of the window where it asks what to export.
fn question(pixels: &Pixels) -> Pixels {
    pixels.part(0.35..0.65, 0.25..0.75)
}

/// The part of the picture right of its middle.
fn right_of_middle(pixels: &Pixels) -> Pixels {
    pixels.part(0.52..0.6, 0.33..0.6)
}

/// The part of the window where the size is chosen.
fn sizes(pixels: &Pixels) -> Pixels {
    pixels.part(0.79..0.87, 0.17..0.21)
}

/// The part of the window where the first result is.
fn results(pixels: &Pixels) -> Pixels {
    pixels.part(0.21..0.28, 0.81..0.88)
}

/// The part of the window where the first painting is.
fn first_painting(pixels: &Pixels) -> Pixels {
    pixels.part(0.02..0.06, 0.45..0.5)
}

/// The part of the window above the picture.
fn top(pixels: &Pixels) -> Pixels {
    pixels.part(0.21..0.77, 0.0..0.07)
}

/// Stands in for `zenity`, which asks for files where there is no desktop.
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

    /// Where programs are looked for.
    pub(super) fn path(&self) -> String {
        format!("{}:{}", self.0.display(), std::env::var("PATH").unwrap())
    }

    /// What the program asked for.
    pub(super) fn asked(&self) -> String {
        fs::read_to_string(self.0.join("asked")).unwrap()
    }

    /// The next dialogs are answered with this file.
    pub(super) fn answer(&self, file: &Path) {
        fs::write(self.0.join("answer"), file.as_os_str().as_encoded_bytes()).unwrap();
    }
}

/// Pictures of each step, for people to look at.
struct Steps(PathBuf);

impl Steps {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("walk");
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn keep(&self, name: &str, pixels: &Pixels) {
        pixels.save(&self.0.join(name).with_extension("png"));
    }
}
