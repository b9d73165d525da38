//! Decoding at arm's length: whatever a decoder does with a hostile file, its caller goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::picture::error::Problem;

/// What every decoder may take.
const LEAST: Duration = Duration::from_secs(10);
/// What it may take more for each mebibyte of the file; on slow machines too, decoding takes a tenth of it.
const FOR_EACH_MEBIBYTE: Duration = Duration::from_millis(500);

/// How long a file of so many bytes may take to decode. By bytes, since they cannot lie about how many they are,
/// as a header can about its pixels.
pub(super) fn time_limit(bytes: usize) -> Duration {
    LEAST + FOR_EACH_MEBIBYTE * u32::try_from(bytes >> 20).unwrap_or(u32::MAX)
}

/// What `work` gives, done on a thread of its own: a panic there is a damaged file, and a thread that is not done
/// after `limit` is left to itself.
pub(super) fn guarded<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let (sender, receiver) = mpsc::channel();
    let decode = move || {
        let result = catch_unwind(AssertUnwindSafe(work));
        // Whoever asked may have given up.
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
    fn a_decoder_that_never_ends_is_left_alone() {
        let (gone, wait) = mpsc::channel::<()>();
        let result = guarded(Duration::from_millis(20), move || {
            let _ = wait.recv();
            Ok(1)
        });
        assert!(matches!(result, Err(Problem::TooSlow)), "{result:?}");
        drop(gone);
    }

    #[test]
    fn a_decoder_that_panics_has_met_a_damaged_file() {
        let result = guarded(Duration::from_mins(1), || -> Result<u8, Problem> { panic!("on purpose") });
        assert!(matches!(result, Err(Problem::Damaged(_))), "{result:?}");
        assert_eq!(guarded(Duration::from_mins(1), || Ok(7)).unwrap(), 7);
    }

    #[test]
    fn large_files_have_more_time() {
        assert_eq!(time_limit(1000), LEAST);
        assert_eq!(time_limit(100 << 20), Duration::from_mins(1));
    }
}
