//! What can go wrong in the engine.

use super::compute::ComputeError;

/// What went wrong, in one sentence for the person.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Stopped by the person; not a failure. [`crate::engine::transfer::run`] turns it into an outcome.
    #[error("painting was stopped")]
    Stopped,
    /// The weights cannot be used.
    #[error(transparent)]
    Weights(#[from] super::network::WeightsError),
    /// The processor asked for is not there.
    #[error("{0}")]
    Device(String),
    /// The processor has too little memory for the picture, in bytes.
    #[error(
        "it {may} {free} MiB of memory{free_word}, and a picture of this size needs {needed}",
        may = if *.is_limit { "may take" } else { "has" },
        free_word = if *.is_limit { "" } else { " free" },
        free = .free >> 20,
        needed = .needed >> 20
    )]
    NoRoom {
        /// What is free, or what it may take.
        free: usize,
        /// Whether somebody said that it may not take more.
        is_limit: bool,
        /// What is needed at least.
        needed: usize,
    },
    /// A loss or the picture is no longer a number.
    #[error(
        "the picture ran out of range at iteration {iteration} of scale {scale}; try a lower strength or smoothness"
    )]
    NotFinite {
        /// Index of the scale.
        scale: usize,
        /// Iteration at that scale.
        iteration: u32,
    },
    /// A snapshot of another job, or of another version.
    #[error("the work that was saved does not fit the pictures and settings; start painting anew")]
    Unfit,
    /// The tensor library refused; out of memory, mostly.
    #[error("computing failed: {0}")]
    Tensor(#[from] ComputeError),
}

/// The engine's results.
pub type Result<T> = std::result::Result<T, EngineError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_librarys_error_is_one_line() {
        let error = EngineError::from(ComputeError::new("no memory\n   0: somewhere\n   1: else"));
        assert_eq!(error.to_string(), "computing failed: no memory");
    }
}
