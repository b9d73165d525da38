//! A clipboard owner that transfers a large picture slowly, chunk by chunk (the INCR mechanism of the ICCCM), and may
//! exit before the transfer is complete.

use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, CreateWindowAux, EventMask, PropMode, Property,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::display::TIMEOUT;

/// Owns the clipboard of a display, with one picture on it.
pub(super) struct ClipboardOwner {
    connection: RustConnection,
    window: Window,
    format: u32,
    targets: u32,
    incr: u32,
}

impl ClipboardOwner {
    /// Becomes the owner of the clipboard, with data in this format.
    pub(super) fn new(display: &str, format: &str) -> Self {
        let (connection, number) = x11rb::connect(Some(display)).unwrap();
        let root = connection.setup().roots[number].root;
        let window = connection.generate_id().unwrap();
        let (class, nothing) = (WindowClass::INPUT_OUTPUT, CreateWindowAux::new());
        connection.create_window(0, window, root, 0, 0, 1, 1, 0, class, x11rb::COPY_FROM_PARENT, &nothing).unwrap();
        let atom = |name: &str| connection.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
        let (format, targets, incr, clipboard) = (atom(format), atom("TARGETS"), atom("INCR"), atom("CLIPBOARD"));
        connection.set_selection_owner(window, clipboard, x11rb::CURRENT_TIME).unwrap().check().unwrap();
        Self { connection, window, format, targets, incr }
    }

    /// Transfers `chunks`, with a pause before each. With `ends_early`, the empty chunk that marks the end is not sent.
    pub(super) fn transfer(&self, chunks: &[&[u8]], pause: Duration, ends_early: bool) {
        let request = loop {
            let request = self.next_request();
            if request.target == self.format {
                break request;
            }
            self.refuse_or_list(&request);
        };
        let (connection, requestor, property) = (&self.connection, request.requestor, request.property);
        let watch = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        connection.change_window_attributes(requestor, &watch).unwrap();
        let whole: usize = chunks.iter().map(|chunk| chunk.len()).sum();
        let length = [u32::try_from(whole).unwrap()];
        connection.change_property32(PropMode::REPLACE, requestor, property, self.incr, &length).unwrap();
        self.answer(&request, property);
        let end: &[u8] = &[];
        for chunk in chunks.iter().copied().chain((!ends_early).then_some(end)) {
            self.wait_until_taken(requestor, property);
            std::thread::sleep(pause);
            connection.change_property8(PropMode::REPLACE, requestor, property, self.format, chunk).unwrap();
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
            assert!(began.elapsed() < TIMEOUT, "timed out waiting for a request for the clipboard");
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
            assert!(began.elapsed() < TIMEOUT, "timed out waiting for a chunk to be taken");
        }
    }

    /// Lists the formats if the request is for `TARGETS`, else refuses it.
    fn refuse_or_list(&self, request: &SelectionRequestEvent) {
        if request.target != self.targets {
            return self.answer(request, x11rb::NONE);
        }
        let formats = [self.targets, self.format];
        let (requestor, property) = (request.requestor, request.property);
        let kind = u32::from(AtomEnum::ATOM);
        self.connection.change_property32(PropMode::REPLACE, requestor, property, kind, &formats).unwrap();
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

impl Drop for ClipboardOwner {
    fn drop(&mut self) {
        let _ = self.connection.destroy_window(self.window);
        let _ = self.connection.flush();
    }
}
