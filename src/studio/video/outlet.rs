//! Where the painting of a clip sends its news.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use super::event::{VideoEvent, VideoNews, VideoProgress};
use super::pace::FramePace;
use crate::lock::{Slot, lock};
use crate::studio::clock::Clock;

/// Sends news to the worker's owner, and wakes it. Of the frames it holds only the latest, so that an owner that takes
/// none, such as a hidden window, does not collect them.
pub(super) struct VideoOutlet {
    sender: Sender<VideoNews>,
    latest: Arc<Slot<VideoProgress>>,
    clock: Arc<Clock>,
    pace: Mutex<FramePace>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl VideoOutlet {
    /// Calls `wake` whenever there is something to take.
    pub(super) fn new(
        sender: Sender<VideoNews>,
        latest: Arc<Slot<VideoProgress>>,
        clock: Arc<Clock>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { sender, latest, clock, pace: Mutex::default(), wake: Box::new(wake) }
    }

    pub(super) fn send(&self, news: VideoNews) {
        // Fails only if the owner has dropped the receiver.
        let _ = self.sender.send(news);
        (self.wake)();
    }

    /// Passes on what was told; `of` are the frames of the whole clip, if they are known.
    pub(super) fn tell(&self, event: VideoEvent, of: Option<u64>) {
        let VideoEvent::Painted(frame) = event else { return self.send(VideoNews::Told(event)) };
        let of = of.map(|of| of.max(frame.number));
        let elapsed = self.clock.elapsed();
        let remaining = lock(&self.pace).left((frame.number, frame.is_new), of, elapsed);
        self.latest.put(VideoProgress { frame, of, remaining });
        (self.wake)();
    }
}
