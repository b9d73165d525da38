//! The worker's way out: events one after the other, and a slot that holds the latest frame.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};

use super::event::{Event, EventKind, Frame, JobId};
use super::lock::{Slot, lock};
use super::pace::Pace;

/// The worker's way out: events, the frame slot, and a call that wakes the owner.
#[derive(Clone)]
pub(super) struct Outlet {
    events: Arc<Mutex<Sender<Event>>>,
    /// The latest frame. The painter makes none while the last one was not taken.
    pub(super) frames: Arc<Slot<Arc<Frame>>>,
    pub(super) pace: Arc<Slot<Pace>>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outlet {
    /// The way out, and the end at which events arrive; `wake` is called whenever there is one, or a frame to take.
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

    pub(super) fn send(&self, job: JobId, kind: EventKind) {
        // The owner may be gone already; then nobody wants to know.
        let _ = lock(&self.events).send(Event { job, kind });
        (self.wake)();
    }

    pub(super) fn show(&self, frame: Frame) {
        self.frames.put(Arc::new(frame));
        (self.wake)();
    }

    /// Tells how fast it paints.
    pub(super) fn set_pace(&self, pace: Pace) {
        self.pace.put(pace);
        (self.wake)();
    }
}
