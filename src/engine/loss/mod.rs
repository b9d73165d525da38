//! The losses, each with its own gradient: likeness to the photo ([`content`] and
//! [`self_similarity`]), likeness to the paintings ([`style`]),
//! smoothness ([`smoothness`]), and, in a clip, likeness to the frames before ([`temporal`]).

pub mod content;
pub mod feature_samples;
pub mod moments;
pub mod neighbours;
pub(super) mod root;
pub mod self_similarity;
pub mod smoothness;
pub mod style;
pub mod temporal;
pub(super) mod transport;

pub use style::StyleLoss;
