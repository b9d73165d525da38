//! The CPU's 3x3 convolution: Winograd's minimal filtering (Lavin and Gray, 2016).
//!
//! A tile of 4x4 outputs needs 6x6 inputs. Transformed, it costs 36 multiplications for each pair of
//! channels where the plain sum costs 144. The transforms run over channels, which lie side by side in
//! memory (height x width x channels), so every step is a plain loop over vectors; the multiplications
//! become 36 matrix products of tiles x channels. Some kernels have tiles of 6x6 and 64 products.

// The phases of a block write interleaved parts of one buffer from several threads; each block says why
// it is sound.
#![allow(unsafe_code)]
// Whatever runs inside `dispatch` must be inlined there, or it is compiled without the vectors it is there for.
#![allow(clippy::inline_always)]
// So loops over lines are plain: closures within closures are not always inlined, which costs four fifths of
// the speed.
#![allow(clippy::needless_range_loop)]

mod tile;

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::{Range, RangeInclusive};

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::product::{Panels, ROWS_AT_ONCE, Rows};
use tile::{Tile, Transforms};

/// Pairs of channels whose kernel is transformed for the larger tiles. With fewer, the transforms cost more than
/// the products save; with more, the kernel, which is nearly twice as large, takes too much memory.
const PAIRS_IN_LARGE_TILES: RangeInclusive<usize> = 128 * 256..=256 * 512;
/// Numbers between the rows of a block's scratch that nobody uses. Without them, rows would lie a power of
/// two apart and compete for the same few places of the cache.
const GAP: usize = 16;

/// A kernel in Winograd's domain: a matrix of inputs x outputs for each of a tile's products.
pub(super) struct Kernel {
    points: Panels,
    tile: Outputs,
    arch: pulp::Arch,
}

/// Outputs of a tile.
#[derive(Clone, Copy, Debug)]
enum Outputs {
    FourByFour,
    SixBySix,
}

/// What becomes of the plain sums.
#[derive(Clone, Copy)]
pub(super) enum Finish<'a> {
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
pub(super) struct Frame {
    /// Rows of the whole picture.
    pub(super) height: usize,
    /// Pixels in a row.
    pub(super) width: usize,
    /// The row that the input begins with.
    pub(super) input_start: usize,
    /// The row that the output begins with.
    pub(super) output_start: usize,
}

impl Kernel {
    /// Transforms weights given as outputs x inputs x 3 x 3.
    pub(super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let are_large = PAIRS_IN_LARGE_TILES.contains(&(inputs * outputs));
        Self::for_tiles(if are_large { Outputs::SixBySix } else { Outputs::FourByFour }, weights, inputs, outputs)
    }

    fn for_tiles(tile: Outputs, weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let arch = pulp::Arch::new();
        let points = match tile {
            Outputs::FourByFour => transform_kernel::<4, 6>(weights, inputs, outputs, arch),
            Outputs::SixBySix => transform_kernel::<6, 8>(weights, inputs, outputs, arch),
        };
        Self { points, tile, arch }
    }

    /// Input channels.
    pub(super) fn inputs(&self) -> usize {
        self.points.rows()
    }

    /// Output channels.
    pub(super) fn outputs(&self) -> usize {
        self.points.columns()
    }
}

/// G g G^T of every pair of channels, in f64: the kernel is transformed once and used for thousands of
/// iterations.
fn transform_kernel<const TILE: usize, const PATCH: usize>(
    weights: &[f32],
    inputs: usize,
    outputs: usize,
    arch: pulp::Arch,
) -> Panels
where
    Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
{
    let mut points = Panels::new(PATCH * PATCH, inputs, outputs, arch);
    let width = points.width();
    points.panels_mut().enumerate().for_each(|(panel, values)| {
        for input in 0..inputs {
            for (column, output) in (panel * width..outputs).take(width).enumerate() {
                let weights = &weights[(output * inputs + input) * 9..][..9];
                let columns: [_; 3] = std::array::from_fn(|column| {
                    Tile::weights(std::array::from_fn(|row| f64::from(weights[row * 3 + column])))
                });
                for row in 0..PATCH {
                    let line = Tile::weights(columns.map(|column: [f64; PATCH]| column[row]));
                    for (point, value) in line.into_iter().enumerate() {
                        values[((row * PATCH + point) * inputs + input) * width + column] = value as f32;
                    }
                }
            }
        }
    });
    points
}

/// Convolves rows of a picture (rows x width x inputs), with zeros around the picture, into rows of another
/// (rows x width x outputs).
///
/// The input must hold the row before the output's first and the row after its last, where the picture
/// has them.
pub(super) fn convolve(input: &[f32], frame: Frame, kernel: &Kernel, finish: Finish, output: &mut [f32]) {
    let (inputs, outputs) = (kernel.inputs(), kernel.outputs());
    let input_rows = frame.input_start..frame.input_start + input.len() / (frame.width * inputs);
    let output_rows = frame.output_start..frame.output_start + output.len() / (frame.width * outputs);
    assert_eq!(input.len(), input_rows.len() * frame.width * inputs);
    assert_eq!(output.len(), output_rows.len() * frame.width * outputs);
    assert!(input_rows.end <= frame.height && output_rows.end <= frame.height);
    assert!(input_rows.start <= output_rows.start.saturating_sub(1));
    assert!(input_rows.end >= (output_rows.end + 1).min(frame.height));

    let call = Call { input, output: Shared::new(output), rows: output_rows, frame, kernel, finish };
    match kernel.tile {
        Outputs::FourByFour => call.run::<4, 6>(),
        Outputs::SixBySix => call.run::<6, 8>(),
    }
}

/// Whether a block is one thread's work or everybody's.
#[derive(Clone, Copy)]
enum Sharing {
    Alone,
    AllThreads,
}

impl Sharing {
    fn for_each(self, count: usize, work: impl Fn(usize) + Send + Sync) {
        match self {
            Self::Alone => (0..count).for_each(work),
            Self::AllThreads => (0..count).into_par_iter().for_each(work),
        }
    }
}

/// One call of [`convolve`].
struct Call<'a> {
    input: &'a [f32],
    output: Shared<'a>,
    /// The output's rows.
    rows: Range<usize>,
    frame: Frame,
    kernel: &'a Kernel,
    finish: Finish<'a>,
}

/// A block's scratch: matrices of tiles x channels.
#[derive(Clone, Copy)]
struct Layout {
    /// Numbers from one tile's to the next's.
    stride: usize,
    /// Numbers from one point's matrix to the next's.
    point: usize,
}

impl Layout {
    fn new(tiles: usize, channels: usize) -> Self {
        let stride = channels.next_multiple_of(GAP) + GAP;
        Self { stride, point: tiles * stride + GAP }
    }

    /// Numbers in so many matrices.
    fn size(self, points: usize) -> usize {
        points * self.point
    }
}

/// Some tiles that are worked on together, and where their scratch lies.
struct Block<'a, const TILE: usize, const PATCH: usize> {
    call: &'a Call<'a>,
    tiles: Range<usize>,
    transformed: Shared<'a>,
    inner: Layout,
    products: Shared<'a>,
    outer: Layout,
}

impl Call<'_> {
    fn run<const TILE: usize, const PATCH: usize>(&self)
    where
        Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
    {
        let tiles = self.rows.len().div_ceil(TILE) * self.frame.width.div_ceil(TILE);
        let wanted = self.wanted_tiles(PATCH * PATCH);
        if tiles >= 2 * rayon::current_num_threads() * wanted {
            // Enough tiles for every thread to work on blocks of its own.
            (0..tiles.div_ceil(wanted)).into_par_iter().for_each(|block| {
                let first = block * wanted;
                self.block::<TILE, PATCH>(first..(first + wanted).min(tiles), Sharing::Alone);
            });
        } else {
            for first in (0..tiles).step_by(MOST_SHARED_TILES) {
                self.block::<TILE, PATCH>(first..(first + MOST_SHARED_TILES).min(tiles), Sharing::AllThreads);
            }
        }
    }

    /// Tiles in a block of one thread's: enough to pay for reading the kernel, few enough to stay in the
    /// cache, and a multiple of what the products take at once.
    fn wanted_tiles(&self, points: usize) -> usize {
        let tiles = SCRATCH / (points * (self.kernel.inputs() + self.kernel.outputs()));
        tiles.clamp(LEAST_TILES, MOST_TILES).next_multiple_of(ROWS_AT_ONCE)
    }

    /// All three phases for some tiles.
    fn block<const TILE: usize, const PATCH: usize>(&self, tiles: Range<usize>, sharing: Sharing)
    where
        Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
    {
        thread_local! {
            /// One block's numbers, kept from call to call: fresh memory would have to be cleared.
            static SCRATCH: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
        }
        let points = PATCH * PATCH;
        let inner = Layout::new(tiles.len(), self.kernel.inputs());
        let outer = Layout::new(tiles.len(), self.kernel.points.padded_columns());
        let mut scratch = SCRATCH.take();
        if scratch.len() < inner.size(points) + outer.size(points) {
            scratch = vec![0.0; inner.size(points) + outer.size(points)];
        }
        let (transformed, products) = scratch.split_at_mut(inner.size(points));
        let (transformed, products) = (Shared::new(transformed), Shared::new(products));
        let count = tiles.len();
        let block: Block<'_, TILE, PATCH> = Block { call: self, tiles, transformed, inner, products, outer };
        let arch = self.kernel.arch;
        sharing.for_each(count, |tile| arch.dispatch(Transform { block: &block, tile }));
        sharing.for_each(points, |point| arch.dispatch(Multiply { block: &block, point }));
        sharing.for_each(count, |tile| arch.dispatch(Complete { block: &block, tile }));
        SCRATCH.set(scratch);
    }
}

impl<const TILE: usize, const PATCH: usize> Block<'_, TILE, PATCH> {
    /// Row and column of a tile's first output, the row counted from the picture's first.
    #[inline(always)]
    fn corner(&self, tile: usize) -> (usize, usize) {
        let (tile, columns) = (self.tiles.start + tile, self.call.frame.width.div_ceil(TILE));
        (self.call.rows.start + tile / columns * TILE, tile % columns * TILE)
    }
}

/// B^T d B for one tile, all input channels.
struct Transform<'a, const TILE: usize, const PATCH: usize> {
    block: &'a Block<'a, TILE, PATCH>,
    tile: usize,
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
struct Multiply<'a, const TILE: usize, const PATCH: usize> {
    block: &'a Block<'a, TILE, PATCH>,
    point: usize,
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
struct Complete<'a, const TILE: usize, const PATCH: usize> {
    block: &'a Block<'a, TILE, PATCH>,
    tile: usize,
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

/// Scratch that a block of one thread's should fill, in numbers.
const SCRATCH: usize = 1 << 18;
/// The fewest tiles in a block; below that, reading the kernel costs more than multiplying by it.
const LEAST_TILES: usize = 48;
/// The most tiles in a block; more gains nothing.
const MOST_TILES: usize = 4096;
/// The most tiles that all threads work on together.
const MOST_SHARED_TILES: usize = 256;

/// A buffer that several threads write at once, each its own interleaved part.
struct Shared<'a> {
    start: *mut f32,
    length: usize,
    buffer: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is no more than a `&mut [f32]` cut into parts, and `part` asks its caller to keep the
// parts of different threads apart.
unsafe impl Send for Shared<'_> {}
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    fn new(buffer: &'a mut [f32]) -> Self {
        Self { start: buffer.as_mut_ptr(), length: buffer.len(), buffer: PhantomData }
    }

    /// # Safety
    /// Parts that are alive at the same time must not overlap, unless all of them are only read.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)] // the caller keeps the parts apart
    unsafe fn part(&self, at: usize, length: usize) -> &'a mut [f32] {
        debug_assert!(at + length <= self.length);
        // SAFETY: within the buffer, which is borrowed for 'a; the caller rules out overlap.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(at), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    fn plain_loop(
        input: &[f32],
        (height, width): (usize, usize),
        weights: &[f32],
        inputs: usize,
        outputs: usize,
    ) -> Vec<f32> {
        let mut result = vec![0.0; height * width * outputs];
        for y in 0..height {
            for x in 0..width {
                for output in 0..outputs {
                    let mut sum = 0.0f64;
                    for dy in 0..3 {
                        for dx in 0..3 {
                            let (Some(y), Some(x)) = ((y + dy).checked_sub(1), (x + dx).checked_sub(1)) else {
                                continue;
                            };
                            if y >= height || x >= width {
                                continue;
                            }
                            for channel in 0..inputs {
                                sum += f64::from(input[(y * width + x) * inputs + channel])
                                    * f64::from(weights[((output * inputs + channel) * 3 + dy) * 3 + dx]);
                            }
                        }
                    }
                    result[(y * width + x) * outputs + output] = sum as f32;
                }
            }
        }
        result
    }

    #[test]
    fn agrees_with_a_plain_loop_at_odd_sizes_and_channel_counts() {
        for (height, width, inputs, outputs) in [
            (1, 1, 1, 1),
            (1, 9, 3, 5),
            (7, 1, 16, 17),
            (5, 6, 5, 33),
            (13, 11, 24, 16),
            (40, 67, 19, 20),
            (130, 90, 16, 3),
        ] {
            let input = numbers(height * width * inputs, 1);
            let weights = numbers(outputs * inputs * 9, 2);
            let bias = numbers(outputs, 3);
            let expected = plain_loop(&input, (height, width), &weights, inputs, outputs);
            let scale = expected.iter().fold(1e-3f32, |most, value| most.max(value.abs()));

            for tile in [Outputs::FourByFour, Outputs::SixBySix] {
                let kernel = Kernel::for_tiles(tile, &weights, inputs, outputs);
                let frame = Frame { height, width, input_start: 0, output_start: 0 };
                let mut output = vec![f32::NAN; expected.len()];
                convolve(&input, frame, &kernel, Finish::Plain, &mut output);
                for (value, expected) in output.iter().zip(&expected) {
                    assert!(
                        (value - expected).abs() < 2e-5 * scale,
                        "{tile:?} {height}x{width}x{inputs}: {value} {expected}"
                    );
                }

                convolve(&input, frame, &kernel, Finish::BiasRelu(&bias), &mut output);
                for (index, (value, expected)) in output.iter().zip(&expected).enumerate() {
                    let expected = (expected + bias[index % outputs]).max(0.0);
                    assert!((value - expected).abs() < 2e-5 * scale);
                }

                let mask = numbers(expected.len(), 4);
                output.copy_from_slice(&mask);
                convolve(&input, frame, &kernel, Finish::Masked, &mut output);
                for ((value, expected), mask) in output.iter().zip(&expected).zip(&mask) {
                    let expected = if *mask > 0.0 { *expected } else { 0.0 };
                    assert!((value - expected).abs() < 2e-5 * scale);
                }

                // Rows from the middle, from no more input than they need.
                let rows = height / 3..height - height / 4;
                let needed = rows.start.saturating_sub(1)..(rows.end + 1).min(height);
                let frame = Frame { input_start: needed.start, output_start: rows.start, ..frame };
                let (line, output_line) = (width * inputs, width * outputs);
                let mut output = vec![f32::NAN; rows.len() * output_line];
                let needed = &input[needed.start * line..needed.end * line];
                convolve(needed, frame, &kernel, Finish::Plain, &mut output);
                for (value, expected) in output.iter().zip(&expected[rows.start * output_line..]) {
                    assert!((value - expected).abs() < 2e-5 * scale);
                }
            }
        }
    }
}
