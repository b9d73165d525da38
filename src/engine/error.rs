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
    #[error("{}", not_enough_memory(*.free, *.is_limit, *.needed))]
    NotEnoughMemory {
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
    /// A gradient in training was no longer finite.
    #[error("training ran out of range at step {0}; what was saved before is kept")]
    TrainingNotFinite(u64),
    /// The snapshot belongs to another job or another version.
    #[error("the saved work does not match the pictures and settings; start painting from the beginning")]
    SnapshotMismatch,
    /// The tensor library reported an error, mostly out of memory.
    #[error("computing failed: {0}")]
    Tensor(#[from] ComputeError),
}

fn not_enough_memory(free: usize, is_limit: bool, needed: usize) -> String {
    let (free, needed) = (free >> 20, needed >> 20);
    if is_limit {
        format!("it may take {free} MiB of memory, and a picture of this size needs {needed}")
    } else {
        format!("it has {free} MiB of memory free, and a picture of this size needs {needed}")
    }
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
