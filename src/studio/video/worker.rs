//! The thread that paints a clip. It does not block the owner of its [`VideoWorker`].

use std::sync::Arc;
use std::time::Duration;

use super::event::{VideoEnd, VideoEvent, VideoNews, VideoProgress};
use super::order::VideoOrder;
use super::outlet::VideoOutlet;
use super::place::VideoPlace;
use super::session::paint_clip;
use crate::engine::control::Control;
use crate::lock::Slot;
use crate::studio::clock::Clock;
use crate::studio::news_thread::NewsThread;
use crate::studio::workbench::NetworkLoader;

/// What to paint, and where to.
pub struct VideoPlan {
    /// The clip and how it is painted.
    pub order: VideoOrder,
    /// Where it goes.
    pub place: VideoPlace,
}

/// Owns the thread that paints one clip. Dropping it stops the painting and waits until what was painted is written.
pub struct VideoWorker {
    /// The thread. After a stop, [`VideoNews::Ended`] follows once the frames so far are written.
    pub thread: NewsThread<VideoNews>,
    latest: Arc<Slot<VideoProgress>>,
}

impl VideoWorker {
    /// Starts to paint what `plan` returns; `plan` is called on the new thread, because it reads files. If it fails with
    /// a sentence, so does the painting. `wake` is called whenever there are news or a frame.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(
        plan: impl FnOnce() -> Result<VideoPlan, String> + Send + 'static,
        loader: NetworkLoader,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let latest = Arc::new(Slot::default());
        let clock = Arc::new(Clock::after(Duration::ZERO));
        clock.start();
        let (own_latest, own_clock) = (Arc::clone(&latest), Arc::clone(&clock));
        let words = ("painting the clip ended", "painted frames are kept");
        let thread =
            NewsThread::spawn("impasto clip", clock, wake, VideoNews::Failed, words, move |control, sender| {
                let outlet = VideoOutlet::new(sender, own_latest, own_clock);
                paint(plan, loader, control, &outlet).map(VideoNews::Ended)
            })?;
        Ok(Self { thread, latest })
    }

    /// The latest frame, unless it was taken already.
    pub fn take_progress(&self) -> Option<VideoProgress> {
        self.latest.take()
    }
}

fn paint(
    plan: impl FnOnce() -> Result<VideoPlan, String>,
    loader: NetworkLoader,
    control: &Control,
    outlet: &VideoOutlet<'_>,
) -> Result<VideoEnd, String> {
    let VideoPlan { order, place } = plan()?;
    // Counting may read the whole clip.
    let frames = order.frames();
    outlet.send(VideoNews::Planned { size: order.size(), frames });
    for sentence in order.losses(place.target.format, &place.target.path) {
        outlet.tell(VideoEvent::Remark(sentence.to_owned()), frames);
    }
    let end = paint_clip(&order, &place, loader, control, &|event| outlet.tell(event, frames));
    end.map_err(|error| error.to_string())
}
