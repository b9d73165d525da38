//! What is told while a style map is made.

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
