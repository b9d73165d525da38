//! Drops on X11 (the XDND protocol, version 5). winit discards a whole drop if one entry is not a local file, is not
//! UTF-8, or no longer exists. So a separate window receives the messages instead of winit's, as the protocol provides
//! for (`XdndProxy`). Programs that do not support proxies talk to winit as before.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

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
use crate::lock::lock;

const VERSION: u32 = 5;

/// An event of a drag over the window.
#[derive(Debug)]
pub(crate) enum Drag {
    /// The drag moved over the window.
    Over {
        /// Number of files; 1 if something else is dragged, such as a picture from a browser.
        files: usize,
        /// Position in pixels from the upper left corner of the window.
        at: (i16, i16),
    },
    /// The drag left the window or ended.
    Left,
    /// The contents of a drop, or one sentence about why it cannot be read.
    Dropped(Result<Clip, String>),
}

/// Queue of drag events.
#[derive(Clone, Default)]
pub(crate) struct Drags(Arc<Mutex<VecDeque<Drag>>>);

impl Drags {
    /// Listens for drags over the window on a background thread, which calls `wake` after each event.
    ///
    /// # Errors
    /// If the display or the system refuses; winit then handles drops.
    pub(crate) fn over(window: Window, wake: impl Fn() + Send + 'static) -> Result<Self, X11Error> {
        let target = DropTarget::new(window)?;
        let drags = Self::default();
        let queue = drags.clone();
        let report = move |drag| {
            lock(&queue.0).push_back(drag);
            wake();
        };
        let listen = move || {
            // If the display connection fails, the window ends too.
            let _ = target.listen(&report);
        };
        std::thread::Builder::new().name("impasto drops".to_owned()).spawn(listen)?;
        Ok(drags)
    }

    /// Takes all events since the last call.
    pub(crate) fn take(&self) -> VecDeque<Drag> {
        std::mem::take(&mut *lock(&self.0))
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

/// The window that receives the XDND messages.
struct DropTarget {
    receiver: Receiver,
    /// The program's main window.
    window: Window,
    atoms: Atoms,
}

/// A drag in progress over the window.
struct ActiveDrag {
    source: Window,
    formats: Vec<String>,
    /// Number of files, once known.
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
        // The proxy window must also name itself, to show that it exists.
        for window in [own, window] {
            connection.change_property32(PropMode::REPLACE, window, proxy, AtomEnum::WINDOW, &[own])?.check()?;
        }
        Ok(Self { receiver, window, atoms })
    }

    fn listen(&self, report: &impl Fn(Drag)) -> Result<(), X11Error> {
        let mut drag: Option<ActiveDrag> = None;
        loop {
            match self.receiver.next_event()? {
                Event::ClientMessage(event) if event.format == 32 => {
                    let data = event.data.as_data32();
                    if event.type_ == self.atoms.enter {
                        drag = Some(self.on_enter(data)?);
                    } else if event.type_ == self.atoms.position {
                        self.on_position(data, drag.as_mut(), report)?;
                    } else if event.type_ == self.atoms.leave {
                        drag = None;
                        report(Drag::Left);
                    } else if event.type_ == self.atoms.drop {
                        self.on_drop(data, drag.take(), report)?;
                    }
                }
                // The source program has ended.
                Event::DestroyNotify(event) if drag.as_ref().is_some_and(|it| it.source == event.window) => {
                    drag = None;
                    report(Drag::Left);
                }
                _ => {}
            }
        }
    }

    fn on_enter(&self, [source, flags, types @ ..]: [u32; 5]) -> Result<ActiveDrag, X11Error> {
        let connection = self.receiver.connection();
        let aux = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        // The source may be gone by now.
        connection.change_window_attributes(source, &aux)?.ignore_error();
        let types = if flags & 1 == 0 {
            types.to_vec()
        } else {
            const MOST: u32 = 1 << 12;
            let reply = connection.get_property(false, source, self.atoms.types, AtomEnum::ATOM, 0, MOST)?.reply();
            reply.ok().and_then(|reply| Some(reply.value32()?.collect())).unwrap_or_default()
        };
        let types = types.into_iter().filter(|atom| *atom != x11rb::NONE).map(|atom| self.receiver.name(atom));
        Ok(ActiveDrag { source, formats: types.filter_map(Result::ok).collect(), files: None })
    }

    fn on_position(
        &self,
        [source, _, place, time, _]: [u32; 5],
        drag: Option<&mut ActiveDrag>,
        report: &impl Fn(Drag),
    ) -> Result<(), X11Error> {
        // Requests a message for every move instead of naming a rectangle without drop zones.
        const EACH_MOVE: u32 = 2;
        let Some(drag) = drag.filter(|drag| drag.source == source) else { return Ok(()) };
        let is_welcome = offer::is_welcome(&drag.formats);
        let (accepted, action) = if is_welcome { (1, self.atoms.copy) } else { (0, x11rb::NONE) };
        self.send(source, self.atoms.status, [accepted | EACH_MOVE, 0, 0, action])?;
        if !is_welcome {
            return Ok(());
        }
        let files = *drag.files.get_or_insert_with(|| {
            let selection = self.receiver.selection(self.atoms.selection, time, Some(drag.formats.clone()));
            offer::count_files(&selection, host().as_deref())
        });
        let (x, y) = (((place >> 16) as u16).cast_signed(), (place as u16).cast_signed());
        let connection = self.receiver.connection();
        let at = connection.translate_coordinates(self.receiver.root(), self.window, x, y)?.reply()?;
        report(Drag::Over { files, at: (at.dst_x, at.dst_y) });
        Ok(())
    }

    fn on_drop(
        &self,
        [source, _, time, ..]: [u32; 5],
        drag: Option<ActiveDrag>,
        report: &impl Fn(Drag),
    ) -> Result<(), X11Error> {
        let drag = drag.filter(|drag| drag.source == source && offer::is_welcome(&drag.formats));
        let clip = drag.map(|drag| {
            let selection = self.receiver.selection(self.atoms.selection, time, Some(drag.formats));
            offer::read(&selection, host().as_deref())
        });
        let action = if clip.is_some() { self.atoms.copy } else { x11rb::NONE };
        self.send(source, self.atoms.finished, [u32::from(clip.is_some()), action, 0, 0])?;
        report(Drag::Left);
        if let Some(clip) = clip {
            report(Drag::Dropped(clip));
        }
        Ok(())
    }

    fn send(&self, to: Window, message: Atom, [one, two, three, four]: [u32; 4]) -> Result<(), X11Error> {
        let data = ClientMessageData::from([self.window, one, two, three, four]);
        let event = ClientMessageEvent::new(32, to, message, data);
        let connection = self.receiver.connection();
        // The target may be gone by now.
        connection.send_event(false, to, EventMask::NO_EVENT, event)?.ignore_error();
        connection.flush()?;
        Ok(())
    }
}

/// The path of a dropped file, for egui.
#[derive(Debug)]
pub(crate) struct DroppedPath(pub(crate) PathBuf);

impl egui::DroppedFile for DroppedPath {
    fn path(&self) -> &std::path::Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}
