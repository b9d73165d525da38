//! X11 selections: the clipboard and drags. Reads them directly, because arboard requests only PNG, and winit discards
//! a list of files if it cannot read one of them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use x11rb::CURRENT_TIME;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, GetPropertyReply, Property, Timestamp, Window,
    WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::offer::Offer;
use crate::picture::decode::LARGEST_FILE;

/// Timeout for each reply of another program. A busy one may take seconds for each chunk of a large picture.
const REPLY_TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout for a whole transfer.
const TRANSFER_TIMEOUT: Duration = Duration::from_mins(2);
/// Interval of the checks that the other program still owns the selection.
const OWNER_CHECK: Duration = Duration::from_millis(500);
const POLL: Duration = Duration::from_millis(4);

/// An error of the display connection or the system.
pub(super) type X11Error = Box<dyn std::error::Error + Send + Sync>;

/// A separate connection to the display, with a window that receives selections.
pub(super) struct Receiver {
    connection: RustConnection,
    root: Window,
    window: Window,
    /// Events received while waiting for another one.
    pending: RefCell<VecDeque<Event>>,
}

impl Receiver {
    pub(super) fn connect() -> Result<Self, X11Error> {
        let (connection, screen) = x11rb::connect(None)?;
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id()?;
        let aux = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        let class = WindowClass::INPUT_OUTPUT;
        connection.create_window(0, window, root, -10, -10, 1, 1, 0, class, x11rb::COPY_FROM_PARENT, &aux)?.check()?;
        Ok(Self { connection, root, window, pending: RefCell::default() })
    }

    pub(super) fn connection(&self) -> &RustConnection {
        &self.connection
    }

    /// The root window of the screen.
    pub(super) fn root(&self) -> Window {
        self.root
    }

    /// The receiving window, which is never shown.
    pub(super) fn window(&self) -> Window {
        self.window
    }

    pub(super) fn atom(&self, name: &str) -> Result<Atom, X11Error> {
        Ok(self.connection.intern_atom(false, name.as_bytes())?.reply()?.atom)
    }

    pub(super) fn name(&self, atom: Atom) -> Result<String, X11Error> {
        Ok(String::from_utf8_lossy(&self.connection.get_atom_name(atom)?.reply()?.name).into_owned())
    }

    pub(super) fn next_event(&self) -> Result<Event, X11Error> {
        let pending = self.pending.borrow_mut().pop_front();
        Ok(match pending {
            Some(event) => event,
            None => self.connection.wait_for_event()?,
        })
    }

    /// The selection called `name`. Without `formats`, its owner is asked for them.
    pub(super) fn selection(&self, name: Atom, time: Timestamp, formats: Option<Vec<String>>) -> Selection<'_> {
        Selection { receiver: self, name, time, formats }
    }

    fn owner(&self, selection: Atom) -> Result<Window, X11Error> {
        Ok(self.connection.get_selection_owner(selection)?.reply()?.owner)
    }

    /// Reads a selection in one format.
    fn convert(&self, selection: Atom, format: Atom, time: Timestamp) -> Result<Vec<u8>, TransferError> {
        let owner = self.owner(selection)?;
        let property = self.atom("IMPASTO_SELECTION")?;
        let until = Instant::now() + TRANSFER_TIMEOUT;
        self.connection.delete_property(self.window, property)?;
        self.connection.convert_selection(self.window, selection, format, property, time)?;
        self.connection.flush()?;
        let answer = |event: &Event| match event {
            Event::SelectionNotify(event) if event.requestor == self.window && event.target == format => {
                Some(event.property)
            }
            _ => None,
        };
        if self.wait(selection, owner, until, answer)? == u32::from(AtomEnum::NONE) {
            return Err(TransferError::Refused);
        }
        let first = self.take(property)?;
        if first.type_ != self.atom("INCR")? {
            return Ok(first.value);
        }
        // Incremental transfer: an empty chunk is the end.
        let mut whole = Vec::new();
        let has_chunk = |event: &Event| match event {
            Event::PropertyNotify(event) if event.atom == property && event.state == Property::NEW_VALUE => Some(()),
            _ => None,
        };
        loop {
            self.wait(selection, owner, until, has_chunk)?;
            let chunk = self.take(property)?.value;
            if chunk.is_empty() {
                return Ok(whole);
            }
            whole.extend(chunk);
            if whole.len() as u64 > LARGEST_FILE {
                return Err(TransferError::TooLarge);
            }
        }
    }

    fn take(&self, property: Atom) -> Result<GetPropertyReply, X11Error> {
        const MOST: u32 = u32::MAX / 4;
        let reply = self.connection.get_property(true, self.window, property, AtomEnum::ANY, 0, MOST)?.reply()?;
        self.connection.flush()?;
        Ok(reply)
    }

    /// Waits for an event that `select` accepts; others stay pending.
    fn wait<Selected>(
        &self,
        selection: Atom,
        owner: Window,
        until: Instant,
        select: impl Fn(&Event) -> Option<Selected>,
    ) -> Result<Selected, TransferError> {
        let (began, mut checked) = (Instant::now(), Instant::now());
        loop {
            if let Some(event) = self.connection.poll_for_event()? {
                match select(&event) {
                    Some(answer) => return Ok(answer),
                    None if matches!(event, Event::PropertyNotify(_) | Event::SelectionNotify(_)) => {}
                    None => self.pending.borrow_mut().push_back(event),
                }
                continue;
            }
            let now = Instant::now();
            if now.duration_since(began) > REPLY_TIMEOUT || now > until {
                return Err(TransferError::TimedOut);
            }
            if now.duration_since(checked) > OWNER_CHECK {
                checked = now;
                if self.owner(selection)? != owner {
                    return Err(TransferError::OwnerChanged);
                }
            }
            std::thread::sleep(POLL);
        }
    }
}

/// Why a selection could not be read.
enum TransferError {
    Refused,
    TimedOut,
    OwnerChanged,
    TooLarge,
    Display(X11Error),
}

impl<Error: Into<X11Error>> From<Error> for TransferError {
    fn from(error: Error) -> Self {
        Self::Display(error.into())
    }
}

impl TransferError {
    fn sentence(&self) -> String {
        match self {
            Self::Refused => "the other program did not provide what it offers; copy it again".to_owned(),
            Self::TimedOut => {
                "the program this comes from does not respond; save the picture there, then open the file".to_owned()
            }
            Self::OwnerChanged => {
                "the program this comes from has closed or has copied something else; copy it again".to_owned()
            }
            Self::TooLarge => "this is too large to transfer; save the picture and open the file".to_owned(),
            Self::Display(error) => format!("what was copied cannot be read ({error}); copy it again"),
        }
    }
}

/// A selection, whose owner offers it in several formats.
pub(super) struct Selection<'a> {
    receiver: &'a Receiver,
    name: Atom,
    time: Timestamp,
    formats: Option<Vec<String>>,
}

impl Selection<'_> {
    fn query_formats(&self) -> Result<Vec<String>, TransferError> {
        if let Some(formats) = &self.formats {
            return Ok(formats.clone());
        }
        let receiver = self.receiver;
        if receiver.owner(self.name)? == x11rb::NONE {
            return Ok(Vec::new());
        }
        let targets = receiver.convert(self.name, receiver.atom("TARGETS")?, self.time)?;
        let atoms = targets.chunks_exact(4).map(|bytes| u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let names = atoms.filter(|atom| *atom != x11rb::NONE).map(|atom| receiver.name(atom));
        // Skip atoms without a name instead of failing.
        Ok(names.filter_map(Result::ok).collect())
    }
}

impl Offer for Selection<'_> {
    fn formats(&self) -> Result<Vec<String>, String> {
        self.query_formats().map_err(|error| error.sentence())
    }

    fn read(&self, format: &str) -> Result<Vec<u8>, String> {
        let read = || self.receiver.convert(self.name, self.receiver.atom(format)?, self.time);
        read().map_err(|error: TransferError| error.sentence())
    }
}

/// Calls `read` with the clipboard. An error is one sentence.
pub(super) fn with_clipboard<Read>(read: impl FnOnce(&Selection<'_>) -> Result<Read, String>) -> Result<Read, String> {
    let unreachable = |error: X11Error| format!("the clipboard cannot be reached ({error}); try again");
    let receiver = Receiver::connect().map_err(unreachable)?;
    let clipboard = receiver.atom("CLIPBOARD").map_err(unreachable)?;
    read(&receiver.selection(clipboard, CURRENT_TIME, None))
}
