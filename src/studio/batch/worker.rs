//! The thread that paints a batch. It does not block the owner of its [`BatchWorker`].

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::event::{BatchCount, BatchEnd, BatchEvent, BatchNews};
use super::order::BatchOrder;
use super::session::paint_batch;
use crate::engine::control::Control;
use crate::lock::lock;
use crate::reason::panic_text;
use crate::studio::clock::Clock;
use crate::studio::controlled_thread::ControlledThread;
use crate::studio::workbench::NetworkLoader;

/// Owns the thread that paints one batch. Dropping it stops the painting and waits until what was painted is written.
pub struct BatchWorker {
    news: Receiver<BatchNews>,
    thread: ControlledThread,
}

impl BatchWorker {
    /// Starts to paint what `plan` returns; `plan` is called on the new thread, because it reads files. If it fails with
    /// a sentence, so does the painting. `wake` is called whenever there are news.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(
        plan: impl FnOnce() -> Result<BatchOrder, String> + Send + 'static,
        loader: NetworkLoader,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let (sender, news) = mpsc::channel();
        let clock = Arc::new(Clock::after(Duration::ZERO));
        clock.start();
        let own_clock = Arc::clone(&clock);
        let outlet = Arc::new(BatchOutlet { sender, clock: own_clock, count: Mutex::default(), wake: Box::new(wake) });
        let own_outlet = Arc::clone(&outlet);
        let paint = move |control: &Control| -> Result<BatchEnd, String> {
            let order = plan()?;
            paint_batch(&order, loader, control, &|event| own_outlet.tell(event)).map_err(|error| error.to_string())
        };
        let thread = ControlledThread::start("impasto batch", clock, paint, move |result| {
            outlet.send(match result {
                Ok(Ok(end)) => BatchNews::Ended(end),
                Ok(Err(sentence)) => BatchNews::Failed(sentence),
                Err(panic) => BatchNews::Failed(format!(
                    "painting the folder ended because of a bug in Impasto ({}); painted pictures are kept, please report \
                     this",
                    panic_text(panic.as_ref())
                )),
            });
        })?;
        Ok(Self { news, thread })
    }

    /// Pauses the painting.
    pub fn pause(&self) {
        self.thread.pause();
    }

    /// Resumes a paused painting.
    pub fn resume(&self) {
        self.thread.resume();
    }

    /// Stops the painting; [`BatchNews::Ended`] follows once what was painted is written.
    pub fn stop(&self) {
        self.thread.stop();
    }

    /// The next news, if there are any.
    pub fn try_news(&self) -> Option<BatchNews> {
        self.news.try_recv().ok()
    }

    /// The next news; waits up to `timeout` for them.
    pub fn wait_news(&self, timeout: Duration) -> Option<BatchNews> {
        self.news.recv_timeout(timeout).ok()
    }
}

/// Sends news to the worker's owner, and wakes it.
struct BatchOutlet {
    sender: Sender<BatchNews>,
    clock: Arc<Clock>,
    count: Mutex<BatchCount>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl BatchOutlet {
    fn send(&self, news: BatchNews) {
        // Fails only if the owner has dropped the receiver.
        let _ = self.sender.send(news);
        (self.wake)();
    }

    fn tell(&self, event: BatchEvent) {
        let left = {
            let mut count = lock(&self.count);
            count.count(&event);
            count.left(self.clock.elapsed())
        };
        self.send(BatchNews::Told(event, left));
    }
}
