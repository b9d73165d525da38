//! Locks of what a run shares between threads.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What these locks guard is whole at any time, so it can be used although a thread panicked while it held one.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
