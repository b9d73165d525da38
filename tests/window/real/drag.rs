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
    let uris: Vec<String> = files.iter().map(|file| format!("file://{}\r\n", file.display())).collect();
    let drag = Drag::over(connection, root, onto, at, &[("text/uri-list", uris.concat().as_bytes())]);
    assert!(drag.is_accepted, "the window does not take files");
    drag.drop();
}

/// Something that is being dragged over a window.
pub(super) struct Drag<'a> {
    manager: FileManager<'a>,
    onto: Window,
    /// The window would take it.
    pub(super) is_accepted: bool,
}

impl<'a> Drag<'a> {
    /// Drags something in several forms over a window, to a place counted from the screen's corner.
    pub(super) fn over(
        connection: &'a RustConnection,
        root: Window,
        onto: Window,
        at: (i16, i16),
        forms: &[(&str, &[u8])],
    ) -> Self {
        let manager = FileManager::new(connection, root, forms);
        let place = u32::from(at.0.unsigned_abs()) << 16 | u32::from(at.1.unsigned_abs());
        let named = |index: usize| manager.forms.get(index).map_or(0, |(form, _)| *form);
        manager.send(onto, "XdndEnter", [VERSION << 24, named(0), named(1), named(2)]);
        manager.send(onto, "XdndPosition", [0, place, x11rb::CURRENT_TIME, manager.atom("XdndActionCopy")]);
        let is_accepted = manager.wait_for("XdndStatus")[1] & 1 == 1;
        Self { manager, onto, is_accepted }
    }

    /// Lets go of it.
    pub(super) fn drop(self) {
        self.manager.send(self.onto, "XdndDrop", [0, x11rb::CURRENT_TIME, 0, 0]);
        self.manager.wait_for("XdndFinished");
    }

    /// Drags it away again, or presses Escape.
    pub(super) fn leave(&self) {
        self.manager.send(self.onto, "XdndLeave", [0; 4]);
    }

    /// Answers what the window asks for so long.
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
    forms: Vec<(Atom, Vec<u8>)>,
}

impl<'a> FileManager<'a> {
    fn new(connection: &'a RustConnection, root: Window, forms: &[(&str, &[u8])]) -> Self {
        let window = connection.generate_id().unwrap();
        let class = WindowClass::INPUT_OUTPUT;
        let nothing = CreateWindowAux::new();
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, x11rb::COPY_FROM_PARENT, &nothing).unwrap();
        let mut manager = Self { connection, window, forms: Vec::new() };
        manager.forms = forms.iter().map(|(form, bytes)| (manager.atom(form), bytes.to_vec())).collect();
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

    /// The window that takes the messages in the place of another.
    fn proxy_of(&self, window: Window) -> Option<Window> {
        let named = |window| {
            let proxy = self.connection.get_property(false, window, self.atom("XdndProxy"), AtomEnum::WINDOW, 0, 1);
            proxy.unwrap().reply().ok()?.value32()?.next()
        };
        named(window).filter(|proxy| named(*proxy) == Some(*proxy))
    }

    /// Waits for a message, and hands over what is asked for meanwhile.
    fn wait_for(&self, message: &str) -> [u32; 5] {
        let (atom, began) = (self.atom(message), Instant::now());
        loop {
            if let Some(event) = self.serve().filter(|event| event.type_ == atom) {
                return event.data.as_data32();
            }
            assert!(began.elapsed() < PATIENCE, "{message} did not come");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Takes all that has come until a message; hands over what is asked for.
    fn serve(&self) -> Option<ClientMessageEvent> {
        while let Some(event) = self.connection.poll_for_event().unwrap() {
            match event {
                Event::SelectionRequest(request) => self.hand_over(&request),
                Event::ClientMessage(event) => return Some(event),
                _ => {}
            }
        }
        None
    }

    fn hand_over(&self, request: &SelectionRequestEvent) {
        let SelectionRequestEvent { requestor, selection, target, property, time, .. } = *request;
        let form = self.forms.iter().find(|(form, _)| *form == target);
        if let Some((_, bytes)) = form {
            self.connection.change_property8(PropMode::REPLACE, requestor, property, target, bytes).unwrap();
        }
        let property = form.map_or(x11rb::NONE, |_| property);
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
