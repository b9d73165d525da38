//! The time that a run has painted.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::lock::lock;

/// A stopwatch that stands still during pauses.
pub(super) struct Clock(Mutex<Reading>);

struct Reading {
    /// Time painted until the last pause.
    before: Duration,
    /// When painting last began or resumed; `None` during a pause.
    since: Option<Instant>,
}

impl Clock {
    /// A paused clock that starts at `before`.
    pub(super) fn after(before: Duration) -> Self {
        Self(Mutex::new(Reading { before, since: None }))
    }

    pub(super) fn start(&self) {
        lock(&self.0).since.get_or_insert_with(Instant::now);
    }

    pub(super) fn pause(&self) {
        let mut reading = lock(&self.0);
        if let Some(since) = reading.since.take() {
            reading.before += since.elapsed();
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        let reading = lock(&self.0);
        reading.before + reading.since.map_or(Duration::ZERO, |since| since.elapsed())
    }
}
