//! What makes a picture good, each with its own gradient: like the photo ([`content`]), like the
//! paintings ([`style`]), and calm ([`smoothness`]).

pub mod content;
pub mod moments;
pub mod neighbours;
pub(super) mod root;
pub mod smoothness;
pub mod style;
pub(super) mod transport;

pub use style::StyleLoss;
