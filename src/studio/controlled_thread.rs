//! A thread that can be paused and stopped from another one.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use super::clock::Clock;
use crate::engine::balance::Balance;
use crate::engine::control::Control;

/// A thread that works under a control. Dropping it stops the work and waits for the end of the thread.
pub(super) struct ControlledThread {
    control: Arc<Control>,
    thread: Option<JoinHandle<()>>,
}

impl ControlledThread {
    /// Starts `work` on a thread of this name, and hands what it returns, or a panic in it, to `end`. While the work is
    /// paused, so is the clock.
    ///
    /// # Errors
    /// When the system cannot start a thread.
    pub(super) fn start<T>(
        name: &str,
        clock: Arc<Clock>,
        work: impl FnOnce(&Control) -> T + Send + 'static,
        end: impl FnOnce(Result<T, Box<dyn Any + Send>>) + Send + 'static,
    ) -> io::Result<Self> {
        let listener = move |is_paused| if is_paused { clock.pause() } else { clock.start() };
        let control = Arc::new(Control::with_pause_listener(Balance::default(), listener));
        let own_control = Arc::clone(&control);
        let thread = Builder::new().name(name.to_owned()).spawn(move || {
            end(catch_unwind(AssertUnwindSafe(|| work(&own_control))));
        })?;
        Ok(Self { control, thread: Some(thread) })
    }

    /// Pauses the work.
    pub(super) fn pause(&self) {
        self.control.pause();
    }

    /// Resumes paused work.
    pub(super) fn resume(&self) {
        self.control.resume();
    }

    /// Stops the work.
    pub(super) fn stop(&self) {
        self.control.stop();
    }
}

impl Drop for ControlledThread {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // A panic in the work was handed to `end` when it happened.
            let _ = thread.join();
        }
    }
}
