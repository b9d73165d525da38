//! Errors of the engine.

use super::compute::ComputeError;

/// An error of the engine, with a message of one sentence for the user.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Stopped by the user; not a failure. [`crate::engine::transfer::run`] turns it into an outcome.
    #[error("painting was stopped")]
    Stopped,
    /// The weights file cannot be used.
    #[error(transparent)]
    Weights(#[from] super::network::WeightsError),
    /// The requested processor is not available.
    #[error("{0}")]
    Device(String),
    /// The processor has too little memory for the picture.
    #[error(
        "it {may} {free} MiB of memory{free_word}, and a picture of this size needs {needed}",
        may = if *.is_limit { "may take" } else { "has" },
        free_word = if *.is_limit { "" } else { " free" },
        free = .free >> 20,
        needed = .needed >> 20
    )]
    NoRoom {
        /// Bytes that are free, or that it may use.
        free: usize,
        /// Whether `free` is a limit set by the user.
        is_limit: bool,
        /// The least bytes that are needed.
        needed: usize,
    },
    /// A loss or the picture is no longer finite.
    #[error(
        "the picture ran out of range at iteration {iteration} of scale {scale}; try a lower strength or smoothness"
    )]
    NotFinite {
        /// Index of the scale.
        scale: usize,
        /// Iteration at that scale.
        iteration: u32,
    },
    /// The snapshot belongs to another job or another version.
    #[error("the saved work does not match the pictures and settings; start painting from the beginning")]
    Unfit,
    /// The tensor library reported an error, mostly out of memory.
    #[error("computing failed: {0}")]
    Tensor(#[from] ComputeError),
}

/// The engine's results.
pub type Result<T> = std::result::Result<T, EngineError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_error_is_cut_to_one_line() {
        let error = EngineError::from(ComputeError::new("no memory\n   0: somewhere\n   1: else"));
        assert_eq!(error.to_string(), "computing failed: no memory");
    }
}
