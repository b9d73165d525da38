//! The thread that paints a clip. It does not block the owner of its [`VideoWorker`].

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::event::{VideoEnd, VideoEvent, VideoNews, VideoProgress};
use super::order::VideoOrder;
use super::outlet::VideoOutlet;
use super::place::VideoPlace;
use super::session::paint_clip;
use crate::engine::control::Control;
use crate::lock::Slot;
use crate::reason::panic_text;
use crate::studio::clock::Clock;
use crate::studio::controlled_thread::ControlledThread;
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
    news: Receiver<VideoNews>,
    latest: Arc<Slot<VideoProgress>>,
    thread: ControlledThread,
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
        let (sender, news) = mpsc::channel();
        let latest = Arc::new(Slot::default());
        let clock = Arc::new(Clock::after(Duration::ZERO));
        clock.start();
        let outlet = Arc::new(VideoOutlet::new(sender, Arc::clone(&latest), Arc::clone(&clock), wake));
        let own_outlet = Arc::clone(&outlet);
        let paint = move |control: &Control| paint(plan, loader, control, &own_outlet);
        let thread = ControlledThread::start("impasto clip", clock, paint, move |result| {
            outlet.send(match result {
                Ok(Ok(end)) => VideoNews::Ended(end),
                Ok(Err(sentence)) => VideoNews::Failed(sentence),
                Err(panic) => VideoNews::Failed(format!(
                    "painting the clip ended because of a bug in Impasto ({}); painted frames are kept, please report \
                     this",
                    panic_text(panic.as_ref())
                )),
            });
        })?;
        Ok(Self { news, latest, thread })
    }

    /// Pauses the painting.
    pub fn pause(&self) {
        self.thread.pause();
    }

    /// Resumes a paused painting.
    pub fn resume(&self) {
        self.thread.resume();
    }

    /// Stops the painting; [`VideoNews::Ended`] follows once the frames so far are written.
    pub fn stop(&self) {
        self.thread.stop();
    }

    /// The next news, if there are any.
    pub fn try_news(&self) -> Option<VideoNews> {
        self.news.try_recv().ok()
    }

    /// The next news; waits up to `timeout` for them.
    pub fn wait_news(&self, timeout: Duration) -> Option<VideoNews> {
        self.news.recv_timeout(timeout).ok()
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
    outlet: &VideoOutlet,
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
