//! Ctrl+C, and a request by the system to end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::exit::{FAILED, INTERRUPTED};
use super::failure::Failure;
use crate::picture::encode::discard_unfinished;
use crate::reason::without_numbers;

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

    /// Whether there was one.
    pub(super) fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}
