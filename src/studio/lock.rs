//! Locks of what a run shares between threads.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// None of these locks is held while anything can panic, so a poisoned one still holds a whole value.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
