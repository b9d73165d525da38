//! Drops on X11 (the XDND protocol, version 5). winit reads the list of files in a drop all or nothing: one address that
//! is no file here, one name that is not UTF-8, or one file that is gone, and it tells nothing of any of them. So a
//! window of our own takes the messages in the place of winit's, as the protocol provides for (`XdndProxy`). Programs
//! that do not know of that speak to winit as before.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ClientMessageData, ClientMessageEvent, ConnectionExt as _, EventMask,
    PropMode, Window,
};
use x11rb::wrapper::ConnectionExt as _;

use super::clip::Clip;
use super::list::host;
use super::offer;
use super::x11::{Receiver, X11Error};

const VERSION: u32 = 5;

/// What happens to the window while things are dragged over it.
#[derive(Debug)]
pub(crate) enum Drag {
    /// So many files are over this place of the window, in pixels from its upper left corner.
    Over {
        /// How many: at least one when what is dragged is no file, such as a picture from a browser.
        files: usize,
        /// Where.
        at: (i16, i16),
    },
    /// They left, or were dropped.
    Left,
    /// They were dropped; what they are, or one sentence.
    Dropped(Result<Clip, String>),
}

/// What has happened and was not taken yet.
#[derive(Clone, Default)]
pub(crate) struct Drags(Arc<Mutex<VecDeque<Drag>>>);

impl Drags {
    /// Listens for what is dragged over the window, on a thread of its own. `wake` is called when something happened.
    ///
    /// # Errors
    /// When the display or the system refuses; then winit goes on as without this.
    pub(crate) fn over(window: Window, wake: impl Fn() + Send + 'static) -> Result<Self, X11Error> {
        let target = DropTarget::new(window)?;
        let drags = Self::default();
        let queue = drags.clone();
        let say = move |drag| {
            queue.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(drag);
            wake();
        };
        let listen = move || {
            // Without the display the window ends too.
            let _ = target.listen(&say);
        };
        std::thread::Builder::new().name("impasto drops".to_owned()).spawn(listen)?;
        Ok(drags)
    }

    /// What happened since this was asked last.
    pub(crate) fn take(&self) -> VecDeque<Drag> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Atoms {
    enter: Atom,
    position: Atom,
    status: Atom,
    leave: Atom,
    drop: Atom,
    finished: Atom,
    selection: Atom,
    types: Atom,
    copy: Atom,
}

/// The window that takes the messages.
struct DropTarget {
    receiver: Receiver,
    /// The program's window.
    window: Window,
    atoms: Atoms,
}

/// What is being dragged over the window.
struct Dragged {
    source: Window,
    forms: Vec<String>,
    /// How many files, once that is known.
    files: Option<usize>,
}

impl DropTarget {
    fn new(window: Window) -> Result<Self, X11Error> {
        let receiver = Receiver::connect()?;
        let atom = |name| receiver.atom(name);
        let (proxy, aware) = (atom("XdndProxy")?, atom("XdndAware")?);
        let atoms = Atoms {
            enter: atom("XdndEnter")?,
            position: atom("XdndPosition")?,
            status: atom("XdndStatus")?,
            leave: atom("XdndLeave")?,
            drop: atom("XdndDrop")?,
            finished: atom("XdndFinished")?,
            selection: atom("XdndSelection")?,
            types: atom("XdndTypeList")?,
            copy: atom("XdndActionCopy")?,
        };
        let (connection, own) = (receiver.connection(), receiver.window());
        connection.change_property32(PropMode::REPLACE, own, aware, AtomEnum::ATOM, &[VERSION])?.check()?;
        // That the window of the proxy names itself shows that it is there.
        for window in [own, window] {
            connection.change_property32(PropMode::REPLACE, window, proxy, AtomEnum::WINDOW, &[own])?.check()?;
        }
        Ok(Self { receiver, window, atoms })
    }

    fn listen(&self, say: &impl Fn(Drag)) -> Result<(), X11Error> {
        let mut dragged: Option<Dragged> = None;
        loop {
            match self.receiver.next_event()? {
                Event::ClientMessage(event) if event.format == 32 => {
                    let data = event.data.as_data32();
                    if event.type_ == self.atoms.enter {
                        dragged = Some(self.entered(data)?);
                    } else if event.type_ == self.atoms.position {
                        self.moved(data, dragged.as_mut(), say)?;
                    } else if event.type_ == self.atoms.leave {
                        dragged = None;
                        say(Drag::Left);
                    } else if event.type_ == self.atoms.drop {
                        self.dropped(data, dragged.take(), say)?;
                    }
                }
                // The program that drags has ended.
                Event::DestroyNotify(event) if dragged.as_ref().is_some_and(|it| it.source == event.window) => {
                    dragged = None;
                    say(Drag::Left);
                }
                _ => {}
            }
        }
    }

    fn entered(&self, [source, flags, types @ ..]: [u32; 5]) -> Result<Dragged, X11Error> {
        let connection = self.receiver.connection();
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        // It may be gone by now.
        connection.change_window_attributes(source, &aux)?.ignore_error();
        let types = if flags & 1 == 0 {
            types.to_vec()
        } else {
            const MOST: u32 = 1 << 12;
            let reply = connection.get_property(false, source, self.atoms.types, AtomEnum::ATOM, 0, MOST)?.reply();
            reply.ok().and_then(|reply| Some(reply.value32()?.collect())).unwrap_or_default()
        };
        let types = types.into_iter().filter(|atom| *atom != x11rb::NONE).map(|atom| self.receiver.name(atom));
        Ok(Dragged { source, forms: types.filter_map(Result::ok).collect(), files: None })
    }

    fn moved(
        &self,
        [source, _, place, time, _]: [u32; 5],
        dragged: Option<&mut Dragged>,
        say: &impl Fn(Drag),
    ) -> Result<(), X11Error> {
        // No rectangle: each move is to be told, so that the place under the pointer is known.
        const EACH_MOVE: u32 = 2;
        let Some(dragged) = dragged.filter(|dragged| dragged.source == source) else { return Ok(()) };
        let is_welcome = offer::is_welcome(&dragged.forms);
        let (accepted, action) = if is_welcome { (1, self.atoms.copy) } else { (0, x11rb::NONE) };
        self.send(source, self.atoms.status, [accepted | EACH_MOVE, 0, 0, action])?;
        if !is_welcome {
            return Ok(());
        }
        let files = if let Some(files) = dragged.files {
            files
        } else {
            let offered = self.receiver.offered(self.atoms.selection, time, Some(dragged.forms.clone()));
            *dragged.files.insert(offer::count_files(&offered, host().as_deref()))
        };
        let (x, y) = (((place >> 16) as u16).cast_signed(), (place as u16).cast_signed());
        let connection = self.receiver.connection();
        let at = connection.translate_coordinates(self.receiver.root(), self.window, x, y)?.reply()?;
        say(Drag::Over { files, at: (at.dst_x, at.dst_y) });
        Ok(())
    }

    fn dropped(
        &self,
        [source, _, time, ..]: [u32; 5],
        dragged: Option<Dragged>,
        say: &impl Fn(Drag),
    ) -> Result<(), X11Error> {
        let dragged = dragged.filter(|dragged| dragged.source == source);
        let dragged = dragged.filter(|dragged| offer::is_welcome(&dragged.forms));
        let clip = dragged.map(|dragged| {
            let offered = self.receiver.offered(self.atoms.selection, time, Some(dragged.forms));
            offer::read(&offered, host().as_deref())
        });
        let action = if clip.is_some() { self.atoms.copy } else { x11rb::NONE };
        self.send(source, self.atoms.finished, [u32::from(clip.is_some()), action, 0, 0])?;
        say(Drag::Left);
        if let Some(clip) = clip {
            say(Drag::Dropped(clip));
        }
        Ok(())
    }

    fn send(&self, to: Window, message: Atom, [one, two, three, four]: [u32; 4]) -> Result<(), X11Error> {
        let data = ClientMessageData::from([self.window, one, two, three, four]);
        let event = ClientMessageEvent::new(32, to, message, data);
        let connection = self.receiver.connection();
        // It may be gone by now.
        connection.send_event(false, to, EventMask::NO_EVENT, event)?.ignore_error();
        connection.flush()?;
        Ok(())
    }
}

/// The files that were dropped, for egui.
#[derive(Debug)]
pub(crate) struct Dropped(pub(crate) PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}
