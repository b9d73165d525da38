//! Where a training sends its events.

use std::sync::mpsc::Sender;

use super::event::TrainingEvent;

/// Sends events to the worker's owner, and wakes it.
pub(super) struct TrainingOutlet {
    sender: Sender<TrainingEvent>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl TrainingOutlet {
    /// Calls `wake` whenever an event is available.
    pub(super) fn new(sender: Sender<TrainingEvent>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { sender, wake: Box::new(wake) }
    }

    pub(super) fn send(&self, event: TrainingEvent) {
        // Fails only if the owner has dropped the receiver.
        let _ = self.sender.send(event);
        (self.wake)();
    }
}
