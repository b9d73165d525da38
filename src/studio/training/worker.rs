//! The thread that trains. It does not block the owner of its [`TrainingWorker`].

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use super::event::TrainingEvent;
use super::outlet::TrainingOutlet;
use super::plan::TrainingPlan;
use super::session::TrainingSession;
use crate::engine::control::Control;
use crate::engine::device::Processors;
use crate::reason::panic_text;
use crate::studio::clock::Clock;
use crate::studio::controlled_thread::ControlledThread;
use crate::studio::workbench::{NetworkLoader, Workbench};

/// Owns the thread that runs one training. Dropping it stops the training and waits until it is saved.
pub struct TrainingWorker {
    events: Receiver<TrainingEvent>,
    thread: ControlledThread,
}

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
        let (sender, events) = mpsc::channel();
        let clock = Arc::new(Clock::after(Duration::ZERO));
        let outlet = Arc::new(TrainingOutlet::new(sender, wake));
        let (own_clock, own_outlet) = (Arc::clone(&clock), Arc::clone(&outlet));
        let train = move |control: &Control| {
            let mut workbench = Workbench::new(Box::new(Processors::detect), loader);
            TrainingSession::new(plan()?, &own_clock, control, &own_outlet).run(&mut workbench)
        };
        let thread = ControlledThread::start("impasto trainer", clock, train, move |result| {
            outlet.send(match result {
                Ok(Ok(event)) => event,
                Ok(Err(sentence)) => TrainingEvent::Failed(sentence),
                Err(panic) => TrainingEvent::Failed(format!(
                    "training ended because of a bug in Impasto ({}); what was saved before is kept, please report this",
                    panic_text(panic.as_ref())
                )),
            });
        })?;
        Ok(Self { events, thread })
    }

    /// Pauses the training.
    pub fn pause(&self) {
        self.thread.pause();
    }

    /// Resumes a paused training.
    pub fn resume(&self) {
        self.thread.resume();
    }

    /// Stops the training; [`TrainingEvent::Stopped`] follows once what was learned is saved.
    pub fn stop(&self) {
        self.thread.stop();
    }

    /// The next event, if one is available.
    pub fn try_event(&self) -> Option<TrainingEvent> {
        self.events.try_recv().ok()
    }

    /// The next event; waits up to `timeout` for it.
    pub fn wait_event(&self, timeout: Duration) -> Option<TrainingEvent> {
        self.events.recv_timeout(timeout).ok()
    }
}
