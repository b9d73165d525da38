//! The thread that trains. It does not block the owner of its [`TrainingWorker`].

use std::sync::Arc;
use std::time::Duration;

use super::event::TrainingEvent;
use super::plan::TrainingPlan;
use super::session::TrainingSession;
use crate::engine::device::Processors;
use crate::studio::clock::Clock;
use crate::studio::news_thread::NewsThread;
use crate::studio::workbench::{NetworkLoader, Workbench};

/// Owns the thread that runs one training. Dropping it stops the training and waits until it is saved. After a stop,
/// [`TrainingEvent::Stopped`] follows once what was learned is saved.
pub type TrainingWorker = NewsThread<TrainingEvent>;

impl TrainingWorker {
    /// Starts the training that `plan` returns; `plan` is called on the trainer's thread, because it may read files. If
    /// it fails with a sentence, so does the training. `wake` is called whenever an event is available.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub fn start(
        plan: impl FnOnce() -> Result<TrainingPlan, String> + Send + 'static,
        loader: NetworkLoader,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let clock = Arc::new(Clock::after(Duration::ZERO));
        let own_clock = Arc::clone(&clock);
        let words = ("training ended", "what was saved before is kept");
        Self::spawn("impasto trainer", clock, wake, TrainingEvent::Failed, words, move |control, outlet| {
            let mut workbench = Workbench::new(Box::new(Processors::detect), loader);
            TrainingSession::new(plan()?, &own_clock, control, outlet).run(&mut workbench)
        })
    }
}
