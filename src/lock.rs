//! Locking of the state that threads share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, even a poisoned one: the guarded values are always consistent, so a panic in another thread does not
/// matter.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Holds only the latest value. Putting a value never waits for a reader to take the one before.
#[derive(Debug)]
pub(crate) struct Slot<T>(Mutex<Option<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Slot<T> {
    pub(crate) fn put(&self, value: T) {
        *lock(&self.0) = Some(value);
    }

    pub(crate) fn take(&self) -> Option<T> {
        lock(&self.0).take()
    }

    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.0).is_none()
    }

    /// A copy of the value, which stays.
    pub(crate) fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        lock(&self.0).clone()
    }
}
