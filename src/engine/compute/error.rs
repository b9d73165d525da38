//! Why a backend could not compute something.

use std::fmt::Display;

/// A backend's error as one line of text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ComputeError(String);

impl ComputeError {
    /// An error with this reason. Libraries append backtraces to theirs, so only the first line is kept.
    pub fn new(reason: impl Display) -> Self {
        Self(reason.to_string().lines().next().unwrap_or_default().trim_end().to_owned())
    }
}

/// The result of an operation on a backend.
pub type ComputeResult<T> = Result<T, ComputeError>;
