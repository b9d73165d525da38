//! The real program in a real window: started with two files on a display of its own, painting by
//! key, closed as a window manager closes it.
#![cfg(all(unix, feature = "gui"))]

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use image::{Rgb, RgbImage};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, InputFocus, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MapState, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

/// A slow machine under full load still gets there.
const PATIENCE: Duration = Duration::from_mins(3);
const CONTROL: u32 = 0xffe3;
const RETURN: u32 = 0xff0d;
const TAB: u32 = 0xff09;

#[test]
fn the_real_program_opens_paints_and_closes() {
    let Some(display) = Display::start() else {
        assert!(
            std::env::var_os("IMPASTO_TEST_NO_SKIP").is_none(),
            "Xvfb is missing; install it, such as Debian's xvfb"
        );
        println!("skipped: Xvfb is missing (Debian's xvfb)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(&display, folder.path(), &[photo(folder.path()), painting(folder.path())]);
    let screen = Screen::connect(&display);

    let window = screen.wait_for_window(&mut program);
    // Without a window manager nobody else hands out the keyboard.
    screen.connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap();
    screen.connection.flush().unwrap();
    screen.wait_for_picture(&mut program, window, "the window's panels", |pixels| colours(pixels) > 40);
    // The photo, in the middle of the window.
    let loaded = screen.wait_for_picture(&mut program, window, "the photo", |pixels| colours(&middle(pixels)) > 200);

    // The key may come before the painting is loaded, so it is pressed until something happens.
    let first = screen.press_until(&mut program, window, &[CONTROL, RETURN], "the first frame", |pixels| {
        difference(&middle(pixels), &middle(&loaded)) > 0.05
    });
    screen.wait_for_picture(&mut program, window, "another frame", |pixels| {
        difference(&middle(pixels), &middle(&first)) > 0.01
    });

    // The window manager asks to close; the window asks back, and the second button agrees. Each key waits
    // for what the one before has done: two that come within one pass of the window would count as one.
    let before = screen.look(window).unwrap();
    screen.ask_to_close(window);
    let mut seen = screen.wait_for_picture(&mut program, window, "the question", |pixels| {
        difference(&corner(pixels), &corner(&before)) > 0.9
    });
    for _ in 0..2 {
        std::thread::sleep(Duration::from_millis(300));
        screen.press(&[TAB]);
        seen = screen.wait_for_picture(&mut program, window, "the focus on the next answer", |pixels| {
            difference(&dialog(pixels), &dialog(&seen)) > 0.0
        });
    }
    screen.press(&[RETURN]);
    let status = program.wait();
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

/// A display that nobody looks at.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts one, on a number that is free; nothing when there is no such program.
    fn start() -> Option<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        let display = Self { server, name: format!(":{}", number.trim()) };
        assert!(!number.trim().is_empty(), "Xvfb did not start");
        Some(display)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The program under test.
struct Program(Child);

impl Program {
    fn start(display: &Display, folder: &Path, files: &[PathBuf]) -> Self {
        let child = Command::new(env!("CARGO_BIN_EXE_impasto"))
            .env("XDG_CONFIG_HOME", folder.join("configuration"))
            .args(files)
            .env("DISPLAY", &display.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .env("XDG_RUNTIME_DIR", folder)
            .spawn()
            .unwrap();
        Self(child)
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the program did not close");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a window shows.
#[derive(Clone)]
struct Pixels {
    width: usize,
    pixels: Vec<u32>,
}

/// Eyes and hands on a display.
struct Screen {
    connection: RustConnection,
    root: Window,
}

impl Screen {
    fn connect(display: &Display) -> Self {
        let (connection, number) = x11rb::connect(Some(&display.name)).unwrap();
        let root = connection.setup().roots[number].root;
        Self { connection, root }
    }

    fn wait_for_window(&self, program: &mut Program) -> Window {
        let began = Instant::now();
        loop {
            assert!(program.ended().is_none(), "the program ended before its window was there");
            if let Some(window) = self.find_window() {
                return window;
            }
            assert!(began.elapsed() < PATIENCE, "no window came");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn find_window(&self) -> Option<Window> {
        let children = self.connection.query_tree(self.root).ok()?.reply().ok()?.children;
        children.into_iter().find(|&window| {
            let class = self.connection.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64);
            let is_ours = class
                .ok()
                .and_then(|class| class.reply().ok())
                .is_some_and(|class| class.value.split(|byte| *byte == 0).any(|part| part == b"impasto"));
            let attributes = self.connection.get_window_attributes(window).ok().and_then(|it| it.reply().ok());
            is_ours && attributes.is_some_and(|attributes| attributes.map_state == MapState::VIEWABLE)
        })
    }

    fn look(&self, window: Window) -> Option<Pixels> {
        let size = self.connection.get_geometry(window).ok()?.reply().ok()?;
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, window, 0, 0, size.width, size.height, u32::MAX)
            .ok()?
            .reply()
            .ok()?;
        let pixel = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        Some(Pixels { width: usize::from(size.width), pixels: image.data.chunks_exact(4).map(pixel).collect() })
    }

    fn wait_for_picture(
        &self,
        program: &mut Program,
        window: Window,
        what: &str,
        is_there: impl Fn(&Pixels) -> bool,
    ) -> Pixels {
        self.press_until(program, window, &[], what, is_there)
    }

    /// Presses keys once a second until the window shows something.
    fn press_until(
        &self,
        program: &mut Program,
        window: Window,
        keys: &[u32],
        what: &str,
        is_there: impl Fn(&Pixels) -> bool,
    ) -> Pixels {
        let began = Instant::now();
        for tick in 0u64.. {
            assert!(program.ended().is_none(), "the program ended before {what} came");
            if let Some(pixels) = self.look(window).filter(&is_there) {
                return pixels;
            }
            assert!(began.elapsed() < PATIENCE, "{what} did not come");
            if tick.is_multiple_of(10) {
                self.press(keys);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        unreachable!("ticks do not end")
    }

    /// Presses keys together, and lets them go.
    fn press(&self, keys: &[u32]) {
        let codes: Vec<u8> = keys.iter().map(|key| self.code_of(*key)).collect();
        for code in &codes {
            self.fake(KEY_PRESS_EVENT, *code);
        }
        for code in codes.iter().rev() {
            self.fake(KEY_RELEASE_EVENT, *code);
        }
        self.connection.flush().unwrap();
        std::thread::sleep(Duration::from_millis(100));
    }

    fn fake(&self, kind: u8, code: u8) {
        self.connection.xtest_fake_input(kind, code, x11rb::CURRENT_TIME, self.root, 0, 0, 0).unwrap().check().unwrap();
    }

    fn code_of(&self, key: u32) -> u8 {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let map = self.connection.get_keyboard_mapping(first, last - first + 1).unwrap().reply().unwrap();
        let width = usize::from(map.keysyms_per_keycode);
        let index = map.keysyms.chunks(width).position(|symbols| symbols.contains(&key)).unwrap();
        first + u8::try_from(index).unwrap()
    }

    fn ask_to_close(&self, window: Window) {
        let atom = |name: &[u8]| self.connection.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let (protocols, delete) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
        let event = ClientMessageEvent::new(32, window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
        self.connection.send_event(false, window, EventMask::NO_EVENT, event).unwrap();
        self.connection.flush().unwrap();
    }
}

/// The part of the window where the picture is.
fn middle(pixels: &Pixels) -> Pixels {
    part(pixels, 0.4..0.6, 0.33..0.6)
}

/// A part of the window where nothing changes but when a question darkens everything.
fn corner(pixels: &Pixels) -> Pixels {
    part(pixels, 0.0..0.05, 0.0..0.02)
}

/// The part of the window where a question has its answers.
fn dialog(pixels: &Pixels) -> Pixels {
    part(pixels, 0.4..0.6, 0.51..0.56)
}

fn part(pixels: &Pixels, across: Range<f64>, down: Range<f64>) -> Pixels {
    let (width, height) = (pixels.width, pixels.pixels.len() / pixels.width);
    let along = |share: f64, whole: usize| (share * whole as f64) as usize;
    let (left, right) = (along(across.start, width), along(across.end, width));
    let rows = along(down.start, height)..along(down.end, height);
    let pixels = rows.flat_map(|row| pixels.pixels[row * width + left..row * width + right].iter().copied());
    Pixels { width: right - left, pixels: pixels.collect() }
}

fn colours(pixels: &Pixels) -> usize {
    pixels.pixels.iter().collect::<HashSet<_>>().len()
}

/// The share of pixels that differ.
fn difference(one: &Pixels, other: &Pixels) -> f64 {
    let different = one.pixels.iter().zip(&other.pixels).filter(|(one, other)| one != other).count();
    different as f64 / one.pixels.len() as f64
}

fn photo(folder: &Path) -> PathBuf {
    let path = folder.join("photo.png");
    RgbImage::from_fn(96, 72, |x, y| Rgb([(x * 2) as u8, (60 + x + y) as u8, (y * 3) as u8])).save(&path).unwrap();
    path
}

fn painting(folder: &Path) -> PathBuf {
    let path = folder.join("painting.png");
    let colour = |x: u32, y: u32| if (x / 8 + y / 12).is_multiple_of(2) { [210, 60, 30] } else { [30, 70, 160] };
    RgbImage::from_fn(72, 96, |x, y| Rgb(colour(x, y))).save(&path).unwrap();
    path
}
