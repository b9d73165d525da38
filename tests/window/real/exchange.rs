//! What other programs hand to the real window: drops that are good in part, pictures and files on the clipboard, file
//! dialogs that hang; and where the window opens.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use image::RgbImage;
use impasto::picture::encode::{self, Existing, Export};
use impasto::picture::{Format, decode};

use super::display::{CONTROL, Display, ESCAPE, F1, Pixels, RETURN, SHIFT, Seat, is_there};
use super::owner::Owner;
use super::walk::Chooser;
use super::{corner, middle};
use crate::support::{painting, photo};

/// In the middle of the picture.
const EASEL: (i16, i16) = (627, 334);
const V: u32 = b'v' as u32;

#[test]
fn a_drop_is_taken_as_far_as_it_can_be() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let good = photo(folder.path());
    let odd = folder.path().join(OsStr::from_bytes(b"odd \xff\r\n.png"));
    fs::copy(&good, &odd).unwrap();
    let path = good.display().to_string();
    let odd = format!("file://{}/odd%20%FF%0D%0A.png", folder.path().display());
    for (name, form, list) in [
        ("a plain list", "text/uri-list", format!("file://{path}\r\n")),
        ("one address that is elsewhere", "text/uri-list", format!("file://{path}\r\nsftp://host/b.png\r\n")),
        ("a file that is gone", "text/uri-list", format!("file://{path}\r\nfile:///gone.png\r\n")),
        ("the host's name", "text/uri-list", format!("file://localhost{path}\r\n")),
        ("a comment, and no carriage returns", "text/uri-list", format!("# from a file manager\nfile://{path}\n")),
        ("a name that is not UTF-8", "text/uri-list", odd),
        ("a path as text", "text/plain", path.clone()),
    ] {
        let home = tempfile::tempdir().unwrap();
        let mut seat = Seat::take(&display, home.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
        let empty = seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
        let drag = seat.drag_over(EASEL, &[(form, list.as_bytes())]);
        assert!(drag.is_accepted, "{name}");
        drag.drop();
        seat.wait_for(name, |pixels| middle(pixels).difference(&middle(&empty)) > 0.9);
        seat.ask_to_close();
    }
}

#[test]
fn the_overlay_comes_with_a_drag_and_goes_with_it() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let good = photo(folder.path());
    let good = format!("file://{}\r\n", good.display());
    let mut seat = Seat::take(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
    seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    let empty = seat.wait_until_still(Pixels::clone);
    // At the window's edge nothing else changes; elsewhere a control may show that the pointer is over it.
    let edge = |pixels: &Pixels| pixels.part(0.0..0.02, 0.4..0.6);
    let is_empty = |pixels: &Pixels| edge(pixels).difference(&edge(&empty)) == 0.0;

    let drag = seat.drag_over(EASEL, &[("text/uri-list", good.as_bytes())]);
    drag.serve(Duration::from_millis(500));
    let over = seat.look().unwrap();
    assert!(middle(&over).difference(&middle(&empty)) > 0.5, "no overlay");
    drag.leave();
    drop(drag);
    seat.wait_for("the window without the overlay", is_empty);
    // It also goes when the program that drags ends.
    let drag = seat.drag_over(EASEL, &[("text/uri-list", good.as_bytes())]);
    drag.serve(Duration::from_millis(500));
    drop(drag);
    seat.wait_for("the window without the overlay", is_empty);
    // What could never be a picture is refused while it is dragged.
    let drag = seat.drag_over(EASEL, &[("application/x-color", b"red")]);
    assert!(!drag.is_accepted);
    drop(drag);
}

#[test]
fn what_was_dropped_in_vain_is_told_of() {
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
    for (name, form, dropped) in [
        ("addresses", list, "https://example.org/a.png\r\nsmb://server/b.png\r\n".to_owned()),
        ("an empty list", list, String::new()),
        ("text", "text/plain", "a thousand words".to_owned()),
        ("a damaged picture", list, file("damaged.png", b"\x89PNG\r\n\x1a\n and no more")),
        ("no picture", list, file("notes.txt", b"buy milk")),
        ("a folder", list, format!("file://{}\r\n", folder.path().display())),
        ("a file that is gone", list, "file:///gone/photo.png\r\n".to_owned()),
        ("a pipe", list, format!("file://{}\r\n", pipe.display())),
    ] {
        let home = tempfile::tempdir().unwrap();
        let mut seat = Seat::take(&display, home.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
        seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
        let empty = seat.wait_until_still(notices);
        let drag = seat.drag_over(EASEL, &[(form, dropped.as_bytes())]);
        assert!(drag.is_accepted, "{name}");
        drag.drop();
        seat.wait_for(name, |pixels| notices(pixels).difference(&notices(&empty)) > 0.2);
        let said = seat.wait_until_still(notices);
        keep(&format!("dropped in vain, {name}"), &said);
        let edge = |pixels: &Pixels| pixels.part(0.0..0.02, 0.4..0.6);
        assert!(edge(&said).difference(&edge(&empty)) == 0.0, "{name}: the overlay stays");
        seat.ask_to_close();
        assert!(seat.leave().success(), "{name}");
    }
}

#[test]
fn pictures_and_files_are_pasted_in_every_form() {
    let Some(display) = Display::start() else { return };
    if !is_there("xclip", "xclip") {
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
    // Large enough to be handed over in pieces.
    let large = copied("noise.png", &|path| {
        let noise =
            |x: u32, y: u32| image::Rgb([x.wrapping_mul(y * 7919 + 13) as u8, ((x * y) >> 3) as u8, (x ^ y) as u8]);
        RgbImage::from_fn(1500, 1500, noise).save(path).unwrap();
    });
    assert!(large.metadata().unwrap().len() > 1 << 20);
    let text = |name: &str, text: String| copied(name, &|path| fs::write(path, &text).unwrap());
    for (form, file) in [
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
        let mut seat = Seat::take(&display, home.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
        let empty = seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
        display.copy(form, &file);
        seat.press(&[CONTROL, V]);
        seat.wait_for(&format!("{form} of {}", file.display()), |pixels| {
            middle(pixels).difference(&middle(&empty)) > 0.9
        });
        seat.ask_to_close();
    }
}

#[test]
fn a_silent_owner_of_the_clipboard_holds_nothing_up() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut seat = Seat::take(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
    seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    let empty = seat.wait_until_still(Pixels::clone);
    seat.hold_the_clipboard();
    seat.press(&[CONTROL, V]);
    // Help opens and closes meanwhile.
    seat.press(&[F1]);
    seat.wait_for("Help", |pixels| middle(pixels).difference(&middle(&empty)) > 0.2);
    seat.press(&[ESCAPE]);
    let said = seat.wait_for("a sentence", |pixels| notices(pixels).difference(&notices(&empty)) > 0.2);
    keep("silent clipboard", &said);
}

#[test]
fn a_slow_owner_is_waited_for_and_one_that_ends_is_told_of() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let picture = fs::read(photo(folder.path())).unwrap();
    let pieces: Vec<&[u8]> = picture.chunks(picture.len().div_ceil(3)).collect();
    let mut seat = Seat::take(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
    seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    let empty = seat.wait_until_still(Pixels::clone);

    let owner = Owner::of_clipboard(display.name(), "image/png");
    seat.press(&[CONTROL, V]);
    owner.hand_over(&pieces[..2], Duration::ZERO, true);
    drop(owner);
    let said = seat.wait_for("a sentence", |pixels| notices(pixels).difference(&notices(&empty)) > 0.2);
    keep("an owner that ended", &said);

    let owner = Owner::of_clipboard(display.name(), "image/png");
    seat.press(&[CONTROL, V]);
    owner.hand_over(&pieces, Duration::from_secs(3), false);
    seat.wait_for("the picture", |pixels| middle(pixels).difference(&middle(&empty)) > 0.9);
}

#[test]
fn text_is_pasted_into_a_number() {
    let Some(display) = Display::start() else { return };
    if !is_there("xclip", "xclip") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let number = folder.path().join("number");
    fs::write(&number, "93").unwrap();
    let mut seat = Seat::take(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
    seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    let before = seat.wait_until_still(Pixels::clone);
    display.copy("UTF8_STRING", &number);
    seat.click(STRENGTH);
    let number = |pixels: &Pixels| pixels.part(0.93..0.99, 0.06..0.1);
    let typing = seat.wait_for("a text field", |pixels| number(pixels).difference(&number(&before)) > 0.05);
    seat.press(&[CONTROL, V]);
    seat.wait_for("the text", |pixels| number(pixels).difference(&number(&typing)) > 0.01);
    seat.press(&[RETURN]);
    let after = seat.wait_for("another strength", |pixels| slider(pixels).difference(&slider(&before)) > 0.01);
    keep("pasted number", &after);
}

#[test]
fn a_file_dialog_that_hangs_gives_way_to_another() {
    let Some(display) = Display::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    // A session's bus that takes calls and never answers.
    let bus = folder.path().join("bus");
    let _silent = UnixListener::bind(&bus).unwrap();
    let chooser = Chooser::in_folder(folder.path());
    chooser.answer(&painting(folder.path()));
    let mut program = Command::new(env!("CARGO_BIN_EXE_impasto"));
    program.env("PATH", chooser.path()).env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()));
    let mut seat = Seat::take(&display, folder.path(), &mut program);
    let empty = seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
    seat.press(&[CONTROL, SHIFT, u32::from(b'o')]);
    seat.wait_for("the painting", |pixels| first_painting(pixels).difference(&first_painting(&empty)) > 0.5);
}

#[test]
fn names_in_other_scripts_are_drawn_with_the_systems_fonts() {
    let Some(display) = Display::start() else { return };
    if !is_there("fc-list", "fontconfig") {
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
        let mut seat = Seat::take(&display, folder.path(), program.arg(file));
        seat.wait_for("the photo", |pixels| middle(pixels).colours() > 200);
        let still = seat.wait_until_still(photo_name);
        keep(&format!("name {name}"), &still);
        photo_name(&still)
    };
    // As boxes or blanks, both would look the same.
    assert!(shown("\u{732b}.png").difference(&shown("\u{9ce5}.png")) > 0.0);
}

#[test]
fn the_window_opens_where_it_can_be_seen() {
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
        let mut seat = Seat::take(&display, folder.path(), &mut Command::new(env!("CARGO_BIN_EXE_impasto")));
        seat.wait_for("the window's panels", |pixels| pixels.colours() > 40);
        seat.wait_until_still(corner);
        let ((x, y), (width, height)) = seat.place();
        // The screen has 1400 x 900 pixels.
        assert!((0..1300).contains(&x) && (0..860).contains(&y), "{place}: at {x}, {y}");
        assert!(width <= 1400 && height <= 900, "{place}: {width} x {height}");
    }
}

/// The number that sets the strength.
const STRENGTH: (i16, i16) = (1226, 65);

/// The part of the window where the first notice is.
fn notices(pixels: &Pixels) -> Pixels {
    pixels.part(0.30..0.60, 0.08..0.12)
}

/// The part of the window where the slider of the strength is.
fn slider(pixels: &Pixels) -> Pixels {
    pixels.part(0.79..0.99, 0.10..0.13)
}

/// The part of the window where the photo's name is.
fn photo_name(pixels: &Pixels) -> Pixels {
    pixels.part(0.01..0.12, 0.29..0.32)
}

/// The part of the window where the first painting is.
fn first_painting(pixels: &Pixels) -> Pixels {
    pixels.part(0.02..0.06, 0.45..0.5)
}

/// A picture of the window, for people to look at.
fn keep(name: &str, pixels: &Pixels) {
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join("exchange");
    fs::create_dir_all(&folder).unwrap();
    pixels.save(&folder.join(name).with_extension("png"));
}
