//! What the real window gets from other programs and the system: partly usable drops, pictures and files on the
//! clipboard, file dialogs that hang, fonts; and where the window opens.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use image::RgbImage;
use impasto::picture::encode::{self, Existing, Export};
use impasto::picture::{Format, decode};

use super::display::{CONTROL, Display, ESCAPE, F1, Pixels, RETURN, RunningApp, SHIFT, is_installed};
use super::owner::ClipboardOwner;
use super::walk::Chooser;
use super::{corner, middle, save_screenshot};
use crate::support::{painting, photo};

/// A position in the middle of the picture.
const PICTURE: (i16, i16) = (627, 334);
const V: u32 = b'v' as u32;

#[test]
fn a_drop_loads_every_usable_file() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let good = photo(folder.path());
    let odd = folder.path().join(OsStr::from_bytes(b"odd \xff\r\n.png"));
    fs::copy(&good, &odd).unwrap();
    let path = good.display().to_string();
    let odd = format!("file://{}/odd%20%FF%0D%0A.png", folder.path().display());
    for (name, format, list) in [
        ("a plain list", "text/uri-list", format!("file://{path}\r\n")),
        ("a file and a remote address", "text/uri-list", format!("file://{path}\r\nsftp://host/b.png\r\n")),
        ("a file and a missing one", "text/uri-list", format!("file://{path}\r\nfile:///gone.png\r\n")),
        ("an address with a host name", "text/uri-list", format!("file://localhost{path}\r\n")),
        ("a comment, and no carriage returns", "text/uri-list", format!("# from a file manager\nfile://{path}\n")),
        ("a name that is not UTF-8", "text/uri-list", odd),
        ("a path as text", "text/plain", path.clone()),
    ] {
        let home = tempfile::tempdir().unwrap();
        let mut app = RunningApp::start(&display, home.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
        let empty = app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
        let drag = app.drag_over(PICTURE, &[(format, list.as_bytes())]);
        assert!(drag.is_accepted, "{name}");
        drag.drop();
        app.wait_for(name, |pixels| middle(pixels).difference(&middle(&empty)) > 0.9);
        app.request_close();
    }
}

#[test]
fn the_drop_overlay_is_shown_only_during_a_drag() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let good = photo(folder.path());
    let good = format!("file://{}\r\n", good.display());
    let mut app = RunningApp::start(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
    app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    let empty = app.wait_until_still(Pixels::clone);
    // Only the overlay changes the edge of the window; elsewhere a control may show that the pointer hovers over it.
    let edge = |pixels: &Pixels| pixels.part(0.0..0.02, 0.4..0.6);
    let is_empty = |pixels: &Pixels| edge(pixels).difference(&edge(&empty)) == 0.0;

    let drag = app.drag_over(PICTURE, &[("text/uri-list", good.as_bytes())]);
    // The dragging program must answer while the window is drawn.
    let shows_overlay = || {
        drag.serve(Duration::from_millis(500));
        app.screenshot().is_some_and(|over| middle(&over).difference(&middle(&empty)) > 0.5)
    };
    assert!((0..120).any(|_| shows_overlay()), "no overlay");
    drag.leave();
    drop(drag);
    app.wait_for("the window without the overlay", is_empty);
    // The overlay also disappears when the dragging program exits.
    let drag = app.drag_over(PICTURE, &[("text/uri-list", good.as_bytes())]);
    drag.serve(Duration::from_millis(500));
    drop(drag);
    app.wait_for("the window without the overlay", is_empty);
    // Data that can never be a picture is refused during the drag.
    let drag = app.drag_over(PICTURE, &[("application/x-color", b"red")]);
    assert!(!drag.is_accepted);
    drop(drag);
}

#[test]
fn unusable_drops_are_reported() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        format!("file://{}\r\n", path.display())
    };
    let pipe = folder.path().join("pipe.png");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let list = "text/uri-list";
    for (name, format, dropped) in [
        ("remote addresses", list, "https://example.org/a.png\r\nsmb://server/b.png\r\n".to_owned()),
        ("an empty list", list, String::new()),
        ("text", "text/plain", "a thousand words".to_owned()),
        ("a damaged picture", list, file("damaged.png", b"\x89PNG\r\n\x1a\n and no more")),
        ("a text file", list, file("notes.txt", b"buy milk")),
        ("a folder", list, format!("file://{}\r\n", folder.path().display())),
        ("a missing file", list, "file:///gone/photo.png\r\n".to_owned()),
        ("a pipe", list, format!("file://{}\r\n", pipe.display())),
    ] {
        let home = tempfile::tempdir().unwrap();
        let mut app = RunningApp::start(&display, home.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
        app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
        let empty = app.wait_until_still(notices);
        let drag = app.drag_over(PICTURE, &[(format, dropped.as_bytes())]);
        assert!(drag.is_accepted, "{name}");
        drag.drop();
        app.wait_for(name, |pixels| notices(pixels).difference(&notices(&empty)) > 0.2);
        let said = app.wait_until_still(notices);
        save_screenshot(&format!("unusable drop, {name}"), &said);
        let edge = |pixels: &Pixels| pixels.part(0.0..0.02, 0.4..0.6);
        assert!(edge(&said).difference(&edge(&empty)) == 0.0, "{name}: the overlay stays");
        app.request_close();
        assert!(app.wait_for_exit().success(), "{name}");
    }
}

#[test]
fn pictures_and_files_are_pasted_in_every_format() {
    let Some(display) = Display::start() else { return };
    if !is_installed("xclip", "xclip") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let copied = |name: &str, make: &dyn Fn(&Path)| {
        let path = folder.path().join(name);
        make(&path);
        path
    };
    let good = photo(folder.path());
    let picture = decode::open(&good).unwrap();
    let converted = |name: &str| copied(name, &|path| picture.pixels().save(path).unwrap());
    let tiff = copied("d.tif", &|path| {
        encode::save(path, &picture, &Export::new(Format::Tiff), Existing::Refuse).unwrap();
    });
    // Large enough to be transferred in chunks.
    let large = copied("noise.png", &|path| {
        let noise =
            |x: u32, y: u32| image::Rgb([x.wrapping_mul(y * 7919 + 13) as u8, ((x * y) >> 3) as u8, (x ^ y) as u8]);
        RgbImage::from_fn(1500, 1500, noise).save(path).unwrap();
    });
    assert!(large.metadata().unwrap().len() > 1 << 20);
    let text = |name: &str, text: String| copied(name, &|path| fs::write(path, &text).unwrap());
    for (format, file) in [
        ("image/png", good.clone()),
        ("image/png", large),
        ("image/jpeg", converted("b.jpg")),
        ("image/bmp", converted("c.bmp")),
        ("image/tiff", tiff),
        ("image/webp", converted("e.webp")),
        ("text/uri-list", text("list", format!("file://{}\r\n", good.display()))),
        ("UTF8_STRING", text("text", good.display().to_string())),
    ] {
        let home = tempfile::tempdir().unwrap();
        let mut app = RunningApp::start(&display, home.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
        let empty = app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
        display.copy_to_clipboard(format, &file);
        app.press(&[CONTROL, V]);
        app.wait_for(&format!("{format} of {}", file.display()), |pixels| {
            middle(pixels).difference(&middle(&empty)) > 0.9
        });
        app.request_close();
    }
}

#[test]
fn a_silent_clipboard_owner_does_not_block_the_window() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut app = RunningApp::start(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
    app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    let empty = app.wait_until_still(Pixels::clone);
    app.own_clipboard_silently();
    app.press(&[CONTROL, V]);
    // Help can be opened and closed while the paste is waiting.
    app.press(&[F1]);
    app.wait_for("Help", |pixels| middle(pixels).difference(&middle(&empty)) > 0.2);
    app.press(&[ESCAPE]);
    let said = app.wait_for("a notice", |pixels| notices(pixels).difference(&notices(&empty)) > 0.2);
    save_screenshot("silent clipboard", &said);
}

#[test]
fn a_slow_clipboard_owner_is_awaited_and_one_that_exits_is_reported() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let picture = fs::read(photo(folder.path())).unwrap();
    let chunks: Vec<&[u8]> = picture.chunks(picture.len().div_ceil(3)).collect();
    let mut app = RunningApp::start(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
    app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    let empty = app.wait_until_still(Pixels::clone);

    let owner = ClipboardOwner::new(display.name(), "image/png");
    app.press(&[CONTROL, V]);
    owner.transfer(&chunks[..2], Duration::ZERO, true);
    drop(owner);
    let said = app.wait_for("a notice", |pixels| notices(pixels).difference(&notices(&empty)) > 0.2);
    save_screenshot("an owner that exited", &said);

    let owner = ClipboardOwner::new(display.name(), "image/png");
    app.press(&[CONTROL, V]);
    owner.transfer(&chunks, Duration::from_secs(3), false);
    app.wait_for("the picture", |pixels| middle(pixels).difference(&middle(&empty)) > 0.9);
}

#[test]
fn text_is_pasted_into_a_number_field() {
    let Some(display) = Display::start() else { return };
    if !is_installed("xclip", "xclip") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let number = folder.path().join("number");
    fs::write(&number, "93").unwrap();
    let mut app = RunningApp::start(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
    app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    let before = app.wait_until_still(Pixels::clone);
    display.copy_to_clipboard("UTF8_STRING", &number);
    app.click(STRENGTH);
    let number = |pixels: &Pixels| pixels.part(0.93..0.99, 0.06..0.1);
    app.wait_for("a text field", |pixels| number(pixels).difference(&number(&before)) > 0.05);
    // The number is selected one frame later. The cursor, which blinks, changes less.
    let typing = app.wait_until_nearly_still(0.03, number);
    app.press(&[CONTROL, V]);
    app.wait_for("the text", |pixels| number(pixels).difference(&number(&typing)) > 0.04);
    app.press(&[RETURN]);
    let after = app.wait_for("another strength", |pixels| slider(pixels).difference(&slider(&before)) > 0.01);
    save_screenshot("pasted number", &after);
}

#[test]
fn a_hanging_file_dialog_falls_back_to_another() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    // A session bus that accepts connections and never answers.
    let bus = folder.path().join("bus");
    let _silent = UnixListener::bind(&bus).unwrap();
    let chooser = Chooser::in_folder(folder.path());
    chooser.answer(&painting(folder.path()));
    let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
    program.env("PATH", chooser.path()).env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()));
    let mut app = RunningApp::start(&display, folder.path(), &mut program);
    let empty = app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    app.press(&[CONTROL, SHIFT, u32::from(b'o')]);
    app.wait_for("the painting", |pixels| first_painting(pixels).difference(&first_painting(&empty)) > 0.5);
}

#[test]
fn names_in_other_scripts_are_drawn_with_the_systems_fonts() {
    let Some(display) = Display::start() else { return };
    if !is_installed("fc-list", "fontconfig") {
        return;
    }
    let fonts = Command::new("fc-list").args([":lang=ja", "file"]).output().unwrap();
    if fonts.stdout.is_empty() {
        let why = "no font of the system has Japanese characters (Debian's fonts-droid-fallback)";
        assert!(std::env::var_os("IMPASTO_TEST_NO_SKIP").is_none(), "{why}");
        println!("skipped: {why}");
        return;
    }
    let shown = |name: &str| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        fs::copy(photo(folder.path()), &file).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
        let mut app = RunningApp::start(&display, folder.path(), program.arg(file));
        app.wait_for("the photo", |pixels| middle(pixels).colours() > 200);
        let still = app.wait_until_still(photo_name);
        save_screenshot(&format!("name {name}"), &still);
        photo_name(&still)
    };
    // Without a font, both names would look the same: boxes or blanks.
    assert!(shown("\u{732b}.png").difference(&shown("\u{9ce5}.png")) > 0.0);
}

#[test]
fn the_window_opens_on_the_screen() {
    let Some(display) = Display::start() else { return };
    for place in [
        r#"{"width": 1000, "height": 700, "corner": [9000, 9000], "maximized": false}"#,
        r#"{"width": 1000, "height": 700, "corner": [-30000, 0], "maximized": false}"#,
        r#"{"width": 1e9, "height": 0, "corner": [0, 0], "maximized": false}"#,
        r#"{"width": 5000, "height": 4000, "corner": [3000, 3000], "maximized": false}"#,
    ] {
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("configuration").join("impasto");
        fs::create_dir_all(&configuration).unwrap();
        fs::write(configuration.join("preferences.json"), format!(r#"{{"window": {place}}}"#)).unwrap();
        let mut app = RunningApp::start(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
        app.wait_for("the window's panels", |pixels| pixels.colours() > 40);
        app.wait_until_still(corner);
        let ((x, y), (width, height)) = app.geometry();
        // The screen has 1400 x 900 pixels.
        assert!((0..1300).contains(&x) && (0..860).contains(&y), "{place}: at {x}, {y}");
        assert!(width <= 1400 && height <= 900, "{place}: {width} x {height}");
    }
}

/// The position of the number field for the strength.
const STRENGTH: (i16, i16) = (1226, 65);

/// The part of the window with the first notice.
fn notices(pixels: &Pixels) -> Pixels {
    pixels.part(0.30..0.60, 0.08..0.12)
}

/// The part of the window with the slider for the strength.
fn slider(pixels: &Pixels) -> Pixels {
    pixels.part(0.79..0.99, 0.10..0.13)
}

/// The part of the window with the photo's name.
fn photo_name(pixels: &Pixels) -> Pixels {
    pixels.part(0.01..0.12, 0.29..0.32)
}

/// The part of the window with the first painting.
fn first_painting(pixels: &Pixels) -> Pixels {
    pixels.part(0.02..0.06, 0.45..0.5)
}
