//! What a convolution is asked for, and some of its tiles that are worked on together.

use std::ops::Range;

use super::kernel::Kernel;
use super::shared::Shared;

/// Numbers between the rows of a block's scratch that nobody uses. Without them, rows would lie a power of
/// two apart and compete for the same few places of the cache.
const GAP: usize = 16;

/// What becomes of the plain sums.
#[derive(Clone, Copy)]
pub(in super::super) enum Finish<'a> {
    /// Bias, then ReLU.
    BiasRelu(&'a [f32]),
    /// They replace those outputs that are above zero; the others become zero. This is the gradient of a
    /// ReLU with that output.
    Masked,
    /// Nothing.
    Plain,
}

/// Rows of a picture, with zeros above its first and below its last, from `start` on in memory.
#[derive(Clone, Copy)]
pub(in super::super) struct Frame {
    /// Rows of the whole picture.
    pub(in super::super) height: usize,
    /// Pixels in a row.
    pub(in super::super) width: usize,
    /// The row that the input begins with.
    pub(in super::super) input_start: usize,
    /// The row that the output begins with.
    pub(in super::super) output_start: usize,
}

/// One call of [`super::convolve`].
pub(super) struct Call<'a> {
    pub(super) input: &'a [f32],
    pub(super) output: Shared<'a>,
    /// The output's rows.
    pub(super) rows: Range<usize>,
    pub(super) frame: Frame,
    pub(super) kernel: &'a Kernel,
    pub(super) finish: Finish<'a>,
}

/// A block's scratch: matrices of tiles x channels.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// Numbers from one tile's to the next's.
    pub(super) stride: usize,
    /// Numbers from one point's matrix to the next's.
    pub(super) point: usize,
}

impl Layout {
    pub(super) fn new(tiles: usize, channels: usize) -> Self {
        let stride = channels.next_multiple_of(GAP) + GAP;
        Self { stride, point: tiles * stride + GAP }
    }

    /// Numbers in so many matrices.
    pub(super) fn size(self, points: usize) -> usize {
        points * self.point
    }
}

/// Some tiles that are worked on together, and where their scratch lies.
pub(super) struct Block<'a, const TILE: usize, const PATCH: usize> {
    pub(super) call: &'a Call<'a>,
    pub(super) tiles: Range<usize>,
    /// The inputs in Winograd's domain.
    pub(super) transformed: Shared<'a>,
    pub(super) inner: Layout,
    /// The outputs there.
    pub(super) products: Shared<'a>,
    pub(super) outer: Layout,
}
