//! The threads that compute a run or a training on the CPU.

use rayon::{ThreadPool, ThreadPoolBuilder};
use thread_priority::{ThreadPriority, ThreadPriorityValue};

use super::hardware::Hardware;
use crate::engine::error::EngineError;
use crate::reason::without_numbers;

/// A pool of as many threads as the hardware settings say.
///
/// # Errors
/// When the system cannot start them.
pub(super) fn pool(hardware: Hardware) -> Result<ThreadPool, EngineError> {
    ThreadPoolBuilder::new()
        .num_threads(hardware.threads.unwrap_or(0))
        .start_handler(move |_| {
            if hardware.low_priority {
                give_way();
            }
        })
        .thread_name(|index| format!("impasto engine {index}"))
        .build()
        .map_err(|error| {
            EngineError::Device(format!("the system cannot start the painting threads ({})", without_numbers(error)))
        })
}

/// Lowers the priority of this thread. Painting still uses every idle core, but a window that wakes up runs at once
/// instead of waiting for its share of busy cores.
fn give_way() {
    // On Linux this is a niceness of about ten. If the system refuses, painting continues at normal priority.
    if let Ok(low) = ThreadPriorityValue::try_from(25) {
        let _ = thread_priority::set_current_thread_priority(ThreadPriority::Crossplatform(low));
    }
}
