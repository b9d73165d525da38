//! The worker's output: a queue of events, and a slot with the latest frame.

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use super::event::{Event, EventKind, Frame, JobId};
use super::pace::{LatestPace, Pace};

/// Holds only the latest frame. So painting never waits for the window, and no frame is made before the last one is
/// taken.
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

/// Sends events and frames to the worker's owner, and wakes it.
#[derive(Clone)]
pub(super) struct Outlet {
    events: Arc<Mutex<Sender<Event>>>,
    pub(super) frames: Arc<FrameSlot>,
    pub(super) pace: LatestPace,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Outlet {
    /// An outlet and the receiver of its events. It calls `wake` whenever an event, a frame or a pace is available.
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
        // Fails only if the owner has dropped the receiver.
        let _ = self.events.lock().unwrap_or_else(PoisonError::into_inner).send(Event { job, kind });
        (self.wake)();
    }

    pub(super) fn show(&self, frame: Frame) {
        self.frames.put(frame);
        (self.wake)();
    }

    /// Publishes the painting speed.
    pub(super) fn set_pace(&self, pace: Pace) {
        self.pace.set(pace);
        (self.wake)();
    }
}
