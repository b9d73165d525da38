//! The arguments of a convolution, and blocks of its tiles.

use std::ops::Range;

use super::kernel::WinogradKernel;
use super::shared::SharedSlice;
use crate::engine::compute::backend::Epilogue;

/// Unused numbers between the rows of a block's scratch. Without them rows would lie a power of two apart and compete
/// for the same few lines of the cache.
const GAP: usize = 16;

/// Where the input and the output of a convolution lie in the picture. Pooled rows count as rows of the pooled picture.
#[derive(Clone, Copy)]
pub(in super::super) struct FeatureFrame {
    /// Rows of the whole picture, before pooling.
    pub(in super::super) height: usize,
    /// Pixels in a row, before pooling.
    pub(in super::super) width: usize,
    /// The picture's row that the input begins with.
    pub(in super::super) input_start: usize,
    /// The picture's row that the output begins with.
    pub(in super::super) output_start: usize,
    /// What lies around the picture.
    pub(in super::super) surroundings: Surroundings,
}

/// What a convolution reads one pixel beyond the picture's edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Surroundings {
    /// Zeros.
    Zeros,
    /// The picture mirrored at its outermost pixels, which are not repeated.
    Reflection,
}

impl Surroundings {
    /// The row (or column) of a picture of `length` that is read one before `after`; `None` is a zero.
    #[inline]
    pub(super) fn source(self, after: usize, length: usize) -> Option<usize> {
        match self {
            _ if (1..=length).contains(&after) => Some(after - 1),
            Self::Zeros => None,
            Self::Reflection if after == 0 => Some(1.min(length - 1)),
            Self::Reflection => (after == length + 1).then(|| length.saturating_sub(2)),
        }
    }
}

/// What a convolution reads.
#[derive(Clone, Copy)]
pub(in super::super) enum Source<'a> {
    /// Features: rows x width x channels.
    Features(&'a [f32]),
    /// The gradient of pooled features ([`super::pooled`]), which is read as that before pooling.
    Pooled(&'a [f32]),
}

/// What a convolution does with its sums.
#[derive(Clone, Copy)]
pub(in super::super) enum Sink<'a> {
    /// Stores them.
    Store(Epilogue<&'a [f32]>),
    /// Adds the bias, applies ReLU and 2x2 max pooling, and stores the pooled values ([`super::pooled`]).
    Pool(&'a [f32]),
}

/// One call of [`super::convolve`].
pub(super) struct Call<'a> {
    pub(super) input: Source<'a>,
    pub(super) output: SharedSlice<'a>,
    /// The picture's rows that are computed.
    pub(super) rows: Range<usize>,
    pub(super) frame: FeatureFrame,
    pub(super) kernel: &'a WinogradKernel,
    pub(super) sink: Sink<'a>,
}

/// How a block's scratch is divided: into a matrix of tiles x channels for each point.
#[derive(Clone, Copy)]
pub(super) struct Scratch {
    /// Row stride: from one tile to the next.
    pub(super) stride: usize,
    /// From one point's matrix to the next.
    pub(super) point: usize,
}

impl Scratch {
    pub(super) fn new(tiles: usize, channels: usize) -> Self {
        let stride = channels.next_multiple_of(GAP) + GAP;
        Self { stride, point: tiles * stride + GAP }
    }

    /// Numbers in the matrices of all points.
    pub(super) fn size(self, points: usize) -> usize {
        points * self.point
    }
}

/// Tiles that are computed together, and their scratch.
pub(super) struct Block<'a, const TILE: usize, const PATCH: usize> {
    pub(super) call: &'a Call<'a>,
    pub(super) tiles: Range<usize>,
    /// The transformed inputs.
    pub(super) transformed: SharedSlice<'a>,
    pub(super) inner: Scratch,
    /// Their products with the kernel: the outputs before they are transformed back.
    pub(super) products: SharedSlice<'a>,
    pub(super) outer: Scratch,
}
