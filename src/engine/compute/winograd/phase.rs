//! The three phases of a block: tiles into Winograd's domain, the products there, and tiles back.

// They write interleaved parts of one buffer from several threads; each block says why it is sound.
#![allow(unsafe_code)]
// Whatever runs inside `dispatch` must be inlined there, or it is compiled without the vectors it is there for.
#![allow(clippy::inline_always)]
// So loops over lines are plain: closures within closures are not always inlined, which costs four fifths of
// the speed.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::block::{Block, Finish, Frame, Layout};
use super::tile::{Tile, Transforms};
use crate::engine::compute::product::Rows;

impl<const TILE: usize, const PATCH: usize> Block<'_, TILE, PATCH> {
    /// Row and column of a tile's first output, the row counted from the picture's first.
    #[inline(always)]
    fn corner(&self, tile: usize) -> (usize, usize) {
        let (tile, columns) = (self.tiles.start + tile, self.call.frame.width.div_ceil(TILE));
        (self.call.rows.start + tile / columns * TILE, tile % columns * TILE)
    }
}

/// B^T d B for one tile, all input channels.
pub(super) struct Transform<'a, const TILE: usize, const PATCH: usize> {
    pub(super) block: &'a Block<'a, TILE, PATCH>,
    pub(super) tile: usize,
}

impl<const TILE: usize, const PATCH: usize> WithSimd for Transform<'_, TILE, PATCH>
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.block.call.kernel.inputs();
        let Frame { width, input_start, .. } = self.block.call.frame;
        let rows = input_start..input_start + self.block.call.input.len() / (width * channels);
        let (top, left) = self.block.corner(self.tile);
        let zero = simd.splat_f32s(0.0);
        let whole = channels - channels % S::F32_LANES;
        // The patch begins one pixel up and left of the tile.
        let is_inside = top > rows.start && left > 0 && top + TILE < rows.end && left + TILE < width;
        if is_inside {
            let corner = ((top - 1 - rows.start) * width + left - 1) * channels;
            let patch = &self.block.call.input[corner..][..((PATCH - 1) * width + PATCH) * channels];
            for channel in (0..whole).step_by(S::F32_LANES) {
                self.lanes(simd, channel, |row, column| {
                    // SAFETY: the patch holds all channels of its pixels; numbers in a register's
                    // form need no more alignment than plain ones.
                    unsafe { patch.as_ptr().add((row * width + column) * channels + channel).cast::<S::f32s>().read() }
                });
            }
        }
        let pixel = |row: usize, column: usize| {
            let (y, x) = (top + row, left + column);
            // The last row of tiles may reach further than the rows that are there; nobody uses what it sees.
            let inside = (rows.start + 1..=rows.end).contains(&y) && (1..=width).contains(&x);
            inside.then(|| &self.block.call.input[((y - 1 - rows.start) * width + x - 1) * channels..][..channels])
        };
        for channel in (if is_inside { whole } else { 0 }..channels).step_by(S::F32_LANES) {
            self.lanes(simd, channel, |row, column| {
                let end = (channel + S::F32_LANES).min(channels);
                pixel(row, column).map_or(zero, |pixel| load(simd, &pixel[channel..end]))
            });
        }
    }
}

impl<const TILE: usize, const PATCH: usize> Transform<'_, TILE, PATCH>
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    /// A register's worth of channels; `fetch` gives those of a pixel of the patch.
    #[inline(always)]
    fn lanes<S: Simd>(&self, simd: S, channel: usize, fetch: impl Fn(usize, usize) -> S::f32s) {
        let mut half = [[simd.splat_f32s(0.0); PATCH]; PATCH];
        for column in 0..PATCH {
            let patch = std::array::from_fn(|row| fetch(row, column));
            for (row, lanes) in Tile::inputs(simd, patch).into_iter().enumerate() {
                half[row][column] = lanes;
            }
        }
        let Layout { stride, point: distance } = self.block.inner;
        for (row, line) in half.into_iter().enumerate() {
            for (column, lanes) in Tile::inputs(simd, line).into_iter().enumerate() {
                let at = (row * PATCH + column) * distance + self.tile * stride + channel;
                // SAFETY: each tile and channel is written by one call only. A row has room for
                // whole registers: its gap is as wide as the widest.
                let out = unsafe { self.block.transformed.part(at, S::F32_LANES) };
                S::as_mut_simd_f32s(out).0[0] = lanes;
            }
        }
    }
}

/// All tiles of a block times the kernel's matrix at one point.
pub(super) struct Multiply<'a, const TILE: usize, const PATCH: usize> {
    pub(super) block: &'a Block<'a, TILE, PATCH>,
    pub(super) point: usize,
}

impl<const TILE: usize, const PATCH: usize> WithSimd for Multiply<'_, TILE, PATCH> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Block { call, tiles, transformed, inner, products, outer } = self.block;
        // SAFETY: each point has its own part of both buffers; nobody else touches them during this phase.
        unsafe {
            let left = Rows { start: transformed.start.add(self.point * inner.point), stride: inner.stride };
            let product = Rows { start: products.start.add(self.point * outer.point), stride: outer.stride };
            call.kernel.points.multiply(simd, self.point, left, product, tiles.len());
        }
    }
}

/// A^T m A for one tile, all output channels, finished, into the picture.
pub(super) struct Complete<'a, const TILE: usize, const PATCH: usize> {
    pub(super) block: &'a Block<'a, TILE, PATCH>,
    pub(super) tile: usize,
}

impl<const TILE: usize, const PATCH: usize> WithSimd for Complete<'_, TILE, PATCH>
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let zero = simd.splat_f32s(0.0);
        match self.block.call.finish {
            Finish::BiasRelu(bias) => self.channels(simd, |lanes, _, channels| {
                simd.max_f32s(simd.add_f32s(lanes, load(simd, &bias[channels])), zero)
            }),
            Finish::Masked => self.channels(simd, |lanes, old, _| {
                simd.select_f32s(simd.greater_than_f32s(load(simd, old), zero), lanes, zero)
            }),
            Finish::Plain => self.channels(simd, |lanes, _, _| lanes),
        }
    }
}

impl<const TILE: usize, const PATCH: usize> Complete<'_, TILE, PATCH>
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    /// All channels. `finish` is given sums, what the output held, and which channels these are.
    #[inline(always)]
    fn channels<S: Simd>(&self, simd: S, finish: impl Fn(S::f32s, &[f32], Range<usize>) -> S::f32s) {
        let outputs = self.block.call.kernel.outputs();
        for channel in (0..outputs).step_by(S::F32_LANES) {
            self.lanes(simd, channel..(channel + S::F32_LANES).min(outputs), &finish);
        }
    }

    /// A register's worth of channels, or fewer where no more are left.
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        simd: S,
        channels: Range<usize>,
        finish: &impl Fn(S::f32s, &[f32], Range<usize>) -> S::f32s,
    ) {
        let Layout { stride, point: distance } = self.block.outer;
        let mut half = [[simd.splat_f32s(0.0); PATCH]; TILE];
        for column in 0..PATCH {
            let line = std::array::from_fn(|row| {
                let at = (row * PATCH + column) * distance + self.tile * stride + channels.start;
                // SAFETY: nobody writes the products during this phase; rows hold whole registers.
                S::as_simd_f32s(unsafe { self.block.products.part(at, S::F32_LANES) }).0[0]
            });
            for (row, lanes) in Tile::outputs(simd, line).into_iter().enumerate() {
                half[row][column] = lanes;
            }
        }
        let width = self.block.call.frame.width;
        let outputs = self.block.call.kernel.outputs();
        let (top, left) = self.block.corner(self.tile);
        for (row, line) in (top..self.block.call.rows.end).zip(half) {
            let at = ((row - self.block.call.rows.start) * width + left) * outputs + channels.start;
            for (column, lanes) in Tile::outputs(simd, line).into_iter().enumerate().take(width - left) {
                // SAFETY: tiles do not overlap, so each pixel and channel belongs to one call; rows
                // and columns beyond the picture are left out above.
                let out = unsafe { self.block.call.output.part(at + column * outputs, channels.len()) };
                let lanes = finish(lanes, out, channels.clone());
                match S::as_mut_simd_f32s(out) {
                    ([out, ..], _) => *out = lanes,
                    ([], out) => simd.partial_store_f32s(out, lanes),
                }
            }
        }
    }
}

/// Up to a register's worth of numbers.
#[inline(always)]
fn load<S: Simd>(simd: S, numbers: &[f32]) -> S::f32s {
    match S::as_simd_f32s(numbers) {
        ([lanes, ..], _) => *lanes,
        ([], numbers) => simd.partial_load_f32s(numbers),
    }
}
