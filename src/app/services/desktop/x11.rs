//! What other programs offer on X11: the clipboard, and what is dragged. arboard asks for PNG alone and winit reads
//! lists of files all or nothing, so this asks itself.

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

/// How long another program may be silent while something is asked of it. A busy one that hands over a large picture in
/// pieces may take seconds for each.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a whole transfer may take.
const LONGEST: Duration = Duration::from_mins(2);
/// How often is looked whether the other program is still there.
const LOOK: Duration = Duration::from_millis(500);
const NAP: Duration = Duration::from_millis(4);

/// What went wrong between this program and the display.
pub(super) type X11Error = Box<dyn std::error::Error + Send + Sync>;

/// A connection of its own to the display, and a window to receive things with.
pub(super) struct Receiver {
    connection: RustConnection,
    root: Window,
    window: Window,
    /// What came while something else was waited for.
    waiting: RefCell<VecDeque<Event>>,
}

impl Receiver {
    /// Connects to the display.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn connect() -> Result<Self, X11Error> {
        let (connection, screen) = x11rb::connect(None)?;
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id()?;
        let aux = CreateWindowAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        let class = WindowClass::INPUT_OUTPUT;
        connection.create_window(0, window, root, -10, -10, 1, 1, 0, class, x11rb::COPY_FROM_PARENT, &aux)?.check()?;
        Ok(Self { connection, root, window, waiting: RefCell::default() })
    }

    pub(super) fn connection(&self) -> &RustConnection {
        &self.connection
    }

    /// The screen that the window is on.
    pub(super) fn root(&self) -> Window {
        self.root
    }

    /// The window that things are received with; nobody sees it.
    pub(super) fn window(&self) -> Window {
        self.window
    }

    /// The number of a name.
    pub(super) fn atom(&self, name: &str) -> Result<Atom, X11Error> {
        Ok(self.connection.intern_atom(false, name.as_bytes())?.reply()?.atom)
    }

    /// The name of a number.
    pub(super) fn name(&self, atom: Atom) -> Result<String, X11Error> {
        Ok(String::from_utf8_lossy(&self.connection.get_atom_name(atom)?.reply()?.name).into_owned())
    }

    /// Waits for the next event.
    pub(super) fn next_event(&self) -> Result<Event, X11Error> {
        let waiting = self.waiting.borrow_mut().pop_front();
        Ok(match waiting {
            Some(event) => event,
            None => self.connection.wait_for_event()?,
        })
    }

    /// What the owner of `selection` offers; it is asked for the forms when none are given.
    pub(super) fn offered(&self, selection: Atom, time: Timestamp, forms: Option<Vec<String>>) -> SelectionOffer<'_> {
        SelectionOffer { receiver: self, selection, time, forms }
    }

    fn owner(&self, selection: Atom) -> Result<Window, X11Error> {
        Ok(self.connection.get_selection_owner(selection)?.reply()?.owner)
    }

    /// Asks for a selection in one form.
    fn convert(&self, selection: Atom, form: Atom, time: Timestamp) -> Result<Vec<u8>, Trouble> {
        let owner = self.owner(selection)?;
        let property = self.atom("IMPASTO_SELECTION")?;
        let until = Instant::now() + LONGEST;
        self.connection.delete_property(self.window, property)?;
        self.connection.convert_selection(self.window, selection, form, property, time)?;
        self.connection.flush()?;
        let answer = |event: &Event| match event {
            Event::SelectionNotify(event) if event.requestor == self.window && event.target == form => {
                Some(event.property)
            }
            _ => None,
        };
        if self.wait(selection, owner, until, answer)? == u32::from(AtomEnum::NONE) {
            return Err(Trouble::Refused);
        }
        let first = self.take(property)?;
        if first.type_ != self.atom("INCR")? {
            return Ok(first.value);
        }
        // In pieces; an empty one is the end.
        let mut whole = Vec::new();
        let piece_is_there = |event: &Event| match event {
            Event::PropertyNotify(event) if event.atom == property && event.state == Property::NEW_VALUE => Some(()),
            _ => None,
        };
        loop {
            self.wait(selection, owner, until, piece_is_there)?;
            let piece = self.take(property)?.value;
            if piece.is_empty() {
                return Ok(whole);
            }
            whole.extend(piece);
            if whole.len() as u64 > LARGEST_FILE {
                return Err(Trouble::TooLarge);
            }
        }
    }

    fn take(&self, property: Atom) -> Result<GetPropertyReply, X11Error> {
        const MOST: u32 = u32::MAX / 4;
        let reply = self.connection.get_property(true, self.window, property, AtomEnum::ANY, 0, MOST)?.reply()?;
        self.connection.flush()?;
        Ok(reply)
    }

    /// Waits for an event that `wanted` takes; the others wait for their turn.
    fn wait<Wanted>(
        &self,
        selection: Atom,
        owner: Window,
        until: Instant,
        wanted: impl Fn(&Event) -> Option<Wanted>,
    ) -> Result<Wanted, Trouble> {
        let (began, mut looked) = (Instant::now(), Instant::now());
        loop {
            if let Some(event) = self.connection.poll_for_event()? {
                match wanted(&event) {
                    Some(answer) => return Ok(answer),
                    None if matches!(event, Event::PropertyNotify(_) | Event::SelectionNotify(_)) => {}
                    None => self.waiting.borrow_mut().push_back(event),
                }
                continue;
            }
            let now = Instant::now();
            if now.duration_since(began) > PATIENCE || now > until {
                return Err(Trouble::Silent);
            }
            if now.duration_since(looked) > LOOK {
                looked = now;
                if self.owner(selection)? != owner {
                    return Err(Trouble::Gone);
                }
            }
            std::thread::sleep(NAP);
        }
    }
}

/// Why a thing was not handed over.
enum Trouble {
    Refused,
    Silent,
    Gone,
    TooLarge,
    Display(X11Error),
}

impl<Error: Into<X11Error>> From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Display(error.into())
    }
}

impl Trouble {
    fn sentence(&self) -> String {
        match self {
            Self::Refused => "the other program did not hand over what it offers; copy it again".to_owned(),
            Self::Silent => "the program that this was copied from does not answer; save the picture there, then open \
                             the file"
                .to_owned(),
            Self::Gone => {
                "the program that this was copied from has ended or has copied something else; copy it again".to_owned()
            }
            Self::TooLarge => "this is too large to be handed over; save the picture and open the file".to_owned(),
            Self::Display(error) => format!("what was copied cannot be read ({error}); copy it again"),
        }
    }
}

/// What the owner of a selection offers.
pub(super) struct SelectionOffer<'a> {
    receiver: &'a Receiver,
    selection: Atom,
    time: Timestamp,
    forms: Option<Vec<String>>,
}

impl SelectionOffer<'_> {
    fn forms_or_trouble(&self) -> Result<Vec<String>, Trouble> {
        if let Some(forms) = &self.forms {
            return Ok(forms.clone());
        }
        let receiver = self.receiver;
        if receiver.owner(self.selection)? == x11rb::NONE {
            return Ok(Vec::new());
        }
        let targets = receiver.convert(self.selection, receiver.atom("TARGETS")?, self.time)?;
        let atoms = targets.chunks_exact(4).map(|bytes| u32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
        let names = atoms.filter(|atom| *atom != x11rb::NONE).map(|atom| receiver.name(atom));
        // One number that has no name is no reason to have none.
        Ok(names.filter_map(Result::ok).collect())
    }
}

impl Offer for SelectionOffer<'_> {
    fn forms(&self) -> Result<Vec<String>, String> {
        self.forms_or_trouble().map_err(|trouble| trouble.sentence())
    }

    fn read(&self, form: &str) -> Result<Vec<u8>, String> {
        let form = self.receiver.atom(form).map_err(Trouble::from);
        form.and_then(|form| self.receiver.convert(self.selection, form, self.time))
            .map_err(|trouble| trouble.sentence())
    }
}

/// Does something with what is on the clipboard.
///
/// # Errors
/// One sentence.
pub(super) fn with_clipboard<Read>(
    read: impl FnOnce(&SelectionOffer<'_>) -> Result<Read, String>,
) -> Result<Read, String> {
    let unreachable = |error: X11Error| format!("the clipboard cannot be reached ({error}); try again");
    let receiver = Receiver::connect().map_err(unreachable)?;
    let clipboard = receiver.atom("CLIPBOARD").map_err(unreachable)?;
    read(&receiver.offered(clipboard, CURRENT_TIME, None))
}
