//! A virtual display (Xvfb), and the real program on it, driven by keyboard and mouse.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ClientMessageEvent, ConnectionExt as _, CreateWindowAux,
    EventMask, ImageFormat, InputFocus, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, MapState, Window,
    WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::drag::{Drag, drop_files};

/// How long to wait for anything; enough for a slow machine under full load.
pub(super) const TIMEOUT: Duration = Duration::from_mins(3);
pub(super) const CONTROL: u32 = 0xffe3;
pub(super) const RETURN: u32 = 0xff0d;
pub(super) const TAB: u32 = 0xff09;
pub(super) const SHIFT: u32 = 0xffe1;
pub(super) const F1: u32 = 0xffbe;
pub(super) const ESCAPE: u32 = 0xff1b;

/// A virtual display; its Xvfb server is killed on drop.
pub(super) struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// The value for `DISPLAY`, such as `:1`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Copies a file's bytes to the clipboard in this format with `xclip`, which holds them until the display ends.
    pub(super) fn copy_to_clipboard(&self, format: &str, file: &Path) {
        let mut xclip = Command::new("xclip");
        xclip.env("DISPLAY", &self.name).args(["-selection", "clipboard", "-t", format, "-i"]).arg(file);
        assert!(xclip.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success());
    }

    /// Starts Xvfb on a free display number; `None` if it is not installed (see [`is_installed`]).
    pub(super) fn start() -> Option<Self> {
        if !is_installed("Xvfb", "xvfb") {
            return None;
        }
        let mut server = Command::new("Xvfb")
            // Without `-noreset` it would restart, and refuse connections meanwhile, whenever its last client exits.
            .args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp", "-noreset"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
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

/// Whether a program is installed. If not, prints that the test is skipped, or panics when `IMPASTO_TEST_NO_SKIP` is
/// set. `package` is its Debian package.
pub(super) fn is_installed(program: &str, package: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|folder| folder.join(program).is_file());
    assert!(
        found || std::env::var_os("IMPASTO_TEST_NO_SKIP").is_none(),
        "{program} is missing; install it, such as Debian's {package}"
    );
    if !found {
        println!("skipped: {program} is missing (Debian's {package})");
    }
    found
}

/// The program under test, killed on drop.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The running program and its window: takes screenshots, and sends keys and mouse events.
pub(super) struct RunningApp {
    program: Program,
    connection: RustConnection,
    root: Window,
    window: Window,
}

impl RunningApp {
    /// Starts the program, with its home, configuration and data in `folder`, and waits for its window.
    pub(super) fn start(display: &Display, folder: &Path, program: &mut Command) -> Self {
        let has_bus = program.get_envs().any(|(name, _)| name == "DBUS_SESSION_BUS_ADDRESS");
        if !has_bus {
            // Keeps the program off the session bus of the desktop that runs the tests.
            program.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", folder.join("no-bus").display()));
        }
        let child = program
            .env("DISPLAY", &display.name)
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("WAYLAND_SOCKET")
            .env("HOME", folder)
            .env("XDG_CONFIG_HOME", folder.join("configuration"))
            .env("XDG_DATA_HOME", folder.join("data"))
            .env("XDG_RUNTIME_DIR", folder)
            .spawn()
            .unwrap();
        let mut program = Program(child);
        let (connection, number) = x11rb::connect(Some(&display.name)).unwrap();
        let root = connection.setup().roots[number].root;
        let began = Instant::now();
        let window = loop {
            assert!(program.0.try_wait().unwrap().is_none(), "the program exited before its window appeared");
            if let Some(window) = find_window(&connection, root) {
                break window;
            }
            assert!(began.elapsed() < TIMEOUT, "timed out waiting for the window");
            std::thread::sleep(Duration::from_millis(50));
        };
        // Without a window manager, nothing else sets the input focus.
        connection.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap();
        connection.flush().unwrap();
        Self { program, connection, root, window }
    }

    /// The process id.
    #[cfg(target_os = "linux")]
    pub(super) fn process_id(&self) -> u32 {
        self.program.0.id()
    }

    /// The window's pixels; `None` if they cannot be read.
    pub(super) fn screenshot(&self) -> Option<Pixels> {
        let size = self.connection.get_geometry(self.window).ok()?.reply().ok()?;
        let image = self
            .connection
            .get_image(ImageFormat::Z_PIXMAP, self.window, 0, 0, size.width, size.height, u32::MAX)
            .ok()?
            .reply()
            .ok()?;
        let pixel = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        Some(Pixels { width: usize::from(size.width), pixels: image.data.chunks_exact(4).map(pixel).collect() })
    }

    /// Waits until `is_there` holds for the window's pixels, and returns them. `what` names it in the panic message.
    pub(super) fn wait_for(&mut self, what: &str, is_there: impl Fn(&Pixels) -> bool) -> Pixels {
        self.press_until(&[], what, is_there)
    }

    /// Waits until a part of the window has not changed for a second, so that earlier input there has taken effect.
    pub(super) fn wait_until_still(&mut self, part: impl Fn(&Pixels) -> Pixels) -> Pixels {
        self.wait_until_nearly_still(0.0, part)
    }

    /// As [`Self::wait_until_still`], where changes of up to `limit` do not count.
    pub(super) fn wait_until_nearly_still(&mut self, limit: f64, part: impl Fn(&Pixels) -> Pixels) -> Pixels {
        let (began, mut last, mut still) = (Instant::now(), None, 0);
        while began.elapsed() < TIMEOUT {
            std::thread::sleep(Duration::from_millis(250));
            let Some(pixels) = self.screenshot() else { continue };
            let seen = part(&pixels);
            still = if last.as_ref().is_some_and(|last| seen.difference(last) <= limit) { still + 1 } else { 0 };
            if still == 4 {
                return pixels;
            }
            last = Some(seen);
        }
        panic!("timed out waiting for the window to stop changing")
    }

    /// Presses `keys` once a second until `is_there` holds for the window's pixels, and returns them.
    pub(super) fn press_until(&mut self, keys: &[u32], what: &str, is_there: impl Fn(&Pixels) -> bool) -> Pixels {
        let began = Instant::now();
        for tick in 0u64.. {
            assert!(self.program.0.try_wait().unwrap().is_none(), "the program exited before {what} appeared");
            if let Some(pixels) = self.screenshot().filter(&is_there) {
                return pixels;
            }
            if began.elapsed() >= TIMEOUT {
                let seen = self.screenshot().map(|pixels| super::save_screenshot(&format!("timeout {what}"), &pixels));
                panic!("timed out waiting for {what}; the window looks like {seen:?}");
            }
            if tick.is_multiple_of(10) {
                self.press(keys);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        unreachable!("ticks do not end")
    }

    /// Presses `keys` together and releases them.
    pub(super) fn press(&self, keys: &[u32]) {
        let codes: Vec<u8> = keys.iter().map(|key| self.code_of(*key)).collect();
        for code in &codes {
            self.fake(KEY_PRESS_EVENT, *code);
        }
        for code in codes.iter().rev() {
            self.fake(KEY_RELEASE_EVENT, *code);
        }
        settle();
    }

    fn fake(&self, kind: u8, code: u8) {
        self.connection.xtest_fake_input(kind, code, x11rb::CURRENT_TIME, self.root, 0, 0, 0).unwrap().check().unwrap();
    }

    /// Moves the pointer to a position in the window.
    pub(super) fn point_at(&self, place: (i16, i16)) {
        let (x, y) = self.on_screen(place);
        let moved = self.connection.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, x11rb::CURRENT_TIME, self.root, x, y, 0);
        moved.unwrap().check().unwrap();
        settle();
    }

    /// Clicks at a position in the window.
    pub(super) fn click(&self, place: (i16, i16)) {
        self.drag(place, place);
    }

    /// Clicks at a position until a part of the window has changed: a window that is very busy may miss a click.
    pub(super) fn click_until_changed(
        &mut self,
        place: (i16, i16),
        what: &str,
        part: impl Fn(&Pixels) -> Pixels,
    ) -> Pixels {
        const TRIES: usize = 5;
        const WAIT: Duration = Duration::from_secs(20);
        let before = self.screenshot().map(|pixels| part(&pixels));
        for _ in 0..TRIES {
            self.click(place);
            let began = Instant::now();
            while began.elapsed() < WAIT {
                if let (Some(pixels), Some(before)) = (self.screenshot(), &before)
                    && part(&pixels).difference(before) > 0.01
                {
                    return pixels;
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        panic!("no click had an effect: {what}")
    }

    /// Drags from one position in the window to another with the primary mouse button.
    pub(super) fn drag(&self, from: (i16, i16), to: (i16, i16)) {
        const STEPS: i16 = 8;
        self.point_at(from);
        self.fake(BUTTON_PRESS_EVENT, 1);
        settle();
        if from != to {
            for step in 1..=STEPS {
                let along = |from: i16, to: i16| from + (to - from) * step / STEPS;
                self.point_at((along(from.0, to.0), along(from.1, to.1)));
            }
        }
        self.fake(BUTTON_RELEASE_EVENT, 1);
        settle();
    }

    /// Drags data in several formats to a position in the window, as another program does.
    pub(super) fn drag_over(&self, place: (i16, i16), formats: &[(&str, &[u8])]) -> Drag<'_> {
        Drag::over(&self.connection, self.root, self.window, self.on_screen(place), formats)
    }

    /// The screen position of the window's upper left corner, and the window's size, in pixels.
    pub(super) fn geometry(&self) -> ((i16, i16), (u16, u16)) {
        let size = self.connection.get_geometry(self.window).unwrap().reply().unwrap();
        (self.on_screen((0, 0)), (size.width, size.height))
    }

    /// Becomes the owner of the clipboard and answers no request.
    pub(super) fn own_clipboard_silently(&self) {
        let clipboard = self.connection.intern_atom(false, b"CLIPBOARD").unwrap().reply().unwrap().atom;
        let window = self.connection.generate_id().unwrap();
        let (class, nothing) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        let parent = x11rb::COPY_FROM_PARENT;
        self.connection.create_window(0, window, self.root, 0, 0, 1, 1, 0, class, parent, &nothing).unwrap();
        self.connection.set_selection_owner(window, clipboard, x11rb::CURRENT_TIME).unwrap().check().unwrap();
    }

    /// Drops files at a position in the window, as a file manager does.
    pub(super) fn drop_files(&self, place: (i16, i16), files: &[&Path]) {
        drop_files(&self.connection, self.root, self.window, self.on_screen(place), files);
    }

    /// Converts window coordinates to screen coordinates.
    fn on_screen(&self, (x, y): (i16, i16)) -> (i16, i16) {
        let place = self.connection.translate_coordinates(self.window, self.root, x, y).unwrap().reply().unwrap();
        (place.dst_x, place.dst_y)
    }

    /// The keycode of a keysym.
    fn code_of(&self, key: u32) -> u8 {
        let setup = self.connection.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let map = self.connection.get_keyboard_mapping(first, last - first + 1).unwrap().reply().unwrap();
        let width = usize::from(map.keysyms_per_keycode);
        let index = map.keysyms.chunks(width).position(|symbols| symbols.contains(&key)).unwrap();
        first + u8::try_from(index).unwrap()
    }

    /// Requests the window to close, as a window manager does.
    pub(super) fn request_close(&self) {
        let atom = |name: &[u8]| self.connection.intern_atom(false, name).unwrap().reply().unwrap().atom;
        let (protocols, delete) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
        let event = ClientMessageEvent::new(32, self.window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
        self.connection.send_event(false, self.window, EventMask::NO_EVENT, event).unwrap();
        self.connection.flush().unwrap();
    }

    /// Waits for the program to exit.
    pub(super) fn wait_for_exit(mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.program.0.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < TIMEOUT, "timed out waiting for the program to exit");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Pauses, because two presses within one pass of the window would count as one.
fn settle() {
    std::thread::sleep(Duration::from_millis(100));
}

fn find_window(connection: &RustConnection, root: Window) -> Option<Window> {
    let children = connection.query_tree(root).ok()?.reply().ok()?.children;
    children.into_iter().find(|&window| {
        let class = connection.get_property(false, window, AtomEnum::WM_CLASS, AtomEnum::STRING, 0, 64);
        let is_ours = class
            .ok()
            .and_then(|class| class.reply().ok())
            .is_some_and(|class| class.value.split(|byte| *byte == 0).any(|part| part == b"impasto"));
        let attributes = connection.get_window_attributes(window).ok().and_then(|it| it.reply().ok());
        is_ours && attributes.is_some_and(|attributes| attributes.map_state == MapState::VIEWABLE)
    })
}

/// The pixels of a window, or of a part of it.
#[derive(Clone)]
pub(super) struct Pixels {
    width: usize,
    pixels: Vec<u32>,
}

impl Pixels {
    /// A part, given by fractions of the width and the height.
    pub(super) fn part(&self, across: Range<f64>, down: Range<f64>) -> Self {
        let (width, height) = (self.width, self.pixels.len() / self.width);
        let along = |share: f64, whole: usize| (share * whole as f64) as usize;
        let (left, right) = (along(across.start, width), along(across.end, width));
        let rows = along(down.start, height)..along(down.end, height);
        let pixels = rows.flat_map(|row| self.pixels[row * width + left..row * width + right].iter().copied());
        Self { width: right - left, pixels: pixels.collect() }
    }

    /// Writes an image file, for visual inspection.
    pub(super) fn save(&self, path: &Path) {
        let (width, height) = (self.width as u32, (self.pixels.len() / self.width) as u32);
        let pixel = |x, y| {
            let [blue, green, red, _] = self.pixels[(y * width + x) as usize].to_le_bytes();
            image::Rgb([red, green, blue])
        };
        image::RgbImage::from_fn(width, height, pixel).save(path).unwrap();
    }

    /// The number of distinct colours.
    pub(super) fn colours(&self) -> usize {
        self.pixels.iter().collect::<HashSet<_>>().len()
    }

    /// The fraction of pixels that differ, from 0 to 1.
    pub(super) fn difference(&self, other: &Self) -> f64 {
        let different = self.pixels.iter().zip(&other.pixels).filter(|(one, other)| one != other).count();
        different as f64 / self.pixels.len() as f64
    }
}
