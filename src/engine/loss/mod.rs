//! What makes a picture good, each with its own gradient: like the photo ([`content`]), like the
//! paintings ([`style`]), and calm ([`smoothness`]).

pub mod content;
pub mod moments;
pub mod root;
pub mod smoothness;
pub mod style;
pub mod transport;

pub use style::StyleLoss;
