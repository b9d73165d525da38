//! The worker's way out: events one after the other, and a slot that holds the latest frame.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use super::event::{Event, EventKind, Frame, JobId};
use super::pace::{LatestPace, Pace};

/// Holds the latest frame only: the painter never waits for the window, and makes no frame
/// while the last one has not been taken.
#[derive(Debug, Default)]
pub(super) struct FrameSlot(Mutex<Option<Arc<Frame>>>);

impl FrameSlot {
    pub(super) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    pub(super) fn put(&self, frame: Frame) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(frame));
    }

    pub(super) fn take(&self) -> Option<Arc<Frame>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The worker's way out: events, the frame slot, and a call that wakes the owner.
#[derive(Clone)]
pub(super) struct Outlet {
    events: Arc<Mutex<Sender<Event>>>,
    pub(super) frames: Arc<FrameSlot>,
    pub(super) pace: LatestPace,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outlet {
    /// The way out, and the end at which events arrive; `wake` is called whenever there is one, or a frame to take.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> (Self, Receiver<Event>) {
        let (sender, events) = mpsc::channel();
        let outlet = Self {
            events: Arc::new(Mutex::new(sender)),
            frames: Arc::default(),
            pace: LatestPace::default(),
            wake: Arc::new(wake),
        };
        (outlet, events)
    }

    pub(super) fn send(&self, job: JobId, kind: EventKind) {
        // The owner may be gone already; then nobody wants to know.
        let _ = self.events.lock().unwrap_or_else(PoisonError::into_inner).send(Event { job, kind });
        (self.wake)();
    }

    pub(super) fn show(&self, frame: Frame) {
        self.frames.put(frame);
        (self.wake)();
    }

    /// Tells how fast it paints.
    pub(super) fn set_pace(&self, pace: Pace) {
        self.pace.set(pace);
        (self.wake)();
    }
}
