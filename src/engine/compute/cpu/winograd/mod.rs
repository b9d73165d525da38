//! 3x3 convolution by Winograd's minimal filtering (Lavin and Gray, 2016).
//!
//! A tile of 4x4 outputs needs 6x6 inputs. Transformed, it costs 36 multiplications for each pair of channels where the
//! plain sum costs 144. The transforms run over channels, which lie side by side in memory (height x width x channels),
//! so every step is a loop over vectors; the multiplications become 36 matrix products of tiles x channels. Some
//! kernels have tiles of 6x6 and 64 products.

mod block;
mod kernel;
mod phase;
mod pooled;
mod shared;
mod tile;

use std::cell::Cell;
use std::ops::Range;
use std::sync::Mutex;

use rayon::prelude::*;

use super::product::ROWS_AT_ONCE;
use block::{Block, Call, Scratch};
use kernel::TileSize;
use phase::{Complete, InputTransform, Multiply};
use shared::SharedSlice;
use tile::{Tile, Transforms};

use crate::engine::compute::rows::{pooled, window_rows};
use crate::lock::lock;

pub(super) use block::{FeatureFrame, Sink, Source, Surroundings};
pub(super) use kernel::WinogradKernel;

/// How many f32 of scratch memory a block should use when one thread computes it.
const SCRATCH: usize = 1 << 18;
/// The fewest tiles in a block; with fewer, reading the kernel costs more than multiplying by it.
const LEAST_TILES: usize = 48;
/// The most tiles in a block; more gains nothing.
const MOST_TILES: usize = 4096;
/// The most tiles in a block that all threads compute together.
const MOST_SHARED_TILES: usize = 256;

/// Convolves rows of a picture's features (rows x width x inputs) into rows of others (rows x width x outputs), or into
/// pooled ones.
///
/// # Panics
/// When the input does not hold the row above the output's first or the row below its last, where the picture has them.
pub(super) fn convolve(input: Source, frame: FeatureFrame, kernel: &WinogradKernel, sink: Sink, output: &mut [f32]) {
    let FeatureFrame { height, width, input_start, output_start, .. } = frame;
    let rows = |numbers: usize, line: usize, start: usize| {
        assert_eq!(numbers % line, 0);
        start..start + numbers / line
    };
    let (last, input_rows) = match input {
        Source::Features(numbers) => (height, rows(numbers.len(), width * kernel.inputs(), input_start)),
        // An odd last row has no gradient.
        Source::Pooled(numbers) => {
            let pooled_rows = rows(numbers.len(), pooled(width) * kernel.inputs(), input_start);
            (window_rows(&(0..pooled(height)), height).end, window_rows(&pooled_rows, height))
        }
    };
    let output_rows = match sink {
        Sink::Store(_) => rows(output.len(), width * kernel.outputs(), output_start),
        Sink::Pool(_) => window_rows(&rows(output.len(), pooled(width) * kernel.outputs(), output_start), height),
    };
    assert!(input_rows.end <= height && output_rows.end <= height);
    assert!(input_rows.start <= output_rows.start.saturating_sub(1));
    assert!(input_rows.end >= (output_rows.end + 1).min(last));

    let call = Call { input, output: SharedSlice::new(output), rows: output_rows, frame, kernel, sink };
    match kernel.tile {
        TileSize::FourByFour => call.run::<4, 6>(),
        TileSize::SixBySix => call.run::<6, 8>(),
    }
}

impl Call<'_> {
    /// Computes all tiles.
    fn run<const TILE: usize, const PATCH: usize>(&self)
    where
        Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
    {
        let tiles = self.rows.len().div_ceil(TILE) * self.frame.width.div_ceil(TILE);
        let wanted = self.wanted_tiles(PATCH * PATCH);
        if tiles >= 2 * rayon::current_num_threads() * wanted {
            // Enough tiles for every thread to compute blocks of its own.
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

    /// Tiles in a block that one thread computes: enough to pay for reading the kernel, few enough to stay in the
    /// cache, and a multiple of the rows that a product takes at once.
    fn wanted_tiles(&self, points: usize) -> usize {
        let tiles = SCRATCH / (points * (self.kernel.inputs() + self.kernel.outputs()));
        tiles.clamp(LEAST_TILES, MOST_TILES).next_multiple_of(ROWS_AT_ONCE)
    }

    /// All three phases for some tiles.
    fn block<const TILE: usize, const PATCH: usize>(&self, tiles: Range<usize>, sharing: Sharing)
    where
        Tile<TILE, PATCH>: Transforms<TILE, PATCH>,
    {
        let points = PATCH * PATCH;
        let inner = Scratch::new(tiles.len(), self.kernel.inputs());
        let outer = Scratch::new(tiles.len(), self.kernel.points.padded_columns());
        let mut scratch = sharing.take_scratch();
        if scratch.len() < inner.size(points) + outer.size(points) {
            scratch = vec![0.0; inner.size(points) + outer.size(points)];
        }
        let (transformed, products) = scratch.split_at_mut(inner.size(points));
        let (transformed, products) = (SharedSlice::new(transformed), SharedSlice::new(products));
        let count = tiles.len();
        let block: Block<'_, TILE, PATCH> = Block { call: self, tiles, transformed, inner, products, outer };
        let arch = self.kernel.arch;
        sharing.for_each(count, |tile| arch.dispatch(InputTransform { block: &block, tile }));
        sharing.for_each(points, |point| arch.dispatch(Multiply { block: &block, point }));
        sharing.for_each(count, |tile| arch.dispatch(Complete { block: &block, tile }));
        sharing.put_back(scratch);
    }
}

thread_local! {
    /// The numbers of a block that one thread computes, reused from call to call, because fresh memory must be cleared.
    static OWN_SCRATCH: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// The same of a block that all threads compute together. It is large, and any thread may begin such a block.
static SHARED_SCRATCH: Mutex<Vec<f32>> = Mutex::new(Vec::new());

/// Whether one thread computes a block, or all of them.
#[derive(Clone, Copy)]
enum Sharing {
    Alone,
    AllThreads,
}

impl Sharing {
    /// Scratch memory of any length, which may be none.
    fn take_scratch(self) -> Vec<f32> {
        match self {
            Self::Alone => OWN_SCRATCH.take(),
            Self::AllThreads => std::mem::take(&mut lock(&SHARED_SCRATCH)),
        }
    }

    fn put_back(self, scratch: Vec<f32>) {
        match self {
            Self::Alone => OWN_SCRATCH.set(scratch),
            Self::AllThreads => *lock(&SHARED_SCRATCH) = scratch,
        }
    }

    fn for_each(self, count: usize, work: impl Fn(usize) + Send + Sync) {
        match self {
            Self::Alone => (0..count).for_each(work),
            Self::AllThreads => (0..count).into_par_iter().for_each(work),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::compute::backend::Epilogue;

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
        surroundings: Surroundings,
    ) -> Vec<f32> {
        let mut result = vec![0.0; height * width * outputs];
        for y in 0..height {
            for x in 0..width {
                for output in 0..outputs {
                    let mut sum = 0.0f64;
                    for dy in 0..3 {
                        for dx in 0..3 {
                            let mirrored = |at: usize, length: usize| match at {
                                0 if surroundings == Surroundings::Reflection => Some(usize::from(length > 1)),
                                last if last == length + 1 && surroundings == Surroundings::Reflection => {
                                    Some(length.saturating_sub(2))
                                }
                                at => at.checked_sub(1).filter(|at| *at < length),
                            };
                            let (Some(y), Some(x)) = (mirrored(y + dy, height), mirrored(x + dx, width)) else {
                                continue;
                            };
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
            for (tile, surroundings) in [
                (TileSize::FourByFour, Surroundings::Zeros),
                (TileSize::SixBySix, Surroundings::Zeros),
                (TileSize::FourByFour, Surroundings::Reflection),
                (TileSize::SixBySix, Surroundings::Reflection),
            ] {
                let expected = plain_loop(&input, (height, width), &weights, inputs, outputs, surroundings);
                let scale = expected.iter().fold(1e-3f32, |most, value| most.max(value.abs()));
                let kernel = WinogradKernel::for_tiles(tile, &weights, inputs, outputs);
                let frame = FeatureFrame { height, width, input_start: 0, output_start: 0, surroundings };
                let mut output = vec![f32::NAN; expected.len()];
                convolve(Source::Features(&input), frame, &kernel, Sink::Store(Epilogue::Identity), &mut output);
                for (value, expected) in output.iter().zip(&expected) {
                    assert!(
                        (value - expected).abs() < 2e-5 * scale,
                        "{tile:?} {surroundings:?} {height}x{width}x{inputs}: {value} {expected}"
                    );
                }

                convolve(Source::Features(&input), frame, &kernel, Sink::Store(Epilogue::BiasRelu(&bias)), &mut output);
                for (index, (value, expected)) in output.iter().zip(&expected).enumerate() {
                    let expected = (expected + bias[index % outputs]).max(0.0);
                    assert!((value - expected).abs() < 2e-5 * scale);
                }

                let mask = numbers(expected.len(), 4);
                output.copy_from_slice(&mask);
                convolve(Source::Features(&input), frame, &kernel, Sink::Store(Epilogue::ReluMask), &mut output);
                for ((value, expected), mask) in output.iter().zip(&expected).zip(&mask) {
                    let expected = if *mask > 0.0 { *expected } else { 0.0 };
                    assert!((value - expected).abs() < 2e-5 * scale);
                }

                // Rows from the middle, with no more input than they need.
                let rows = height / 3..height - height / 4;
                let needed = rows.start.saturating_sub(1)..(rows.end + 1).min(height);
                let frame = FeatureFrame { input_start: needed.start, output_start: rows.start, ..frame };
                let (line, output_line) = (width * inputs, width * outputs);
                let mut output = vec![f32::NAN; rows.len() * output_line];
                let needed = &input[needed.start * line..needed.end * line];
                convolve(Source::Features(needed), frame, &kernel, Sink::Store(Epilogue::Identity), &mut output);
                for (value, expected) in output.iter().zip(&expected[rows.start * output_line..]) {
                    assert!((value - expected).abs() < 2e-5 * scale);
                }
            }
        }
    }
}
