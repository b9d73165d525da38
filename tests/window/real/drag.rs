//! The other end of drag and drop: a file manager that drops files onto a window (the XDND protocol, version 5).

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

use super::display::PATIENCE;

const VERSION: u32 = 5;

/// Drops files onto a window, at a place counted from the screen's corner, and waits until it has taken them.
pub(super) fn drop_files(connection: &RustConnection, root: Window, onto: Window, at: (i16, i16), files: &[&Path]) {
    let manager = FileManager::new(connection, root, files);
    let place = u32::from(at.0.unsigned_abs()) << 16 | u32::from(at.1.unsigned_abs());
    manager.send(onto, "XdndEnter", [VERSION << 24, manager.atom("text/uri-list"), 0, 0]);
    manager.send(onto, "XdndPosition", [0, place, x11rb::CURRENT_TIME, manager.atom("XdndActionCopy")]);
    let accepted = manager.wait_for("XdndStatus");
    assert_eq!(accepted[1] & 1, 1, "the window does not take files");
    manager.send(onto, "XdndDrop", [0, x11rb::CURRENT_TIME, 0, 0]);
    manager.wait_for("XdndFinished");
}

struct FileManager<'a> {
    connection: &'a RustConnection,
    window: Window,
    uris: String,
}

impl<'a> FileManager<'a> {
    fn new(connection: &'a RustConnection, root: Window, files: &[&Path]) -> Self {
        let window = connection.generate_id().unwrap();
        let class = WindowClass::INPUT_OUTPUT;
        let nothing = CreateWindowAux::new();
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, x11rb::COPY_FROM_PARENT, &nothing).unwrap();
        let uris: Vec<String> = files.iter().map(|file| format!("file://{}\r\n", file.display())).collect();
        let manager = Self { connection, window, uris: uris.concat() };
        connection.set_selection_owner(window, manager.atom("XdndSelection"), x11rb::CURRENT_TIME).unwrap();
        manager
    }

    fn atom(&self, name: &str) -> Atom {
        self.connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
    }

    fn send(&self, onto: Window, message: &str, [one, two, three, four]: [u32; 4]) {
        let data = [self.window, one, two, three, four];
        let event = ClientMessageEvent::new(32, onto, self.atom(message), data);
        self.connection.send_event(false, onto, EventMask::NO_EVENT, event).unwrap();
        self.connection.flush().unwrap();
    }

    /// Waits for a message, and hands the files over when they are asked for meanwhile.
    fn wait_for(&self, message: &str) -> [u32; 5] {
        let (message, name, began) = (self.atom(message), message, Instant::now());
        loop {
            match self.connection.poll_for_event().unwrap() {
                Some(Event::SelectionRequest(request)) => self.hand_over(&request),
                Some(Event::ClientMessage(event)) if event.type_ == message => return event.data.as_data32(),
                Some(_) => {}
                None => {
                    assert!(began.elapsed() < PATIENCE, "{name} did not come");
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }

    fn hand_over(&self, request: &SelectionRequestEvent) {
        let SelectionRequestEvent { requestor, selection, target, property, time, .. } = *request;
        self.connection.change_property8(PropMode::REPLACE, requestor, property, target, self.uris.as_bytes()).unwrap();
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
