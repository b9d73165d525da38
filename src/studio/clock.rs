//! How long a run has painted.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::lock::lock;

/// Time painted, pauses left out.
pub(super) struct Clock(Mutex<Reading>);

struct Reading {
    before: Duration,
    since: Option<Instant>,
}

impl Clock {
    /// A clock that has run so long before.
    pub(super) fn after(before: Duration) -> Self {
        Self(Mutex::new(Reading { before, since: None }))
    }

    pub(super) fn go_on(&self) {
        lock(&self.0).since.get_or_insert_with(Instant::now);
    }

    pub(super) fn hold(&self) {
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
