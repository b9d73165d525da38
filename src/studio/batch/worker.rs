//! The thread that paints a batch. It does not block the owner of its [`BatchWorker`].

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::event::{BatchCount, BatchNews};
use super::order::BatchOrder;
use super::session::paint_batch;
use crate::lock::lock;
use crate::studio::clock::Clock;
use crate::studio::news_thread::NewsThread;
use crate::studio::workbench::NetworkLoader;

/// Owns the thread that paints one batch. Dropping it stops the painting and waits until what was painted is written. After a stop,
/// [`BatchNews::Ended`] follows once that is done.
pub type BatchWorker = NewsThread<BatchNews>;

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
        let clock = Arc::new(Clock::after(Duration::ZERO));
        clock.start();
        let own_clock = Arc::clone(&clock);
        let words = ("painting the folder ended", "painted pictures are kept");
        Self::spawn("impasto batch", clock, wake, BatchNews::Failed, words, move |control, outlet| {
            let order = plan()?;
            let count = Mutex::new(BatchCount::default());
            let tell = |event| {
                let left = {
                    let mut count = lock(&count);
                    count.count(&event);
                    count.left(own_clock.elapsed())
                };
                outlet.send(BatchNews::Told(event, left));
            };
            let end = paint_batch(&order, loader, control, &tell).map_err(|error| error.to_string())?;
            Ok(BatchNews::Ended(end))
        })
    }
}
