//! What can go wrong in the engine.

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
    #[error("it has {free} MiB of memory free, and a picture of this size needs {needed}", free = .free >> 20, needed = .needed >> 20)]
    NoRoom {
        /// What is free.
        free: usize,
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
    Tensor(#[from] candle_core::Error),
}

/// The engine's results.
pub type Result<T> = std::result::Result<T, EngineError>;
