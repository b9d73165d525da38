//! Locking of the state that threads share.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex, even a poisoned one: the guarded values are always consistent, so a panic in another thread does not
/// matter.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The latest value only: whoever puts one never waits for whoever takes it.
#[derive(Debug)]
pub(super) struct Slot<T>(Mutex<Option<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Slot<T> {
    pub(super) fn put(&self, value: T) {
        *lock(&self.0) = Some(value);
    }

    pub(super) fn take(&self) -> Option<T> {
        lock(&self.0).take()
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_none()
    }

    /// A copy of the value, which stays.
    pub(super) fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        lock(&self.0).clone()
    }
}
