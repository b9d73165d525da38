//! The CPU's 3x3 convolution: Winograd F(4x4, 3x3) (Lavin and Gray, 2016).
//!
//! A tile of 4x4 outputs needs 6x6 inputs. Transformed, it costs 36 multiplications for each pair of
//! channels where the plain sum costs 144. The transforms run over channels, which lie side by side in
//! memory (height x width x channels), so every step is a plain loop over vectors; the multiplications
//! become 36 matrix products of tiles x channels.

// The products are called through raw pointers, and the phases of a block write interleaved parts of
// one buffer from several threads; each block says why it is sound.
#![allow(unsafe_code)]
// Whatever runs inside `dispatch` must be inlined there, or it is compiled without the vectors it is there for.
#![allow(clippy::inline_always)]

use rayon::prelude::*;

/// Outputs along one side of a tile.
const TILE: usize = 4;
/// Inputs along one side of a tile.
const PATCH: usize = 6;
/// Products for each tile and pair of channels.
const POINTS: usize = PATCH * PATCH;
/// Channels that a transform handles at once: two AVX2 registers or one AVX-512 register.
const LANES: usize = 16;

/// A kernel in Winograd's domain: 36 matrices of inputs x outputs.
pub(super) struct Kernel {
    inputs: usize,
    outputs: usize,
    points: Vec<f32>,
}

/// What is added to the plain sums.
#[derive(Clone, Copy)]
pub(super) enum Finish<'a> {
    /// Bias, then ReLU.
    BiasRelu(&'a [f32]),
    /// Nothing.
    Plain,
}

impl Kernel {
    /// Transforms weights given as outputs x inputs x 3 x 3.
    pub(super) fn new(weights: &[f32], inputs: usize, outputs: usize) -> Self {
        let mut points = vec![0.0; POINTS * inputs * outputs];
        for (pair, weight) in weights.chunks_exact(9).enumerate() {
            let (output, input) = (pair / inputs, pair % inputs);
            for (point, value) in transform_kernel(weight).into_iter().enumerate() {
                points[(point * inputs + input) * outputs + output] = value;
            }
        }
        Self { inputs, outputs, points }
    }

    /// Output channels.
    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }

    fn point(&self, point: usize) -> &[f32] {
        let size = self.inputs * self.outputs;
        &self.points[point * size..][..size]
    }
}

/// G g G^T, in f64: the kernel is transformed once and used for thousands of iterations.
fn transform_kernel(weight: &[f32]) -> [f32; POINTS] {
    const G: [[f64; 3]; PATCH] = [
        [0.25, 0.0, 0.0],
        [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
        [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
        [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
        [0.0, 0.0, 1.0],
    ];
    std::array::from_fn(|point| {
        let (row, column) = (point / PATCH, point % PATCH);
        let mut sum = 0.0;
        for y in 0..3 {
            for x in 0..3 {
                sum += G[row][y] * f64::from(weight[y * 3 + x]) * G[column][x];
            }
        }
        sum as f32
    })
}

/// A picture's rows and columns, and how it is cut into tiles.
#[derive(Clone, Copy)]
struct Grid {
    height: usize,
    width: usize,
    columns: usize,
}

/// Scratch of one block of tiles: 36 x tiles x channels, before and after the products.
#[derive(Default)]
struct Scratch {
    transformed: Vec<f32>,
    products: Vec<f32>,
}

/// Convolves `input` (height x width x inputs) with zeros around it into `output`
/// (height x width x outputs).
///
/// Where `mask` is given (as long as `input`), inputs count only where it is above zero: the gradient
/// of a ReLU with that output.
pub(super) fn convolve(
    input: &[f32],
    mask: Option<&[f32]>,
    (height, width): (usize, usize),
    kernel: &Kernel,
    finish: Finish,
    output: &mut [f32],
) {
    assert_eq!(input.len(), height * width * kernel.inputs);
    assert_eq!(output.len(), height * width * kernel.outputs);
    assert!(mask.is_none_or(|mask| mask.len() == input.len()));
    let grid = Grid { height, width, columns: width.div_ceil(TILE) };
    let rows = height.div_ceil(TILE);
    let arch = pulp::Arch::new();
    let call = Call { input, mask, grid, kernel, finish, arch };

    let tile_row = TILE * width * kernel.outputs;
    let wanted = call.wanted_tiles();
    if rows * grid.columns >= 2 * rayon::current_num_threads() * wanted {
        // Enough tiles for every thread to work on blocks of its own.
        let rows_at_once = wanted.div_ceil(grid.columns).max(1);
        output.par_chunks_mut(rows_at_once * tile_row).enumerate().for_each_init(
            Scratch::default,
            |scratch, (band, output)| {
                call.band(band * rows_at_once, output, wanted, scratch, Sharing::Alone);
            },
        );
    } else {
        let mut scratch = Scratch::default();
        call.band(0, output, usize::MAX, &mut scratch, Sharing::AllThreads);
    }
}

/// Whether a block is one thread's work or everybody's.
#[derive(Clone, Copy, PartialEq, Eq)]
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
    mask: Option<&'a [f32]>,
    grid: Grid,
    kernel: &'a Kernel,
    finish: Finish<'a>,
    arch: pulp::Arch,
}

impl Call<'_> {
    /// Tiles in a block: enough to pay for reading the kernel, few enough to stay in the cache.
    fn wanted_tiles(&self) -> usize {
        const SCRATCH_FLOATS: usize = 1 << 18;
        (SCRATCH_FLOATS / (POINTS * (self.kernel.inputs + self.kernel.outputs))).clamp(TILES_LEAST, 4096)
    }

    /// Whole rows of tiles from `first_row` on, as many as `output` holds, in blocks of `block` tiles.
    fn band(&self, first_row: usize, output: &mut [f32], block: usize, scratch: &mut Scratch, sharing: Sharing) {
        let (inputs, outputs) = (self.kernel.inputs, self.kernel.outputs);
        let rows = output.len().div_ceil(TILE * self.grid.width * outputs);
        let first = first_row * self.grid.columns;
        let tiles = rows * self.grid.columns;
        let block = block.min(tiles);
        scratch.transformed.resize(POINTS * block * inputs, 0.0);
        scratch.products.resize(POINTS * block * outputs, 0.0);
        let output = Shared::new(output);

        for start in (0..tiles).step_by(block) {
            let count = block.min(tiles - start);
            let transformed = Shared::new(&mut scratch.transformed);
            let products = Shared::new(&mut scratch.products);
            sharing.for_each(count, |tile| {
                self.arch.dispatch(|| self.transform_tile(first + start + tile, tile, count, &transformed));
            });
            sharing.for_each(POINTS, |point| {
                // SAFETY: each point has its own count x channels part of both buffers, which hold
                // 36 of them; nobody else touches them during this phase.
                let (left, product) = unsafe {
                    (
                        transformed.part(point * count * inputs, count * inputs),
                        products.part(point * count * outputs, count * outputs),
                    )
                };
                multiply(left, self.kernel.point(point), product, (count, inputs, outputs));
            });
            sharing.for_each(count, |tile| {
                self.arch.dispatch(|| {
                    self.finish_tile(first + start + tile, first_row, tile, count, &products, &output);
                });
            });
        }
    }

    /// B^T d B for one tile, all input channels.
    #[inline(always)]
    fn transform_tile(&self, tile: usize, index: usize, count: usize, transformed: &Shared) {
        let channels = self.kernel.inputs;
        let offsets = self.patch_offsets(tile);
        let mut channel = 0;
        while channel + LANES <= channels {
            self.transform_lanes::<LANES>(&offsets, channel, index, count, transformed);
            channel += LANES;
        }
        for channel in channel..channels {
            self.transform_lanes::<1>(&offsets, channel, index, count, transformed);
        }
    }

    /// Where the tile's 6x6 inputs begin, `None` outside the picture.
    #[inline(always)]
    fn patch_offsets(&self, tile: usize) -> [Option<usize>; POINTS] {
        let Grid { height, width, columns } = self.grid;
        let (top, left) = (tile / columns * TILE, tile % columns * TILE);
        std::array::from_fn(|point| {
            // The patch begins one pixel up and left of the tile.
            let (y, x) = (top + point / PATCH, left + point % PATCH);
            let inside = (1..=height).contains(&y) && (1..=width).contains(&x);
            inside.then(|| ((y - 1) * width + x - 1) * self.kernel.inputs)
        })
    }

    #[inline(always)]
    fn transform_lanes<const N: usize>(
        &self,
        offsets: &[Option<usize>; POINTS],
        channel: usize,
        index: usize,
        count: usize,
        transformed: &Shared,
    ) {
        let mut patch = [[0.0; N]; POINTS];
        for (lanes, offset) in patch.iter_mut().zip(offsets) {
            if let Some(offset) = offset {
                let at = offset + channel;
                lanes.copy_from_slice(&self.input[at..at + N]);
                if let Some(mask) = self.mask {
                    for (lane, &mask) in lanes.iter_mut().zip(&mask[at..at + N]) {
                        *lane = if mask > 0.0 { *lane } else { 0.0 };
                    }
                }
            }
        }
        for column in 0..PATCH {
            let line = transform_line(std::array::from_fn(|row| patch[row * PATCH + column]));
            for (row, lanes) in line.into_iter().enumerate() {
                patch[row * PATCH + column] = lanes;
            }
        }
        for row in 0..PATCH {
            let line = transform_line(std::array::from_fn(|column| patch[row * PATCH + column]));
            for (column, lanes) in line.into_iter().enumerate() {
                let at = ((row * PATCH + column) * count + index) * self.kernel.inputs + channel;
                // SAFETY: each tile index and channel is written by one call only, and the buffer
                // holds 36 x count x inputs.
                unsafe { transformed.part(at, N) }.copy_from_slice(&lanes);
            }
        }
    }

    /// A^T m A for one tile, all output channels, with bias and ReLU, into the picture.
    #[inline(always)]
    fn finish_tile(
        &self,
        tile: usize,
        first_row: usize,
        index: usize,
        count: usize,
        products: &Shared,
        output: &Shared,
    ) {
        let channels = self.kernel.outputs;
        let mut channel = 0;
        while channel + LANES <= channels {
            self.finish_lanes::<LANES>(tile, first_row, channel, index, count, products, output);
            channel += LANES;
        }
        for channel in channel..channels {
            self.finish_lanes::<1>(tile, first_row, channel, index, count, products, output);
        }
    }

    #[inline(always)]
    #[allow(clippy::too_many_arguments)] // the inside of a loop, split off to be compiled for two widths
    fn finish_lanes<const N: usize>(
        &self,
        tile: usize,
        first_row: usize,
        channel: usize,
        index: usize,
        count: usize,
        products: &Shared,
        output: &Shared,
    ) {
        let Grid { height, width, columns } = self.grid;
        let outputs = self.kernel.outputs;
        let mut half = [[0.0; N]; TILE * PATCH];
        for column in 0..PATCH {
            let line = finish_line(std::array::from_fn(|row| {
                let at = ((row * PATCH + column) * count + index) * outputs + channel;
                let mut lanes = [0.0; N];
                // SAFETY: nobody writes the products during this phase; the buffer holds
                // 36 x count x outputs.
                lanes.copy_from_slice(unsafe { products.part(at, N) });
                lanes
            }));
            for (row, lanes) in line.into_iter().enumerate() {
                half[row * PATCH + column] = lanes;
            }
        }
        let (top, left) = (tile / columns * TILE, tile % columns * TILE);
        for row in 0..TILE.min(height - top) {
            let line = finish_line(std::array::from_fn(|column| half[row * PATCH + column]));
            for (column, mut lanes) in line.into_iter().enumerate().take(width - left) {
                if let Finish::BiasRelu(bias) = self.finish {
                    for (lane, bias) in lanes.iter_mut().zip(&bias[channel..channel + N]) {
                        *lane = (*lane + bias).max(0.0);
                    }
                }
                let at = ((top + row - first_row * TILE) * width + left + column) * outputs + channel;
                // SAFETY: tiles do not overlap, so each pixel and channel is written once; rows and
                // columns beyond the picture are left out above.
                unsafe { output.part(at, N) }.copy_from_slice(&lanes);
            }
        }
    }
}

/// The fewest tiles in a block; below that, reading the kernel costs more than multiplying by it.
const TILES_LEAST: usize = 48;

/// B^T of F(4x4, 3x3) applied to six values.
#[inline(always)]
fn transform_line<const N: usize>(d: [[f32; N]; PATCH]) -> [[f32; N]; PATCH] {
    let mut line = [[0.0; N]; PATCH];
    for n in 0..N {
        let [d0, d1, d2, d3, d4, d5] = [d[0][n], d[1][n], d[2][n], d[3][n], d[4][n], d[5][n]];
        let (even, odd) = (d4 - 4.0 * d2, d3 - 4.0 * d1);
        let (even2, odd2) = (d4 - d2, 2.0 * (d3 - d1));
        line[0][n] = 4.0 * d0 - 5.0 * d2 + d4;
        line[1][n] = even + odd;
        line[2][n] = even - odd;
        line[3][n] = even2 + odd2;
        line[4][n] = even2 - odd2;
        line[5][n] = 4.0 * d1 - 5.0 * d3 + d5;
    }
    line
}

/// A^T of F(4x4, 3x3) applied to six values.
#[inline(always)]
fn finish_line<const N: usize>(m: [[f32; N]; PATCH]) -> [[f32; N]; TILE] {
    let mut line = [[0.0; N]; TILE];
    for n in 0..N {
        let [m0, m1, m2, m3, m4, m5] = [m[0][n], m[1][n], m[2][n], m[3][n], m[4][n], m[5][n]];
        let (sum, difference) = (m1 + m2, m1 - m2);
        let (sum2, difference2) = (m3 + m4, m3 - m4);
        line[0][n] = m0 + sum + sum2;
        line[1][n] = difference + 2.0 * difference2;
        line[2][n] = sum + 4.0 * sum2;
        line[3][n] = difference + 8.0 * difference2 + m5;
    }
    line
}

/// `product` = `left` (rows x inner) x `right` (inner x columns), all row by row, on this thread alone.
fn multiply(left: &[f32], right: &[f32], product: &mut [f32], (rows, inner, columns): (usize, usize, usize)) {
    assert!(left.len() == rows * inner && right.len() == inner * columns && product.len() == rows * columns);
    // SAFETY: the lengths above are those that the shapes and strides below reach.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            product.as_mut_ptr(),
            1,
            columns.cast_signed(),
            false,
            left.as_ptr(),
            1,
            inner.cast_signed(),
            right.as_ptr(),
            1,
            columns.cast_signed(),
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// A buffer that several threads write at once, each its own interleaved part.
struct Shared<'a> {
    start: *mut f32,
    length: usize,
    buffer: std::marker::PhantomData<&'a mut [f32]>,
}

// SAFETY: it is no more than a `&mut [f32]` cut into parts, and `part` asks its caller to keep the
// parts of different threads apart.
unsafe impl Send for Shared<'_> {}
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    fn new(buffer: &'a mut [f32]) -> Self {
        Self { start: buffer.as_mut_ptr(), length: buffer.len(), buffer: std::marker::PhantomData }
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
            let kernel = Kernel::new(&weights, inputs, outputs);
            let expected = plain_loop(&input, (height, width), &weights, inputs, outputs);
            let scale = expected.iter().fold(1e-3f32, |most, value| most.max(value.abs()));

            let mut output = vec![f32::NAN; expected.len()];
            convolve(&input, None, (height, width), &kernel, Finish::Plain, &mut output);
            for (value, expected) in output.iter().zip(&expected) {
                assert!((value - expected).abs() < 2e-5 * scale, "{height}x{width}x{inputs}: {value} {expected}");
            }

            convolve(&input, None, (height, width), &kernel, Finish::BiasRelu(&bias), &mut output);
            for (index, (value, expected)) in output.iter().zip(&expected).enumerate() {
                let expected = (expected + bias[index % outputs]).max(0.0);
                assert!((value - expected).abs() < 2e-5 * scale);
            }

            let mask = numbers(input.len(), 4);
            let masked: Vec<f32> =
                input.iter().zip(&mask).map(|(&value, &mask)| if mask > 0.0 { value } else { 0.0 }).collect();
            let expected = plain_loop(&masked, (height, width), &weights, inputs, outputs);
            convolve(&input, Some(&mask), (height, width), &kernel, Finish::Plain, &mut output);
            for (value, expected) in output.iter().zip(&expected) {
                assert!((value - expected).abs() < 2e-5 * scale);
            }
        }
    }
}
