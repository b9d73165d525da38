//! Where the painting of a clip sends its news.

use std::sync::{Arc, Mutex};

use super::event::{VideoEvent, VideoNews, VideoProgress};
use super::pace::FramePace;
use crate::lock::{Slot, lock};
use crate::studio::clock::Clock;
use crate::studio::news_thread::NewsSender;

/// Sends news to the worker's owner. Of the frames it holds only the latest, so that an owner that takes none, such as a hidden
/// window, does not collect them.
pub(super) struct VideoOutlet<'a> {
    sender: &'a NewsSender<VideoNews>,
    latest: Arc<Slot<VideoProgress>>,
    clock: Arc<Clock>,
    pace: Mutex<FramePace>,
}

impl<'a> VideoOutlet<'a> {
    pub(super) fn new(sender: &'a NewsSender<VideoNews>, latest: Arc<Slot<VideoProgress>>, clock: Arc<Clock>) -> Self {
        Self { sender, latest, clock, pace: Mutex::default() }
    }

    pub(super) fn send(&self, news: VideoNews) {
        self.sender.send(news);
    }

    /// Passes on what was told; `of` are the frames of the whole clip, if they are known.
    pub(super) fn tell(&self, event: VideoEvent, of: Option<u64>) {
        let VideoEvent::Painted(frame) = event else { return self.send(VideoNews::Told(event)) };
        let of = of.map(|of| of.max(frame.number));
        let elapsed = self.clock.elapsed();
        let remaining = lock(&self.pace).left((frame.number, frame.is_new), of, elapsed);
        self.latest.put(VideoProgress { frame, of, remaining });
        self.sender.wake();
    }
}
