//! An owner of the clipboard that hands a large picture over piece by piece (the INCR mechanism of the ICCCM), slowly, and
//! that may end before it is done.

use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, Property,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::display::PATIENCE;

/// Owns the clipboard of a display with one picture on it.
pub(super) struct Owner {
    connection: RustConnection,
    window: Window,
    form: u32,
    targets: u32,
    pieces: u32,
}

impl Owner {
    /// Becomes the owner of the clipboard, with something in this form.
    pub(super) fn of_clipboard(display: &str, form: &str) -> Self {
        let (connection, number) = x11rb::connect(Some(display)).unwrap();
        let root = connection.setup().roots[number].root;
        let window = connection.generate_id().unwrap();
        let (class, nothing) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, x11rb::COPY_FROM_PARENT, &nothing).unwrap();
        let atom = |name: &str| connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let (form, targets, pieces, clipboard) = (atom(form), atom("TARGETS"), atom("INCR"), atom("CLIPBOARD"));
        connection.set_selection_owner(window, clipboard, x11rb::CURRENT_TIME).unwrap().check().unwrap();
        Self { connection, window, form, targets, pieces }
    }

    /// Hands `pieces` over, with a pause before each; ends there, in the middle, when `ends_early`.
    pub(super) fn hand_over(&self, pieces: &[&[u8]], pause: Duration, ends_early: bool) {
        let request = loop {
            let request = self.next_request();
            if request.target == self.form {
                break request;
            }
            self.refuse_or_list(&request);
        };
        let (connection, requestor, property) = (&self.connection, request.requestor, request.property);
        let watch = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        connection.change_window_attributes(requestor, &watch).unwrap();
        let whole: usize = pieces.iter().map(|piece| piece.len()).sum();
        let length = [u32::try_from(whole).unwrap()];
        connection.change_property32(PropMode::REPLACE, requestor, property, self.pieces, &length).unwrap();
        self.answer(&request, property);
        let end: &[u8] = &[];
        for piece in pieces.iter().copied().chain((!ends_early).then_some(end)) {
            self.wait_until_taken(requestor, property);
            std::thread::sleep(pause);
            connection.change_property8(PropMode::REPLACE, requestor, property, self.form, piece).unwrap();
            connection.flush().unwrap();
        }
        if ends_early {
            self.wait_until_taken(requestor, property);
        }
    }

    fn next_request(&self) -> SelectionRequestEvent {
        let began = Instant::now();
        loop {
            if let Some(Event::SelectionRequest(request)) = self.connection.poll_for_event().unwrap() {
                return request;
            }
            assert!(began.elapsed() < PATIENCE, "nobody asks for the clipboard");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn wait_until_taken(&self, requestor: Window, property: u32) {
        let began = Instant::now();
        loop {
            match self.connection.poll_for_event().unwrap() {
                Some(Event::PropertyNotify(event))
                    if event.window == requestor && event.atom == property && event.state == Property::DELETE =>
                {
                    return;
                }
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
            assert!(began.elapsed() < PATIENCE, "a piece is not taken");
        }
    }

    fn refuse_or_list(&self, request: &SelectionRequestEvent) {
        if request.target != self.targets {
            return self.answer(request, x11rb::NONE);
        }
        let forms = [self.targets, self.form];
        let (requestor, property) = (request.requestor, request.property);
        let kind = u32::from(AtomEnum::ATOM);
        self.connection.change_property32(PropMode::REPLACE, requestor, property, kind, &forms).unwrap();
        self.answer(request, property);
    }

    fn answer(&self, request: &SelectionRequestEvent, property: u32) {
        let SelectionRequestEvent { requestor, selection, target, time, .. } = *request;
        let (response_type, sequence) = (SELECTION_NOTIFY_EVENT, 0);
        let event = SelectionNotifyEvent { response_type, sequence, time, requestor, selection, target, property };
        self.connection.send_event(false, requestor, EventMask::NO_EVENT, event).unwrap();
        self.connection.flush().unwrap();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let _ = self.connection.destroy_window(self.window);
        let _ = self.connection.flush();
    }
}
