//! The three phases of a block: input transform, products, output transform.

// Several threads write interleaved parts of one buffer; each `unsafe` block says why that is sound.
#![allow(unsafe_code)]
// Code that runs inside `dispatch` must be inlined there, or it is compiled without vector instructions.
#![allow(clippy::inline_always)]
// For the same reason loops over lines are plain: closures within closures are not always inlined, which costs four
// fifths of the speed.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::block::{Block, FeatureFrame, Scratch};
use super::tile::{Tile, Transforms};
use crate::engine::compute::backend::Epilogue;
use crate::engine::compute::cpu::product::Rows;

impl<const TILE: usize, const PATCH: usize> Block<'_, TILE, PATCH> {
    /// Row and column of a tile's first output in the picture.
    #[inline(always)]
    fn corner(&self, tile: usize) -> (usize, usize) {
        let (tile, columns) = (self.tiles.start + tile, self.call.frame.width.div_ceil(TILE));
        (self.call.rows.start + tile / columns * TILE, tile % columns * TILE)
    }
}

/// `B^T d B` of one tile, all input channels.
pub(super) struct InputTransform<'a, const TILE: usize, const PATCH: usize> {
    pub(super) block: &'a Block<'a, TILE, PATCH>,
    pub(super) tile: usize,
}

impl<const TILE: usize, const PATCH: usize> WithSimd for InputTransform<'_, TILE, PATCH>
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.block.call.kernel.inputs();
        let FeatureFrame { height, width, input_start, surroundings, .. } = self.block.call.frame;
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
                    // SAFETY: `row` and `column` are below PATCH, and `channel` is at most the channels less a
                    // register's lanes, so what is read lies within the patch. A register's type needs no more
                    // alignment than f32 here: pulp's vectors are arrays of f32.
                    unsafe { patch.as_ptr().add((row * width + column) * channels + channel).cast::<S::f32s>().read() }
                });
            }
        }
        let pixel = |row: usize, column: usize| {
            let (y, x) = (top + row, left + column);
            // The last row of tiles may reach beyond the rows that are there; outputs computed from them are not
            // stored.
            let y = surroundings.source(y, height).filter(|y| rows.contains(y))?;
            let x = surroundings.source(x, width)?;
            Some(&self.block.call.input[((y - rows.start) * width + x) * channels..][..channels])
        };
        for channel in (if is_inside { whole } else { 0 }..channels).step_by(S::F32_LANES) {
            self.lanes(simd, channel, |row, column| {
                let end = (channel + S::F32_LANES).min(channels);
                pixel(row, column).map_or(zero, |pixel| load(simd, &pixel[channel..end]))
            });
        }
    }
}

impl<const TILE: usize, const PATCH: usize> InputTransform<'_, TILE, PATCH>
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    /// One register of channels, from `channel` on; `fetch` reads them at a row and column of the patch.
    #[inline(always)]
    fn lanes<S: Simd>(&self, simd: S, channel: usize, fetch: impl Fn(usize, usize) -> S::f32s) {
        let mut half = [[simd.splat_f32s(0.0); PATCH]; PATCH];
        for column in 0..PATCH {
            let patch = std::array::from_fn(|row| fetch(row, column));
            for (row, lanes) in Tile::inputs(simd, patch).into_iter().enumerate() {
                half[row][column] = lanes;
            }
        }
        let Scratch { stride, point: distance } = self.block.inner;
        for (row, line) in half.into_iter().enumerate() {
            for (column, lanes) in Tile::inputs(simd, line).into_iter().enumerate() {
                let at = (row * PATCH + column) * distance + self.tile * stride + channel;
                // SAFETY: each tile and channel is written by one call only. A row has room for whole registers,
                // because the gap behind its channels is as wide as the widest register.
                let out = unsafe { self.block.transformed.part(at, S::F32_LANES) };
                S::as_mut_simd_f32s(out).0[0] = lanes;
            }
        }
    }
}

/// The product of all tiles of a block and the kernel's matrix at one point.
pub(super) struct Multiply<'a, const TILE: usize, const PATCH: usize> {
    pub(super) block: &'a Block<'a, TILE, PATCH>,
    pub(super) point: usize,
}

impl<const TILE: usize, const PATCH: usize> WithSimd for Multiply<'_, TILE, PATCH> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Block { call, tiles, transformed, inner, products, outer } = self.block;
        // SAFETY: each point has its own part of both buffers, of `tiles.len()` rows with the given strides, and this
        // phase computes each point in one call.
        unsafe {
            let left = Rows { start: transformed.start.add(self.point * inner.point), stride: inner.stride };
            let product = Rows { start: products.start.add(self.point * outer.point), stride: outer.stride };
            call.kernel.points.multiply(simd, self.point, left, product, tiles.len(), false);
        }
    }
}

/// `A^T m A` of one tile, all output channels, and the epilogue; writes the picture.
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
        match self.block.call.epilogue {
            Epilogue::Bias(bias) => self.channels(simd, |lanes, _, channels| {
                let bias = load(simd, &bias[channels]);
                simd.add_f32s(lanes, bias)
            }),
            Epilogue::BiasRelu(bias) => self.channels(simd, |lanes, _, channels| {
                simd.max_f32s(simd.add_f32s(lanes, load(simd, &bias[channels])), zero)
            }),
            Epilogue::ReluMask => self.channels(simd, |lanes, old, _| {
                simd.select_f32s(simd.greater_than_f32s(load(simd, old), zero), lanes, zero)
            }),
            Epilogue::Identity => self.channels(simd, |lanes, _, _| lanes),
        }
    }
}

impl<const TILE: usize, const PATCH: usize> Complete<'_, TILE, PATCH>
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    /// All channels. `epilogue` is given the sums, the output's old numbers, and which channels these are.
    #[inline(always)]
    fn channels<S: Simd>(&self, simd: S, epilogue: impl Fn(S::f32s, &[f32], Range<usize>) -> S::f32s) {
        let outputs = self.block.call.kernel.outputs();
        for channel in (0..outputs).step_by(S::F32_LANES) {
            self.lanes(simd, channel..(channel + S::F32_LANES).min(outputs), &epilogue);
        }
    }

    /// One register of channels, or fewer at the end.
    #[inline(always)]
    fn lanes<S: Simd>(
        &self,
        simd: S,
        channels: Range<usize>,
        epilogue: &impl Fn(S::f32s, &[f32], Range<usize>) -> S::f32s,
    ) {
        let Scratch { stride, point: distance } = self.block.outer;
        let mut half = [[simd.splat_f32s(0.0); PATCH]; TILE];
        for column in 0..PATCH {
            let line = std::array::from_fn(|row| {
                let at = (row * PATCH + column) * distance + self.tile * stride + channels.start;
                // SAFETY: the products are only read during this phase; rows hold whole registers.
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
                // SAFETY: tiles do not overlap, so each pixel and channel belongs to one call. Rows and columns beyond
                // the output are left out above.
                let out = unsafe { self.block.call.output.part(at + column * outputs, channels.len()) };
                let lanes = epilogue(lanes, out, channels.clone());
                match S::as_mut_simd_f32s(out) {
                    ([out, ..], _) => *out = lanes,
                    ([], out) => simd.partial_store_f32s(out, lanes),
                }
            }
        }
    }
}

/// Loads up to one register of numbers.
#[inline(always)]
fn load<S: Simd>(simd: S, numbers: &[f32]) -> S::f32s {
    match S::as_simd_f32s(numbers) {
        ([lanes, ..], _) => *lanes,
        ([], numbers) => simd.partial_load_f32s(numbers),
    }
}
