//! The frozen network: the features of an image, and the gradient with respect to the image of any function of those
//! features. The backward pass is written by hand; nothing here uses candle's autograd.

mod architecture;
mod geometry;
mod pass;
mod plan;
mod vgg;
mod weights;

pub use architecture::{Architecture, Tap};
pub(super) use pass::PassBuffers;
#[cfg(test)]
pub(super) use pass::count;
pub use pass::{Features, Pass};
pub use vgg::Network;
pub use weights::{WeightsError, built_in_checksum};
pub(super) use weights::{checksum, read_tensor};
