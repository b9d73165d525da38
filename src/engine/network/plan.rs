//! How much of the network is kept in memory at a time.
//!
//! With all activations kept, an iteration costs one forward and one backward pass, and about 0.7 kB per pixel. With
//! less memory the chain is cut into segments: only their inputs are kept, and the backward pass recomputes each
//! segment's activations strip by strip. The results are the same up to rounding.

use std::ops::Range;

use super::super::budget::MemoryBudget;
use super::architecture::Tap;
use super::geometry::{Geometry, Layer, Shape};

/// Consecutive layers that are computed together, strip by strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) layers: Range<usize>,
    /// The strips, as rows of the segment's input.
    pub(super) strips: Vec<Range<usize>>,
}

/// The segments from the image upwards, and their cost.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) segments: Vec<Segment>,
    /// Lengths, in numbers, of the buffers for the values inside a segment, indexed from the segment's input; all
    /// segments share these buffers.
    pub(super) local: Vec<usize>,
    /// Length, in numbers, of the buffer for some rows of the gradient at a tap before it overwrites the features.
    pub(super) spare: usize,
    /// Total memory in bytes.
    pub(super) bytes: usize,
    /// Multiplications in one iteration, both passes together.
    work: u64,
}

/// Strip heights in rows to choose from: low strips save memory, high ones compute fewer rows twice.
const STRIP_ROWS: [usize; 5] = [32, 64, 128, 256, 512];

/// How many numbers of the gradient at a tap are computed at a time: few enough for the cache, enough to amortise
/// reading the kernel.
const SPARE: usize = 1 << 22;
/// A common multiple of the heights, in rows, of the convolution's tiles.
pub(super) const WHOLE_TILES: usize = 24;

impl Plan {
    /// Keeps all activations if they fit the comfortable budget. Otherwise uses strips that need little memory, however
    /// much there is: up to twice the work, but the user's other programs keep their memory.
    pub(super) fn choose(geometry: &Geometry, memory: MemoryBudget) -> Self {
        const ENOUGH: usize = 512 << 20;
        const ENOUGH_PER_PIXEL: usize = 48;
        let whole = Self::whole(geometry);
        if whole.bytes <= memory.comfortable {
            return whole;
        }
        let pixels = geometry.shapes[0].height * geometry.shapes[0].width;
        Self::strips(geometry, memory.most.min(ENOUGH + ENOUGH_PER_PIXEL * pixels))
    }

    /// Keeps all activations.
    pub(super) fn whole(geometry: &Geometry) -> Self {
        let layers = 0..geometry.layers.len();
        let strips = geometry.strips(&layers, geometry.shapes[0].height);
        Self::new(geometry, vec![Segment { layers, strips }])
    }

    /// The plan with the least work that fits into `bytes`; if none fits, the one with the least memory.
    fn strips(geometry: &Geometry, bytes: usize) -> Self {
        let mut best: Option<Self> = None;
        for plan in Self::candidates(geometry) {
            let better = best.as_ref().is_none_or(|best| match (plan.bytes <= bytes, best.bytes <= bytes) {
                (true, true) => (plan.work, plan.bytes) < (best.work, best.bytes),
                (false, false) => plan.bytes < best.bytes,
                (fits, _) => fits,
            });
            if better {
                best = Some(plan);
            }
        }
        best.unwrap_or_else(|| Self::whole(geometry))
    }

    /// Every way to cut the chain at poolings, each with several strip heights.
    fn candidates(geometry: &Geometry) -> impl Iterator<Item = Self> + '_ {
        let cuts = geometry.cuts();
        let inner = cuts.len() - 1;
        (0..1usize << inner).flat_map(move |chosen| {
            let mut starts = vec![0];
            starts.extend((0..inner).filter(|cut| chosen >> cut & 1 == 1).map(|cut| cuts[cut + 1]));
            let ends = starts[1..].iter().copied().chain([geometry.layers.len()]).collect::<Vec<_>>();
            let segments: Vec<Range<usize>> = starts.into_iter().zip(ends).map(|(start, end)| start..end).collect();
            STRIP_ROWS.into_iter().flat_map(move |rows| {
                // If the last segment is kept whole, it is not computed twice.
                [false, true].map(|keep_last| Self::with_strips(geometry, &segments, rows, keep_last))
            })
        })
    }

    fn with_strips(geometry: &Geometry, segments: &[Range<usize>], rows: usize, keep_last: bool) -> Self {
        let last = segments.len() - 1;
        let segments = segments.iter().enumerate().map(|(index, layers)| {
            let height = geometry.shapes[layers.start].height;
            let rows = if keep_last && index == last { height } else { rows };
            Segment { layers: layers.clone(), strips: geometry.strips(layers, rows) }
        });
        Self::new(geometry, segments.collect())
    }

    fn new(geometry: &Geometry, segments: Vec<Segment>) -> Self {
        let mut local = Vec::new();
        let (mut spare, mut kept, mut work) = (0, 0, 0);
        for (index, Segment { layers, strips }) in segments.iter().enumerate() {
            let is_last = index + 1 == segments.len();
            local.resize(local.len().max(layers.len() + 1), 0);
            for strip in strips {
                let forward = geometry.forward(layers, strip);
                let backward = geometry.backward(layers, strip);
                let gradient = geometry.gradient(layers, strip);
                for value in layers.start + 1..=layers.end {
                    let shape = geometry.shapes[value];
                    let is_kept = value == layers.end && !is_last;
                    if !is_kept {
                        let rows = forward[value].len().max(backward[value].len());
                        let most: &mut usize = &mut local[value - layers.start];
                        *most = (*most).max(shape.numbers(rows));
                    }
                    if geometry.is_observed(value) {
                        spare = spare
                            .max(shape.numbers(gradient[value].len().min(shape.whole_tiles(SPARE).max(WHOLE_TILES))));
                    }
                    let again = if is_last && strips.len() == 1 { 0 } else { backward[value].len() };
                    let rows = forward[value].len() + again + gradient[value].len();
                    work += geometry.work(value - 1, rows);
                }
            }
            if !is_last {
                // The value between two segments, and its gradient.
                let shape = geometry.shapes[layers.end];
                kept += 2 * shape.numbers(shape.height);
            }
        }
        let bytes = (local.iter().sum::<usize>() + spare + kept) * size_of::<f32>();
        Self { segments, local, spare, bytes, work }
    }
}

impl Shape {
    /// The most rows that `numbers` numbers can hold, in whole tiles of the convolution.
    pub(super) fn whole_tiles(self, numbers: usize) -> usize {
        numbers / self.numbers(1) / WHOLE_TILES * WHOLE_TILES
    }
}

impl Geometry {
    /// Whether a loss may use a value.
    pub(super) fn is_observed(&self, value: usize) -> bool {
        self.taps[value].is_some_and(Tap::is_observed)
    }

    /// Multiplications to compute `rows` rows of a layer's output.
    fn work(&self, layer: usize, rows: usize) -> u64 {
        let places = match self.layers[layer] {
            Layer::Convolution => 1,
            Layer::PooledConvolution => 4,
        };
        (9 * self.shapes[layer].channels * places * self.shapes[layer + 1].numbers(rows)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::super::architecture::Architecture;
    use super::*;

    #[test]
    fn less_memory_costs_more_work() {
        let geometry = Geometry::new(&Architecture::vgg16(), 768, 1024);
        let whole = Plan::whole(&geometry);
        let per_pixel = whole.bytes as f64 / (768.0 * 1024.0);
        assert!((650.0..750.0).contains(&per_pixel), "{per_pixel}");
        let mut work = whole.work;
        for share in [2, 3, 4] {
            let plan = Plan::strips(&geometry, whole.bytes / share);
            assert!(plan.bytes <= whole.bytes / share && plan.work > work, "{share}");
            work = plan.work;
        }
        assert!(work < whole.work * 3 / 2, "{work} against {}", whole.work);
    }

    #[test]
    fn the_largest_pictures_need_little_memory_per_pixel() {
        let geometry = Geometry::new(&Architecture::vgg16(), 6144, 8192);
        let least = Plan::strips(&geometry, 0);
        assert!(least.bytes < 40 * 6144 * 8192, "{}", least.bytes / (6144 * 8192));
    }
}
