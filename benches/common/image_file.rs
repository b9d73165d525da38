//! Picture files as images.

use std::path::Path;

use impasto::engine::compute::Tensor;
use impasto::picture::decode::open;

use crate::judge::image_of;

/// A picture file as an image, with a long side of at most this.
pub(crate) fn image(path: &Path, side: usize) -> Tensor {
    image_of(&open(path).expect("a picture"), side)
}
