//! What a style map is made of.

use std::path::PathBuf;

/// What a style map is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapOrder {
    /// The files of the paintings, in order.
    pub paintings: Vec<PathBuf>,
    /// Seed of the training.
    pub seed: u64,
    /// How many threads to use; all by default.
    pub threads: Option<usize>,
}
