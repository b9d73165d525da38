//! The frozen network: features of an image, and the gradient of anything made of them with respect to
//! the image. The backward pass is written by hand; nothing here uses candle's autograd.

mod architecture;
mod geometry;
mod pass;
mod plan;
mod vgg;
mod weights;

pub use architecture::{Architecture, Tap};
#[cfg(test)]
pub(super) use pass::count;
pub use pass::{Features, Pass};
pub use vgg::Network;
pub use weights::{WeightsError, built_in_checksum};
