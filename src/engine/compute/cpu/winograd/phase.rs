//! The three phases of a block: input transform, products, output transform.

// Several threads write interleaved parts of one buffer; each `unsafe` block says why that is sound.
#![allow(unsafe_code)]
// Code that runs inside `dispatch` must be inlined there, or it is compiled without vector instructions.
#![allow(clippy::inline_always)]
// For the same reason loops over lines are plain: closures within closures are not always inlined, which costs four
// fifths of the speed.
#![allow(clippy::needless_range_loop)]

use std::mem::MaybeUninit;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::block::{Block, Call, FeatureFrame, Scratch, Sink, Source};
use super::pooled::{at_place, code, gradient_with_place_of, or_zero, with_code};
use super::tile::{Tile, Transforms};
use crate::engine::compute::backend::Epilogue;
use crate::engine::compute::cpu::product::Rows;
use crate::engine::compute::rows::pooled;

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
        match self.block.call.input {
            Source::Features(numbers) => self.features(simd, numbers),
            Source::Pooled(numbers) => self.pooled(simd, numbers),
        }
    }
}

impl<const TILE: usize, const PATCH: usize> InputTransform<'_, TILE, PATCH>
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    #[inline(always)]
    fn features<S: Simd>(&self, simd: S, input: &[f32]) {
        let channels = self.block.call.kernel.inputs();
        let FeatureFrame { height, width, input_start, surroundings, .. } = self.block.call.frame;
        let rows = input_start..input_start + input.len() / (width * channels);
        let (top, left) = self.block.corner(self.tile);
        let whole = channels - channels % S::F32_LANES;
        // The patch begins one pixel up and left of the tile.
        let is_inside = top > rows.start && left > 0 && top + TILE < rows.end && left + TILE < width;
        if is_inside {
            let corner = ((top - 1 - rows.start) * width + left - 1) * channels;
            let patch = &input[corner..][..((PATCH - 1) * width + PATCH) * channels];
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
            Some(&input[((y - rows.start) * width + x) * channels..][..channels])
        };
        for channel in (if is_inside { whole } else { 0 }..channels).step_by(S::F32_LANES) {
            self.lanes(simd, channel, |row, column| {
                let end = (channel + S::F32_LANES).min(channels);
                pixel(row, column).map_or(simd.splat_f32s(0.0), |pixel| load(simd, &pixel[channel..end]))
            });
        }
    }

    /// The same of the gradient before pooling.
    #[inline(always)]
    fn pooled<S: Simd>(&self, simd: S, gradient: &[f32]) {
        let channels = self.block.call.kernel.inputs();
        let FeatureFrame { height, width, input_start, surroundings, .. } = self.block.call.frame;
        let columns = pooled(width);
        let rows = input_start..input_start + gradient.len() / (columns * channels);
        let (top, left) = self.block.corner(self.tile);
        let whole = channels - channels % S::F32_LANES;
        let is_inside = top > 2 * rows.start && left > 0 && top + TILE < 2 * rows.end && left + TILE < 2 * columns;
        if is_inside {
            // Tiles begin at even columns, but not always at even rows.
            let (before, corner) = (top - 1, left / 2 - 1);
            let first = before / 2;
            let windows = &gradient[((first - rows.start) * columns + corner) * channels..];
            let below: [usize; PATCH] = std::array::from_fn(|row| ((before % 2 + row) >> 1) * columns);
            let reach = below[PATCH - 1] + PATCH / 2 + 1;
            let windows = &windows[..reach * channels];
            for channel in (0..whole).step_by(S::F32_LANES) {
                self.lanes(simd, channel, |row, column| {
                    let at = (below[row] + column.div_ceil(2)) * channels + channel;
                    // SAFETY: `column.div_ceil(2)` is at most half of PATCH, and `channel` at most the channels less a
                    // register's lanes, so what is read lies within `windows`. For the alignment see `features`.
                    let lanes = unsafe { windows.as_ptr().add(at).cast::<S::f32s>().read() };
                    at_place(simd, lanes, code(top + 1 + row, column + 1))
                });
            }
        }
        let pixel = |row: usize, column: usize| {
            let y = surroundings.source(top + row, height).filter(|y| rows.contains(&(y / 2)))?;
            let x = surroundings.source(left + column, width).filter(|x| x / 2 < columns)?;
            Some((&gradient[((y / 2 - rows.start) * columns + x / 2) * channels..][..channels], code(y, x)))
        };
        for channel in (if is_inside { whole } else { 0 }..channels).step_by(S::F32_LANES) {
            self.lanes(simd, channel, |row, column| {
                let end = (channel + S::F32_LANES).min(channels);
                pixel(row, column).map_or(simd.splat_f32s(0.0), |(pixel, code)| {
                    at_place(simd, load(simd, &pixel[channel..end]), code)
                })
            });
        }
    }

    /// One register of channels, from `channel` on; `fetch` reads them at a row and column of the patch.
    #[inline(always)]
    fn lanes<S: Simd>(&self, simd: S, channel: usize, fetch: impl Fn(usize, usize) -> S::f32s) {
        let mut half: [[MaybeUninit<S::f32s>; PATCH]; PATCH] = [[MaybeUninit::uninit(); PATCH]; PATCH];
        for column in 0..PATCH {
            let patch = std::array::from_fn(|row| fetch(row, column));
            for (row, lanes) in Tile::inputs(simd, patch).into_iter().enumerate() {
                half[row][column].write(lanes);
            }
        }
        let Scratch { stride, point: distance } = self.block.inner;
        for row in 0..PATCH {
            // SAFETY: the loops above write every row of every column.
            let line = std::array::from_fn(|column| unsafe { half[row][column].assume_init() });
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
        let epilogue = match self.block.call.sink {
            Sink::Store(epilogue) => epilogue,
            Sink::Pool(bias) => return self.pool(simd, bias),
        };
        match epilogue {
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
            Epilogue::PooledMask => {
                self.channels(simd, |lanes, old, _| gradient_with_place_of(simd, lanes, load(simd, old)));
            }
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
        let half = self.half(simd, channels.start);
        let width = self.block.call.frame.width;
        let outputs = self.block.call.kernel.outputs();
        let (top, left) = self.block.corner(self.tile);
        for row in 0..TILE.min(self.block.call.rows.end - top) {
            let at = ((top + row - self.block.call.rows.start) * width + left) * outputs + channels.start;
            // SAFETY: the row is below TILE.
            let line = unsafe { half.line(simd, row) };
            for (column, lanes) in line.into_iter().enumerate().take(width - left) {
                // SAFETY: tiles do not overlap, so each pixel and channel belongs to one call. Rows and columns beyond
                // the output are left out above.
                let out = unsafe { self.block.call.output.part(at + column * outputs, channels.len()) };
                let lanes = epilogue(lanes, out, channels.clone());
                store(simd, out, lanes);
            }
        }
    }

    /// All channels, with bias and ReLU, pooled.
    #[inline(always)]
    fn pool<S: Simd>(&self, simd: S, bias: &[f32]) {
        let Call { frame: FeatureFrame { width, .. }, ref rows, kernel, ref output, .. } = *self.block.call;
        let (outputs, zero) = (kernel.outputs(), simd.splat_f32s(0.0));
        let (top, left) = self.block.corner(self.tile);
        // Windows of one row or column are those of a picture that has no more.
        let (height, columns) = (TILE.min(rows.end - top), pooled(width));
        for channel in (0..outputs).step_by(S::F32_LANES) {
            let channels = channel..(channel + S::F32_LANES).min(outputs);
            let bias = load(simd, &bias[channels.clone()]);
            let half = self.half(simd, channel);
            for row in (0..height).step_by(2) {
                // SAFETY: both rows are below TILE, which is even.
                let lines = unsafe { [half.line(simd, row), half.line(simd, (row + 1).min(height - 1))] };
                let at = (((top - rows.start) / 2 + row / 2) * columns + left / 2) * outputs + channel;
                for window in 0..(TILE / 2).min(columns - left / 2) {
                    let mut most = zero;
                    for (row, line) in lines.iter().enumerate() {
                        for column in 2 * window..(2 * window + 2).min(width - left) {
                            let lanes = simd.max_f32s(simd.add_f32s(line[column], bias), zero);
                            most = simd.max_f32s(most, with_code(simd, lanes, code(row, column)));
                        }
                    }
                    // SAFETY: tiles have an even number of rows and columns, so each window and channel belongs to one
                    // call. Rows and columns that belong to no window are left out above.
                    let out = unsafe { output.part(at + window * outputs, channels.len()) };
                    store(simd, out, or_zero(simd, most));
                }
            }
        }
    }

    /// One register of channels, transformed along one axis.
    #[inline(always)]
    fn half<S: Simd>(&self, simd: S, channel: usize) -> Half<S::f32s, TILE, PATCH> {
        let Scratch { stride, point: distance } = self.block.outer;
        let mut half = Half([[MaybeUninit::uninit(); PATCH]; TILE]);
        for column in 0..PATCH {
            let line = std::array::from_fn(|row| {
                let at = (row * PATCH + column) * distance + self.tile * stride + channel;
                // SAFETY: the products are only read during this phase; rows hold whole registers.
                S::as_simd_f32s(unsafe { self.block.products.part(at, S::F32_LANES) }).0[0]
            });
            for (row, lanes) in Tile::outputs(simd, line).into_iter().enumerate() {
                half.0[row][column].write(lanes);
            }
        }
        half
    }
}

/// A tile's products after the transform along one axis, all of which are there. It is not zeroed first, because that
/// would take as long as one of the transforms.
struct Half<L, const TILE: usize, const PATCH: usize>([[MaybeUninit<L>; PATCH]; TILE]);

impl<L: Copy, const TILE: usize, const PATCH: usize> Half<L, TILE, PATCH>
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    /// One row of outputs.
    ///
    /// # Safety
    /// The row must be below `TILE`, and all of its numbers must have been written.
    #[inline(always)]
    unsafe fn line<S: Simd<f32s = L>>(&self, simd: S, row: usize) -> [L; TILE] {
        // SAFETY: the caller promises that the numbers were written.
        Tile::outputs(simd, std::array::from_fn(|column| unsafe { self.0[row][column].assume_init() }))
    }
}

/// Stores up to one register of numbers.
#[inline(always)]
fn store<S: Simd>(simd: S, out: &mut [f32], lanes: S::f32s) {
    match S::as_mut_simd_f32s(out) {
        ([out, ..], _) => *out = lanes,
        ([], out) => simd.partial_store_f32s(out, lanes),
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
