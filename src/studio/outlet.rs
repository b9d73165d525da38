//! The worker's output: a queue of events, and a slot with the latest frame.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use super::event::{Event, EventKind, Frame, RunId};
use super::pace::Pace;
use crate::lock::{Slot, lock};

/// Sends events and frames to the worker's owner, and wakes it.
#[derive(Clone)]
pub(super) struct Outlet {
    events: Arc<Mutex<Sender<Event>>>,
    /// The latest frame. The painter makes none until the last one is taken.
    pub(super) frames: Arc<Slot<Arc<Frame>>>,
    pub(super) pace: Arc<Slot<Pace>>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outlet {
    /// An outlet and the receiver of its events. It calls `wake` whenever an event, a frame or a pace is available.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> (Self, Receiver<Event>) {
        let (sender, events) = mpsc::channel();
        let outlet = Self {
            events: Arc::new(Mutex::new(sender)),
            frames: Arc::default(),
            pace: Arc::default(),
            wake: Arc::new(wake),
        };
        (outlet, events)
    }

    pub(super) fn send(&self, run: RunId, kind: EventKind) {
        // Fails only if the owner has dropped the receiver.
        let _ = lock(&self.events).send(Event { run, kind });
        (self.wake)();
    }

    pub(super) fn show(&self, frame: Frame) {
        self.frames.put(Arc::new(frame));
        (self.wake)();
    }

    /// Publishes the painting speed.
    pub(super) fn set_pace(&self, pace: Pace) {
        self.pace.put(pace);
        (self.wake)();
    }
}
