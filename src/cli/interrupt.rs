//! Ctrl+C, and a request by the system to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use super::exit::{FAILED, INTERRUPTED};
use super::failure::Failure;
use crate::engine::control::Control;
use crate::picture::encode::discard_unfinished;
use crate::reason::without_numbers;

/// How often to check for Ctrl+C.
const POLL: Duration = Duration::from_millis(20);

/// What stopped a command's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StopCause {
    /// Ctrl+C, or a request by the system to end.
    Interrupt,
    /// The time limit.
    TimeLimit,
}

/// Counts how often the user has interrupted the command. A process can have only one.
pub(super) struct Interrupts(Arc<AtomicUsize>);

impl Interrupts {
    /// Begins to count. The second interrupt ends the process at once, without saving.
    pub(super) fn watch() -> Result<Self, Failure> {
        let interrupts = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&interrupts);
        ctrlc::set_handler(move || {
            if counter.fetch_add(1, Ordering::Relaxed) > 0 {
                discard_unfinished();
                std::process::exit(i32::from(INTERRUPTED));
            }
        })
        .map_err(|error| {
            Failure(FAILED, format!("Ctrl+C cannot be handled ({}); try again", without_numbers(error)))
        })?;
        Ok(Self(interrupts))
    }

    /// Does `work`, and stops it through `control` at an interrupt, or when the time `limit` is over. Also returns why it
    /// was stopped, if it was.
    pub(super) fn stopping<T>(
        &self,
        control: &Control,
        limit: Option<Duration>,
        work: impl FnOnce() -> T,
    ) -> (T, Option<StopCause>) {
        let begin = Instant::now();
        thread::scope(|scope| {
            // Dropped after the work, which ends the watching thread.
            let (working, ended) = mpsc::channel::<()>();
            let watcher = scope.spawn(move || {
                while ended.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
                    let is_late = limit.is_some_and(|limit| begin.elapsed() >= limit);
                    let cause = self.any().then_some(StopCause::Interrupt).or(is_late.then_some(StopCause::TimeLimit));
                    if cause.is_some() {
                        control.stop();
                        return cause;
                    }
                }
                None
            });
            let done = work();
            drop(working);
            (done, watcher.join().unwrap_or(None))
        })
    }

    /// Whether there was one.
    pub(super) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}
