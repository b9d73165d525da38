//! Runs a decoder on a thread of its own with a time limit, so that a hostile file cannot crash or hang the caller.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::picture::error::Problem;

/// The time limit of the smallest file.
const MINIMUM: Duration = Duration::from_secs(10);
/// Added for each mebibyte of the file; even slow machines need only a tenth of it.
const PER_MEBIBYTE: Duration = Duration::from_millis(500);

/// The time limit for decoding a file of `bytes` bytes. It depends on the file size because a header can state a false
/// number of pixels.
pub(super) fn time_limit(bytes: usize) -> Duration {
    MINIMUM + PER_MEBIBYTE * u32::try_from(bytes >> 20).unwrap_or(u32::MAX)
}

/// Runs `work` on a new thread and returns its result. A panic is reported as a damaged file; a thread that exceeds
/// `limit` is abandoned.
pub(super) fn run<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let (sender, receiver) = mpsc::channel();
    let decode = move || {
        let result = catch_unwind(AssertUnwindSafe(work));
        // Sending fails if the caller has already timed out.
        let _ = sender.send(result.unwrap_or_else(|_| Err(Problem::damaged("the decoder panicked"))));
    };
    thread::Builder::new().name("impasto decoder".to_owned()).spawn(decode).map_err(Problem::ReadFailed)?;
    receiver.recv_timeout(limit).unwrap_or_else(|error| {
        Err(match error {
            RecvTimeoutError::Timeout => Problem::TooSlow,
            RecvTimeoutError::Disconnected => Problem::damaged("the decoder ended"),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_exceeds_its_time_limit_is_abandoned() {
        let (sender, receiver) = mpsc::channel::<()>();
        let result = run(Duration::from_millis(20), move || {
            let _ = receiver.recv();
            Ok(1)
        });
        assert!(matches!(result, Err(Problem::TooSlow)), "{result:?}");
        drop(sender);
    }

    #[test]
    fn a_panic_in_a_decoder_is_reported_as_a_damaged_file() {
        let result = run(Duration::from_mins(1), || -> Result<u8, Problem> { panic!("on purpose") });
        assert!(matches!(result, Err(Problem::Damaged(_))), "{result:?}");
        assert_eq!(run(Duration::from_mins(1), || Ok(7)).unwrap(), 7);
    }

    #[test]
    fn large_files_get_more_time() {
        assert_eq!(time_limit(1000), MINIMUM);
        assert_eq!(time_limit(100 << 20), Duration::from_mins(1));
    }
}
