//! The source of a drag and drop: a file manager that drops files onto a window (the XDND protocol, version 5).

use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::display::TIMEOUT;

const VERSION: u32 = 5;

/// Drops files onto a window, at a screen position, and waits until the window has finished with them.
pub(super) fn drop_files(connection: &RustConnection, root: Window, onto: Window, at: (i16, i16), files: &[&Path]) {
    let uris: Vec<String> = files.iter().map(|file| format!("file://{}\r\n", file.display())).collect();
    let drag = Drag::over(connection, root, onto, at, &[("text/uri-list", uris.concat().as_bytes())]);
    assert!(drag.is_accepted, "the window does not accept files");
    drag.drop();
}

/// A drag in progress over a window.
pub(super) struct Drag<'a> {
    manager: FileManager<'a>,
    onto: Window,
    /// Whether the window would accept the drop.
    pub(super) is_accepted: bool,
}

impl<'a> Drag<'a> {
    /// Drags data in several formats over a window, to a screen position.
    pub(super) fn over(
        connection: &'a RustConnection,
        root: Window,
        onto: Window,
        at: (i16, i16),
        formats: &[(&str, &[u8])],
    ) -> Self {
        let manager = FileManager::new(connection, root, formats);
        let place = u32::from(at.0.unsigned_abs()) << 16 | u32::from(at.1.unsigned_abs());
        let named = |index: usize| manager.formats.get(index).map_or(0, |(format, _)| *format);
        manager.send(onto, "XdndEnter", [VERSION << 24, named(0), named(1), named(2)]);
        manager.send(onto, "XdndPosition", [0, place, x11rb::CURRENT_TIME, manager.atom("XdndActionCopy")]);
        let is_accepted = manager.wait_for("XdndStatus")[1] & 1 == 1;
        Self { manager, onto, is_accepted }
    }

    /// Drops the data, and waits until the window has finished with it.
    pub(super) fn drop(self) {
        self.manager.send(self.onto, "XdndDrop", [0, x11rb::CURRENT_TIME, 0, 0]);
        self.manager.wait_for("XdndFinished");
    }

    /// Leaves the window without a drop: the pointer moved out, or Escape was pressed.
    pub(super) fn leave(&self) {
        self.manager.send(self.onto, "XdndLeave", [0; 4]);
    }

    /// Answers the window's requests for `how_long`.
    pub(super) fn serve(&self, how_long: Duration) {
        let began = Instant::now();
        while began.elapsed() < how_long {
            self.manager.serve();
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

struct FileManager<'a> {
    connection: &'a RustConnection,
    window: Window,
    formats: Vec<(Atom, Vec<u8>)>,
}

impl<'a> FileManager<'a> {
    fn new(connection: &'a RustConnection, root: Window, formats: &[(&str, &[u8])]) -> Self {
        let window = connection.generate_id().unwrap();
        let class = WindowClass::INPUT_OUTPUT;
        let nothing = CreateWindowAux::new();
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, x11rb::COPY_FROM_PARENT, &nothing).unwrap();
        let mut manager = Self { connection, window, formats: Vec::new() };
        manager.formats = formats.iter().map(|(format, bytes)| (manager.atom(format), bytes.to_vec())).collect();
        connection.set_selection_owner(window, manager.atom("XdndSelection"), x11rb::CURRENT_TIME).unwrap();
        manager
    }

    fn atom(&self, name: &str) -> Atom {
        self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    fn send(&self, onto: Window, message: &str, [one, two, three, four]: [u32; 4]) {
        let data = [self.window, one, two, three, four];
        let event = ClientMessageEvent::new(32, onto, self.atom(message), data);
        let to = self.proxy_of(onto).unwrap_or(onto);
        self.connection.send_event(false, to, EventMask::NO_EVENT, event).unwrap();
        self.connection.flush().unwrap();
    }

    /// The window that receives messages in place of `window` (`XdndProxy`), if there is one.
    fn proxy_of(&self, window: Window) -> Option<Window> {
        let named = |window| {
            let proxy = self.connection.get_property(false, window, self.atom("XdndProxy"), AtomEnum::WINDOW, 0, 1);
            proxy.unwrap().reply().ok()?.value32()?.next()
        };
        named(window).filter(|proxy| named(*proxy) == Some(*proxy))
    }

    /// Waits for `message`, and answers requests for the data meanwhile.
    fn wait_for(&self, message: &str) -> [u32; 5] {
        let (atom, began) = (self.atom(message), Instant::now());
        loop {
            if let Some(event) = self.serve().filter(|event| event.type_ == atom) {
                return event.data.as_data32();
            }
            assert!(began.elapsed() < TIMEOUT, "timed out waiting for {message}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Handles pending events up to the first client message, which it returns; answers requests for the data.
    fn serve(&self) -> Option<ClientMessageEvent> {
        while let Some(event) = self.connection.poll_for_event().unwrap() {
            match event {
                Event::SelectionRequest(request) => self.answer(&request),
                Event::ClientMessage(event) => return Some(event),
                _ => {}
            }
        }
        None
    }

    fn answer(&self, request: &SelectionRequestEvent) {
        let SelectionRequestEvent { requestor, selection, target, property, time, .. } = *request;
        let format = self.formats.iter().find(|(format, _)| *format == target);
        if let Some((_, bytes)) = format {
            self.connection.change_property8(PropMode::REPLACE, requestor, property, target, bytes).unwrap();
        }
        let property = format.map_or(x11rb::NONE, |_| property);
        let (response_type, sequence) = (SELECTION_NOTIFY_EVENT, 0);
        let event = SelectionNotifyEvent { response_type, sequence, time, requestor, selection, target, property };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, event).unwrap();
        self.connection.flush().unwrap();
    }
}

impl Drop for FileManager<'_> {
    fn drop(&mut self) {
        let _ = self.connection.set_selection_owner(u32::from(AtomEnum::NONE), self.atom("XdndSelection"), 0u32);
        let _ = self.connection.destroy_window(self.window);
        let _ = self.connection.flush();
    }
}
