//! A graphics card as its driver lists it.

/// A card that can be used.
pub(super) struct Card {
    /// The number that its driver gives it.
    pub(super) number: usize,
    /// Its maker's name for it.
    pub(super) name: String,
    /// Bytes of its memory.
    pub(super) memory: usize,
}

/// Those that can be used, the fastest first; and of the others, or where there are none, why.
pub(super) type Listed = (Vec<Card>, Vec<String>);
