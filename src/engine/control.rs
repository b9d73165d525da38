//! Controls a run from another thread: pause, stop, and the weights of the losses.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::balance::Balance;
use super::error::{EngineError, Result};
use crate::lock::lock;

/// Shared between the thread that paints and the threads that control it.
///
/// The engine calls [`Control::checkpoint`] between chunks of the network's layers (on a GPU, between layers), so a
/// pause or a stop takes effect within a fraction of an iteration.
pub struct Control {
    state: Mutex<ControlState>,
    changed: Condvar,
    on_pause: Box<dyn Fn(bool) + Send + Sync>,
}

struct ControlState {
    phase: ControlPhase,
    balance: Balance,
    iteration_limit: Option<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ControlPhase {
    Running,
    Paused,
    Stopping,
}

impl Control {
    /// A control that lets the engine run.
    pub fn new(balance: Balance) -> Self {
        Self::with_pause_listener(balance, |_| {})
    }

    /// As [`Control::new`]. `on_pause` is called on the engine's thread, with `true` when the engine pauses and with
    /// `false` when it resumes.
    pub fn with_pause_listener(balance: Balance, on_pause: impl Fn(bool) + Send + Sync + 'static) -> Self {
        let state = ControlState { phase: ControlPhase::Running, balance, iteration_limit: None };
        Self { state: Mutex::new(state), changed: Condvar::new(), on_pause: Box::new(on_pause) }
    }

    /// Pauses the engine at its next checkpoint. Does nothing after [`Control::stop`].
    pub fn pause(&self) {
        self.change_phase(ControlPhase::Running, ControlPhase::Paused);
    }

    /// Resumes a paused engine.
    pub fn resume(&self) {
        self.change_phase(ControlPhase::Paused, ControlPhase::Running);
    }

    /// Ends the run at the next checkpoint, even while paused. Cannot be undone.
    pub fn stop(&self) {
        self.lock().phase = ControlPhase::Stopping;
        self.changed.notify_all();
    }

    /// Whether [`Control::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.lock().phase == ControlPhase::Stopping
    }

    /// Whether the engine pauses at its next checkpoint or has paused.
    pub fn is_paused(&self) -> bool {
        self.lock().phase == ControlPhase::Paused
    }

    /// Sets the weights of the losses from the next iteration on.
    pub fn adjust(&self, balance: Balance) {
        self.lock().balance = balance;
    }

    /// Ends the current scale after `limit` iterations of it; the step size then falls over that many iterations. The
    /// limit is cleared when the next scale begins.
    pub fn limit_iterations(&self, limit: u32) {
        self.lock().iteration_limit = Some(limit);
    }

    /// Blocks while paused.
    ///
    /// # Errors
    /// [`EngineError::Stopped`] after [`Control::stop`].
    pub fn checkpoint(&self) -> Result<()> {
        let mut state = self.lock();
        if state.phase == ControlPhase::Paused {
            drop(state);
            (self.on_pause)(true);
            state = self.lock();
            while state.phase == ControlPhase::Paused {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            let phase = state.phase;
            drop(state);
            if phase == ControlPhase::Running {
                (self.on_pause)(false);
            }
            return self.checkpoint();
        }
        match state.phase {
            ControlPhase::Stopping => Err(EngineError::Stopped),
            ControlPhase::Running | ControlPhase::Paused => Ok(()),
        }
    }

    /// The weights of the losses as they are now.
    pub(crate) fn balance(&self) -> Balance {
        self.lock().balance.clone()
    }

    pub(super) fn iteration_limit(&self) -> Option<u32> {
        self.lock().iteration_limit
    }

    pub(super) fn forget_iteration_limit(&self) {
        self.lock().iteration_limit = None;
    }

    fn change_phase(&self, from: ControlPhase, to: ControlPhase) {
        let mut state = self.lock();
        if state.phase == from {
            state.phase = to;
            self.changed.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, ControlState> {
        // Nothing panics while the lock is held, so even a poisoned lock holds a consistent state.
        lock(&self.state)
    }
}
