//! What is told while a style map is made.

use std::path::PathBuf;

/// What is told while a style map is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapEvent {
    /// A painting was looked at.
    Described {
        /// Its number, from 1.
        number: usize,
        /// Paintings in all.
        of: usize,
    },
    /// A painting was left out, for this reason in one sentence.
    LeftOut(String),
    /// The plane is being learned.
    Learning {
        /// Steps done.
        step: usize,
        /// Steps in all.
        of: usize,
    },
    /// A sentence for people.
    Remark(String),
}

/// What the worker tells its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapNews {
    /// Something was told while it works.
    Told(MapEvent),
    /// The map is written. The last news.
    Made {
        /// Its file.
        path: PathBuf,
        /// How many paintings are on it.
        paintings: usize,
    },
    /// It was stopped, and nothing was written. The last news.
    Stopped,
    /// It failed, with this sentence. The last news.
    Failed(String),
}
